#pragma once
// From a root directory to a raw disk that boots by BIOS and by UEFI: file systems made in place by mke2fs
// and mkfs.vfat, boot loaders copied with mtools, boot code and partition table written. Nothing is mounted,
// no loop device is needed; the raw disk is a sparse file whose holes are the unused blocks.

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "imager/disk_layout.h"

namespace regain {

struct DiskAssembly {
    std::filesystem::path root_directory;   ///< becomes the root file system; owners and modes are taken over
    std::filesystem::path efi_grub_config;  ///< EFI/debian/grub.cfg of the EFI system partition
    Bytes core_image;                       ///< GRUB's core.img for BIOS
    ProfileDisk disk;
    std::string seed;          ///< for UUIDs that are the same when it is built again
    uint64_t source_date = 0;  ///< seconds since 1970 for the time stamps of the file systems
};

/// Makes the raw disk as a new sparse file. ErrorKind::environment for a missing program or a full disk,
/// failed with a program's last line.
Status assemble_disk(const DiskAssembly& assembly, const std::filesystem::path& raw_disk,
                     const std::function<void(const Message&)>& on_step, std::stop_token stop);

/// The programs that assemble_disk() starts are installed.
Status check_assembly_programs();

}  // namespace regain
