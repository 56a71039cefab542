#pragma once
// Capabilities and a policy become a plan, or a refusal that says why: pure, without I/O. The plan is what
// `--plan` prints, what the worker carries out and what the certificate shows. Used by the console. The ways
// to erase a drive come from erase_ladder.h; here one of them is chosen, and what follows when it fails.

#include <vector>

#include "base/result.h"
#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"
#include "wiper/erase_level.h"

namespace regain {

/// `best`: the strongest way, whatever time it takes, and all weaker ones as fallbacks. `clear`: the quickest
/// that reaches Clear, the others as fallbacks; one that is known to leave something out comes last. `purge`:
/// only ways that purge. A method that is named stands alone, without fallbacks. A drive of which no command
/// channel answered is overwritten: zeros on a hard disk and on a medium that is virtual or not known, random
/// data on flash; read back wholly. A drive that hides sectors gives them back first, where it can be asked
/// to: the plan is that of the whole drive, with `preparations`; where that was tried, a way that is known to
/// leave somebody's data behind promises nothing, and is a fallback of `best` alone. Errors: ErrorKind::usage
/// for an unknown method, and for a purge that would not be verified; ErrorKind::refused when no plan can
/// reach the level (with every method's reason), when the method is not part of this version or can't be used
/// on this drive, and when the drive is protected or can't be used.
Result<WipePlan> plan_wipe(const DriveCapabilities& capabilities, const WipePolicy& policy);

/// What a refusal of plan_wipe() names, as a plan has it in `rejected`: every method of the drive's protocol
/// that was not asked for by name, with its reason.
std::vector<RejectedMethod> reasons_against(const DriveCapabilities& capabilities, const WipePolicy& policy);

}  // namespace regain
