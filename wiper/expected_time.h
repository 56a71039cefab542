#pragma once
// How long an erase method would take, by what the drive says or by an assumed speed, and which of two is
// quicker as far as that is known. Without the markers and without reading back. Pure. Used by the planner.

#include <cstdint>

#include "reports/drive_record.h"
#include "reports/wipe_report.h"
#include "wiper/erase_methods.h"

namespace regain {

/// Basis "drive" or "at-least"; not known when the drive gives no estimate.
ExpectedTime expected_time_of(const EraseMethod& method);
/// Basis "assumed-speed": what such a medium usually sustains when the host writes to it.
ExpectedTime expected_time_of_overwriting(const DriveRecord& drive, Medium medium, uint64_t passes = 1);
/// Both, one after the other. One that is not known makes the sum a lower bound.
ExpectedTime sum_of(const ExpectedTime& first, const ExpectedTime& second);

/// In front of those that may take any time: a lower bound says less than an estimate, and no estimate says
/// nothing. A strict weak ordering.
bool is_quicker(const ExpectedTime& first, const ExpectedTime& second);
/// Both say how long they take, and the first takes longer.
bool is_known_to_be_slower(const ExpectedTime& first, const ExpectedTime& second);

}  // namespace regain
