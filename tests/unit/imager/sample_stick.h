#pragma once
// A stick in memory for tests: an ISO, and at the fixed places the beginnings of the two file systems as real
// programs made them (golden/*.bin: mke2fs 1.47.0 and exfatprogs 1.2.0, from a stick of 2500 MiB).

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "tests/fakes/memory_block_io.h"

namespace regain {

constexpr uint64_t golden_data_bytes = 1413480448;  ///< what the golden exFAT says of itself

Bytes golden_records_superblock();
Bytes golden_exfat_boot_region();

/// A whole stick with this ISO; `size_bytes` 0: as large as it was made.
std::shared_ptr<MemoryMedium> sample_stick(const Bytes& iso, uint64_t size_bytes = 0);

}  // namespace regain
