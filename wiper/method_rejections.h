#pragma once
// Why each method that is not part of a plan is not: every method of the contract that the drive's protocol
// has, with its reason and its time. Pure. Used by the planner, for plans and for refusals.

#include <cstddef>
#include <string_view>
#include <vector>

#include "reports/wipe_report.h"
#include "wiper/erase_ladder.h"

namespace regain {

/// What the policy chose from the ladder, in the order in which it is tried.
using Chain = std::vector<Rung>;

/// For the plan at `place` in the chain. An empty chain is a refusal: then every method has its reason.
std::vector<RejectedMethod> rejected_methods(const EraseLadder& ladder, const WipePolicy& policy,
                                             std::string_view protocol, const Chain& chain, size_t place);

}  // namespace regain
