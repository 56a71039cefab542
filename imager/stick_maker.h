#pragma once
// `regain stick create` and `stick update`: from the first write to the last. The table is written last, so
// that a stick half made is never taken for a whole one; everything is read back from the medium before that.
// Every path leads to a report that says how far it came.

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "base/system_root.h"
#include "imager/deploy_target.h"
#include "imager/image_progress.h"
#include "imager/stick_plan.h"
#include "reports/stick_report.h"

namespace regain {

/// Makes a stick of a drive that is held (open_drive_target()): what is on it is lost. The plan was checked
/// against it (check_stick_drive()); identity is proved once more before the first write.
StickReport create_stick(DeployTarget& target, const DriveRecord& drive, const StickPlan& plan,
                         const Clock& clock, const ImageProgressFunction& progress, std::stop_token stop);

/// Writes an ISO under the data of a stick. Of the drive only the ISO's area has to be held
/// (DriveHold::acquire_part()). An error means that nothing was written: ErrorKind::refused when it is no
/// stick.
Result<StickReport> update_stick(BlockIo& io, const DriveRecord& drive, const StickIso& iso,
                                 const Clock& clock, const ImageProgressFunction& progress,
                                 std::stop_token stop);

}  // namespace regain
