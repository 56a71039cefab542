#include "inspector/battery_check.h"

#include "inspector/check_making.h"

namespace regain {
namespace {

// Above this, one of the two figures is wrong; a new battery may well hold more than it promised.
constexpr uint64_t most_plausible_percent = 150;
constexpr uint64_t most_plausible_capacity = uint64_t{1} << 40;

std::optional<uint64_t> percent_of_design(const BatteryReading& battery) {
    if (!battery.full || battery.design.value_or(0) == 0) return std::nullopt;
    if (*battery.full > most_plausible_capacity || *battery.design > most_plausible_capacity)
        return std::nullopt;
    return *battery.full * 100 / *battery.design;
}

}  // namespace

Check judge_battery_wear(const BatteryReading& battery) {
    const auto untested = [&](const char* code) {
        return make_untested("battery-wear", battery.name, {code, {}});
    };
    if (battery.present == false) return untested("battery-not-present");
    if (battery.design.value_or(0) == 0) return untested("battery-design-unknown");
    if (!battery.full) return untested("battery-capacity-unknown");
    const auto percent = percent_of_design(battery);
    if (!percent || *percent > most_plausible_percent) return untested("battery-figures-implausible");

    const auto check = [&](CheckResult result, const char* code) {
        Remark reason{code, {{"percent", std::to_string(*percent)}}};
        if (battery.cycle_count.value_or(0) > 0)
            reason.arguments["cycles"] = std::to_string(*battery.cycle_count);
        return make_check("battery-wear", battery.name, result, std::to_string(*percent) + " %", ">= 80 %",
                          reason);
    };
    if (*percent >= 80) return check(CheckResult::pass, "battery-good");
    if (*percent >= 65) return check(CheckResult::warn, "battery-fair");
    if (*percent > 30) return check(CheckResult::fail, "battery-to-replace");
    return check(CheckResult::fail, "battery-faulty");
}

std::string describe_battery(const BatteryReading& battery) {
    std::string text = battery.name + ":";
    if (!battery.manufacturer.empty()) text += " " + battery.manufacturer;
    if (!battery.model.empty()) text += " " + battery.model;
    if (battery.manufacturer.empty() && battery.model.empty()) text += " -";
    if (const auto percent = percent_of_design(battery)) text += ", " + std::to_string(*percent) + " %";
    if (battery.cycle_count.value_or(0) > 0) text += ", " + std::to_string(*battery.cycle_count) + " cycles";
    return text;
}

}  // namespace regain
