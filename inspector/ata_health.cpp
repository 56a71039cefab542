#include "inspector/ata_health.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "inspector/check_making.h"
#include "inspector/drive_health.h"
#include "inspector/lenient_json.h"

namespace regain {
namespace {

/// A counter that is judged, and the parts of names under which makers mean what it usually means.
struct CounterRule {
    unsigned id;
    const char* check;
    const char* code;
    bool counts_sectors;                    ///< can't be more than the drive has
    std::array<std::string_view, 6> words;  ///< lower case; one of them is in the attribute's name
};

constexpr std::array<CounterRule, 5> counter_rules = {{
    {5,
     "drive-reallocated",
     "reallocated-sectors",
     true,
     {"realloc", "assigned", "retired", "bad_bl", "grown", "remap"}},
    {187,
     "drive-reported-uncorrectable",
     "uncorrectable-errors",
     false,
     {"uncorr", "_ue", "unc_", "_unc", "", ""}},
    {197, "drive-pending", "pending-sectors", true, {"pending", "", "", "", "", ""}},
    {198,
     "drive-offline-uncorrectable",
     "offline-uncorrectable-sectors",
     true,
     {"uncorr", "offl", "off-line", "unc_", "_unc", ""}},
    {199, "drive-connection", "interface-errors-check-cable", false, {"crc", "", "", "", "", ""}},
}};

const CounterRule* rule_for(unsigned id) {
    for (const auto& rule : counter_rules)
        if (rule.id == id) return &rule;
    return nullptr;
}

bool has_usual_meaning(const CounterRule& rule, const SmartAttribute& attribute) {
    const std::string name = lower_case(attribute.name);
    return std::any_of(rule.words.begin(), rule.words.end(),
                       [&](std::string_view word) { return !word.empty() && contains(name, word); });
}

std::optional<SmartCounter> counter_of(const CounterRule& rule, const SmartAttribute& attribute,
                                       const SmartReport& report) {
    return read_counter(attribute, rule.counts_sectors ? report.capacity_blocks : std::nullopt);
}

// The yearly failure rates behind these results are in docs/inspection.md. They come from rotating disks; on
// flash, replaced blocks are ordinary wear, and an "ECC" counter is not a count of unreadable sectors.
Check judge_count(const CounterRule& rule, const SmartAttribute& attribute, uint64_t count,
                  const SmartReport& report, const std::string& component) {
    if (rule.id == 5)
        return judge_reallocated(count, report.rotates() == false ? CheckResult::warn : CheckResult::fail,
                                 component);
    CheckResult bad = CheckResult::fail;
    if (rule.id == 199 || contains(lower_case(attribute.name), "ecc")) bad = CheckResult::warn;
    return make_check(rule.check, component, count == 0 ? CheckResult::pass : bad, std::to_string(count), "0",
                      {count == 0 ? "none" : rule.code, {{"count", std::to_string(count)}}});
}

Check judge_counter(const CounterRule& rule, const SmartReport& report, const std::string& component) {
    const SmartAttribute* attribute = report.attribute(rule.id);
    if (attribute == nullptr) return make_untested(rule.check, component, {"not-reported", {}});
    if (!has_usual_meaning(rule, *attribute))
        return make_untested(rule.check, component,
                             {"attribute-means-something-else", {{"name", attribute->name}}});
    const auto counter = counter_of(rule, *attribute, report);
    if (!counter) return make_untested(rule.check, component, {"not-reported", {}});
    const std::string raw =
        attribute->raw_text.empty() ? std::to_string(attribute->raw_value.value_or(0)) : attribute->raw_text;
    switch (counter->state) {
        case SmartCounterState::read:
            return judge_count(rule, *attribute, counter->count, report, component);
        case SmartCounterState::packed:
            return make_check(rule.check, component, CheckResult::warn, raw, "0",
                              {"counter-unclear", {{"value", raw}}});
        case SmartCounterState::implausible:
            break;
    }
    return make_check(rule.check, component, CheckResult::warn, raw, "0",
                      {"counter-implausible", {{"value", raw}}});
}

enum class Kind { temperature, other };

std::string id_list(const SmartReport& report, SmartFailure failed, Kind kind) {
    std::string text;
    for (const auto& attribute : report.attributes) {
        if (attribute.failed != failed || attribute.is_temperature() != (kind == Kind::temperature)) continue;
        if (!text.empty()) text += ',';
        text += std::to_string(attribute.id);
    }
    return text;
}

Check attribute_check(const std::string& component, CheckResult result, const std::string& ids,
                      const char* code) {
    return make_check("drive-attributes", component, result, ids, "above threshold",
                      {code, {{"attributes", ids}}});
}

}  // namespace

Check judge_reallocated(uint64_t count, CheckResult many, const std::string& component) {
    CheckResult result = CheckResult::pass;
    if (count > 0) result = CheckResult::warn;
    if (count >= reallocated_sectors_that_fail) result = many;
    return make_check("drive-reallocated", component, result, std::to_string(count),
                      "< " + std::to_string(reallocated_sectors_that_fail),
                      {count == 0 ? "none" : "reallocated-sectors", {{"count", std::to_string(count)}}});
}

std::vector<Check> judge_ata_counters(const SmartReport& report, const std::string& component) {
    std::vector<Check> checks;
    for (const auto& rule : counter_rules) checks.push_back(judge_counter(rule, report, component));
    return checks;
}

Check judge_ata_attributes(const SmartReport& report, const std::string& component) {
    if (report.attributes.empty()) return make_untested("drive-attributes", component, {"not-reported", {}});
    const std::string now = id_list(report, SmartFailure::now, Kind::other);
    const std::string hot_now = id_list(report, SmartFailure::now, Kind::temperature);
    const std::string past = id_list(report, SmartFailure::past, Kind::other);
    const std::string hot_past = id_list(report, SmartFailure::past, Kind::temperature);
    if (!now.empty()) return attribute_check(component, CheckResult::fail, now, "attribute-failing-now");
    if ((report.exit_status & smart_exit_prefail_now) != 0 && hot_now.empty())
        return attribute_check(component, CheckResult::fail, "", "attribute-failing-now");
    if (!hot_now.empty())
        return attribute_check(component, CheckResult::warn, hot_now, "temperature-limit-exceeded");
    if (!past.empty()) return attribute_check(component, CheckResult::warn, past, "attribute-failed-in-past");
    if (!hot_past.empty())
        return attribute_check(component, CheckResult::warn, hot_past, "temperature-limit-exceeded-in-past");
    if ((report.exit_status & smart_exit_failed_in_past) != 0)
        return attribute_check(component, CheckResult::warn, "", "attribute-failed-in-past");
    return make_check("drive-attributes", component, CheckResult::pass, "", "above threshold", {"none", {}});
}

Check judge_ata_error_log(const SmartReport& report, const std::string& component) {
    const bool bit_is_set = (report.exit_status & smart_exit_error_log) != 0;
    if (!report.error_log && !bit_is_set)
        return make_untested("drive-error-log", component, {"not-reported", {}});
    const SmartErrorLog log = report.error_log.value_or(SmartErrorLog{});
    const std::string count = log.count > 0 || !bit_is_set ? std::to_string(log.count) : "";
    const auto check = [&](CheckResult result, const char* code) {
        return make_check("drive-error-log", component, result, count, "", {code, {{"count", count}}});
    };
    if (log.count == 0 && !bit_is_set) return check(CheckResult::pass, "none");
    if (log.unreadable > 0) return check(CheckResult::warn, "error-log-unreadable-sectors");
    if (log.described == 0) return check(CheckResult::warn, "error-log-has-entries");
    // Refused commands and transfer errors: the program or the cable, not the medium.
    return check(CheckResult::pass, "error-log-without-medium-errors");
}

std::string attributes_failing_now(const SmartReport& report) {
    return id_list(report, SmartFailure::now, Kind::other);
}

std::optional<uint64_t> known_count(const SmartReport& report, unsigned id) {
    const SmartAttribute* attribute = report.attribute(id);
    if (attribute == nullptr) return std::nullopt;
    const CounterRule* rule = rule_for(id);
    if (rule != nullptr && !has_usual_meaning(*rule, *attribute)) return std::nullopt;
    const auto counter =
        rule != nullptr ? counter_of(*rule, *attribute, report) : read_counter(*attribute, std::nullopt);
    if (!counter || counter->state != SmartCounterState::read) return std::nullopt;
    return counter->count;
}

}  // namespace regain
