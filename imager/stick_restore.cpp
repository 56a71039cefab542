#include "imager/stick_restore.h"

#include <algorithm>

#include "imager/block_patch.h"
#include "imager/byte_reader.h"

namespace regain {

Result<StickRestoration> restore_stick(BlockIo& io) {
    StickRestoration restoration;
    REGAIN_ASSIGN(restoration.found, look_at_stick(block_byte_reader(io)));
    REGAIN_ASSIGN(const Bytes sector, read_bytes(io, 0, mbr_sector_bytes));
    REGAIN_ASSIGN(restoration.table, restore_table(sector, restoration.found));
    if (!restoration.table.changed) return restoration;
    REGAIN_TRY(patch_bytes(io, 0, restoration.table.sector));
    REGAIN_TRY(flush_blocks(io));
    REGAIN_ASSIGN(const Bytes written, read_bytes(io, 0, mbr_sector_bytes));
    if (written != restoration.table.sector)
        return error(ErrorKind::failed, message("put the entries back"),
                     message("the table reads back differently from what was written"),
                     message("Do not use this stick."));
    return restoration;
}

}  // namespace regain
