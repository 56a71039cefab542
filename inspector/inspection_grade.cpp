#include "inspector/inspection_grade.h"

#include <algorithm>
#include <string_view>

namespace regain {
namespace {

bool has_result(const std::vector<Check>& checks, CheckResult result) {
    return std::any_of(checks.begin(), checks.end(),
                       [&](const Check& check) { return check.result == result; });
}

/// At least one check of that name, and none that was not tested.
bool was_tested_everywhere(const std::vector<Check>& checks, std::string_view name) {
    size_t count = 0;
    for (const auto& check : checks) {
        if (check.check != name || check.reason.code == "not-part-of-the-machine") continue;
        if (check.result == CheckResult::not_tested) return false;
        ++count;
    }
    return count > 0;
}

// A machine without a battery needs none; one whose battery could not be judged is not known.
bool batteries_are_known(const std::vector<Check>& checks) {
    return std::none_of(checks.begin(), checks.end(), [](const Check& check) {
        return check.check == "battery-wear" && check.result == CheckResult::not_tested &&
               check.reason.code != "none-found" && check.reason.code != "battery-not-present";
    });
}

}  // namespace

std::string grade_inspection(const std::vector<Check>& checks) {
    if (has_result(checks, CheckResult::fail)) return "C";
    if (!was_tested_everywhere(checks, "memory-size") || !was_tested_everywhere(checks, "drive-health") ||
        !batteries_are_known(checks))
        return "-";
    return has_result(checks, CheckResult::warn) ? "B" : "A";
}

}  // namespace regain
