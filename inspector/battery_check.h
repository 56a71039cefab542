#pragma once
// The judgement of a battery's wear. Pure: readings come from inspector/linux_batteries.h. A load test is not
// part of this version.

#include <cstdint>
#include <optional>
#include <string>

#include "reports/inspection_report.h"

namespace regain {

/// One battery as the kernel shows it. What it doesn't show is absent.
struct BatteryReading {
    std::string name;  ///< "BAT0"
    std::optional<bool> present;
    std::optional<uint64_t> full, design;  ///< both in µWh or both in µAh
    std::optional<uint64_t> cycle_count;   ///< never 0: that means unknown
    std::string manufacturer, model, status;
};

/// "battery-wear": from 80 % of the design capacity good, from 65 % fair (warn), below to replace (fail), 30
/// % and less faulty (fail). A battery without plausible figures, or that is not there, is not tested.
Check judge_battery_wear(const BatteryReading& battery);

/// "BAT0: LGC LNV-45N1, 105 %": a line for the inventory.
std::string describe_battery(const BatteryReading& battery);

}  // namespace regain
