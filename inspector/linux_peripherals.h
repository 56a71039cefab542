#pragma once
// Counts the parts that this version does not test, from /sys, through SystemRoot: so that the report can say
// "not tested" of what is there and "none found" of what is not. Counting is not testing.

#include <vector>

#include "base/system_root.h"
#include "reports/inspection_report.h"

namespace regain {

/// One "not-tested" check for each part of the machine that this version does not test: processor under load,
/// content of the memory, screen, keyboard, touchpad, sound, camera, Wi-Fi, Bluetooth, Ethernet, USB ports,
/// optical drive. Reason "not-in-this-version", or "none-found" where the kernel shows none.
std::vector<Check> list_untested(const SystemRoot& root);

}  // namespace regain
