#include "imager/fat_volume_id.h"

#include "imager/block_patch.h"

namespace regain {
namespace {

// Offsets in the boot sector. Ref: Microsoft FAT specification (2005), section 3.3.
constexpr size_t at_bytes_per_sector = 11;
constexpr size_t at_fat16_size = 22;
constexpr size_t at_backup_sector = 50;
constexpr size_t at_volume_id = 67;
constexpr size_t at_type_text = 82;
constexpr std::string_view type_text = "FAT32   ";
constexpr size_t at_mark = 510;
constexpr size_t sector_bytes = 512;

bool is_fat32_boot_sector(ByteView sector) {
    return read_le16(sector, at_mark) == 0xAA55 && read_le16(sector, at_fat16_size) == 0 &&
           read_le16(sector, at_bytes_per_sector) == sector_bytes &&
           as_text(sector.subspan(at_type_text, type_text.size())) == type_text;
}

}  // namespace

Status set_fat_volume_id(BlockIo& io, uint64_t volume_offset, uint32_t volume_id) {
    const Message doing = message("renew the identity of the EFI system partition");
    REGAIN_ASSIGN(const Bytes sector, read_bytes(io, volume_offset, sector_bytes));
    if (!is_fat32_boot_sector(sector))
        return error(ErrorKind::failed, doing, message("it is not a FAT32 volume"));
    Bytes id(4);
    write_little_endian<uint32_t>(id, 0, volume_id);
    const uint16_t backup = read_le16(sector, at_backup_sector);
    if (backup != 0 && backup != 0xFFFF) {
        const uint64_t backup_offset = volume_offset + uint64_t{backup} * sector_bytes;
        REGAIN_ASSIGN(const Bytes copy, read_bytes(io, backup_offset, sector_bytes));
        if (!is_fat32_boot_sector(copy))
            return error(ErrorKind::failed, doing, message("its backup boot sector is damaged"));
        REGAIN_TRY(patch_bytes(io, backup_offset + at_volume_id, id));
    }
    return patch_bytes(io, volume_offset + at_volume_id, id);
}

}  // namespace regain
