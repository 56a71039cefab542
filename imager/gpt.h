#pragma once
// A GUID partition table as bytes: both copies read and checked, identities renewed, and made from nothing
// for a new image. Moving and growing a table on a real disk is libparted's (partition_table.h). The
// protective MBR's boot code is never touched here.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "drives/block_io.h"
#include "imager/disk_uuid.h"

namespace regain {

struct GptPartition {
    uint32_t number = 0;  ///< from 1
    DiskUuid type{};      ///< in plain order, as are all UUIDs here
    DiskUuid uuid{};
    uint64_t first_sector = 0, last_sector = 0;
    uint64_t attributes = 0;
    std::string name;  ///< ASCII; anything else in it becomes '?'
    bool operator==(const GptPartition&) const = default;
};

struct Gpt {
    DiskUuid disk_uuid{};
    uint64_t backup_sector = 0;  ///< where the second header lies
    uint64_t first_usable_sector = 0, last_usable_sector = 0;
    std::vector<GptPartition> partitions;  ///< by number; unused entries are left out
    bool operator==(const Gpt&) const = default;
};

constexpr uint32_t gpt_sector_bytes = 512;

/// Reads the first copy and the second that it points to. Errors when a checksum is wrong, when the copies
/// differ, or when the second one is not on the last sector. ErrorKind::failed.
/// Ref: UEFI specification 2.10 section 5.3.
Result<Gpt> read_gpt(BlockIo& io);

/// Gives the disk and every partition a new random UUID, in both copies; flushes. Gives the table as it is
/// now.
Result<Gpt> renew_gpt_identity(BlockIo& io);

/// Writes a protective MBR (marked active, boot code untouched) and both copies of a new table of 128 entries
/// to a disk; used for new images. `partitions` need number, type, uuid, sectors and name.
Status write_new_gpt(BlockIo& io, const DiskUuid& disk_uuid, const std::vector<GptPartition>& partitions);

/// Marks the protective MBR's entry active: old firmware does not start from a disk without an active
/// partition.
Status mark_protective_mbr_active(BlockIo& io);

/// CRC-32 as GPT uses it (ISO 3309, reflected polynomial 0xEDB88320).
uint32_t gpt_crc32(ByteView bytes);

}  // namespace regain
