#pragma once
// Keeps a drive that is being overwritten from getting hotter than it says it may: near its limit the writing
// slows down, above it it pauses until the drive is some degrees cooler. Pure: it is told temperatures and
// times, and says how long to wait. Used by the worker; what it saw goes into the report.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "drives/drive_temperature.h"

namespace regain {

/// What was seen of a drive's heat. Degrees Celsius.
struct HeatFacts {
    uint64_t readings = 0;
    double lowest = 0;
    double highest = 0;
    std::optional<double> limit;  ///< the drive's own, that was heeded
    uint64_t pauses = 0;
    std::chrono::milliseconds paused{0};
    std::string source;  ///< of the last reading: DriveTemperature::source
    bool was_left_hot =
        false;  ///< it did not cool down in a pause of the longest duration, and was gone on with
};

class HeatGuard {
  public:
    /// How often the drive is to be asked.
    static constexpr std::chrono::seconds interval{20};
    static constexpr std::chrono::seconds interval_in_pause{10};
    static constexpr std::chrono::minutes longest_pause{30};

    /// True when the drive is to be asked now.
    bool is_due(MonotonicTime now) const;
    /// What it said; nothing: it has no sensor, and then it is not asked often.
    void take(const std::optional<DriveTemperature>& temperature, MonotonicTime now);
    /// The same while the drive erases itself: seen, and nothing can be done about it.
    void look(const DriveTemperature& temperature, MonotonicTime now);
    /// How long to wait before the next request: nothing, a little (near the limit), or until it is to be
    /// asked again (in a pause).
    std::chrono::milliseconds wait(MonotonicTime now) const;
    bool is_pausing() const { return pause_began_.has_value(); }

    /// Nothing when no sensor was there.
    std::optional<HeatFacts> facts() const;

  private:
    void begin_or_end_pause(double degrees, MonotonicTime now);

    HeatFacts facts_;
    std::optional<MonotonicTime> asked_;
    std::optional<MonotonicTime> pause_began_;
    double degrees_ = 0;
    int without_sensor_ = 0;
};

/// In thousandths of a degree: what is signed holds no fractions.
Json to_json(const HeatFacts& facts);

}  // namespace regain
