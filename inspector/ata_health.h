#pragma once
// The rules for ATA drives: attribute counters, attributes at their thresholds, the error log. Part of
// inspector/drive_health.h, which is what others call.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspector/smart_report.h"
#include "reports/inspection_report.h"

namespace regain {

/// 5, 187, 197, 198 and, as "drive-connection", 199. An attribute that the drive does not have is
/// "not-tested".
std::vector<Check> judge_ata_counters(const SmartReport& report, const std::string& component);
/// Attributes at or below the threshold that the maker set, now or once.
Check judge_ata_attributes(const SmartReport& report, const std::string& component);
Check judge_ata_error_log(const SmartReport& report, const std::string& component);

/// Sectors (or a SAS drive's grown defects) that were replaced by spare ones: none is good, 16 and more is
/// `many`.
Check judge_reallocated(uint64_t count, CheckResult many, const std::string& component);

/// "5,202": the attributes that are failing now, temperatures left out.
std::string attributes_failing_now(const SmartReport& report);

/// The counter of an attribute, provided that the drive calls it by a name that fits its usual meaning.
std::optional<uint64_t> known_count(const SmartReport& report, unsigned id);

}  // namespace regain
