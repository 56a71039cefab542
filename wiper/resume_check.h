#pragma once
// Proves before a wipe goes on that what it wrote before is still there: what was written last in full, and
// random places of all the rest, read from the medium and compared. A drive that lost what it said was
// flushed shows itself here. Used by node_run.cpp; it decides nothing.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "drives/block_io.h"
#include "wiper/block_pump.h"
#include "wiper/expected_content.h"
#include "wiper/range_set.h"

namespace regain {

/// How much of what was written last a mark names, for the check.
constexpr uint64_t recent_bytes = uint64_t{32} << 20;

struct ResumeCheckRequest {
    uint32_t sector_bytes = 512;
    uint64_t places = 256;  ///< at random
    uint64_t place_bytes = 64 * 1024;
    std::vector<ByteRange> always;  ///< in any case, as far as it was done
    PumpLimits limits;
    std::function<void(uint64_t bytes, uint64_t failed_requests)> on_progress;
    std::stop_token stop;
};

struct ResumeCheck {
    uint64_t done_bytes = 0;
    uint64_t checked_bytes = 0;
    uint64_t mismatching_sectors = 0;  ///< those that can't be read included
    PumpEnd end = PumpEnd::completed;
    std::optional<Error> error;
    bool completed() const { return end == PumpEnd::completed && !error; }
};

ResumeCheck check_what_stands(BlockIo& io, const RangeSet& done, const std::vector<ByteRange>& recent,
                              ExpectedContent& expected, const ResumeCheckRequest& request,
                              const Clock& clock);

/// Remembers what was written last, up to recent_bytes.
class RecentWrites {
  public:
    void add(const ByteRange& range);
    std::vector<ByteRange> ranges() const { return merged({ranges_.begin(), ranges_.end()}); }

  private:
    std::deque<ByteRange> ranges_;
    uint64_t bytes_ = 0;
};

/// Two passes, one of which is being written over the other: each sector may hold either.
class EitherContent final : public ExpectedContent {
  public:
    /// Both outlive it.
    EitherContent(ExpectedContent& one, ExpectedContent& other) : one_(one), other_(other) {}
    std::string_view name() const override { return one_.name(); }
    bool matches(uint64_t offset, ByteView bytes) override {
        return one_.matches(offset, bytes) || other_.matches(offset, bytes);
    }

  private:
    ExpectedContent& one_;
    ExpectedContent& other_;
};

}  // namespace regain
