#pragma once
// Fits an image's partition table to the disk that it landed on, through libparted: the second table moves to
// the disk's end and the last partition grows. libparted works on a path (a range of the drive that is held,
// or a file); its questions never reach the terminal, and it tells the kernel nothing.

#include <cstdint>
#include <string>

#include "base/result.h"

namespace regain {

struct FittedPartition {
    uint64_t offset_bytes = 0;
    uint64_t size_bytes = 0;
};

/// Moves the second table to the end of the disk at `path` and lets partition `number`, which must be the
/// last one, grow to the last whole MiB. Everything else of the table stays as it is, the boot code included.
/// Gives the partition as it is now. ErrorKind::failed with libparted's words.
Result<FittedPartition> fit_partition_table(const std::string& path, uint32_t number);

}  // namespace regain
