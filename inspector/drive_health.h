#pragma once
// The judgement of one drive's health report: pure functions from SmartReport to checks. Each rule and its
// threshold is explained in docs/inspection.md. The drive's own PASSED is never believed alone, and what was
// not told is "not-tested". Used by inspect_machine.cpp; opens nothing.

#include <cstdint>
#include <string>
#include <vector>

#include "inspector/smart_report.h"
#include "reports/drive_record.h"
#include "reports/inspection_report.h"

namespace regain {

/// Yearly failure rates of about a quarter and more (hardware-checks.md) are a failure; more than none a
/// warning.
constexpr uint64_t reallocated_sectors_that_fail = 16;
constexpr uint64_t wear_percent_that_warns = 80;
constexpr uint64_t wear_percent_that_fails = 100;

/// The checks of one drive: first "drive-health", the whole judgement, then the details that it rests on
/// ("drive-reallocated", "drive-pending", ...). "drive-health" is the worst of the details, and at least
/// "not-tested" when the drive told too little to call it healthy.
std::vector<Check> judge_drive_health(const SmartReport& report, const std::string& component);

/// The figures that go on a certificate.
DriveHealthRecord drive_health_facts(const SmartReport& report, const DriveRecord& drive);

/// A drive whose health was not read: "drive-health" as not tested, with the reason's code.
Check drive_health_not_tested(const std::string& component, Remark reason);

/// "/dev/sda (MODEL SERIAL)": how checks name a drive.
std::string drive_component(const DriveRecord& drive);

/// A sequential speed that was measured while the drive was read (the wipe's verification gives it for free).
/// Limits in MB/s (10^6): HDD 80, SSD 200, eMMC 15. Drives behind USB and virtual ones are not judged: the
/// figure would be the bridge's or the host's.
Check judge_disk_speed(const DriveRecord& drive, uint64_t bytes_per_second);

}  // namespace regain
