#pragma once
// The last look at a deployed disk: is everything in place that firmware and boot loader will look for? Reads
// only, and proves no more than that: whether it boots is seen when it boots.

#include <stop_token>
#include <string>

#include "base/result.h"
#include "drives/block_io.h"
#include "imager/ext_file_system.h"

namespace regain {

/// BIOS: the boot code in the first sector points to GRUB's core image in the BIOS boot partition, whose
/// block list stays inside that partition. ErrorKind::failed says what is missing.
Status check_bios_boot(BlockIo& io, uint64_t bios_partition_offset, uint64_t bios_partition_bytes);

/// UEFI: EFI/BOOT/BOOTX64.EFI and the GRUB behind it are programs for 64-bit PCs, found without NVRAM
/// entries. `path` is a device or file that holds the EFI system partition alone.
Status check_uefi_boot(const std::string& path, std::stop_token stop);

/// What the boot loader loads: grub.cfg, and for every kernel its initial RAM disk, at least one.
Status check_kernel(const ExtFileSystem& root);

}  // namespace regain
