#include "inspector/drive_health.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "inspector/ata_health.h"
#include "inspector/check_making.h"
#include "inspector/lenient_json.h"

namespace regain {
namespace {

Check judge_self_assessment(const SmartReport& report, const std::string& component) {
    const bool failing = (report.exit_status & smart_exit_disk_failing) != 0 || report.passed == false;
    if (failing)
        return make_check("drive-self-assessment", component, CheckResult::fail, "failed", "passed",
                          {"drive-says-failed", {{"attributes", attributes_failing_now(report)}}});
    if (!report.passed) return make_untested("drive-self-assessment", component, {"not-reported", {}});
    return make_check("drive-self-assessment", component, CheckResult::pass, "passed", "passed",
                      {"drive-says-passed", {}});
}

// A failed test is settled only by a newer extended one that passed: that one read the same sectors again.
const SmartSelfTest* unsettled_failure(const std::vector<SmartSelfTest>& newest_first) {
    for (const auto& test : newest_first) {
        if (test.outcome == SmartSelfTest::Outcome::failed) return &test;
        if (test.outcome == SmartSelfTest::Outcome::passed && test.extended) return nullptr;
    }
    return nullptr;
}

std::string hours_of(const SmartSelfTest& test) {
    return test.lifetime_hours ? std::to_string(*test.lifetime_hours) + " h" : std::string();
}

Check judge_self_tests(const SmartReport& report, const std::string& component) {
    const std::string name = "drive-self-test";
    const auto fail = [&](const std::string& hours) {
        return make_check(name, component, CheckResult::fail, "failed", "passed",
                          {"self-test-failed", {{"at", hours}}});
    };
    static const std::vector<SmartSelfTest> none;
    const auto& tests = report.self_tests ? *report.self_tests : none;
    if (const SmartSelfTest* failed = unsettled_failure(tests)) return fail(hours_of(*failed));
    if (report.last_self_test && report.last_self_test->outcome == SmartSelfTest::Outcome::failed)
        return fail("");
    if ((report.exit_status & smart_exit_self_test_log) != 0) return fail("");
    for (const auto& test : tests)
        if (test.outcome == SmartSelfTest::Outcome::passed)
            return make_check(name, component, CheckResult::pass, "passed", "passed",
                              {test.extended ? "extended-self-test-passed" : "short-self-test-passed",
                               {{"at", hours_of(test)}}});
    return make_untested(name, component, {"no-self-test-recorded", {}});
}

Check judge_percentage_used(uint64_t used, const std::string& component) {
    CheckResult result = CheckResult::pass;
    if (used >= wear_percent_that_warns) result = CheckResult::warn;
    if (used >= wear_percent_that_fails) result = CheckResult::fail;
    return make_check(
        "drive-wear", component, result, std::to_string(used) + " %",
        "< " + std::to_string(wear_percent_that_warns) + " %",
        {result == CheckResult::pass ? "wear-within-limit" : "worn", {{"percent", std::to_string(used)}}});
}

/// A counter that should be zero.
Check judge_zero(const char* name, const std::string& component, std::optional<uint64_t> count,
                 CheckResult when_not_zero, const char* code) {
    if (!count) return make_untested(name, component, {"not-reported", {}});
    return make_check(name, component, *count == 0 ? CheckResult::pass : when_not_zero,
                      std::to_string(*count), "0",
                      {*count == 0 ? "none" : code, {{"count", std::to_string(*count)}}});
}

// Bits 0 to 5 of the critical warning.
std::string warning_names(uint64_t bits) {
    constexpr std::array<std::string_view, 6> names = {"spare",     "temperature",     "reliability",
                                                       "read-only", "volatile-backup", "persistent-memory"};
    std::string text;
    for (size_t i = 0; i < names.size(); ++i) {
        if ((bits >> i & 1) == 0) continue;
        if (!text.empty()) text += ',';
        text += names[i];
    }
    return text;
}

Check judge_critical_warning(const NvmeHealth& health, const std::string& component) {
    if (!health.critical_warning)
        return make_untested("drive-critical-warning", component, {"not-reported", {}});
    const uint64_t bits = *health.critical_warning;
    return make_check("drive-critical-warning", component, bits == 0 ? CheckResult::pass : CheckResult::fail,
                      std::to_string(bits), "0",
                      {bits == 0 ? "none" : "nvme-critical-warning", {{"warnings", warning_names(bits)}}});
}

Check judge_spare(const NvmeHealth& health, const std::string& component) {
    if (!health.available_spare) return make_untested("drive-spare", component, {"not-reported", {}});
    const uint64_t spare = *health.available_spare;
    const uint64_t threshold = health.available_spare_threshold.value_or(0);
    const std::string measured = std::to_string(spare) + " %";
    const std::string limit = ">= " + std::to_string(std::max<uint64_t>(threshold, 1)) + " %";
    if (spare > 100)
        return make_check("drive-spare", component, CheckResult::warn, measured, limit,
                          {"counter-implausible", {{"value", std::to_string(spare)}}});
    const bool exhausted = spare == 0 || spare < threshold;
    return make_check(
        "drive-spare", component, exhausted ? CheckResult::fail : CheckResult::pass, measured, limit,
        {exhausted ? "spare-exhausted" : "spare-within-limit", {{"percent", std::to_string(spare)}}});
}

std::vector<Check> judge_nvme(const SmartReport& report, const std::string& component) {
    const NvmeHealth health = report.nvme.value_or(NvmeHealth{});
    // The warning first: PASSED and FAILED of an NVMe drive are nothing but its bits.
    std::vector<Check> checks{judge_critical_warning(health, component),
                              judge_self_assessment(report, component)};
    checks.push_back(health.percentage_used ? judge_percentage_used(*health.percentage_used, component)
                                            : make_untested("drive-wear", component, {"not-reported", {}}));
    checks.push_back(judge_spare(health, component));
    checks.push_back(
        judge_zero("drive-media-errors", component, health.media_errors, CheckResult::warn, "media-errors"));
    checks.push_back(judge_self_tests(report, component));
    return checks;
}

std::optional<uint64_t> sum_of(std::initializer_list<std::optional<uint64_t>> counts) {
    std::optional<uint64_t> sum;
    for (const auto& count : counts)
        if (count) sum = *count > UINT64_MAX - sum.value_or(0) ? UINT64_MAX : sum.value_or(0) + *count;
    return sum;
}

std::optional<uint64_t> uncorrected_errors(const ScsiHealth& health) {
    return sum_of({health.uncorrected_read, health.uncorrected_write, health.uncorrected_verify});
}

std::vector<Check> judge_scsi(const SmartReport& report, const std::string& component) {
    const ScsiHealth health = report.scsi.value_or(ScsiHealth{});
    std::vector<Check> checks{judge_self_assessment(report, component)};
    checks.push_back(health.grown_defects
                         ? judge_reallocated(*health.grown_defects, CheckResult::fail, component)
                         : make_untested("drive-reallocated", component, {"not-reported", {}}));
    checks.push_back(judge_zero("drive-reported-uncorrectable", component, uncorrected_errors(health),
                                CheckResult::fail, "uncorrectable-errors"));
    if (health.pending_defects)
        checks.push_back(judge_zero("drive-pending", component, health.pending_defects, CheckResult::fail,
                                    "pending-sectors"));
    if (health.percentage_used && report.rotates() != true)
        checks.push_back(judge_percentage_used(*health.percentage_used, component));
    if (health.temperature_trip && *health.temperature_trip > 0 && report.temperature_celsius) {
        const bool hot = *report.temperature_celsius >=
                         static_cast<int64_t>(std::min<uint64_t>(*health.temperature_trip, 1000));
        checks.push_back(make_check("drive-temperature", component,
                                    hot ? CheckResult::warn : CheckResult::pass,
                                    std::to_string(*report.temperature_celsius) + " °C",
                                    "< " + std::to_string(*health.temperature_trip) + " °C",
                                    {hot ? "temperature-limit-exceeded" : "temperature-within-limit", {}}));
    }
    checks.push_back(judge_self_tests(report, component));
    return checks;
}

std::vector<Check> judge_ata(const SmartReport& report, const std::string& component) {
    std::vector<Check> checks{judge_self_assessment(report, component)};
    for (auto& check : judge_ata_counters(report, component)) checks.push_back(std::move(check));
    checks.push_back(judge_ata_attributes(report, component));
    checks.push_back(judge_ata_error_log(report, component));
    checks.push_back(judge_self_tests(report, component));
    // On a rotating disk the same page exists and means nothing.
    if (report.endurance_used_percent && report.rotates() == false)
        checks.push_back(judge_percentage_used(*report.endurance_used_percent, component));
    return checks;
}

const Check* find_check(const std::vector<Check>& checks, std::string_view name) {
    for (const auto& check : checks)
        if (check.check == name) return &check;
    return nullptr;
}

bool was_tested(const std::vector<Check>& checks, std::string_view name) {
    const Check* check = find_check(checks, name);
    return check != nullptr && check->result != CheckResult::not_tested;
}

/// PASSED alone is not enough: the counters that foretell failures must have been readable too.
bool is_decisive(const SmartReport& report, const std::vector<Check>& details) {
    const auto tested = [&](std::string_view name) { return was_tested(details, name); };
    if (report.protocol == SmartProtocol::nvme)
        return tested("drive-critical-warning") && tested("drive-wear") && tested("drive-spare");
    if (!tested("drive-self-assessment")) return false;
    if (report.protocol == SmartProtocol::scsi)
        return tested("drive-reallocated") || tested("drive-reported-uncorrectable");
    return tested("drive-reallocated") || tested("drive-pending") || tested("drive-offline-uncorrectable") ||
           tested("drive-reported-uncorrectable");
}

std::string summary_of(const std::vector<Check>& details) {
    constexpr std::array<std::string_view, 8> shown = {"drive-reallocated",  "drive-reported-uncorrectable",
                                                       "drive-pending",      "drive-offline-uncorrectable",
                                                       "drive-wear",         "drive-spare",
                                                       "drive-media-errors", "drive-critical-warning"};
    std::string text;
    for (const auto name : shown) {
        const Check* check = find_check(details, name);
        if (check == nullptr || check->measured.empty()) continue;
        if (!text.empty()) text += ',';
        text += std::string(name.substr(6)) + "=" + check->measured;
    }
    return text;
}

Remark incomplete_reason(const SmartReport& report) {
    if (report.smart_enabled == false && report.smart_available != false) return {"smart-disabled", {}};
    if (report.smart_available == false) return {"smart-not-supported", {}};
    return {"health-figures-incomplete", {}};
}

Check judge_whole(const SmartReport& report, const std::vector<Check>& details,
                  const std::string& component) {
    const Check* worst = nullptr;
    for (const auto& check : details)
        if (check.result != CheckResult::not_tested && check.check != "drive-connection" &&
            (worst == nullptr || severity(check.result) > severity(worst->result)))
            worst = &check;
    const std::string measured = summary_of(details);
    if (worst != nullptr && worst->result == CheckResult::fail)
        return make_check("drive-health", component, CheckResult::fail, measured, worst->limit,
                          worst->reason);
    if (!is_decisive(report, details))
        return make_check("drive-health", component, CheckResult::not_tested, measured, "",
                          incomplete_reason(report));
    if (worst->result == CheckResult::warn)
        return make_check("drive-health", component, CheckResult::warn, measured, worst->limit,
                          worst->reason);
    return make_check("drive-health", component, CheckResult::pass, measured, "", {"no-fault-found", {}});
}

Remark unreadable_reason(const SmartReport& report) {
    switch (report.content) {
        case SmartContent::empty:
            return {"health-report-empty", {}};
        case SmartContent::malformed:
            return {"health-report-malformed", {}};
        case SmartContent::no_drive:
            return {"health-report-without-drive", {}};
        default:
            break;
    }
    if (report.has_unknown_usb_bridge()) return {"unknown-usb-bridge", {}};
    return {"drive-did-not-answer", {{"words", report.messages.empty() ? "" : report.messages.front()}}};
}

}  // namespace

std::string drive_component(const DriveRecord& drive) {
    std::string words = drive.model;
    if (!drive.serial.empty()) words += (words.empty() ? "" : " ") + drive.serial;
    return words.empty() ? drive.path : drive.path + " (" + words + ")";
}

Check drive_health_not_tested(const std::string& component, Remark reason) {
    return make_untested("drive-health", component, std::move(reason));
}

std::vector<Check> judge_drive_health(const SmartReport& report, const std::string& component) {
    if (report.content != SmartContent::drive)
        return {drive_health_not_tested(component, unreadable_reason(report))};
    std::vector<Check> details;
    switch (report.protocol) {
        case SmartProtocol::nvme:
            details = judge_nvme(report, component);
            break;
        case SmartProtocol::scsi:
            details = judge_scsi(report, component);
            break;
        default:
            details = judge_ata(report, component);
            break;
    }
    details.insert(details.begin(), judge_whole(report, details, component));
    return details;
}

}  // namespace regain
