#pragma once
// The second half of a deployment, after the read-back: the disk gets its size, its identity and its boot
// check, without anything being mounted. Each step proves again that it is still the same drive.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "imager/deploy_target.h"
#include "imager/image_manifest.h"
#include "reports/deploy_report.h"

namespace regain {

struct FinishOptions {
    std::string host_name;
    std::optional<std::string> answer_file;
};

/// The programs that this needs are installed. ErrorKind::environment with the package of the first that is
/// not.
Status check_finish_programs();

/// Grows, renews the identity, checks the file system and what booting needs; writes what it finds into
/// `record` (UUIDs, host name, sizes, checks). `on_step` is told what begins.
Status finish_deployment(DeployTarget& target, const ImageManifest& manifest, const FinishOptions& options,
                         DeployRecord& record, const std::function<void(const Message&)>& on_step,
                         std::stop_token stop);

}  // namespace regain
