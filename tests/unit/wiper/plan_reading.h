#pragma once
// What the tests of plans ask of one: its chain of methods, what it rejected, its remarks, its steps. Only
// for tests.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wiper/wipe_planner.h"

namespace regain {

inline const WipePolicy best{WipeLevel::best, "", {}};
inline const WipePolicy clear{WipeLevel::clear, "", {}};
inline const WipePolicy purge{WipeLevel::purge, "", {}};

inline WipePlan plan_of(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    const auto plan = plan_wipe(capabilities, policy);
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : in_english(plan.error()));
    return plan.ok() ? *plan : WipePlan{};
}

inline std::string refusal_of(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    const auto plan = plan_wipe(capabilities, policy);
    EXPECT_FALSE(plan.ok());
    if (plan.ok()) return {};
    EXPECT_EQ(plan.error().kind, ErrorKind::refused);
    EXPECT_FALSE(plan.error().advice.empty());
    return in_english(plan.error());
}

/// The chosen method and its fallbacks, in their order.
inline std::vector<std::string> chain_of(const WipePlan& plan) {
    std::vector<std::string> methods{plan.method};
    for (const WipePlan& fallback : plan.fallbacks) methods.push_back(fallback.method);
    return methods;
}

inline std::vector<std::string> reasons_for(const WipePlan& plan, const std::string& method) {
    std::vector<std::string> reasons;
    for (const RejectedMethod& rejected : plan.rejected)
        if (rejected.method == method) reasons.push_back(rejected.reason.code);
    return reasons;
}

inline std::vector<std::string> codes_of(const WipePlan& plan) {
    std::vector<std::string> codes;
    for (const Remark& remark : plan.remarks) codes.push_back(remark.code);
    return codes;
}

inline std::vector<std::string> steps_of(const WipePlan& plan) {
    std::vector<std::string> steps;
    for (const WipeStep& step : plan.steps) {
        std::string text = step.step;
        for (const std::string& part : {step.method, step.kind, step.pattern, step.node})
            if (!part.empty()) text += " " + part;
        steps.push_back(text);
    }
    return steps;
}

}  // namespace regain
