#pragma once
// Which places a verification by sample reads, and what that proves. Every region of the drive gets the same
// number of random places; the first and last sectors are always read. Pure; no floating point.

#include <cstdint>
#include <vector>

#include "wiper/block_pump.h"
#include "wiper/random_stream.h"

namespace regain {

struct SamplePlan {
    std::vector<ByteRange> places;  ///< in ascending order, not overlapping, first and last block included
    uint64_t regions = 0;
    uint64_t random_places = 0;  ///< those that the probability below rests on
    uint64_t region_bytes = 0;   ///< of the largest region
    uint64_t share_ppm = 0;      ///< of the drive that is read, rounded down
    uint64_t detectable_leftover_bytes = 0;
    /// The same for a left-over in one piece: what is longer than two regions covers one wholly and is always
    /// met.
    uint64_t detectable_contiguous_bytes = 0;
};

/// At least `share_ppm` millionths of the drive; all of it when it is small. `random` decides the places: the
/// drive must not be able to foresee them.
SamplePlan plan_samples(uint64_t size_bytes, uint32_t alignment, uint64_t share_ppm, RandomStream random);

/// A left-over of this many bytes, however it is spread, would have been met by at least one of `places`
/// random places with 99 % probability, when `regions` regions of at most `region_bytes` get the same number
/// each.
///
/// With x_i the share of region i that is left over and k places in each region, all of them miss it with the
/// probability P = Π (1 - x_i)^k. For a given sum of x_i this is largest when all x_i are equal (log(1 - x)
/// is concave), so P <= (1 - L/S)^n with n = k * regions places and S = regions * region_bytes; and since 1 -
/// y <= e^-y, P <= e^(-n L/S) <= 1/100 for
///     L >= S * ln(100) / n
/// A place has the grid of its own size; a left-over that is not aligned touches more places, never fewer.
uint64_t detectable_leftover(uint64_t regions, uint64_t region_bytes, uint64_t places);

}  // namespace regain
