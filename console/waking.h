#pragma once
// Drives whose erase commands the firmware froze are woken from sleep before anything is confirmed: the
// machine is suspended to RAM, and all drives are found and asked again. Used by wipe and process between
// choosing the drives and planning. Nothing is written to any drive.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "console/drive_choice.h"
#include "console/session.h"
#include "console/wipe_job.h"
#include "drives/machine_sleep.h"
#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"

namespace regain {

/// --suspend: "yes" sleeps where it helps, unless the machine did not come back from it the last time; "no"
/// never; "ask" asks on the terminal, and is "no" where there is none.
enum class SuspendAnswer { yes, no, ask };
/// ErrorKind::usage. `fallback` where the option was not given.
Result<SuspendAnswer> suspend_answer(const Session& session, SuspendAnswer fallback);

/// What waking needs of the machine and the operator; tests stand others in its place.
struct WakingMeans {
    MachineSleep& machine;
    std::function<Result<std::vector<DriveRecord>>()> discover;
    CapabilitySource ask_drive;
    /// Whether the machine may be put to sleep for these drives.
    std::function<Result<bool>(const std::vector<DriveRecord>& frozen)> may_sleep;
    std::function<void(const Message&)> say;
    /// Before falling asleep, and when it is awake again.
    std::function<Status()> note_sleep;
    std::function<void()> note_waking;
    std::function<void(std::chrono::milliseconds)> wait;
};

/// What each drive of `choice` can do, in their order; after waking where a plan of `policy` gains by it and
/// it is allowed. `choice` then holds the drives as they are found again: each proven to be the same, perhaps
/// under another path. ErrorKind::refused when one is not found again, interrupted.
Result<std::vector<DriveCapabilities>> ask_and_wake(DriveChoice& choice, const WipePolicy& policy,
                                                    const WakingMeans& means);

/// The same with the running machine. With --plan nothing sleeps.
Result<std::vector<DriveCapabilities>> ask_and_wake(const Session& session, DriveChoice& choice,
                                                    const WipePolicy& policy, const LabelNumbers& numbers,
                                                    SuspendAnswer fallback);

}  // namespace regain
