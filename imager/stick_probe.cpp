#include "imager/stick_probe.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "imager/disk_uuid.h"
#include "imager/stick_layout.h"

namespace regain {
namespace {

// Offsets in the ext4 superblock.
constexpr size_t blocks_count_offset = 0x04;
constexpr size_t log_block_size_offset = 0x18;
constexpr size_t magic_offset = 0x38;
constexpr size_t incompatible_offset = 0x60;
constexpr size_t read_only_compatible_offset = 0x64;
constexpr size_t uuid_offset = 0x68;
constexpr size_t volume_name_offset = 0x78;
constexpr size_t volume_name_bytes = 16;
constexpr size_t blocks_count_high_offset = 0x150;
constexpr size_t checksum_offset = 0x3FC;
constexpr uint16_t ext_magic = 0xEF53;
constexpr uint32_t has_64_bits = 0x80;
constexpr uint32_t has_metadata_checksums = 0x400;
constexpr uint32_t largest_log_block_size = 6;  // 64 KiB

// Offsets in exFAT's boot sector.
constexpr size_t volume_length_offset = 72;
constexpr size_t serial_offset = 100;
constexpr size_t volume_flags_offset = 106;
constexpr size_t sector_shift_offset = 108;
constexpr size_t cluster_shift_offset = 109;
constexpr size_t percent_in_use_offset = 112;
constexpr size_t checksum_sector = 11;

/// CRC-32C (Castagnoli), reflected, without the final inversion: what ext4 uses.
uint32_t crc32c(ByteView bytes) {
    uint32_t value = 0xFFFFFFFFU;
    for (const uint8_t byte : bytes) {
        value ^= byte;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) != 0 ? 0x82F63B78U : 0U);
    }
    return value;
}

std::string fixed_text(ByteView field) {
    const std::string_view text = as_text(field);
    return std::string(text.substr(0, text.find('\0')));
}

/// Ref: exFAT specification 1.00, figure 1 (boot checksum): what changes while it is used is left out.
uint32_t boot_checksum(ByteView sectors) {
    uint32_t sum = 0;
    for (size_t i = 0; i < sectors.size(); ++i) {
        if (i == volume_flags_offset || i == volume_flags_offset + 1 || i == percent_in_use_offset) continue;
        sum = ((sum & 1U) != 0 ? 0x80000000U : 0U) + (sum >> 1) + sectors[i];
    }
    return sum;
}

bool has_boot_checksum(ByteView region) {
    const uint32_t sum = boot_checksum(region.first(checksum_sector * stick_sector_bytes));
    for (size_t at = checksum_sector * stick_sector_bytes; at < exfat_boot_region_bytes; at += 4)
        if (read_le32(region, at) != sum) return false;
    return true;
}

}  // namespace

std::optional<StickFileSystem> parse_records_superblock(ByteView superblock) {
    if (superblock.size() != ext_superblock_bytes || read_le16(superblock, magic_offset) != ext_magic)
        return std::nullopt;
    if (fixed_text(superblock.subspan(volume_name_offset, volume_name_bytes)) != stick_records_label)
        return std::nullopt;
    // Made with checksums: without them it is not the file system that `stick create` made.
    if ((read_le32(superblock, read_only_compatible_offset) & has_metadata_checksums) == 0 ||
        crc32c(superblock.first(checksum_offset)) != read_le32(superblock, checksum_offset))
        return std::nullopt;
    const uint32_t log_block_size = read_le32(superblock, log_block_size_offset);
    uint64_t blocks = read_le32(superblock, blocks_count_offset);
    if ((read_le32(superblock, incompatible_offset) & has_64_bits) != 0)
        blocks |= uint64_t{read_le32(superblock, blocks_count_high_offset)} << 32;
    if (log_block_size > largest_log_block_size || blocks == 0) return std::nullopt;
    const uint64_t block_bytes = uint64_t{1024} << log_block_size;
    if (blocks > stick_records_bytes / block_bytes) return std::nullopt;
    DiskUuid uuid{};
    std::copy_n(superblock.subspan(uuid_offset).begin(), uuid.size(), uuid.begin());
    return StickFileSystem{blocks * block_bytes, to_text(uuid)};
}

std::optional<StickFileSystem> parse_exfat_boot_region(ByteView region) {
    constexpr std::array<uint8_t, 11> jump_and_name{0xEB, 0x76, 0x90, 'E', 'X', 'F', 'A', 'T', ' ', ' ', ' '};
    if (region.size() != exfat_boot_region_bytes ||
        !std::equal(jump_and_name.begin(), jump_and_name.end(), region.begin()))
        return std::nullopt;
    // Where FAT has its own fields exFAT has zeros, so that nobody takes the one for the other.
    if (!is_filled_with(region.subspan(11, 53), 0) || read_u8(region, 510) != 0x55 ||
        read_u8(region, 511) != 0xAA)
        return std::nullopt;
    const uint64_t sectors = read_le64(region, volume_length_offset);
    if (read_u8(region, sector_shift_offset) != 9 || read_u8(region, cluster_shift_offset) > 25 - 9 ||
        sectors == 0 || sectors > UINT32_MAX || !has_boot_checksum(region))
        return std::nullopt;
    const std::string serial = to_hex(Bytes{region[serial_offset + 3], region[serial_offset + 2],
                                            region[serial_offset + 1], region[serial_offset]});
    std::string uuid = serial.substr(0, 4) + "-" + serial.substr(4);
    std::transform(uuid.begin(), uuid.end(), uuid.begin(), [](char digit) {
        return digit >= 'a' && digit <= 'f' ? static_cast<char>(digit - 32) : digit;
    });
    return StickFileSystem{sectors * stick_sector_bytes, uuid};
}

Result<StickContents> look_at_stick(const ByteReader& drive) {
    StickContents found;
    if (drive.size_bytes < stick_data_offset + stick_least_data_bytes) return found;
    REGAIN_ASSIGN(const Bytes sector, drive.read(0, mbr_sector_bytes));
    if (auto table = parse_mbr(sector); table.ok()) found.table = std::move(table).value();
    ByteReader iso_area = drive;
    iso_area.size_bytes = stick_iso_area_bytes;
    auto iso = read_iso_description(iso_area);
    if (iso.ok())
        found.iso = std::move(iso).value();
    else if (iso.error().kind != ErrorKind::untrusted)
        return std::move(iso).error();
    REGAIN_ASSIGN(const Bytes superblock,
                  drive.read(stick_records_offset + ext_superblock_offset, ext_superblock_bytes));
    found.records = parse_records_superblock(superblock);
    // The second boot region stands in for the first.
    for (const uint64_t region : {stick_data_offset, stick_data_offset + exfat_boot_region_bytes}) {
        REGAIN_ASSIGN(const Bytes bytes, drive.read(region, exfat_boot_region_bytes));
        if (!found.data) found.data = parse_exfat_boot_region(bytes);
    }
    if (found.data && found.data->size_bytes > drive.size_bytes - stick_data_offset) found.data.reset();
    return found;
}

}  // namespace regain
