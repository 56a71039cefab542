#include "wiper/heat_guard.h"

#include <algorithm>
#include <cmath>

namespace regain {
namespace {

constexpr double cooler_by = 5;        // before it goes on
constexpr double near = 3;             // below the limit, where it slows down
constexpr int tries_for_a_sensor = 3;  // then it has none

/// The recommended limit, unless the drive only tells the critical one: then well below that.
std::optional<double> limit_of(const DriveTemperature& temperature) {
    constexpr double below_critical = 5;
    if (temperature.highest_recommended) return temperature.highest_recommended;
    if (temperature.critical) return *temperature.critical - below_critical;
    return std::nullopt;
}

}  // namespace

bool HeatGuard::is_due(MonotonicTime now) const {
    if (without_sensor_ >= tries_for_a_sensor) return false;
    return !asked_ || now - *asked_ >= (is_pausing() ? interval_in_pause : interval);
}

void HeatGuard::take(const std::optional<DriveTemperature>& temperature, MonotonicTime now) {
    asked_ = now;
    if (!temperature) {
        // A sensor that falls silent in a pause is no reason to wait for ever.
        if (facts_.readings == 0) ++without_sensor_;
        if (pause_began_ && now - *pause_began_ >= longest_pause) begin_or_end_pause(degrees_, now);
        return;
    }
    look(*temperature, now);
    begin_or_end_pause(degrees_, now);
}

void HeatGuard::look(const DriveTemperature& temperature, MonotonicTime now) {
    asked_ = now;
    degrees_ = temperature.now;
    facts_.lowest = facts_.readings == 0 ? degrees_ : std::min(facts_.lowest, degrees_);
    facts_.highest = facts_.readings == 0 ? degrees_ : std::max(facts_.highest, degrees_);
    ++facts_.readings;
    facts_.limit = limit_of(temperature);
    facts_.source = temperature.source;
}

void HeatGuard::begin_or_end_pause(double degrees, MonotonicTime now) {
    if (!pause_began_) {
        if (!facts_.limit || degrees < *facts_.limit || facts_.was_left_hot) return;
        pause_began_ = now;
        ++facts_.pauses;
        return;
    }
    const bool is_cool = facts_.limit && degrees <= *facts_.limit - cooler_by;
    const bool is_long = now - *pause_began_ >= longest_pause;
    if (!is_cool && !is_long) return;
    // Whatever warms it, it is not our writing: pausing again would never end.
    facts_.was_left_hot = facts_.was_left_hot || !is_cool;
    facts_.paused += std::chrono::duration_cast<std::chrono::milliseconds>(now - *pause_began_);
    pause_began_.reset();
}

std::chrono::milliseconds HeatGuard::wait(MonotonicTime now) const {
    using std::chrono::milliseconds;
    if (pause_began_) {
        const auto since = std::chrono::duration_cast<milliseconds>(now - *asked_);
        return std::max(milliseconds(0), milliseconds(interval_in_pause) - since);
    }
    const bool is_near = facts_.limit && facts_.readings != 0 && degrees_ > *facts_.limit - near;
    // About half the speed of a disk: a request of 1 MiB takes it some six milliseconds.
    return milliseconds(is_near && !facts_.was_left_hot ? 6 : 0);
}

std::optional<HeatFacts> HeatGuard::facts() const {
    return facts_.readings == 0 ? std::nullopt : std::optional(facts_);
}

Json to_json(const HeatFacts& facts) {
    const auto thousandths = [](double degrees) { return std::llround(degrees * 1000); };
    Json json{{"readings", facts.readings},
              {"lowest_millicelsius", thousandths(facts.lowest)},
              {"highest_millicelsius", thousandths(facts.highest)},
              {"pauses", facts.pauses},
              {"paused_ms", facts.paused.count()},
              {"source", facts.source},
              {"was_left_hot", facts.was_left_hot}};
    json["limit_millicelsius"] = facts.limit ? Json(thousandths(*facts.limit)) : Json(nullptr);
    return json;
}

}  // namespace regain
