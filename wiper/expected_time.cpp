#include "wiper/expected_time.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "wiper/drive_capabilities.h"

namespace regain {
namespace {

constexpr std::string_view from_drive = "drive";
constexpr std::string_view lower_bound = "at-least";
constexpr std::string_view from_speed = "assumed-speed";

// Assumptions, not measurements: what drives of the ages that are donated sustain over their whole size.
uint64_t usual_bytes_per_second(const DriveRecord& drive, Medium medium) {
    constexpr uint64_t megabyte = 1'000'000;
    switch (medium) {
        case Medium::hdd:
            return 100 * megabyte;
        case Medium::ssd:
            return (drive.protocol == "nvme" ? 500 : 250) * megabyte;
        case Medium::emmc:
            return 50 * megabyte;
        case Medium::flash:
            return 10 * megabyte;
        default:
            return 50 * megabyte;
    }
}

// 0: an estimate, 1: a lower bound, 2: nothing.
int certainty(const ExpectedTime& time) {
    if (!time.minutes) return 2;
    return time.basis == lower_bound ? 1 : 0;
}

}  // namespace

ExpectedTime expected_time_of(const EraseMethod& method) {
    if (!method.minutes) return {};
    return {std::max<uint64_t>(*method.minutes, 1),
            std::string(method.minutes_is_lower_bound ? lower_bound : from_drive)};
}

ExpectedTime expected_time_of_overwriting(const DriveRecord& drive, Medium medium, uint64_t passes) {
    uint64_t bytes = 0;
    for (const DriveNode& node : user_data_nodes(drive)) bytes += node.size_bytes;
    const uint64_t per_minute = usual_bytes_per_second(drive, medium) * 60;
    return {std::max<uint64_t>(bytes / per_minute + (bytes % per_minute != 0 ? 1 : 0), 1) * passes,
            std::string(from_speed)};
}

ExpectedTime sum_of(const ExpectedTime& first, const ExpectedTime& second) {
    if (!first.minutes && !second.minutes) return {};
    const bool is_exact = certainty(first) == 0 && certainty(second) == 0;
    return {first.minutes.value_or(0) + second.minutes.value_or(0),
            std::string(is_exact ? from_drive : lower_bound)};
}

bool is_quicker(const ExpectedTime& first, const ExpectedTime& second) {
    return std::make_tuple(certainty(first), first.minutes.value_or(0)) <
           std::make_tuple(certainty(second), second.minutes.value_or(0));
}

bool is_known_to_be_slower(const ExpectedTime& first, const ExpectedTime& second) {
    // A lower bound that is above an estimate is slower too.
    return first.minutes && second.minutes && certainty(second) == 0 && *first.minutes > *second.minutes;
}

}  // namespace regain
