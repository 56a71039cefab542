#include "drives/linux_block_device.h"

#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/stat.h>  // not sys/stat.h: both define struct statx, and glibc's may lack the newer members
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, __u64)
#endif

namespace regain {
namespace {

Error ioctl_error(Message doing) {
    return os_error(std::move(doing), errno, ErrorKind::environment);
}

/// The kernel keeps a loop file's st_dev in its own encoding, cut to what stat() shows as huge_encode_dev
/// does.
uint64_t decode_loop_device_number(uint64_t encoded) {
    return makedev(static_cast<unsigned>((encoded >> 8) & 0xFFF),
                   static_cast<unsigned>((encoded & 0xFF) | ((encoded >> 12) & 0xFFF00)));
}

int tell_partition(int descriptor, int operation, uint32_t number, uint64_t offset_bytes,
                   uint64_t size_bytes) {
    blkpg_partition partition{};
    partition.pno = static_cast<int>(number);
    partition.start = static_cast<long long>(offset_bytes);
    partition.length = static_cast<long long>(size_bytes);
    blkpg_ioctl_arg argument{};
    argument.op = operation;
    argument.datalen = sizeof(partition);
    argument.data = &partition;
    return ::ioctl(descriptor, BLKPG, &argument);
}

}  // namespace

Result<OpenBlockDevice> ask_block_device(int descriptor) {
    OpenBlockDevice device;
    int logical = 0;
    unsigned physical = 0;
    int read_only = 0;
    if (::ioctl(descriptor, BLKGETSIZE64, &device.size_bytes) != 0)
        return ioctl_error(message("ask a drive for its size"));
    if (::ioctl(descriptor, BLKSSZGET, &logical) != 0 || ::ioctl(descriptor, BLKPBSZGET, &physical) != 0)
        return ioctl_error(message("ask a drive for its sector size"));
    if (::ioctl(descriptor, BLKROGET, &read_only) != 0)
        return ioctl_error(message("ask whether a drive is read-only"));
    if (::ioctl(descriptor, BLKGETDISKSEQ, &device.diskseq) != 0) {
        // Before 5.15 there is none; anything else is a fault.
        if (errno != ENOTTY && errno != EINVAL)
            return ioctl_error(message("ask a drive for its sequence number"));
        device.diskseq = 0;
    }
    device.logical_sector_bytes = static_cast<uint32_t>(logical);
    device.physical_sector_bytes = physical;
    device.is_read_only = read_only != 0;
    return device;
}

std::optional<uint32_t> direct_io_alignment(int descriptor) {
    constexpr int empty_path = 0x1000;  // AT_EMPTY_PATH, whose header would bring in the other struct statx
    struct statx status {};
    if (::syscall(SYS_statx, descriptor, "", empty_path, STATX_DIOALIGN, &status) != 0) return std::nullopt;
    if ((status.stx_mask & STATX_DIOALIGN) == 0) return std::nullopt;
    return std::max(status.stx_dio_mem_align, status.stx_dio_offset_align);
}

Status drop_buffers(int descriptor) {
    if (::ioctl(descriptor, BLKFLSBUF, 0) != 0) return ioctl_error(message("drop a drive's page cache"));
    return done();
}

Status reread_partition_table(int descriptor) {
    if (::ioctl(descriptor, BLKRRPART) != 0) return ioctl_error(message("read the partition table again"));
    return done();
}

Status add_partition(int descriptor, uint32_t number, uint64_t offset_bytes, uint64_t size_bytes) {
    if (tell_partition(descriptor, BLKPG_ADD_PARTITION, number, offset_bytes, size_bytes) != 0)
        return ioctl_error(message("show partition {0}", number));
    return done();
}

Status remove_partition(int descriptor, uint32_t number) {
    if (tell_partition(descriptor, BLKPG_DEL_PARTITION, number, 0, 0) != 0)
        return ioctl_error(message("forget partition {0}", number));
    return done();
}

std::optional<LoopBacking> loop_backing(int descriptor) {
    loop_info64 status{};
    if (::ioctl(descriptor, LOOP_GET_STATUS64, &status) != 0) return std::nullopt;
    return LoopBacking{decode_loop_device_number(status.lo_device), status.lo_inode};
}

}  // namespace regain
