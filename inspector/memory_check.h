#pragma once
// The judgement of the memory's size and of its error counters. Pure. The content of the memory is not tested
// by this version: that stands in the report as "memory-content", not tested.

#include <cstdint>
#include <optional>
#include <vector>

#include "reports/inspection_report.h"

namespace regain {

/// How much less than the modules' sum may be visible without anyone wondering: what the kernel needs for
/// itself, what the firmware keeps, and what graphics in the processor borrows.
uint64_t memory_tolerance_bytes(uint64_t installed_bytes);

/// "memory-size": MemTotal against the modules that the firmware lists. `visible_bytes` 0 and an empty list
/// mean not known. More than the firmware's "Maximum Capacity" is no error and isn't looked at.
Check judge_memory_size(uint64_t visible_bytes, const std::vector<uint64_t>& module_bytes);

/// Sums of the EDAC counters (/sys/devices/system/edac/mc).
struct MemoryErrorCounts {
    uint64_t corrected = 0;
    uint64_t uncorrected = 0;
};

/// "memory-errors": any error fails; without an EDAC controller it is not tested.
Check judge_memory_errors(const std::optional<MemoryErrorCounts>& counts);

}  // namespace regain
