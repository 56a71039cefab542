#pragma once
// The exclusive hold of belief 2: the device is opened with O_EXCL, and its identity (size, serial, WWN,
// diskseq, device number) is proved on the open descriptor before anything is written. Each later step that
// had to let go takes a new hold, which proves it again. All nodes of the drive are held, so that nothing can
// mount one of them meanwhile; to hold one only, pass record_of_node() (discovery.h).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/system_root.h"
#include "drives/block_io.h"
#include "reports/drive_record.h"

namespace regain {

/// Bytes of a drive that a caller writes while the rest of it may stay in use.
struct DrivePart {
    uint64_t offset_bytes = 0;
    uint64_t size_bytes = 0;
};

class DriveHold {
  public:
    /// Opens `drive.path` exclusively and proves that it is still the drive that `drive` describes. Errors:
    /// ErrorKind::refused when something uses it (EBUSY), protects it by now, or when it is not the same
    /// drive any more (each fact that differs is named); ErrorKind::environment when it is gone.
    static Result<DriveHold> acquire(const SystemRoot& root, const DriveRecord& drive);

    /// Holds a drive of which only `part` is going to be written (the boot stick): what is mounted from
    /// elsewhere on it may stay so, what overlaps the part must be free and is claimed for as long as this
    /// lives. An empty part claims nothing: for the few bytes of a partition table that nobody uses. Only the
    /// main node is held. Swap, RAID and LVM on the drive are refused wherever they lie. Errors as acquire().
    static Result<DriveHold> acquire_part(const SystemRoot& root, const DriveRecord& drive, DrivePart part);

    /// Proves the identity of every node that is held once more on its descriptor. ErrorKind::refused names
    /// each fact that differs; ErrorKind::environment when the drive is gone.
    Status prove_identity() const;
    /// Block I/O on the held descriptor of the main node; the hold must outlive it.
    Result<std::unique_ptr<BlockIo>> block_io(size_t queue_depth = 32) const;
    /// The same for another node that is held (a namespace, a boot area); ErrorKind::failed when it is none.
    Result<std::unique_ptr<BlockIo>> node_block_io(const std::string& node_path,
                                                   size_t queue_depth = 32) const;
    /// Makes the kernel show partition `number` at this place, while others may be in use. Nothing to do for
    /// files, or when it is shown there already. ErrorKind::refused when another one in use is in its way.
    Status show_partition(uint32_t number, uint64_t offset_bytes, uint64_t size_bytes) const;
    const DriveRecord& drive() const { return drive_; }
    int descriptor() const { return nodes_.front().descriptor.get(); }

    /// Sectors that the block layer counts as written to and read from the device since boot (units of 512
    /// bytes, /sys/dev/block/M:m/stat); nothing for files.
    struct Counters {
        uint64_t read_sectors = 0;
        uint64_t written_sectors = 0;
        uint64_t discarded_sectors = 0;
    };
    std::optional<Counters> block_counters() const;
    /// The same for another node that is held.
    std::optional<Counters> node_block_counters(const std::string& node_path) const;
    /// Reads the line of a `stat` attribute; nothing when it has another form.
    static std::optional<Counters> parse_block_counters(const std::string& stat);

  private:
    struct HeldNode {
        DriveNode node;
        FileDescriptor descriptor;
        uint32_t alignment = 512;
        bool is_direct = true;
        bool has_medium = true;
    };
    DriveHold(SystemRoot root, DriveRecord drive) : root_(std::move(root)), drive_(std::move(drive)) {}
    Status open_nodes();
    Status open_file();
    Status open_part(DrivePart part);
    Status claim_partitions(DrivePart part);
    Status prove_node(const HeldNode& held) const;
    Status prove_file() const;
    Status check_protections() const;

    SystemRoot root_;
    DriveRecord drive_;
    std::vector<HeldNode> nodes_;         ///< the main node first
    std::vector<FileDescriptor> claims_;  ///< partitions that nobody else may use meanwhile
};

/// Releases a donor's md or LVM set that the system assembled by itself (mdadm --stop, vgchange -an) so that
/// its drives become free; only protections that are `releasable`. Proves afterwards that the holder is gone.
Status release_holders(const SystemRoot& root, const DriveRecord& drive);

/// Opens a drive (or file) for reading only, whatever uses it; nothing is claimed. Errors as acquire().
Result<FileDescriptor> open_to_look(const DriveRecord& drive);

/// Asks the kernel to read the partition table again; the hold must have been let go. Nothing to do for files
/// and for loop devices without partitions. ErrorKind::refused when one of its partitions is in use.
Status reread_partitions(const DriveRecord& drive);

}  // namespace regain
