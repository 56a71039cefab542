#pragma once
// The steps of a plan for one rung of the ladder: what is done to each node, and what to the drive as a
// whole, in the one order that leaves all the evidence. Pure. Used by the planner.

#include <optional>
#include <vector>

#include "reports/wipe_report.h"
#include "wiper/erase_ladder.h"

namespace regain {

/// What is read back when nothing was asked for: a sample after a purge by the drive's own commands and where
/// only a key was changed, everything otherwise.
VerifyKind verify_kind(const Rung& rung, const std::optional<VerifyKind>& asked);

/// Markers before and after; in between the host's overwrite, node by node, or the drive's own commands,
/// once.
std::vector<WipeStep> wipe_steps(const DriveRecord& drive, const Rung& rung, VerifyKind verify);

}  // namespace regain
