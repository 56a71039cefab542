#include "imager/gpt.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "imager/block_patch.h"

namespace regain {
namespace {

// Offsets in the header. Ref: UEFI specification 2.10 table 5.5.
constexpr std::string_view signature = "EFI PART";
constexpr size_t at_revision = 8;
constexpr size_t at_header_bytes = 12;
constexpr size_t at_header_crc = 16;
constexpr size_t at_my_sector = 24;
constexpr size_t at_other_sector = 32;
constexpr size_t at_first_usable = 40;
constexpr size_t at_last_usable = 48;
constexpr size_t at_disk_uuid = 56;
constexpr size_t at_entries_sector = 72;
constexpr size_t at_entry_count = 80;
constexpr size_t at_entry_bytes = 84;
constexpr size_t at_entries_crc = 88;
constexpr uint32_t header_bytes = 92;
constexpr uint32_t revision = 0x00010000;
constexpr uint32_t entry_count = 128;
constexpr uint32_t entry_bytes = 128;
constexpr uint64_t entries_sectors = uint64_t{entry_count} * entry_bytes / gpt_sector_bytes;

// Offsets in an entry. Ref: UEFI specification 2.10 table 5.6.
constexpr size_t at_type = 0;
constexpr size_t at_uuid = 16;
constexpr size_t at_first_sector = 32;
constexpr size_t at_last_sector = 40;
constexpr size_t at_attributes = 48;
constexpr size_t at_name = 56;
constexpr size_t name_characters = 36;

// Offsets in the protective MBR. Ref: UEFI specification 2.10 section 5.2.3.
constexpr uint64_t at_mbr_entry = 0x1BE;
constexpr uint64_t mbr_table_bytes = 512 - at_mbr_entry;
constexpr uint8_t mbr_active = 0x80;
constexpr uint8_t mbr_type_gpt = 0xEE;

struct GptCopy {
    Bytes header;   // one sector
    Bytes entries;  // all of them
    uint64_t header_sector = 0;
    uint64_t entries_sector = 0;
};

Error gpt_error(Message reason) {
    return error(ErrorKind::failed, message("read the partition table"), std::move(reason));
}

DiskUuid uuid_at(ByteView bytes, size_t offset) {
    DiskUuid uuid{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), uuid.size(), uuid.begin());
    return swap_guid_fields(uuid);
}

void put_uuid(MutableByteView bytes, size_t offset, const DiskUuid& uuid) {
    const DiskUuid stored = swap_guid_fields(uuid);
    std::copy(stored.begin(), stored.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

uint32_t header_crc(ByteView header) {
    Bytes copy(header.begin(), header.begin() + header_bytes);
    write_little_endian<uint32_t>(copy, at_header_crc, 0);
    return gpt_crc32(copy);
}

void seal(GptCopy& copy) {
    write_little_endian<uint32_t>(copy.header, at_entries_crc, gpt_crc32(copy.entries));
    write_little_endian<uint32_t>(copy.header, at_header_crc, header_crc(copy.header));
}

Result<GptCopy> read_copy(BlockIo& io, uint64_t sector) {
    GptCopy copy;
    copy.header_sector = sector;
    REGAIN_ASSIGN(copy.header, read_bytes(io, sector * gpt_sector_bytes, gpt_sector_bytes));
    const ByteView header = copy.header;
    if (as_text(header.first(signature.size())) != signature)
        return gpt_error(message("there is no table on sector {0}", sector));
    if (read_le32(header, at_header_bytes) != header_bytes ||
        read_le32(header, at_header_crc) != header_crc(header))
        return gpt_error(message("the checksum of the header on sector {0} is wrong", sector));
    if (read_le64(header, at_my_sector) != sector)
        return gpt_error(message("the header on sector {0} belongs elsewhere", sector));
    const uint32_t count = read_le32(header, at_entry_count);
    if (read_le32(header, at_entry_bytes) != entry_bytes || count == 0 || count > 1024)
        return gpt_error(message("the header on sector {0} describes entries of an unknown size", sector));
    copy.entries_sector = read_le64(header, at_entries_sector);
    if (copy.entries_sector > io.size_bytes() / gpt_sector_bytes)
        return gpt_error(message("the header on sector {0} points beyond the disk", sector));
    REGAIN_ASSIGN(copy.entries,
                  read_bytes(io, copy.entries_sector * gpt_sector_bytes, size_t{count} * entry_bytes));
    if (gpt_crc32(copy.entries) != read_le32(header, at_entries_crc))
        return gpt_error(message("the checksum of the entries on sector {0} is wrong", copy.entries_sector));
    return copy;
}

Status write_copy(BlockIo& io, const GptCopy& copy) {
    REGAIN_TRY(patch_bytes(io, copy.entries_sector * gpt_sector_bytes, copy.entries));
    return patch_bytes(io, copy.header_sector * gpt_sector_bytes, copy.header);
}

GptPartition parse_entry(ByteView entry, uint32_t number) {
    GptPartition partition;
    partition.number = number;
    partition.type = uuid_at(entry, at_type);
    partition.uuid = uuid_at(entry, at_uuid);
    partition.first_sector = read_le64(entry, at_first_sector);
    partition.last_sector = read_le64(entry, at_last_sector);
    partition.attributes = read_le64(entry, at_attributes);
    for (size_t i = 0; i < name_characters; ++i) {
        const uint16_t unit = read_le16(entry, at_name + 2 * i);
        if (unit == 0) break;
        partition.name += unit >= 0x20 && unit < 0x7F ? static_cast<char>(unit) : '?';
    }
    return partition;
}

Gpt parse_copy(const GptCopy& copy) {
    Gpt gpt;
    gpt.disk_uuid = uuid_at(copy.header, at_disk_uuid);
    gpt.backup_sector =
        std::max(read_le64(copy.header, at_my_sector), read_le64(copy.header, at_other_sector));
    gpt.first_usable_sector = read_le64(copy.header, at_first_usable);
    gpt.last_usable_sector = read_le64(copy.header, at_last_usable);
    for (size_t at = 0; at + entry_bytes <= copy.entries.size(); at += entry_bytes) {
        const ByteView entry = ByteView(copy.entries).subspan(at, entry_bytes);
        if (is_filled_with(entry.first(16), 0)) continue;
        gpt.partitions.push_back(parse_entry(entry, static_cast<uint32_t>(at / entry_bytes) + 1));
    }
    return gpt;
}

struct GptCopies {
    GptCopy first, second;
};

Result<GptCopies> read_copies(BlockIo& io) {
    GptCopies copies;
    REGAIN_ASSIGN(copies.first, read_copy(io, 1));
    const uint64_t last_sector = io.size_bytes() / gpt_sector_bytes - 1;
    const uint64_t second = read_le64(copies.first.header, at_other_sector);
    if (second != last_sector)
        return gpt_error(
            message("the second table is said to be on sector {0} and belongs on {1}", second, last_sector));
    REGAIN_ASSIGN(copies.second, read_copy(io, second));
    if (parse_copy(copies.first) != parse_copy(copies.second) ||
        copies.first.entries != copies.second.entries)
        return gpt_error(message("its two copies differ"));
    return copies;
}

Bytes make_entries(const std::vector<GptPartition>& partitions) {
    Bytes entries(size_t{entry_count} * entry_bytes, 0);
    for (const auto& partition : partitions) {
        const MutableByteView entry =
            MutableByteView(entries).subspan(size_t{partition.number - 1} * entry_bytes, entry_bytes);
        put_uuid(entry, at_type, partition.type);
        put_uuid(entry, at_uuid, partition.uuid);
        write_little_endian<uint64_t>(entry, at_first_sector, partition.first_sector);
        write_little_endian<uint64_t>(entry, at_last_sector, partition.last_sector);
        write_little_endian<uint64_t>(entry, at_attributes, partition.attributes);
        for (size_t i = 0; i < partition.name.size() && i < name_characters; ++i)
            entry[at_name + 2 * i] = static_cast<uint8_t>(partition.name[i]);
    }
    return entries;
}

GptCopy make_copy(const DiskUuid& disk_uuid, const Bytes& entries, uint64_t sector, uint64_t other_sector,
                  uint64_t entries_sector, uint64_t last_usable) {
    GptCopy copy{Bytes(gpt_sector_bytes, 0), entries, sector, entries_sector};
    std::copy(signature.begin(), signature.end(), copy.header.begin());
    write_little_endian<uint32_t>(copy.header, at_revision, revision);
    write_little_endian<uint32_t>(copy.header, at_header_bytes, header_bytes);
    write_little_endian<uint64_t>(copy.header, at_my_sector, sector);
    write_little_endian<uint64_t>(copy.header, at_other_sector, other_sector);
    write_little_endian<uint64_t>(copy.header, at_first_usable, 2 + entries_sectors);
    write_little_endian<uint64_t>(copy.header, at_last_usable, last_usable);
    put_uuid(copy.header, at_disk_uuid, disk_uuid);
    write_little_endian<uint64_t>(copy.header, at_entries_sector, entries_sector);
    write_little_endian<uint32_t>(copy.header, at_entry_count, entry_count);
    write_little_endian<uint32_t>(copy.header, at_entry_bytes, entry_bytes);
    seal(copy);
    return copy;
}

Status write_protective_mbr(BlockIo& io, uint64_t sectors) {
    Bytes table(mbr_table_bytes, 0);
    table[0] = mbr_active;
    table[1] = 0x00;  // CHS of sector 1
    table[2] = 0x02;
    table[3] = 0x00;
    table[4] = mbr_type_gpt;
    table[5] = table[6] = table[7] = 0xFF;
    write_little_endian<uint32_t>(table, 8, 1);
    write_little_endian<uint32_t>(table, 12,
                                  static_cast<uint32_t>(std::min<uint64_t>(sectors - 1, UINT32_MAX)));
    table[mbr_table_bytes - 2] = 0x55;
    table[mbr_table_bytes - 1] = 0xAA;
    return patch_bytes(io, at_mbr_entry, table);
}

}  // namespace

uint32_t gpt_crc32(ByteView bytes) {
    static const auto table = [] {
        std::array<uint32_t, 256> values{};
        for (uint32_t i = 0; i < values.size(); ++i) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
            values[i] = value;
        }
        return values;
    }();
    uint32_t crc = 0xFFFFFFFFU;
    for (const uint8_t byte : bytes) crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF];
    return ~crc;
}

