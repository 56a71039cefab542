#pragma once
// `regain stick restore`: puts entries 3 and 4 back into the table of a stick onto which somebody wrote a
// newer ISO. Writes those 32 bytes and nothing else; never formats. The live system does this at every start.

#include "base/result.h"
#include "drives/block_io.h"
#include "imager/stick_probe.h"
#include "imager/stick_table.h"

namespace regain {

struct StickRestoration {
    StickContents found;  ///< before
    RestoredTable table;
};

/// Durable and read back when it returns. ErrorKind::refused when it is no stick (restore_table()), failed
/// when the drive does not do what it is told; nothing is written when there is nothing to restore.
Result<StickRestoration> restore_stick(BlockIo& io);

}  // namespace regain
