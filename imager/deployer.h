#pragma once
// `regain deploy`: an image onto one or several drives. Everything that can be refused is refused before the
// first write; then one decompression feeds a writer for each drive, every chunk is read back from the
// medium, and only then the disk gets its size, its identity and its boot check (deployment_finish.h). Each
// drive has its own result; one that fails does not stop the others. The drives are held exclusively from the
// first write to the last check.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/system_root.h"
#include "imager/deploy_target.h"
#include "imager/image_progress.h"
#include "imager/image_reader.h"
#include "reports/deploy_report.h"
#include "trust/keys.h"

namespace regain {

/// What is known of a drive's content from elsewhere. `zero`: every block was read back as zero just now, by
/// this process' wipe, and nothing has written since: chunks of zeros are then not written (they are still
/// read back).
enum class DriveContent { unknown, zero };

struct DeployDrive {
    DriveRecord drive;
    DriveContent content = DriveContent::unknown;
    std::string asset_tag;  ///< makes the host name PREFIX-TAG; empty: six random letters and digits
};

struct DeployOptions {
    std::string host_name_prefix;            ///< empty: the image's own
    std::optional<std::string> answer_file;  ///< content of /etc/regain/first-start.conf
    uint64_t memory_bytes = 40U << 20;       ///< for buffers of chunks
    /// Called once when every drive is held and nothing is written yet (the registry's intent). When it
    /// fails, nothing is written to any drive and deploy_image() gives its error.
    std::function<Status()> before_first_write;
};

/// Who opens drives: open_drive_target(), or a fake in tests.
using OpenDeployTarget = std::function<Result<std::unique_ptr<DeployTarget>>(const DriveRecord& drive)>;

/// Checks everything that can be checked before the first write, for every drive: the signer is believed, the
/// drive is large enough, has the image's sector size. ErrorKind::untrusted, refused. One refusal refuses
/// all.
Status check_deployment(const ImageReader& reader, const TrustAnchors& anchors,
                        const std::vector<DeployDrive>& drives);

/// Deploys. An error means that nothing was written to any drive (check_deployment() is done here too, and a
/// drive that can't be held refuses the whole); after the first write every outcome is in the report: look at
/// `deployed` of each entry. An interruption is an entry's error with ErrorKind::interrupted.
Result<DeployReport> deploy_image(std::shared_ptr<const ImageReader> reader, const TrustAnchors& anchors,
                                  const std::vector<DeployDrive>& drives, const DeployOptions& options,
                                  const OpenDeployTarget& open_target, const Clock& clock,
                                  const ImageProgressFunction& progress, std::stop_token stop);

}  // namespace regain
