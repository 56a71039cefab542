#pragma once
// Reads the machine's batteries from /sys/class/power_supply, through SystemRoot. Batteries of mice and
// headsets are not the machine's. Judged by battery_check.h.

#include <vector>

#include "base/system_root.h"
#include "inspector/battery_check.h"

namespace regain {

std::vector<BatteryReading> read_batteries(const SystemRoot& root);

}  // namespace regain
