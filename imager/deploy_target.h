#pragma once
// A drive while an image is put onto it: its blocks, the proof that it is still the same one, and parts of it
// as devices for programs that want a path (e2fsck, resize2fs, libparted). The seam between the deployer and
// the machine; tests put a file or memory behind it.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/system_root.h"
#include "drives/block_io.h"
#include "reports/drive_record.h"

namespace regain {

/// A range of the drive as a device or file of its own. The path is valid as long as this lives.
class DriveRange {
  public:
    virtual ~DriveRange() = default;
    virtual std::string path() const = 0;
    /// Writes back what is cached and gives the range up; errors of delayed writes come out here. Call it
    /// once.
    virtual Status release() = 0;
};

class DeployTarget {
  public:
    virtual ~DeployTarget() = default;
    virtual BlockIo& io() = 0;
    /// ErrorKind::refused when it is not the drive any more that was agreed on.
    virtual Status prove_identity() = 0;
    /// Nothing of the range may be in flight in io(); multiples of the sector size.
    virtual Result<std::unique_ptr<DriveRange>> open_range(uint64_t offset, uint64_t length) = 0;
};

/// Holds the drive exclusively and proves its identity. Ranges are loop devices on the very descriptor whose
/// identity was proved: the drive is never let go, and no device name is looked up a second time.
Result<std::unique_ptr<DeployTarget>> open_drive_target(const SystemRoot& root, const DriveRecord& drive);

}  // namespace regain
