#pragma once
// A wipe's plan in words: what will be done, what it can reach, how long it takes, what follows if it fails,
// and what was not chosen and why. Pure. Used by `wipe` and `process`.

#include <string>

#include "base/translation.h"
#include "reports/wipe_report.h"

namespace regain {

/// `brief`: before a confirmation. `full`: also every method that was not chosen, for `--plan`.
enum class PlanDetail { brief, full };
std::string plan_text(const WipePlan& plan, PlanDetail detail, const Translator& translate);

}  // namespace regain
