#pragma once
// Planning around hidden sectors: whether a drive can be asked to give them back before it is erased, what
// that takes, and what the drive will look like then. Pure. Used by the planner; hidden_restore.h does it.

#include <vector>

#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"

namespace regain {

/// One step for each mechanism that hides something, in the order in which they have to go; empty when
/// nothing is hidden, when it was tried already, and when the drive takes no such command now (locked, busy
/// sanitizing, results that do not come back).
std::vector<WipeStep> hidden_sector_preparations(const DriveCapabilities& capabilities);

/// The drive as it is when all of its sectors are shown: its size, its node, its capabilities.
DriveCapabilities as_if_restored(DriveCapabilities capabilities);

}  // namespace regain
