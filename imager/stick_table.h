#pragma once
// The first sector of a stick, as pure functions over bytes: what `stick create`, `stick update` and `stick
// restore` write there, and when they refuse to. Entries 1 and 2 are the ISO's, 3 and 4 the stick's; their
// places are those of stick_layout.h and nowhere else.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "imager/mbr.h"
#include "imager/stick_probe.h"

namespace regain {

/// Entries 3 and 4 of a stick whose data partition is this long.
MbrEntry records_entry();
MbrEntry data_entry(uint64_t data_bytes);

/// The ISO's first sector with the stick's own disk signature and entries 3 and 4.
Bytes stick_first_sector(ByteView iso_sector, uint32_t disk_signature, uint64_t data_bytes);

/// A first sector that nothing starts from, while an ISO is being written: no boot code, no entries 1 and 2.
/// Entries 3 and 4 stay, so that data and records can be reached whatever happens meanwhile.
Bytes unfinished_first_sector(uint32_t disk_signature, uint64_t data_bytes);

/// What restoring found to do.
struct RestoredTable {
    Bytes sector;  ///< to be written when `changed`
    bool changed = false;
    bool records = false, data = false;  ///< the entry is in the table now, or was
};

/// Puts entries 3 and 4 back where the file systems were found; bytes of other entries, of the boot code and
/// of the disk signature are never touched. ErrorKind::refused when this is no Regain stick (neither file
/// system found, no ISO of Regain's in front), when another entry reaches beyond 1 GiB, or when entry 3 or 4
/// is somebody else's.
Result<RestoredTable> restore_table(ByteView sector, const StickContents& found);

/// How long the data partition is: by its entry, or by its file system where there is none.
uint64_t data_bytes_of(const StickContents& found);

/// Is it a stick that an ISO may be written onto without a loss? ErrorKind::refused when it is not: both file
/// systems must be found at their places, and nothing else of the table may lie beyond 1 GiB.
Status check_stick_for_update(const StickContents& found);

}  // namespace regain
