#pragma once
// What the `regain stick` commands say of a stick and of what was done with it, in words and as JSON.

#include "console/session.h"
#include "imager/stick_probe.h"
#include "reports/stick_report.h"

namespace regain {

/// {"schema":"regain.stick/1",...}
Json stick_document(const DriveRecord& drive, const StickContents& found);
void say_stick(const Session& session, const DriveRecord& drive, const StickContents& found);

void say_stick_report(const Session& session, const StickReport& report);
/// 0 when the stick is complete, 130 when the operator interrupted, 1 otherwise.
int stick_exit_status(const StickReport& report);

}  // namespace regain
