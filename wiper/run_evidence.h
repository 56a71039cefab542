#pragma once
// What a run found, as the facts of its evidence. Pure; used by node_run.cpp and wipe_run.cpp.

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "wiper/read_back.h"
#include "wiper/wipe_pattern.h"
#include "wiper/wipe_run.h"

namespace regain {

/// What was found where an overwrite failed.
struct UnwritableSectors {
    uint64_t sectors = 0;
    uint64_t readable_sectors = 0;  ///< what stood there can still be had
    std::vector<uint64_t> first_readable_lbas;
    bool is_known = false;           ///< reading came to its end
    bool reading_cut_short = false;  ///< there was no time to read each: they are at least so many
    bool retries_cut_short = false;  ///< there was no time to try each sector
};
/// "unwritable-sectors".
Json unwritable_facts(const UnwritableSectors& found);
/// "pattern": a random one with its key, so that anybody can make it again.
Json pattern_facts(const WipePattern& pattern);
/// "read-back": what was expected, what was read and where the first differences are, in sectors.
Json read_back_facts(const ReadBack& found, const std::string& pattern, uint32_t sector_bytes);
/// "block-counters", in units of 512 bytes.
Json counter_facts(const BlockCounters& before, const BlockCounters& after);

/// By the steps of a run: of several passes over a node the one that came farthest, so that no byte counts
/// twice.
uint64_t overwritten_bytes(const std::vector<StepResult>& steps);

/// `part` of `total` in millionths, rounded down; never overflows.
uint64_t share_ppm(uint64_t part, uint64_t total);

}  // namespace regain
