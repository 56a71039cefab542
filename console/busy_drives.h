#pragma once
// A drive that is still carrying out a SANITIZE (a power cut or a Ctrl-C left it, or somebody else began it)
// takes no other command: it is waited for before a plan is made. Used by `regain wipe` and `process`, not by
// --plan, which shows what is the case.

#include <chrono>
#include <functional>

#include "base/clock.h"
#include "console/wipe_job.h"

namespace regain {

struct BusyDriveWatch {
    const Clock& clock;
    std::function<void(std::chrono::milliseconds)> wait;  ///< or until the operator interrupts
    std::function<bool()> is_stopped;
    std::function<void(const Message&)> say;
    std::chrono::milliseconds between_looks{10'000};
    std::chrono::milliseconds between_words{300'000};
    /// Progress that did not move for this long: it is not waited for any more, and the plan says why not.
    std::chrono::milliseconds patience{4 * 3'600'000};
};

/// What the drive can do, once it has ended what it was doing.
DriveCapabilities ask_when_quiet(const DriveRecord& drive, const CapabilitySource& source,
                                 const BusyDriveWatch& watch);

/// The same as a source of capabilities for plans; with --plan nothing is waited for.
CapabilitySource source_for_plans(const Session& session, const LabelNumbers& numbers);

}  // namespace regain
