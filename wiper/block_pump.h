#pragma once
// Moves many byte ranges through BlockIo with several requests in flight and bounded memory: the one loop
// behind overwriting, marking and reading back. What fails, and what follows it, is left for later:
// everything else comes first, then the rest is tried again in ever smaller pieces, one at a time and for a
// bounded time (retry_queue.h). It gives up only when the drive has vanished or nothing succeeds. It decides
// nothing about success.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "drives/block_io.h"
#include "wiper/retry_queue.h"

namespace regain {

/// Gives the next range, nothing at the end. Offsets and lengths are multiples of the alignment.
using RangeSource = std::function<std::optional<ByteRange>()>;
RangeSource whole_range(uint64_t size_bytes);
RangeSource listed_ranges(std::vector<ByteRange> ranges);

struct PumpLimits {
    size_t chunk_bytes = size_t{1} << 20;  ///< largest request
    size_t requests = 8;                   ///< in flight, each with its buffer
    /// Nothing is cut smaller than this when it fails; 0: the BlockIo's alignment. A drive with physical
    /// sectors of 4096 bytes can't write a part of one that it can't read.
    uint64_t smallest_unit_bytes = 0;
    /// How much is jumped over at most after failures in a row, in parts of all that is to be done.
    uint64_t longest_jump_part = 100;
    std::chrono::milliseconds retry_time{60 * 60'000};       ///< for all that failed the first time
    uint64_t retries_in_vain = 65536;                        ///< one after the other: then that is enough
    std::chrono::milliseconds without_success{30 * 60'000};  ///< the first time through: then it gives up
    size_t pieces_to_retry = 200'000;                        ///< kept in memory
    /// When some units in a row failed for good, the drive may be out of order for a moment: it gets this
    /// long to come back, a few times, and they are tried once more. 0: never.
    std::chrono::milliseconds rest{0};
    uint64_t failures_before_rest = 16;
    uint64_t rests = 15;            ///< until one helps; then they are counted anew
    uint64_t rests_at_the_end = 1;  ///< once everything else was tried; as above
    uint64_t few_failures = 64;     ///< so few are all tried once more at the end
};

/// A request that has ended: for those who want to know how fast the drive is where (surface_scan.h).
struct PumpTransfer {
    ByteRange range;
    MonotonicTime submitted;
    MonotonicTime completed;  ///< when it was seen to have ended; the same for all that were seen at once
    bool succeeded = false;
    bool is_retry = false;  ///< one at a time, here and there: says nothing about the speed
};

struct PumpJob {
    IoOperation operation = IoOperation::read;
    RangeSource next;
    std::function<void(uint64_t offset, MutableByteView bytes)> fill;  ///< before a write
    /// What is written is the same everywhere: `fill` is called once, and all requests share one buffer.
    bool is_constant = false;
    std::function<void(uint64_t offset, ByteView bytes)> inspect;  ///< after a read that succeeded
    std::function<void(uint64_t bytes, uint64_t failed_requests)> on_progress;
    /// Called at the end of each request, before `inspect`. Where it is empty, no clock is asked for it.
    std::function<void(const PumpTransfer&)> on_transfer = {};
    /// After each request that succeeded, with its range.
    std::function<void(const ByteRange& range)> on_done = {};
    /// Asked between completions: true has the drive flush what succeeded so far, while the rest goes on;
    /// `end_checkpoint` says what came of it.
    std::function<bool()> begin_checkpoint = {};
    std::function<void(int os_errno)> end_checkpoint = {};
    /// An earlier run has done the rest: that nothing succeeds now does not mean that nothing can.
    bool is_remainder = false;
    /// Waits that long, or less when it is told to stop. Empty: nothing rests.
    std::function<void(std::chrono::milliseconds)> rest = {};
    /// Called before each request, and may block: a drive that has to cool down. May be empty.
    std::function<void()> pace = {};
    std::stop_token stop;
};

enum class PumpEnd { completed, interrupted, gave_up };

struct PumpOutcome {
    PumpEnd end = PumpEnd::completed;
    uint64_t bytes = 0;  ///< transferred successfully, each byte once
    /// In order, adjoining ones merged. `completed`: everything that did not succeed.
    std::vector<ByteRange> failed;
    bool retries_cut_short = false;  ///< not all of `failed` was tried down to the smallest unit, twice
    uint64_t failed_requests = 0;
    std::optional<Error> error;    ///< why it gave up
    bool too_much_failed = false;  ///< that is why: the drive is there, and nothing succeeds
    uint64_t failed_bytes() const;
};

/// Runs the job to its end. Blocks as long as the drive does; looks at the stop token between requests.
/// Every request has completed when it returns.
PumpOutcome pump_blocks(BlockIo& io, const PumpJob& job, const PumpLimits& limits, const Clock& clock);

/// True for the errors that say the device itself is gone, as opposed to a sector that fails.
bool means_device_gone(int os_errno);

}  // namespace regain
