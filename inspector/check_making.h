#pragma once
// Short ways to write a Check down. Used by the judgements of this room only; nothing is decided here.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/inspection_report.h"

namespace regain {

inline Check make_check(std::string name, std::string component, CheckResult result, std::string measured,
                        std::string limit, Remark reason = {}) {
    return Check{std::move(name),     std::move(component), result,
                 std::move(measured), std::move(limit),     std::move(reason)};
}

inline Check make_untested(std::string name, std::string component, Remark reason) {
    return make_check(std::move(name), std::move(component), CheckResult::not_tested, "", "",
                      std::move(reason));
}

/// How bad a result is: pass < not-tested < warn < fail. Something unknown is worse than something good.
inline int severity(CheckResult result) {
    switch (result) {
        case CheckResult::pass:
            return 0;
        case CheckResult::not_tested:
            return 1;
        case CheckResult::warn:
            return 2;
        case CheckResult::fail:
            return 3;
    }
    return 1;
}

}  // namespace regain
