#pragma once
// What a wipe's verification tells of a drive's speed and surface, judged: pure functions from what was read
// back (reports/surface_record.h) to checks. Limits and reasons stand in docs/inspection.md. Used by
// inspect_machine.cpp; nothing is measured here.

#include <cstdint>
#include <string>
#include <vector>

#include "reports/drive_record.h"
#include "reports/inspection_report.h"
#include "reports/surface_record.h"

namespace regain {

/// How a drive was read after it was erased.
struct DiskReading {
    std::vector<SurfaceRecord> surfaces;  ///< one for each node that was read as a whole; none: a sample
    uint64_t unreadable_sectors = 0;
};

/// "disk-speed": the median over the drive's regions, of the slowest node (drive_health.h has the limits).
Check judge_disk_speed(const DriveRecord& drive, const DiskReading& reading);

/// "disk-surface": what can't be read fails; what is far slower than what is around it, what stopped for a
/// second, and what had to be read again warns.
Check judge_disk_surface(const DriveRecord& drive, const DiskReading& reading);

}  // namespace regain
