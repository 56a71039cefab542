#include "base/clock.h"

#include <fmt/format.h>
#include <time.h>

#include <cstdio>

namespace regain {

WallTime SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::monotonic() const {
    timespec reading{};
    clock_gettime(CLOCK_BOOTTIME, &reading);
    return MonotonicTime(std::chrono::seconds(reading.tv_sec) + std::chrono::nanoseconds(reading.tv_nsec));
}

std::string to_rfc3339(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time_of_day(seconds - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time_of_day.hours().count(), time_of_day.minutes().count(),
                       time_of_day.seconds().count());
}

bool from_rfc3339(const std::string& text, WallTime& time) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2dZ", &year, &month, &day, &hour, &minute, &second) !=
        6)
        return false;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return false;
    const WallTime candidate = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                               std::chrono::minutes(minute) + std::chrono::seconds(second);
    if (to_rfc3339(candidate) != text) return false;
    time = candidate;
    return true;
}

}  // namespace regain
