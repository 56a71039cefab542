#include "imager/mbr.h"

#include <algorithm>

namespace regain {
namespace {

// Ref: UEFI specification 2.10 section 5.2.1 (legacy master boot record).
constexpr size_t disk_signature_offset = 440;
constexpr size_t entries_offset = 446;
constexpr size_t entry_bytes = 16;
constexpr size_t signature_offset = 510;
constexpr uint8_t active = 0x80;

Error no_table(Message reason) {
    return error(ErrorKind::untrusted, message("read the partition table"), std::move(reason));
}

MbrEntry parse_entry(ByteView bytes) {
    return {read_u8(bytes, 0) == active, read_u8(bytes, 4), read_le32(bytes, 8), read_le32(bytes, 12)};
}

}  // namespace

Result<Mbr> parse_mbr(ByteView sector) {
    if (sector.size() != mbr_sector_bytes || read_u8(sector, signature_offset) != 0x55 ||
        read_u8(sector, signature_offset + 1) != 0xAA)
        return no_table(message("there is none"));
    Mbr mbr;
    mbr.disk_signature = read_le32(sector, disk_signature_offset);
    for (size_t i = 0; i < mbr_entry_count; ++i) {
        const ByteView bytes = sector.subspan(entries_offset + i * entry_bytes, entry_bytes);
        mbr.entries[i] = parse_entry(bytes);
        const uint8_t status = read_u8(bytes, 0);
        const uint64_t end = uint64_t{mbr.entries[i].first_sector} + mbr.entries[i].sector_count;
        if ((status != 0 && status != active) || end > UINT32_MAX)
            return no_table(message("its entry {0} makes no sense", i + 1));
    }
    return mbr;
}

void put_mbr_entry(MutableByteView sector, size_t index, const MbrEntry& entry) {
    const MutableByteView bytes = sector.subspan(entries_offset + index * entry_bytes, entry_bytes);
    std::fill(bytes.begin(), bytes.end(), uint8_t{0});
    if (entry.is_empty() && entry.type == 0) return;
    // Cylinders, heads and sectors are long meaningless: their largest values say so.
    for (const size_t address : {size_t{1}, size_t{5}}) {
        bytes[address] = 0xFE;
        bytes[address + 1] = bytes[address + 2] = 0xFF;
    }
    bytes[0] = entry.is_active ? active : 0;
    bytes[4] = entry.type;
    write_little_endian<uint32_t>(bytes, 8, entry.first_sector);
    write_little_endian<uint32_t>(bytes, 12, entry.sector_count);
}

void put_disk_signature(MutableByteView sector, uint32_t signature) {
    write_little_endian<uint32_t>(sector, disk_signature_offset, signature);
}

void put_mbr_signature(MutableByteView sector) {
    sector[signature_offset] = 0x55;
    sector[signature_offset + 1] = 0xAA;
}

}  // namespace regain
