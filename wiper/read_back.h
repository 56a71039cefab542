#pragma once
// Verification: reads a node back from the medium, wholly or by sample, and compares every byte read with
// what must stand there. What can't be read is counted against the drive, never for it. It judges nothing.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/json.h"
#include "reports/wipe_report.h"
#include "wiper/block_pump.h"
#include "wiper/expected_content.h"
#include "wiper/sample_plan.h"
#include "wiper/surface_scan.h"

namespace regain {

struct ReadBack {
    uint64_t bytes_read = 0;
    uint64_t mismatching_sectors = 0;  ///< those that can't be read included
    uint64_t unreadable_sectors = 0;
    std::vector<uint64_t>
        first_mismatches;              ///< offsets in bytes, in the order in which they were found; a few
    std::optional<SamplePlan> sample;  ///< places left out
    /// "changed": places of the sample (units of 4096 bytes) where a difference could show; nothing for other
    /// contents.
    std::optional<uint64_t> informative_places;
    /// How fast it came, where the node was read as a whole. A sample reads too little at each place.
    std::optional<SurfaceScan> surface;
    PumpEnd end = PumpEnd::completed;
    std::optional<Error> error;
    bool completed() const { return end == PumpEnd::completed && !error; }

    /// Keeps the first few.
    void note_mismatch(uint64_t offset);
    /// The end of reading: sectors that can't be read are mismatches, too.
    void take(PumpOutcome outcome, uint32_t sector_bytes);
};

struct ReadBackRequest {
    VerifyKind kind = VerifyKind::full;
    uint64_t sample_share_ppm = 0;
    uint32_t sector_bytes = 512;  ///< the unit of mismatches
    PumpLimits limits;
    std::function<void(uint64_t bytes, uint64_t failed_requests)> on_progress;
    /// Called once, before the first read, with the bytes that will be read.
    std::function<void(uint64_t bytes)> on_start;
    std::function<void()> pace = {};  ///< as in PumpJob
    std::function<void(std::chrono::milliseconds)> rest = {};
    /// After an interruption: what was found before, and what is left to read of a whole node.
    std::optional<ReadBack> found_before = {};
    std::optional<std::vector<ByteRange>> remaining = {};
    /// After each range that was read and compared; `bytes`: read so far, which `so_far` does not count yet.
    std::function<void(const ByteRange& range, const ReadBack& so_far, uint64_t bytes)> on_done = {};
    std::stop_token stop;
};

/// Reads and compares; several reads are in flight while one buffer is compared.
ReadBack read_back(BlockIo& io, ExpectedContent& expected, const ReadBackRequest& request,
                   const Clock& clock);

}  // namespace regain
