#pragma once
// The serial number of a FAT32 volume, changed in place: the EFI system partition of each deployed disk gets
// its own. Touches nothing else of the volume.

#include <cstdint>

#include "base/result.h"
#include "drives/block_io.h"

namespace regain {

/// Writes a new volume ID into the boot sector at `volume_offset` and into its backup. Refuses
/// (ErrorKind::failed) what is not a FAT32 volume. Not durable before a flush.
Status set_fat_volume_id(BlockIo& io, uint64_t volume_offset, uint32_t volume_id);

}  // namespace regain
