#pragma once
// The parts of a deployment that `regain deploy` and `regain process` share.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "console/session.h"
#include "imager/deployer.h"
#include "imager/image_reader.h"
#include "reports/deploy_report.h"
#include "reports/job_context.h"
#include "reports/wipe_report.h"

namespace regain {

/// A drive that its wipe has just read back wholly as zero lets chunks of zeros be skipped; any other does
/// not.
DeployDrive deploy_drive_after(const WipeRecord& wipe, const JobContext& job);

/// The content of the --answers file; nothing when none is given. ErrorKind::environment when it can't be
/// read.
Result<std::optional<std::string>> answers_of(const Session& session, const ImageReader& image);

/// The record of drives onto which nothing was written, for this reason: a failure is on record too.
DeployReport deployment_not_begun(const Session& session, const ImageReader& image,
                                  const std::vector<DeployDrive>& drives, const Error& reason);

/// `record_intent` is called once, when every drive is held and nothing is written yet; it may be empty. An
/// error means that nothing was written to any drive; otherwise there is a record for each of them.
Result<DeployReport> deploy_with_display(const Session& session,
                                         const std::shared_ptr<const ImageReader>& image,
                                         const TrustAnchors& anchors, const std::vector<DeployDrive>& drives,
                                         const std::optional<std::string>& answers,
                                         const std::function<Status()>& record_intent);

void say_deployments(const Session& session, const DeployReport& report);
/// 0 when each was deployed, 130 when the operator interrupted, 1 otherwise.
int deploy_exit_status(const DeployReport& report);

}  // namespace regain
