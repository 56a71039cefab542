#include "wiper/sample_plan.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/bytes.h"

namespace regain {
namespace {

__extension__ using WideNumber = unsigned __int128;

constexpr uint64_t max_regions = 4096;
constexpr uint64_t places_in_region = 4;
constexpr uint64_t smallest_place_bytes = 4096;

uint64_t round_up(uint64_t value, uint64_t unit) {
    return (value + unit - 1) / unit * unit;
}

uint64_t scaled(uint64_t value, uint64_t numerator, uint64_t denominator) {
    return static_cast<uint64_t>(WideNumber{value} * numerator / denominator);
}

class RandomNumbers {
  public:
    explicit RandomNumbers(RandomStream stream) : stream_(std::move(stream)) {}
    uint64_t below(uint64_t bound) {
        std::array<uint8_t, 8> bytes{};
        stream_.fill(offset_, bytes);
        offset_ += bytes.size();
        return read_le64(bytes, 0) % bound;
    }

  private:
    RandomStream stream_;
    uint64_t offset_ = 0;
};

// Adds what the places do not cover yet of the first and last block, keeping them apart and in order.
void add_ends(std::vector<ByteRange>& places, uint64_t size_bytes, uint32_t alignment) {
    if (places.empty() || places.front().offset != 0) places.insert(places.begin(), {0, alignment});
    if (places.back().offset + places.back().length != size_bytes)
        places.push_back({size_bytes - alignment, alignment});
}

}  // namespace

SamplePlan plan_samples(uint64_t size_bytes, uint32_t alignment, uint64_t share_ppm, RandomStream random) {
    SamplePlan plan;
    const uint64_t wanted = scaled(size_bytes, std::min<uint64_t>(share_ppm, 1'000'000), 1'000'000);
    const uint64_t unit = round_up(std::max<uint64_t>(smallest_place_bytes, alignment), alignment);
    const uint64_t place_bytes = std::max(
        unit, round_up((wanted + max_regions * places_in_region - 1) / (max_regions * places_in_region),
                       alignment));
    const uint64_t blocks = size_bytes / place_bytes;
    if (blocks <= max_regions * places_in_region || share_ppm >= 1'000'000) {
        plan.places = {{0, size_bytes}};
        plan.regions = plan.random_places = 1;
        plan.region_bytes = size_bytes;
        plan.share_ppm = 1'000'000;
        plan.detectable_leftover_bytes = plan.detectable_contiguous_bytes = 1;
        return plan;
    }
    plan.regions = max_regions;
    RandomNumbers numbers(std::move(random));
    uint64_t largest = 0, read_bytes = 0;
    for (uint64_t region = 0; region < plan.regions; ++region) {
        const uint64_t start = scaled(blocks, region, plan.regions);
        const uint64_t length = scaled(blocks, region + 1, plan.regions) - start;
        largest = std::max(largest, length);
        std::set<uint64_t> chosen;
        while (chosen.size() < places_in_region) chosen.insert(start + numbers.below(length));
        for (const uint64_t block : chosen) plan.places.push_back({block * place_bytes, place_bytes});
    }
    plan.random_places = plan.places.size();
    add_ends(plan.places, size_bytes, alignment);
    for (const ByteRange& place : plan.places) read_bytes += place.length;
    plan.region_bytes = largest * place_bytes;
    plan.share_ppm = scaled(read_bytes, 1'000'000, size_bytes);
    // What does not fill a whole place at the drive's end is read only in its last block: it may be left over
    // on top of what the random places would have met.
    const uint64_t tail = size_bytes - blocks * place_bytes;
    const uint64_t leftover = detectable_leftover(plan.regions, plan.region_bytes, plan.random_places) + tail;
    plan.detectable_leftover_bytes = std::min(size_bytes, leftover);
    plan.detectable_contiguous_bytes = std::min(2 * plan.region_bytes + tail, plan.detectable_leftover_bytes);
    return plan;
}

uint64_t detectable_leftover(uint64_t regions, uint64_t region_bytes, uint64_t places) {
    constexpr uint64_t ln_100_millionths = 4'605'171;  // ln(100) = 4.60517018..., rounded up
    const WideNumber size = WideNumber{regions} * region_bytes;
    const WideNumber denominator = WideNumber{places} * 1'000'000;
    const WideNumber bytes = (size * ln_100_millionths + denominator - 1) / denominator;
    return static_cast<uint64_t>(std::min(bytes, size));
}

}  // namespace regain
