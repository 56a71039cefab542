#pragma once
// Moves many byte ranges through BlockIo with several requests in flight and bounded memory: the one loop
// behind overwriting, marking and reading back. A request that fails is tried again in smaller parts down to
// the smallest unit, which is then recorded as failed; when the drive has vanished or fails everything, it
// gives up. It decides nothing about success.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "drives/block_io.h"

namespace regain {

struct ByteRange {
    uint64_t offset = 0;
    uint64_t length = 0;
    bool operator==(const ByteRange&) const = default;
};

/// Gives the next range, nothing at the end. Offsets and lengths are multiples of the alignment.
using RangeSource = std::function<std::optional<ByteRange>()>;
RangeSource whole_range(uint64_t size_bytes);
RangeSource listed_ranges(std::vector<ByteRange> ranges);

struct PumpLimits {
    size_t chunk_bytes = size_t{1} << 20;  ///< largest request
    size_t requests = 8;                   ///< in flight, each with its buffer
    uint64_t failures_in_a_row = 4096;     ///< requests that failed without one success between
    uint64_t failed_units = 65536;         ///< smallest units that failed, all together
    std::chrono::milliseconds without_success{10 * 60'000};  ///< while requests fail
};

struct PumpJob {
    IoOperation operation = IoOperation::read;
    RangeSource next;
    std::function<void(uint64_t offset, MutableByteView bytes)> fill;  ///< before a write
    std::function<void(uint64_t offset, ByteView bytes)> inspect;      ///< after a read that succeeded
    std::function<void(uint64_t bytes, uint64_t failed_requests)> on_progress;
    std::stop_token stop;
};

enum class PumpEnd { completed, interrupted, gave_up };

struct PumpOutcome {
    PumpEnd end = PumpEnd::completed;
    uint64_t bytes = 0;             ///< transferred successfully, each byte once
    std::vector<ByteRange> failed;  ///< tried down to the smallest unit, in order, adjoining ones merged
    uint64_t failed_requests = 0;
    std::optional<Error> error;  ///< why it gave up
    uint64_t failed_bytes() const;
};

/// Runs the job to its end. Blocks as long as the drive does; looks at the stop token between requests.
/// Every request has completed when it returns.
PumpOutcome pump_blocks(BlockIo& io, const PumpJob& job, const PumpLimits& limits, const Clock& clock);

/// True for the errors that say the device itself is gone, as opposed to a sector that fails.
bool means_device_gone(int os_errno);

}  // namespace regain
