#pragma once
// The inspection of one machine, from /sys, /proc and the drives' own health reports to a graded report. Used
// by the console. It only reads: nothing on the machine or on its drives is changed, and a failure to read
// something is a check that was not tested, never a missing one.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/system_root.h"
#include "inspector/disk_surface.h"
#include "inspector/drive_health_reader.h"
#include "reports/drive_record.h"
#include "reports/inspection_report.h"

namespace regain {

struct InspectProgress {
    std::string step;       ///< "machine", "drive-health", "finished"
    std::string component;  ///< the drive's path; empty otherwise
    size_t done = 0, total = 0;
};

struct InspectOptions {
    const Clock* clock = nullptr;  ///< null: the system's
    std::stop_token stop;
    std::function<void(const InspectProgress&)> on_progress;
    DriveHealthReader* health_reader = nullptr;  ///< null: smartctl; with a recorded tree, nothing is asked
};

/// Inspects the machine under `root` and the given drives. Blocks while drives answer (seconds each). Missing
/// programs are listed in the report, and the checks that needed them are not tested. Error: interrupted
/// only.
Result<InspectionReport> inspect_machine(const SystemRoot& root, const std::vector<DriveRecord>& drives,
                                         const InspectOptions& options = {});

/// Adds what was learned after the inspection, when the wipe read the drive back: replaces the drive's
/// "disk-speed" and "disk-surface" checks and grades again.
void add_disk_reading(InspectionReport& report, const DriveRecord& drive, const DiskReading& reading);

}  // namespace regain
