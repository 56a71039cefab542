#pragma once
// A drive that no longer answered, as the evidence says it: in which step, where, since when. Pure. Used by
// the supervisor, which notices it; the verdict reads it again.

#include <cstdint>
#include <optional>

#include "reports/wipe_report.h"
#include "wiper/wipe_progress.h"
#include "wiper/wipe_protocol.h"

namespace regain {

/// "stuck". `pending`: what the drive was last known to be at; `seconds`: since anything moved.
/// `left_behind`: its worker could not be ended either, and is still in the kernel's hands.
EvidenceItem stuck_evidence(const WipeProgress& progress, const std::optional<PendingRequest>& pending,
                            uint64_t seconds, bool left_behind);

}  // namespace regain
