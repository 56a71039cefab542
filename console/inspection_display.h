#pragma once
// Running an inspection under a display, and its findings in words. Shared by `regain inspect` and `process`.

#include <vector>

#include "console/session.h"
#include "reports/inspection_report.h"

namespace regain {

Result<InspectionReport> inspect_with_display(const Session& session, const std::vector<DriveRecord>& drives);
void say_inspection(const Session& session, const InspectionReport& report);
/// 1 when a check failed, 0 otherwise: what was not tested is listed and is no failure of the command.
int inspection_exit_status(const InspectionReport& report);

}  // namespace regain
