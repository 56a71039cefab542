#include "inspector/disk_surface.h"

#include <algorithm>
#include <utility>

#include "inspector/check_making.h"
#include "inspector/drive_health.h"

namespace regain {
namespace {

constexpr uint64_t us_in_ms = 1000;

bool is_judged(const SurfaceRecord& surface) {
    return surface.not_judged.empty();
}

// Few regions are too few to compare them with each other, and enough for the speed of all.
bool has_speed(const SurfaceRecord& surface) {
    return is_judged(surface) || surface.not_judged == "too-small";
}

/// Why a reading says nothing of the drive; empty: one of its nodes does.
template <typename Says>
std::string why_silent(const DiskReading& reading, const Says& says) {
    if (reading.surfaces.empty()) return "not-read-as-a-whole";
    if (std::any_of(reading.surfaces.begin(), reading.surfaces.end(), says)) return {};
    return reading.surfaces.front().not_judged;
}

struct Findings {
    uint64_t slow_regions = 0, stalls = 0, failed_requests = 0, slowest_us = 0;
};

Findings found_in(const DiskReading& reading) {
    Findings sum;
    for (const SurfaceRecord& surface : reading.surfaces) {
        sum.slow_regions += surface.slow_regions.size();
        sum.stalls += surface.stalls();
        sum.failed_requests += surface.failed_requests();
        sum.slowest_us = std::max(sum.slowest_us, surface.slowest_us());
    }
    return sum;
}

/// "slow-regions=2,stalls=1"; "none".
std::string counters(const Findings& found, uint64_t unreadable_sectors) {
    std::string text;
    const auto add = [&](const char* name, uint64_t count) {
        if (count != 0) text += (text.empty() ? "" : ",") + std::string(name) + "=" + std::to_string(count);
    };
    add("unreadable", unreadable_sectors);
    add("repeated-reads", found.failed_requests);
    add("slow-regions", found.slow_regions);
    add("stalls", found.stalls);
    if (text.empty()) return "none";
    if (found.slowest_us >= us_in_ms)
        text += ",slowest-read=" + std::to_string(found.slowest_us / us_in_ms) + " ms";
    return text;
}

Remark counted(const char* code, uint64_t count) {
    return {code, {{"count", std::to_string(count)}}};
}

}  // namespace

Check judge_disk_speed(const DriveRecord& drive, const DiskReading& reading) {
    if (const std::string why_not = why_silent(reading, has_speed); !why_not.empty())
        return make_untested("disk-speed", drive_component(drive), {why_not, {}});
    uint64_t slowest = UINT64_MAX;
    for (const SurfaceRecord& surface : reading.surfaces)
        if (has_speed(surface)) slowest = std::min(slowest, surface.median_bytes_per_second);
    return judge_disk_speed(drive, slowest);
}

Check judge_disk_surface(const DriveRecord& drive, const DiskReading& reading) {
    const std::string component = drive_component(drive);
    const Findings found = found_in(reading);
    const std::string measured = counters(found, reading.unreadable_sectors);
    const auto check = [&](CheckResult result, Remark reason) {
        return make_check("disk-surface", component, result, measured, "none", std::move(reason));
    };
    if (drive.is_virtual()) return make_untested("disk-surface", component, {"virtual-drive", {}});
    // Whatever the speed was: this is known.
    if (reading.unreadable_sectors != 0)
        return check(CheckResult::fail, counted("sectors-not-readable", reading.unreadable_sectors));
    if (found.failed_requests != 0)
        return check(CheckResult::warn, counted("reads-repeated", found.failed_requests));
    const std::string why_not = why_silent(reading, is_judged);
    if (!why_not.empty()) return make_untested("disk-surface", component, {why_not, {}});
    if (found.slow_regions != 0) return check(CheckResult::warn, counted("regions-slow", found.slow_regions));
    if (found.stalls != 0) return check(CheckResult::warn, counted("reads-stalled", found.stalls));
    return check(CheckResult::pass, {"no-fault-found", {}});
}

}  // namespace regain
