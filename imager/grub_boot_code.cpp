#include "imager/grub_boot_code.h"

#include <algorithm>

#include "imager/image_format.h"

namespace regain {
namespace {

// Offsets in boot.img and in the first sector of core.img (diskboot.img).
// Ref: GRUB 2.12, include/grub/i386/pc/boot.h.
constexpr size_t at_kernel_sector = 0x5C;
constexpr size_t at_boot_drive = 0x64;
constexpr size_t at_drive_check = 0x66;
constexpr size_t at_signature = 510;
constexpr size_t at_block_list =
    0x1F4;  // the first entry; the list grows downwards and ends with an empty one
constexpr size_t block_list_entry_bytes = 12;
constexpr size_t at_length = 8;
constexpr size_t at_segment = 10;
constexpr uint16_t first_segment = 0x0820;
constexpr uint8_t drive_from_bios = 0xFF;
// Two no-operations in place of a jump: the check of the drive number that some BIOSes need stays in force.
// grub-bios-setup does the same on hard disks.
constexpr uint8_t no_operation = 0x90;

Error grub_error(Message reason) {
    return error(ErrorKind::failed, message("prepare the BIOS boot code"), std::move(reason));
}

}  // namespace

Result<Bytes> prepare_boot_code(ByteView boot_image, uint64_t core_sector) {
    if (boot_image.size() != grub_sector_bytes || read_le16(boot_image, at_signature) != 0xAA55)
        return grub_error(message("boot.img is not GRUB's"));
    Bytes code(boot_image.begin(), boot_image.begin() + grub_boot_code_bytes);
    write_little_endian<uint64_t>(code, at_kernel_sector, core_sector);
    code[at_boot_drive] = drive_from_bios;
    code[at_drive_check] = no_operation;
    code[at_drive_check + 1] = no_operation;
    return code;
}

Result<Bytes> prepare_core_image(ByteView core_image, uint64_t core_sector) {
    Bytes core(core_image.begin(), core_image.end());
    core.resize(align_up(core.size(), grub_sector_bytes), 0);
    const uint64_t sectors = core.size() / grub_sector_bytes;
    if (sectors < 2 || sectors - 1 > UINT16_MAX)
        return grub_error(message("core.img has an impossible length"));
    if (read_le16(core, at_block_list + at_segment) != first_segment ||
        read_le16(core, at_block_list - block_list_entry_bytes + at_length) != 0)
        return grub_error(message("core.img is not GRUB's"));
    write_little_endian<uint64_t>(core, at_block_list, core_sector + 1);
    write_little_endian<uint16_t>(core, at_block_list + at_length, static_cast<uint16_t>(sectors - 1));
    return core;
}

Status check_grub_boot_code(ByteView first_sector, ByteView core_sector, uint64_t partition_sector,
                            uint64_t partition_sectors) {
    const bool has_code = !is_filled_with(first_sector.first(grub_boot_code_bytes), 0);
    if (!has_code || read_le16(first_sector, at_signature) != 0xAA55)
        return grub_error(message("there is no boot code in the first sector"));
    if (read_le64(first_sector, at_kernel_sector) != partition_sector)
        return grub_error(message("the boot code does not point to the BIOS boot partition"));
    const uint64_t start = read_le64(core_sector, at_block_list);
    const uint16_t length = read_le16(core_sector, at_block_list + at_length);
    if (read_le16(core_sector, at_block_list + at_segment) != first_segment || length == 0 ||
        start != partition_sector + 1 || uint64_t{length} + 1 > partition_sectors ||
        read_le16(core_sector, at_block_list - block_list_entry_bytes + at_length) != 0)
        return grub_error(message("GRUB's core image does not lie within the BIOS boot partition"));
    return done();
}

}  // namespace regain
