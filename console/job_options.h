#pragma once
// The job's context from --job FILE and the single options (which win), completed by the profile's
// organisation.

#include "base/result.h"
#include "console/session.h"
#include "reports/job_context.h"

namespace regain {

/// ErrorKind::untrusted for a job file with a mistake (with its line), usage for text that is too long or not
/// UTF-8.
Result<JobContext> job_from_options(const Session& session);

}  // namespace regain
