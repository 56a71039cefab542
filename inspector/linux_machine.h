#pragma once
// Reads the machine's identity, processor and memory from /sys and /proc, through SystemRoot. Never fails:
// what can't be read is absent. Judged by machine_identity.h and memory_check.h.

#include <optional>

#include "base/system_root.h"
#include "inspector/machine_identity.h"
#include "inspector/memory_check.h"

namespace regain {

MachineReadings read_machine(const SystemRoot& root);
/// Sums over all memory controllers; absent when the kernel knows none.
std::optional<MemoryErrorCounts> read_memory_errors(const SystemRoot& root);

}  // namespace regain
