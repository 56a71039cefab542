// Memory, batteries, firmware locks and the grade.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspector/battery_check.h"
#include "inspector/firmware_locks.h"
#include "inspector/inspection_grade.h"
#include "inspector/memory_check.h"

namespace regain {
namespace {

constexpr uint64_t mebibyte = 1U << 20;
constexpr uint64_t gibibyte = 1024 * mebibyte;

TEST(MemorySize, passes_with_what_kernel_firmware_and_graphics_take) {
    EXPECT_EQ(judge_memory_size(7700 * mebibyte, {4 * gibibyte, 4 * gibibyte}).result, CheckResult::pass);
    EXPECT_EQ(judge_memory_size(7300 * mebibyte, {8 * gibibyte}).result, CheckResult::pass)
        << "512 MiB of graphics";
    EXPECT_EQ(judge_memory_size(400 * mebibyte, {256 * mebibyte, 256 * mebibyte}).result, CheckResult::pass);
}

TEST(MemorySize, fails_when_a_module_does_not_show) {
    EXPECT_EQ(judge_memory_size(3900 * mebibyte, {4 * gibibyte, 4 * gibibyte}).result, CheckResult::fail);
    EXPECT_EQ(judge_memory_size(240 * mebibyte, {256 * mebibyte, 256 * mebibyte}).result, CheckResult::fail);
    EXPECT_EQ(judge_memory_size(15 * gibibyte, {16 * gibibyte, 1 * gibibyte}).result, CheckResult::fail);
}

TEST(MemorySize, warns_when_less_is_visible_than_graphics_explain) {
    EXPECT_EQ(judge_memory_size(5700 * mebibyte, {4 * gibibyte, 4 * gibibyte}).reason.code,
              "memory-less-than-installed");
    const Check hole = judge_memory_size(3000 * mebibyte, {gibibyte, gibibyte, gibibyte, gibibyte});
    EXPECT_EQ(hole.result, CheckResult::warn);
    EXPECT_EQ(hole.reason.code, "memory-below-4-gib");
}

TEST(MemorySize, does_not_judge_what_it_does_not_know) {
    EXPECT_EQ(judge_memory_size(0, {gibibyte}).result, CheckResult::not_tested);
    EXPECT_EQ(judge_memory_size(gibibyte, {}).result, CheckResult::not_tested);
    EXPECT_EQ(judge_memory_size(3 * gibibyte, {gibibyte}).result, CheckResult::not_tested);
}

TEST(MemoryErrors, fail_whatever_their_kind_and_need_counters) {
    EXPECT_EQ(judge_memory_errors(std::nullopt).result, CheckResult::not_tested);
    EXPECT_EQ(judge_memory_errors(MemoryErrorCounts{0, 0}).result, CheckResult::pass);
    EXPECT_EQ(judge_memory_errors(MemoryErrorCounts{1, 0}).result, CheckResult::fail);
    EXPECT_EQ(judge_memory_errors(MemoryErrorCounts{0, 1}).result, CheckResult::fail);
}

BatteryReading battery(std::optional<uint64_t> full, std::optional<uint64_t> design) {
    BatteryReading reading;
    reading.name = "BAT0";
    reading.present = true;
    reading.full = full;
    reading.design = design;
    return reading;
}

TEST(BatteryWear, is_judged_by_the_share_of_the_design_capacity) {
    const auto code = [](uint64_t full) { return judge_battery_wear(battery(full, 100000)).reason.code; };
    EXPECT_EQ(code(80000), "battery-good");
    EXPECT_EQ(code(79999), "battery-fair");
    EXPECT_EQ(code(65000), "battery-fair");
    EXPECT_EQ(code(64999), "battery-to-replace");
    EXPECT_EQ(code(31000), "battery-to-replace");
    EXPECT_EQ(code(30999), "battery-faulty");
    EXPECT_EQ(code(0), "battery-faulty");
    EXPECT_EQ(judge_battery_wear(battery(79999, 100000)).result, CheckResult::warn);
    EXPECT_EQ(judge_battery_wear(battery(64999, 100000)).result, CheckResult::fail);
}

TEST(BatteryWear, accepts_more_than_the_design_capacity_within_reason) {
    const Check check = judge_battery_wear(battery(50060000, 47520000));
    EXPECT_EQ(check.result, CheckResult::pass);
    EXPECT_EQ(check.measured, "105 %");
    EXPECT_EQ(judge_battery_wear(battery(200, 100)).reason.code, "battery-figures-implausible");
    EXPECT_EQ(judge_battery_wear(battery(UINT64_MAX, 100)).result, CheckResult::not_tested);
}

TEST(BatteryWear, is_not_tested_without_figures_or_without_a_battery) {
    EXPECT_EQ(judge_battery_wear(battery(100, std::nullopt)).reason.code, "battery-design-unknown");
    EXPECT_EQ(judge_battery_wear(battery(100, 0)).reason.code, "battery-design-unknown");
    EXPECT_EQ(judge_battery_wear(battery(std::nullopt, 100)).reason.code, "battery-capacity-unknown");
    BatteryReading gone = battery(100, 100);
    gone.present = false;
    EXPECT_EQ(judge_battery_wear(gone).reason.code, "battery-not-present");
    EXPECT_EQ(judge_battery_wear(gone).result, CheckResult::not_tested);
}

TEST(BatteryWear, mentions_cycles_only_when_they_are_known) {
    BatteryReading reading = battery(90, 100);
    EXPECT_EQ(judge_battery_wear(reading).reason.arguments.count("cycles"), 0U);
    reading.cycle_count = 312;
    EXPECT_EQ(judge_battery_wear(reading).reason.arguments.at("cycles"), "312");
    EXPECT_EQ(describe_battery(reading), "BAT0: -, 90 %, 312 cycles");
}

Check find(const std::vector<Check>& checks, const std::string& name, const std::string& component) {
    for (const auto& check : checks)
        if (check.check == name && check.component == component) return check;
    return {};
}

TEST(FirmwareLocks, warn_of_set_passwords_with_what_to_ask_the_donor) {
    FirmwareReadings readings;
    readings.security = SmbiosSecurity{SmbiosLock::enabled, SmbiosLock::enabled, SmbiosLock::enabled};
    const auto checks = judge_firmware_locks(readings);
    EXPECT_EQ(find(checks, "firmware-password", "power-on").reason.code, "ask-donor-for-power-on-password");
    EXPECT_EQ(find(checks, "firmware-password", "administrator").reason.code,
              "ask-donor-for-administrator-password");
    EXPECT_EQ(find(checks, "firmware-password", "keyboard").result, CheckResult::warn);
}

TEST(FirmwareLocks, tell_not_set_from_not_implemented_and_from_not_known) {
    FirmwareReadings readings;
    readings.security =
        SmbiosSecurity{SmbiosLock::disabled, SmbiosLock::unknown, SmbiosLock::not_implemented};
    auto checks = judge_firmware_locks(readings);
    EXPECT_EQ(find(checks, "firmware-password", "power-on").result, CheckResult::pass);
    EXPECT_EQ(find(checks, "firmware-password", "administrator").reason.code, "password-not-implemented");
    readings.security->power_on = SmbiosLock::unknown;
    EXPECT_EQ(find(judge_firmware_locks(readings), "firmware-password", "power-on").result,
              CheckResult::not_tested);
    EXPECT_EQ(find(judge_firmware_locks({}), "firmware-password", "firmware").result,
              CheckResult::not_tested);
}

TEST(FirmwareLocks, take_passwords_that_the_kernel_exposes) {
    FirmwareReadings readings;
    readings.passwords = {{"thinklmi", "Admin", "bios-admin", true},
                          {"thinklmi", "System", "power-on", false},
                          {"thinklmi", "NVMe", "nvme", std::nullopt}};
    const auto checks = judge_firmware_locks(readings);
    EXPECT_EQ(find(checks, "firmware-password", "thinklmi/Admin").reason.code,
              "ask-donor-for-administrator-password");
    EXPECT_EQ(find(checks, "firmware-password", "thinklmi/System").result, CheckResult::pass);
    EXPECT_EQ(find(checks, "firmware-password", "thinklmi/NVMe").result, CheckResult::not_tested);
}

TEST(FirmwareLocks, warn_of_a_program_that_the_firmware_plants) {
    FirmwareReadings readings;
    EXPECT_EQ(find(judge_firmware_locks(readings), "firmware-agent", "firmware").result,
              CheckResult::not_tested);
    readings.has_acpi_tables = true;
    EXPECT_EQ(find(judge_firmware_locks(readings), "firmware-agent", "firmware").result, CheckResult::pass);
    readings.has_wpbt = true;
    EXPECT_EQ(find(judge_firmware_locks(readings), "firmware-agent", "firmware").result, CheckResult::warn);
}

Check result_of(const char* name, CheckResult result, const char* code = "") {
    return Check{name, "x", result, "", "", {code, {}}};
}

std::vector<Check> enough() {
    return {result_of("memory-size", CheckResult::pass), result_of("drive-health", CheckResult::pass)};
}

std::string grade_with(const Check& more) {
    auto checks = enough();
    checks.push_back(more);
    return grade_inspection(checks);
}

TEST(InspectionGrade, is_A_B_or_C_by_the_worst_check_once_enough_was_tested) {
    EXPECT_EQ(grade_inspection(enough()), "A");
    EXPECT_EQ(grade_with(result_of("battery-wear", CheckResult::warn)), "B");
    EXPECT_EQ(grade_with(result_of("drive-pending", CheckResult::fail)), "C");
    EXPECT_EQ(grade_with(result_of("camera", CheckResult::not_tested)), "A");
}

TEST(InspectionGrade, is_none_when_a_required_check_is_missing_or_was_not_tested) {
    EXPECT_EQ(grade_inspection({}), "-");
    EXPECT_EQ(grade_inspection({result_of("memory-size", CheckResult::pass)}), "-");
    EXPECT_EQ(grade_inspection({result_of("drive-health", CheckResult::pass)}), "-");
    EXPECT_EQ(grade_with(result_of("drive-health", CheckResult::not_tested)), "-")
        << "one drive of two is unknown";
    EXPECT_EQ(grade_with(result_of("battery-wear", CheckResult::not_tested, "battery-design-unknown")), "-");
    EXPECT_EQ(grade_with(result_of("battery-wear", CheckResult::not_tested, "none-found")), "A");
}

TEST(InspectionGrade, is_C_for_a_failure_even_when_little_was_tested) {
    EXPECT_EQ(grade_inspection({result_of("drive-health", CheckResult::fail)}), "C");
}

}  // namespace
}  // namespace regain
