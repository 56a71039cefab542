#pragma once
// What stood at random places of a node before a crypto erase, as short keyed hashes in memory, and whether
// it still stands there afterwards: after a crypto erase everything reads as noise, so that "is it
// different?" is all that reading back can ask. Hashes and key never leave this class.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "drives/block_io.h"
#include "wiper/read_back.h"
#include "wiper/sample_plan.h"

namespace regain {

class SampleMemory {
  public:
    /// Places as plan_samples() chooses them, at most 8 GiB together: 16 bytes of memory for each unit of
    /// 4096 bytes.
    static SampleMemory choose(const BlockIo& io, uint64_t share_ppm);
    /// The share that is remembered of a node of this size when `share_ppm` is asked for.
    static uint64_t bounded_share_ppm(uint64_t size_bytes, uint64_t share_ppm);

    /// Reads the places and keeps a hash of each unit that is not uniform: a uniform one may be there again
    /// after any erasure, and says nothing.
    PumpOutcome remember(BlockIo& io, const ReadBackRequest& request, const Clock& clock);
    /// Reads them again. A unit that holds what it held is a mismatch, and so is one that can't be read.
    ReadBack compare(BlockIo& io, const ReadBackRequest& request, const Clock& clock);

    uint64_t bytes() const { return bytes_; }

  private:
    struct Unit {
        uint64_t offset = 0;
        uint64_t hash = 0;
    };
    explicit SampleMemory(SamplePlan plan);
    uint64_t hash_of(ByteView unit) const;
    PumpOutcome read(BlockIo& io, const ReadBackRequest& request, const Clock& clock,
                     const std::function<void(uint64_t offset, ByteView unit)>& each) const;

    SamplePlan plan_;
    uint64_t bytes_ = 0;
    Bytes key_;
    std::vector<Unit> units_;  ///< in ascending order once remember() has ended
};

}  // namespace regain
