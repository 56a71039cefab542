#pragma once
// The exclusive hold of belief 2: the device is opened with O_EXCL, and its identity (size, serial, WWN,
// diskseq, device number) is proved on the open descriptor before anything is written. Each later step that
// had to let go takes a new hold, which proves it again.

#include <memory>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/system_root.h"
#include "drives/block_io.h"
#include "reports/drive_record.h"

namespace regain {

class DriveHold {
  public:
    /// Opens `drive.path` exclusively and proves that it is still the drive that `drive` describes. Errors:
    /// ErrorKind::refused when something uses it (EBUSY), protects it by now, or when it is not the same
    /// drive any more (each fact that differs is named); ErrorKind::environment when it is gone.
    static Result<DriveHold> acquire(const SystemRoot& root, const DriveRecord& drive);

    /// Proves the identity once more on the descriptor that is held.
    Status prove_identity() const;
    /// Block I/O on the held descriptor; the hold must outlive it.
    Result<std::unique_ptr<BlockIo>> block_io(size_t queue_depth = 16) const;
    const DriveRecord& drive() const { return drive_; }
    int descriptor() const { return descriptor_.get(); }

    /// Sectors that the block layer counts as written to and read from the device since boot (units of 512
    /// bytes, /sys/dev/block/M:m/stat); nothing for files.
    struct Counters {
        uint64_t read_sectors = 0;
        uint64_t written_sectors = 0;
        uint64_t discarded_sectors = 0;
    };
    std::optional<Counters> block_counters() const;

  private:
    DriveHold(SystemRoot root, DriveRecord drive, FileDescriptor descriptor);
    SystemRoot root_;
    DriveRecord drive_;
    FileDescriptor descriptor_;
};

/// Releases a donor's md or LVM set that the system assembled by itself (mdadm --stop, vgchange -an) so that
/// its drives become free; only protections that are `releasable`. Proves afterwards that the holder is gone.
Status release_holders(const SystemRoot& root, const DriveRecord& drive);

/// Asks the kernel to read the partition table again; the hold must have been let go.
Status reread_partitions(const DriveRecord& drive);

}  // namespace regain
