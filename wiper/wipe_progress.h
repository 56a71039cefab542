#pragma once
// How far a wipe has come, for the operator: bytes, rate and time left, from an injected clock. Used by the
// run, sent by the worker, shown by the console; never part of a report.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "reports/drive_record.h"
#include "wiper/time_left.h"

namespace regain {

struct WipeProgress {
    std::string step;          ///< "overwrite", "verify", ...
    std::string node;          ///< empty: the main node
    uint64_t step_number = 0;  ///< from 1
    uint64_t step_count = 0;
    uint64_t bytes_done = 0;  ///< of this step
    uint64_t bytes_total = 0;
    uint64_t bytes_per_second = 0;         ///< over the last seconds; 0: not known yet
    std::optional<uint64_t> seconds_left;  ///< of this step
    uint64_t plan_bytes_done = 0;          ///< of all steps that move much data (overwrite, verify)
    uint64_t plan_bytes_total = 0;
    std::optional<uint64_t> plan_seconds_left;
    uint64_t failed_requests = 0;  ///< of this step
    /// The drive's own estimate for this step, for those that tell no progress.
    std::optional<uint64_t> expected_minutes = {};
    bool is_cooling = false;  ///< waits for the drive to cool down
    bool operator==(const WipeProgress&) const = default;
};

/// Turns byte counts into WipeProgress, at most one in `interval` (and one at the start and end of each
/// step).
class ProgressMeter {
  public:
    using Callback = std::function<void(const WipeProgress&)>;
    ProgressMeter(const Clock& clock, Callback callback,
                  std::chrono::milliseconds interval = std::chrono::milliseconds(500))
        : clock_(clock), callback_(std::move(callback)), interval_(interval) {}

    /// `medium`: how its speed is expected to fall from the first sectors to the last.
    void plan(uint64_t step_count, uint64_t bulk_bytes, Medium medium = Medium::unknown);
    enum class StepWeight { bulk, small };
    void begin(std::string step, std::string node, uint64_t bytes_total, StepWeight weight,
               std::optional<uint64_t> expected_minutes = std::nullopt);
    /// So many steps were done before an interruption; they count in the step's number alone.
    void go_to(uint64_t step_number) { progress_.step_number = step_number; }
    void update(uint64_t bytes_done, uint64_t failed_requests);
    void end();
    /// The run waits for the drive to cool down, or goes on; that time counts for no rate.
    void set_cooling(bool is_cooling);

  private:
    void report();
    void measure();
    void tell_time_left();
    std::chrono::milliseconds working_time() const;

    struct Reading {
        MonotonicTime at;
        uint64_t bytes;
    };
    const Clock& clock_;
    Callback callback_;
    std::chrono::milliseconds interval_;
    WipeProgress progress_;
    StepWeight weight_ = StepWeight::small;
    uint64_t plan_bytes_before_ = 0;  ///< of the bulk steps that have ended
    std::deque<Reading> readings_;
    MonotonicTime step_began_;
    MonotonicTime::duration cooled_{};  ///< of this step, before the present pause
    MonotonicTime cooling_began_;
    std::optional<SpeedCurve> curve_;  ///< learned in the last bulk step; empty: as expected of the medium
    Medium medium_ = Medium::unknown;
    std::optional<TimeLeft> time_left_;  ///< of a bulk step
    std::optional<MonotonicTime> reported_;
};

}  // namespace regain
