#pragma once
// A wipe's plan in words: what will be done, what it can reach, how long it takes, what follows if it fails,
// and what was not chosen and why. Pure. Used by `wipe` and `process`.

#include <string>
#include <vector>

#include "base/translation.h"
#include "reports/wipe_report.h"

namespace regain {

/// `brief`: before a confirmation. `full`: also every method that was not chosen, for `--plan`.
enum class PlanDetail { brief, full };
std::string plan_text(const WipePlan& plan, PlanDetail detail, const Translator& translate);

/// A refusal's reasons, a line for each method that the drive has and that can't be used.
std::string refusal_text(const DriveRecord& drive, const std::vector<RejectedMethod>& reasons,
                         const Translator& translate);

}  // namespace regain
