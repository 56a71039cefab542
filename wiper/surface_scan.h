#pragma once
// A surface scan for free: how fast each part of a drive came while it was read for another reason. Told of
// each request that ended; bounded memory, no clock and no allocation of its own, a few additions for each
// request. Used by read_back.cpp when a node is read as a whole. Pure; it judges only what is slow, not what
// that means for the drive.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "reports/surface_record.h"
#include "wiper/block_pump.h"

namespace regain {

class SurfaceScan {
  public:
    static constexpr size_t most_regions = 256;
    static constexpr uint64_t smallest_region_bytes = uint64_t{16} << 20;

    // What is called slow, and why (docs/wiping.md):
    static constexpr size_t neighbours = 32;        ///< on either side: 64 of 256 are a quarter of the drive
    static constexpr uint64_t times_slower = 2;     ///< than the median of its neighbours
    static constexpr std::chrono::seconds lost{1};  ///< in that region, at least
    static constexpr size_t fewest_regions = 16;
    /// Nothing came for so long, and for so many times of what a request takes there: a stall.
    static constexpr std::chrono::seconds stall{1};
    static constexpr int64_t times_longer = 16;
    /// No drive answers after that: the machine was asleep.
    static constexpr std::chrono::minutes asleep{10};

    explicit SurfaceScan(uint64_t size_bytes);

    /// In the order in which they ended.
    void take(const PumpTransfer& transfer);
    /// The run itself waited until then: what was under way says nothing about the drive.
    void disturb(MonotonicTime until) { disturbed_until_ = until; }

    /// What was seen. `not_judged`: why nothing is to be called slow; empty: where it can be told, it is.
    SurfaceRecord record(const std::string& not_judged = {}) const;

  private:
    struct Region {
        uint64_t bytes = 0;
        uint64_t timed_bytes = 0;
        int64_t timed_ns = 0;
        int64_t slowest_ns = 0;
        uint64_t stalls = 0;
        uint64_t failed_requests = 0;
    };
    bool is_stall(int64_t ns) const;
    std::vector<uint64_t> slow_regions(const std::vector<SurfaceRegion>& regions) const;

    uint64_t size_bytes_;
    uint64_t region_bytes_;
    std::vector<Region> regions_;
    MonotonicTime last_;  ///< when the request before this one ended
    MonotonicTime disturbed_until_;
    int64_t usual_ns_ = 0;  ///< of the requests before, the last ones counting most
};

}  // namespace regain
