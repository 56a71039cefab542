#pragma once
// The few ioctls on an open block device that Regain needs outside the command channels, each as a function
// of its own. Used by the hold and by find_drive; nobody else asks the kernel about a descriptor.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"

namespace regain {

/// What the kernel says of an open block device.
struct OpenBlockDevice {
    uint64_t size_bytes = 0;
    uint32_t logical_sector_bytes = 0;
    uint32_t physical_sector_bytes = 0;
    uint64_t diskseq = 0;  ///< 0: a kernel before 5.15 does not say
    bool is_read_only = false;
};

/// BLKGETSIZE64, BLKSSZGET, BLKPBSZGET, BLKGETDISKSEQ, BLKROGET. ErrorKind::environment with the errno:
/// ENODEV and ENXIO mean that the drive is gone.
Result<OpenBlockDevice> ask_block_device(int descriptor);

/// What O_DIRECT asks of offsets, lengths and memory on this file (statx, STATX_DIOALIGN); nothing when the
/// kernel (before 6.1) or the file system does not say, 0 when it can't be used.
std::optional<uint32_t> direct_io_alignment(int descriptor);

/// BLKFLSBUF: drops the page cache of the device.
Status drop_buffers(int descriptor);
/// BLKRRPART; os_errno EBUSY when a partition is in use.
Status reread_partition_table(int descriptor);

/// BLKPG: makes the kernel show one partition, or forget it, without a look at the table; the others may stay
/// in use. os_errno EBUSY: this one is in use (or another overlaps it), ENXIO: there is no such partition.
Status add_partition(int descriptor, uint32_t number, uint64_t offset_bytes, uint64_t size_bytes);
Status remove_partition(int descriptor, uint32_t number);

/// The file behind a loop device, from LOOP_GET_STATUS64; nothing when none is attached.
struct LoopBacking {
    uint64_t file_device_number = 0;
    uint64_t inode = 0;
};
std::optional<LoopBacking> loop_backing(int descriptor);

}  // namespace regain
