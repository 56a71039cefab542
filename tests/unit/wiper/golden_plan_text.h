#pragma once
// A plan as a golden file holds it: short enough to be read by a person, line for line, and with everything
// that was decided. Used by golden_plans_test.cpp.

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "tests/unit/wiper/golden_drives.h"
#include "wiper/wipe_planner.h"

namespace regain {

inline std::string golden_time(const ExpectedTime& time) {
    return time.minutes ? std::to_string(*time.minutes) + " min " + time.basis
                        : std::string("time not known");
}

inline std::string golden_remark(const Remark& remark) {
    std::string text = remark.code;
    for (const auto& [name, value] : remark.arguments)
        text.append(" ").append(name).append("=").append(value);
    return text;
}

inline std::string golden_step(const WipeStep& step) {
    std::string text = step.step;
    for (const std::string& part : {step.method, step.kind, step.pattern})
        if (!part.empty()) text += " " + part;
    if (step.count != 0) text += " " + std::to_string(step.count);
    if (step.sample_share_ppm != 0) text += " " + std::to_string(step.sample_share_ppm) + " ppm";
    if (step.minutes) text += " " + std::to_string(*step.minutes) + " min";
    if (!step.node.empty()) text += " on " + step.node;
    return text;
}

inline std::string golden_summary(const WipePlan& plan) {
    return plan.method + ", " + std::string(verdict_name(plan.level)) + " by " + plan.standard + ", " +
           golden_time(plan.expected);
}

inline Json golden_plan(const WipePlan& plan) {
    Json json{{"plan", golden_summary(plan)}};
    for (const WipeStep& step : plan.preparations) json["preparations"].push_back(golden_step(step));
    for (const WipeStep& step : plan.steps) json["steps"].push_back(golden_step(step));
    for (const Remark& remark : plan.remarks) json["remarks"].push_back(golden_remark(remark));
    for (const Remark& area : plan.not_examined) json["not_examined"].push_back(golden_remark(area));
    for (const RejectedMethod& rejected : plan.rejected)
        json["rejected"].push_back(rejected.method + ": " + golden_remark(rejected.reason) + ", " +
                                   golden_time(rejected.expected));
    return json;
}

/// Of a fallback: what is done to the drive and how it is read back; the rest is the same as in every plan.
inline std::string golden_fallback(const WipePlan& plan) {
    std::string text = golden_summary(plan) + ":";
    for (const WipeStep& step : plan.steps)
        if (step.step == "firmware-erase" || step.step == "overwrite" || step.step == "remember" ||
            step.step == "verify")
            text += " " + golden_step(step) + ";";
    for (const Remark& remark : plan.remarks) text += " *" + remark.code;
    return text;
}

inline Json golden_answer(const DriveCapabilities& capabilities, WipeLevel level) {
    const auto plan = plan_wipe(capabilities, {level, "", {}});
    if (!plan.ok())
        return Json{{"refused", in_english(plan.error())}, {"advice", in_english(plan.error().advice)}};
    Json json = golden_plan(*plan);
    for (const WipePlan& fallback : plan->fallbacks) json["fallbacks"].push_back(golden_fallback(fallback));
    return json;
}

inline std::string golden_text(const GoldenDrive& drive) {
    const DriveRecord& record = drive.capabilities.drive;
    Json json{{"provenance", drive.provenance},
              {"drive", record.model + ", " + std::string(bus_name(record.bus)) + ", " + record.protocol +
                            ", " + std::string(medium_name(record.medium)) + ", " +
                            std::to_string(record.size_bytes) + " bytes"}};
    for (const WipeLevel level : {WipeLevel::best, WipeLevel::clear, WipeLevel::purge})
        json[std::string(level_name(level))] = golden_answer(drive.capabilities, level);
    return pretty_json(json);
}

}  // namespace regain
