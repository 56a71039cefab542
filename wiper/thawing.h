#pragma once
// Whether it is worth waking a machine from sleep: drives whose erase commands the firmware froze, and for
// which the plan would be stronger without that. Pure. Used by the console before a plan is confirmed.

#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"

namespace regain {

/// Security or sanitize is frozen until the power goes off. An overlay (DCO) that does not answer counts only
/// beside one of them: alone it says nothing of a firmware.
bool is_frozen_by_firmware(const DriveCapabilities& capabilities);

/// Frozen, and the plan would be a stronger one if it were not: a higher level, for "best" and "purge" also a
/// stronger method of the same level, or any plan at all instead of a refusal.
bool would_gain_by_thawing(const DriveCapabilities& capabilities, const WipePolicy& policy);

}  // namespace regain
