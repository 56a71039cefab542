#include "wiper/run_evidence.h"

#include <algorithm>
#include <map>

namespace regain {

Json unwritable_facts(const UnwritableSectors& found) {
    Json facts{{"sectors", found.sectors},
               {"readable_sectors", found.readable_sectors},
               {"first_readable_lbas", found.first_readable_lbas},
               {"retries_cut_short", found.retries_cut_short}};
    if (found.reading_cut_short) facts["reading_cut_short"] = true;
    if (!found.is_known) facts["readable_sectors"] = nullptr;
    return facts;
}

Json pattern_facts(const WipePattern& pattern) {
    Json facts{{"pattern", pattern.name()}};
    if (const RandomStream* stream = pattern.stream()) {
        facts["cipher"] = cipher_name(stream->key().cipher);
        facts["key"] = stream->key_hex();
        facts["iv"] = stream->iv_hex();
    }
    return facts;
}

Json read_back_facts(const ReadBack& found, const std::string& pattern, uint32_t sector_bytes) {
    Json facts{{"pattern", pattern},
               {"bytes_read", found.bytes_read},
               {"mismatching_sectors", found.mismatching_sectors},
               {"unreadable_sectors", found.unreadable_sectors},
               {"first_mismatching_lbas", Json::array()}};
    for (const uint64_t offset : found.first_mismatches)
        facts["first_mismatching_lbas"].push_back(offset / sector_bytes);
    if (found.sample) {
        facts["regions"] = found.sample->regions;
        facts["random_places"] = found.sample->random_places;
        facts["detectable_leftover_bytes"] = found.sample->detectable_leftover_bytes;
        facts["detectable_contiguous_bytes"] = found.sample->detectable_contiguous_bytes;
    }
    if (found.informative_places) facts["informative_places"] = *found.informative_places;
    return facts;
}

Json counter_facts(const BlockCounters& before, const BlockCounters& after) {
    return Json{{"written_sectors_before", before.written_sectors},
                {"written_sectors_after", after.written_sectors},
                {"read_sectors_before", before.read_sectors},
                {"read_sectors_after", after.read_sectors},
                {"discarded_sectors_before", before.discarded_sectors},
                {"discarded_sectors_after", after.discarded_sectors}};
}

uint64_t overwritten_bytes(const std::vector<StepResult>& steps) {
    std::map<std::string, uint64_t> most;
    for (const StepResult& step : steps)
        if (step.step == "overwrite") most[step.node] = std::max(most[step.node], step.bytes);
    uint64_t sum = 0;
    for (const auto& [node, bytes] : most) sum += bytes;
    return sum;
}

uint64_t share_ppm(uint64_t part, uint64_t total) {
    if (total == 0) return 0;
    if (part >= total) return 1'000'000;
    // In units that can't overflow: a drive of 16 EiB is 2^44 blocks of 1 MiB.
    if (part < (uint64_t{1} << 40)) return part * 1'000'000 / total;
    return (part >> 20) * 1'000'000 / (total >> 20);
}

}  // namespace regain
