#include "certifier/clock_reading.h"

#include <sys/timex.h>

#include <chrono>

#include "base/file.h"

namespace regain {
namespace {

// No certificate was made before this day.
constexpr auto first_release = std::chrono::sys_days(std::chrono::year(2026) / 11 / 1);

bool is_synchronised_by_network(const SystemRoot& root) {
    if (root.is_recorded()) return false;
    timex state{};
    return adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace

ClockReading read_clock(const Clock& clock, const SystemRoot& root) {
    ClockReading reading;
    const WallTime now = clock.now();
    reading.time = to_rfc3339(now);
    reading.source = is_synchronised_by_network(root) ? "network" : "machine";
    reading.plausible = now >= first_release;
    reading.boot_id = read_line(root.path("/proc/sys/kernel/random/boot_id"));
    const auto uptime =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock.monotonic().time_since_epoch());
    reading.monotonic_ms = static_cast<uint64_t>(uptime.count());
    return reading;
}

Json to_json(const ClockReading& reading) {
    return Json{{"time", reading.time},
                {"clock_source", reading.source},
                {"clock_plausible", reading.plausible},
                {"boot_id", reading.boot_id},
                {"monotonic_ms", reading.monotonic_ms}};
}

Result<ClockReading> clock_reading_from_json(const Json& json) {
    JsonReader reader(json, "a clock reading");
    ClockReading reading;
    reading.time = reader.text("time");
    reading.source = reader.text("clock_source");
    reading.plausible = reader.boolean_or("clock_plausible");
    reading.boot_id = reader.text_or("boot_id");
    reading.monotonic_ms = reader.number_or("monotonic_ms");
    REGAIN_TRY(reader.status());
    return reading;
}

}  // namespace regain
