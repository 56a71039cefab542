#pragma once
// What lies at the fixed places of a stick: the table, the ISO, the two file systems by their superblocks.
// This is how `stick restore` knows that its entries belong there, and `stick update` that it has a stick
// before it. Pure parsers and one function that reads; hostile bytes make "not found", never more. Never
// writes.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "imager/byte_reader.h"
#include "imager/mbr.h"
#include "imager/stick_iso.h"

namespace regain {

struct StickFileSystem {
    uint64_t size_bytes = 0;  ///< as the file system itself says
    std::string uuid;         ///< as blkid shows it
    bool operator==(const StickFileSystem&) const = default;
};

constexpr size_t ext_superblock_offset = 1024;
constexpr size_t ext_superblock_bytes = 1024;
constexpr size_t exfat_boot_region_bytes = 12 * 512;

/// The ext4 of the records: magic, the label REGAIN-REC, the checksum, at most 128 MiB. Nothing otherwise.
/// Ref: Linux Documentation/filesystems/ext4/super.rst.
std::optional<StickFileSystem> parse_records_superblock(ByteView superblock);

/// The exFAT of the data: signature, sectors of 512 bytes, the checksum of the boot region. Its label doesn't
/// matter: people rename what they see. Nothing otherwise.
/// Ref: exFAT file system specification 1.00, sections 3.1 and 3.4.
std::optional<StickFileSystem> parse_exfat_boot_region(ByteView region);

struct StickContents {
    std::optional<Mbr> table;
    std::optional<IsoDescription> iso;
    std::optional<StickFileSystem> records;
    std::optional<StickFileSystem> data;

    /// Both file systems are there, whatever became of the table and the ISO.
    bool is_stick() const { return records && data; }
};

/// ErrorKind::failed or environment when the drive can't be read; what is damaged is just not there.
Result<StickContents> look_at_stick(const ByteReader& drive);

}  // namespace regain
