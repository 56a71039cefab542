#pragma once
// The parts of a deployment that `regain deploy` and `regain process` share.

#include <memory>
#include <vector>

#include "console/session.h"
#include "imager/deployer.h"
#include "imager/image_reader.h"
#include "reports/deploy_report.h"
#include "reports/job_context.h"
#include "reports/wipe_report.h"

namespace regain {

/// A target that the wipe has just read back as zero lets chunks of zeros be skipped; any other does not.
DeployTarget deploy_target_of(const DriveRecord& drive, const WipeRecord& wipe);

DeployReport deploy_with_display(const Session& session, const std::shared_ptr<const ImageReader>& image,
                                 const std::vector<DeployTarget>& targets, const JobContext& job);

void say_deployments(const Session& session, const DeployReport& report);
/// 0 when each was deployed, 130 when the operator interrupted, 1 otherwise.
int deploy_exit_status(const DeployReport& report);

}  // namespace regain
