#pragma once
// How fast a drive was read, place by place: made by wiper/ while it verified, judged by inspector/, drawn by
// certifier/. Travels as the evidence "surface" of a wipe report (docs/wiping.md).

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace regain {

struct SurfaceRegion {
    uint64_t bytes = 0;             ///< that were read
    uint64_t bytes_per_second = 0;  ///< 0: not measured
    uint64_t slowest_us = 0;        ///< the longest that one request took, waiting behind others included
    uint64_t stalls = 0;            ///< how often nothing came for a second and more
    uint64_t failed_requests = 0;   ///< those that were repeated later included
    bool operator==(const SurfaceRegion&) const = default;
};

struct SurfaceRecord {
    std::string node;
    uint64_t size_bytes = 0;
    uint64_t region_bytes = 0;           ///< the last region may be smaller
    std::vector<SurfaceRegion> regions;  ///< 256 at most
    uint64_t median_bytes_per_second = 0;
    uint64_t minimum_bytes_per_second = 0;  ///< of the slowest region
    /// Why nothing is called slow: "virtual-drive", "nothing-stored" (flash that erased itself), "too-small",
    /// "hardly-measured"; empty: it was judged.
    std::string not_judged;
    std::vector<uint64_t> slow_regions;  ///< their numbers, from 0

    uint64_t stalls() const;
    uint64_t failed_requests() const;
    uint64_t slowest_us() const;
    bool operator==(const SurfaceRecord&) const = default;
};

/// Integers, texts and lists only: it is signed.
Json to_json(const SurfaceRecord& record);
/// Refused: lists of different lengths, a slow region that is none of them, more regions than there can be.
Result<SurfaceRecord> surface_record_from_json(const Json& json);

}  // namespace regain
