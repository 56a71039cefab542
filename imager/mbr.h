#pragma once
// The first sector of a disk as bytes: boot code, disk signature, four entries. Pure; what a stick's table
// looks like is decided in stick_table.h. Extended partitions are not looked into.

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

constexpr size_t mbr_sector_bytes = 512;
constexpr size_t mbr_entry_count = 4;

struct MbrEntry {
    bool is_active = false;
    uint8_t type = 0;
    uint32_t first_sector = 0, sector_count = 0;

    /// The kernel goes by the length alone: hybrid ISOs have an entry of type 0.
    bool is_empty() const { return sector_count == 0; }
    uint64_t offset_bytes() const { return uint64_t{first_sector} * mbr_sector_bytes; }
    uint64_t size_bytes() const { return uint64_t{sector_count} * mbr_sector_bytes; }
    uint64_t end_bytes() const { return offset_bytes() + size_bytes(); }
    bool operator==(const MbrEntry&) const = default;
};

struct Mbr {
    uint32_t disk_signature = 0;
    std::array<MbrEntry, mbr_entry_count> entries{};
    bool operator==(const Mbr&) const = default;
};

/// ErrorKind::untrusted unless `sector` has 512 bytes, the signature 55 AA, and entries that make sense
/// (active is 00 or 80, none beyond the last sector that can be counted).
Result<Mbr> parse_mbr(ByteView sector);

/// Writes one entry (`index` from 0) with addresses for LBA only; everything else of the sector stays.
void put_mbr_entry(MutableByteView sector, size_t index, const MbrEntry& entry);
void put_disk_signature(MutableByteView sector, uint32_t signature);
/// The bytes 55 AA at the sector's end.
void put_mbr_signature(MutableByteView sector);

}  // namespace regain
