#pragma once
// Where what lies on a Regain stick (docs/stick-format.md). These places are fixed for ever: an ISO of any
// later version is written under data of any earlier one. Plain constants; used by everything named stick_*.

#include <cstdint>

namespace regain {

constexpr uint64_t stick_iso_area_bytes = uint64_t{1} << 30;  ///< the ISO: bytes 0 .. 1 GiB
constexpr uint64_t stick_records_offset = stick_iso_area_bytes;
constexpr uint64_t stick_records_bytes = uint64_t{128} << 20;
constexpr uint64_t stick_data_offset = stick_records_offset + stick_records_bytes;
constexpr uint64_t stick_alignment_bytes = uint64_t{1} << 20;
constexpr uint64_t stick_least_data_bytes = uint64_t{64} << 20;
constexpr uint32_t stick_sector_bytes = 512;

constexpr const char* stick_records_label = "REGAIN-REC";
constexpr const char* stick_data_label = "REGAIN";

/// Entries 3 and 4 of the table, counted from 0 as in Mbr.
constexpr unsigned stick_records_entry = 2;
constexpr unsigned stick_data_entry = 3;
constexpr uint8_t stick_records_type = 0x83;  ///< Linux
constexpr uint8_t stick_data_type = 0x07;     ///< exFAT (and NTFS)

/// How long the data partition is on a drive of this size: to the last whole MiB that a partition table of 32
/// bits reaches; 0 when the drive is too small for a stick.
constexpr uint64_t stick_data_bytes_on(uint64_t drive_bytes) {
    constexpr uint64_t last_countable = uint64_t{UINT32_MAX} * stick_sector_bytes;
    const uint64_t reached = drive_bytes < last_countable ? drive_bytes : last_countable;
    const uint64_t end = reached / stick_alignment_bytes * stick_alignment_bytes;
    return end < stick_data_offset + stick_least_data_bytes ? 0 : end - stick_data_offset;
}

}  // namespace regain
