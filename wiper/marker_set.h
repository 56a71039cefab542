#pragma once
// Markers: known random blocks written across a drive before it is erased, read back from the medium, and
// looked for afterwards. The first and last sectors always carry one, every region of the drive another. What
// stood there before is kept only as hashes, in memory, to notice a drive that brings old content back: no
// content and no hash of content ever leaves this class.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "drives/block_io.h"
#include "wiper/block_pump.h"
#include "wiper/expected_content.h"
#include "wiper/random_stream.h"

namespace regain {

/// What became of the markers; all counts are of markers.
struct MarkerFacts {
    uint64_t planned = 0;
    uint64_t block_bytes = 0;
    uint64_t unreadable_before = 0;  ///< what stood there could not be read: nothing to compare with
    uint64_t written = 0;            ///< the drive acknowledged them
    uint64_t stored = 0;             ///< read back as written
    uint64_t checked = 0;            ///< read after the erasure
    uint64_t gone = 0;               ///< holds what the erasure must leave, or may leave
    uint64_t still_there = 0;        ///< the marker itself
    uint64_t old_content = 0;        ///< what stood there before the marker
    uint64_t unexpected = 0;         ///< anything else
    bool operator==(const MarkerFacts&) const = default;
};

class MarkerSet {
  public:
    struct Geometry {
        uint64_t size_bytes = 0;
        uint32_t alignment = 512;  ///< of the BlockIo
        uint32_t physical_sector_bytes = 512;
    };
    /// Chooses at most `count` places (fewer on a tiny drive), one in each region at random, and the first
    /// and the last block.
    static MarkerSet choose(const Geometry& geometry, uint64_t count, RandomStream stream);

    /// Markers that a run before an interruption wrote and read back. What stood there before them is not
    /// known any more: where neither the marker nor the right content is found, it is unexpected content.
    static MarkerSet restored(RandomStream stream, std::vector<ByteRange> places, const MarkerFacts& facts);

    /// Remembers hashes of what is there, then writes the markers (not flushed). Each of these takes minutes
    /// at most on a drive that fails; one that has no success at all is not given up for that, but when it
    /// is gone: what can't be marked may still be overwritten.
    PumpOutcome write(BlockIo& io, const PumpLimits& limits, const Clock& clock, std::stop_token stop);
    /// Reads them back and counts those that are stored.
    PumpOutcome confirm(BlockIo& io, const PumpLimits& limits, const Clock& clock, std::stop_token stop);
    /// Reads again after an overwrite and sorts what is found, comparing with what it leaves there.
    PumpOutcome check(BlockIo& io, ExpectedContent& expected, const PumpLimits& limits, const Clock& clock,
                      std::stop_token stop);
    /// The same after the drive's own erase: nobody knows what it leaves. Gone is what holds neither the
    /// marker nor, where it is not uniform, what stood there before.
    PumpOutcome check_anything_else(BlockIo& io, const PumpLimits& limits, const Clock& clock,
                                    std::stop_token stop);

    /// Heard of while the drive is asked (block_pump.h); both may be empty.
    void watch(std::function<void(uint64_t bytes, uint64_t failed_requests)> on_progress,
               std::function<void(std::chrono::milliseconds)> rest) {
        on_progress_ = std::move(on_progress);
        rest_ = std::move(rest);
    }

    const std::vector<ByteRange>& places() const { return places_; }
    const MarkerFacts& facts() const { return facts_; }
    const RandomStream::Key& key() const { return stream_.key(); }
    uint64_t bytes() const { return places_.size() * facts_.block_bytes; }

  private:
    explicit MarkerSet(RandomStream stream) : stream_(std::move(stream)) {}
    PumpJob reading(std::function<void(size_t index, ByteView bytes)> inspect, std::stop_token stop) const;
    PumpJob job_for(IoOperation operation, std::stop_token stop) const;
    PumpLimits for_blocks(PumpLimits limits) const;
    enum class Found { gone, still_there, old_content, unexpected };
    PumpOutcome check_with(const std::function<Found(size_t index, ByteView bytes)>& sort, BlockIo& io,
                           const PumpLimits& limits, const Clock& clock, std::stop_token stop);
    Found compare(size_t index, ByteView bytes);
    size_t index_at(uint64_t offset) const;
    Bytes marker(uint64_t offset);

    RandomStream stream_;
    std::vector<ByteRange> places_;
    std::vector<std::optional<Bytes>> old_hashes_;
    MarkerFacts facts_;
    std::function<void(uint64_t, uint64_t)> on_progress_;
    std::function<void(std::chrono::milliseconds)> rest_;
};

Json to_json(const MarkerFacts& facts);

}  // namespace regain
