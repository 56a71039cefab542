#pragma once
// GRUB's way to start from a BIOS: boot.img in the first sector loads the first sector of core.img from a
// fixed place, and that one loads the rest by its block list. Made when an image is built, looked at again
// when it was deployed. Pure: works on bytes.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

constexpr size_t grub_sector_bytes = 512;
constexpr size_t grub_boot_code_bytes =
    440;  ///< what of the first sector is boot code; the rest is the partition table's

/// boot.img made ready for a hard disk whose core image starts at `core_sector`: its first 440 bytes.
/// ErrorKind::failed when `boot_image` is not GRUB's boot.img.
Result<Bytes> prepare_boot_code(ByteView boot_image, uint64_t core_sector);

/// core.img padded to whole sectors, with the block list of a contiguous file at `core_sector`.
Result<Bytes> prepare_core_image(ByteView core_image, uint64_t core_sector);

/// Checks that the first sector of a disk and the first sector of its BIOS boot partition belong together and
/// stay within that partition. ErrorKind::failed.
Status check_grub_boot_code(ByteView first_sector, ByteView core_sector, uint64_t partition_sector,
                            uint64_t partition_sectors);

}  // namespace regain