Result<Gpt> read_gpt(BlockIo& io) {
    REGAIN_ASSIGN(const GptCopies copies, read_copies(io));
    return parse_copy(copies.first);
}

Result<Gpt> renew_gpt_identity(BlockIo& io) {
    REGAIN_ASSIGN(GptCopies copies, read_copies(io));
    const DiskUuid disk_uuid = random_uuid();
    for (const auto& partition : parse_copy(copies.first).partitions) {
        const DiskUuid uuid = random_uuid();
        for (GptCopy* const copy : {&copies.first, &copies.second})
            put_uuid(copy->entries, size_t{partition.number - 1} * entry_bytes + at_uuid, uuid);
    }
    // The second copy first: at no moment are both of them broken.
    for (GptCopy* const copy : {&copies.second, &copies.first}) {
        put_uuid(copy->header, at_disk_uuid, disk_uuid);
        seal(*copy);
        REGAIN_TRY(write_copy(io, *copy));
        REGAIN_TRY(flush_blocks(io));
    }
    return read_gpt(io);
}

Status write_new_gpt(BlockIo& io, const DiskUuid& disk_uuid, const std::vector<GptPartition>& partitions) {
    const uint64_t sectors = io.size_bytes() / gpt_sector_bytes;
    const uint64_t last = sectors - 1;
    const uint64_t last_usable = last - entries_sectors - 1;
    for (const auto& partition : partitions)
        if (partition.number == 0 || partition.number > entry_count ||
            partition.first_sector < 2 + entries_sectors || partition.last_sector > last_usable ||
            partition.last_sector < partition.first_sector)
            return error(ErrorKind::failed, message("write the partition table"),
                         message("partition {0} does not fit", partition.number));
    const Bytes entries = make_entries(partitions);
    REGAIN_TRY(write_copy(io, make_copy(disk_uuid, entries, last, 1, last - entries_sectors, last_usable)));
    REGAIN_TRY(write_copy(io, make_copy(disk_uuid, entries, 1, last, 2, last_usable)));
    return write_protective_mbr(io, sectors);
}

Status mark_protective_mbr_active(BlockIo& io) {
    REGAIN_ASSIGN(Bytes table, read_bytes(io, at_mbr_entry, mbr_table_bytes));
    if (table[4] != mbr_type_gpt) return gpt_error(message("the first sector holds no protective entry"));
    if (table[0] == mbr_active) return done();
    return patch_bytes(io, at_mbr_entry, Bytes{mbr_active});
}

}  // namespace regain
