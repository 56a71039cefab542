#include "inspector/smart_report.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "base/result.h"
#include "inspector/lenient_json.h"

namespace regain {
namespace {

// No drive has run for longer: SMART itself is younger. Hours above 100 000 exist and are genuine.
constexpr uint64_t most_hours_in_thirty_years = 262980;
constexpr uint64_t all_ones[] = {0xFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF};

SmartProtocol protocol_from(const std::string& name) {
    if (name == "ATA") return SmartProtocol::ata;
    if (name == "NVMe") return SmartProtocol::nvme;
    if (name == "SCSI") return SmartProtocol::scsi;
    return SmartProtocol::unknown;
}

void read_program(const Json& json, SmartReport& report) {
    if (const auto status = small_at(json, {"smartctl", "exit_status"})) report.exit_status = *status;
    const Json* version = member(json, {"smartctl", "version"});
    if (version != nullptr && version->is_array() && version->size() == 2 &&
        (*version)[0].is_number_unsigned() && (*version)[1].is_number_unsigned())
        report.smartctl_version = std::to_string((*version)[0].get<unsigned>()) + "." +
                                  std::to_string((*version)[1].get<unsigned>());
    for (const auto& entry : rows_at(json, {"smartctl", "messages"}))
        report.messages.push_back(text_at(entry, {"string"}));
}

SmartContent content_of(const Json& json, const SmartReport& report) {
    const bool has_drive = json.contains("model_name") || json.contains("scsi_model_name") ||
                           json.contains("scsi_product") || json.contains("ata_smart_attributes") ||
                           json.contains("nvme_smart_health_information_log");
    if (has_drive) return SmartContent::drive;
    if ((report.exit_status & (smart_exit_usage | smart_exit_open_failed)) != 0)
        return SmartContent::not_opened;
    return json.contains("device") && !json.contains("devices") ? SmartContent::drive
                                                                : SmartContent::no_drive;
}

void read_identity(const Json& json, SmartReport& report) {
    report.protocol = protocol_from(text_at(json, {"device", "protocol"}));
    report.device_type = text_at(json, {"device", "type"});
    report.model = text_at(json, {"model_name"});
    if (report.model.empty()) report.model = text_at(json, {"scsi_model_name"});
    report.serial = text_at(json, {"serial_number"});
    report.firmware = text_at(json, {"firmware_version"});
    if (report.firmware.empty()) report.firmware = text_at(json, {"scsi_revision"});
    report.capacity_bytes = count_at(json, {"user_capacity", "bytes"});
    report.capacity_blocks = count_at(json, {"user_capacity", "blocks"});
    report.rotation_rpm = small_at(json, {"rotation_rate"});
    report.trim_supported = flag_at(json, {"trim", "supported"}).value_or(false);
    report.smart_available = flag_at(json, {"smart_support", "available"});
    report.smart_enabled = flag_at(json, {"smart_support", "enabled"});
    report.passed = flag_at(json, {"smart_status", "passed"});
    report.power_cycles = count_at(json, {"power_cycle_count"});
    const Json* temperature = member(json, {"temperature", "current"});
    if (temperature != nullptr && temperature->is_number_integer()) {
        const auto celsius = temperature->get<int64_t>();
        if (celsius > -60 && celsius < 150) report.temperature_celsius = celsius;
    }
}

SmartFailure failure_from(const std::string& text) {
    const std::string lower = lower_case(text);
    if (lower == "now" || contains(lower, "failing")) return SmartFailure::now;
    return lower.empty() || lower == "-" ? SmartFailure::never : SmartFailure::past;
}

void read_attributes(const Json& json, SmartReport& report) {
    for (const auto& row : rows_at(json, {"ata_smart_attributes", "table"})) {
        const auto id = small_at(row, {"id"});
        if (!id || *id == 0 || *id > 255) continue;
        SmartAttribute attribute;
        attribute.id = *id;
        attribute.name = text_at(row, {"name"});
        attribute.value = small_at(row, {"value"});
        attribute.worst = small_at(row, {"worst"});
        attribute.threshold = small_at(row, {"thresh"});
        attribute.failed = failure_from(text_at(row, {"when_failed"}));
        attribute.prefailure = flag_at(row, {"flags", "prefailure"}).value_or(false);
        attribute.raw_value = count_at(row, {"raw", "value"});
        attribute.raw_text = text_at(row, {"raw", "string"});
        report.attributes.push_back(std::move(attribute));
    }
}

// "1338h+05m+52s", "44668", "122811 (109 12 0)"; the unit is in the attribute's name.
std::optional<uint64_t> hours_from_attribute(const SmartAttribute& attribute) {
    const std::string& text = attribute.raw_text;
    const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = digits(std::string_view(text).substr(0, end));
    if (!number) return std::nullopt;
    if (end < text.size() && text[end] == 'h') return number;
    const std::string name = lower_case(attribute.name);
    if (contains(name, "half_minute")) return *number / 120;
    if (contains(name, "minute")) return *number / 60;
    if (contains(name, "second")) return *number / 3600;
    return *number;
}

void read_power_on_hours(const Json& json, SmartReport& report) {
    auto hours = count_at(json, {"power_on_time", "hours"});
    if (!hours) hours = count_at(json, {"nvme_smart_health_information_log", "power_on_hours"});
    if (!hours) {
        const SmartAttribute* attribute = report.attribute(9);
        if (attribute != nullptr) hours = hours_from_attribute(*attribute);
    }
    if (!hours) return;
    report.power_on_hours_implausible = *hours > most_hours_in_thirty_years;
    if (!report.power_on_hours_implausible) report.power_on_hours = hours;
}

void read_error_log(const Json& json, SmartReport& report) {
    for (const char* kind : {"extended", "summary"}) {
        const auto count = count_at(json, {"ata_smart_error_log", kind, "count"});
        if (!count) continue;
        SmartErrorLog log;
        log.count = *count;
        for (const auto& entry : rows_at(json, {"ata_smart_error_log", kind, "table"})) {
            const std::string words = text_at(entry, {"error_description"});
            if (words.empty()) continue;
            ++log.described;
            if (contains(words, "UNC") || contains(words, "IDNF") || contains(words, "AMNF"))
                ++log.unreadable;
            if (contains(words, "ICRC")) ++log.interface;
        }
        report.error_log = log;
        return;
    }
}

// Upper half of the status byte; 3 to 8 are the ways in which a test fails.
SmartSelfTest::Outcome ata_outcome(unsigned status) {
    switch (status >> 4) {
        case 0:
            return SmartSelfTest::Outcome::passed;
        case 1:
        case 2:
            return SmartSelfTest::Outcome::aborted;
        case 15:
            return SmartSelfTest::Outcome::running;
        default:
            return status >> 4 <= 8 ? SmartSelfTest::Outcome::failed : SmartSelfTest::Outcome::unknown;
    }
}

SmartSelfTest::Outcome nvme_outcome(unsigned result) {
    if (result == 0) return SmartSelfTest::Outcome::passed;
    if (result >= 5 && result <= 7) return SmartSelfTest::Outcome::failed;
    return result <= 9 ? SmartSelfTest::Outcome::aborted : SmartSelfTest::Outcome::unknown;
}

SmartSelfTest::Outcome scsi_outcome(unsigned result) {
    if (result == 0) return SmartSelfTest::Outcome::passed;
    if (result >= 3 && result <= 7) return SmartSelfTest::Outcome::failed;
    if (result == 15) return SmartSelfTest::Outcome::running;
    return result <= 2 ? SmartSelfTest::Outcome::aborted : SmartSelfTest::Outcome::unknown;
}

SmartSelfTest ata_self_test(const Json& entry) {
    SmartSelfTest test;
    const auto status = small_at(entry, {"status", "value"});
    const auto passed = flag_at(entry, {"status", "passed"});
    if (status)
        test.outcome = ata_outcome(*status & 0xFF);
    else if (passed)
        test.outcome = *passed ? SmartSelfTest::Outcome::passed : SmartSelfTest::Outcome::failed;
    test.extended = contains(lower_case(text_at(entry, {"type", "string"})), "extended");
    test.lifetime_hours = count_at(entry, {"lifetime_hours"});
    return test;
}

void read_ata_self_tests(const Json& json, SmartReport& report) {
    for (const char* kind : {"extended", "standard"}) {
        const Json* log = member(json, {"ata_smart_self_test_log", kind});
        if (log == nullptr) continue;
        report.self_tests.emplace();
        for (const auto& entry : rows_at(*log, {"table"})) report.self_tests->push_back(ata_self_test(entry));
        break;
    }
    if (const auto status = small_at(json, {"ata_smart_data", "self_test", "status", "value"})) {
        report.last_self_test.emplace();
        report.last_self_test->outcome = ata_outcome(*status & 0xFF);
    }
}

void read_nvme_self_tests(const Json& json, SmartReport& report) {
    const Json* log = member(json, {"nvme_self_test_log"});
    if (log == nullptr || !log->is_object()) return;
    report.self_tests.emplace();
    for (const auto& entry : rows_at(*log, {"table"})) {
        SmartSelfTest test;
        if (const auto result = small_at(entry, {"self_test_result", "value"}))
            test.outcome = nvme_outcome(*result);
        test.extended = small_at(entry, {"self_test_code", "value"}) == 2U;
        test.lifetime_hours = count_at(entry, {"power_on_hours"});
        report.self_tests->push_back(test);
    }
}

void read_scsi_self_tests(const Json& json, SmartReport& report) {
    for (int i = 0; i < 20; ++i) {
        const std::string key = "scsi_self_test_" + std::to_string(i);
        const auto result = small_at(json, {key.c_str(), "result", "value"});
        if (!result) break;
        if (!report.self_tests) report.self_tests.emplace();
        SmartSelfTest test;
        test.outcome = scsi_outcome(*result);
        test.extended = contains(lower_case(text_at(json, {key.c_str(), "code", "string"})), "long");
        test.lifetime_hours = count_at(json, {key.c_str(), "power_on_time", "hours"});
        report.self_tests->push_back(test);
    }
}

// Page 7, offset 8 of the device statistics: "Percentage Used Endurance Indicator", 0 to 255.
void read_endurance(const Json& json, SmartReport& report) {
    for (const auto& page : rows_at(json, {"ata_device_statistics", "pages"})) {
        if (count_at(page, {"number"}) != 7U) continue;
        for (const auto& entry : rows_at(page, {"table"})) {
            const bool valid = flag_at(entry, {"flags", "valid"}).value_or(false);
            if (valid && count_at(entry, {"offset"}) == 8U)
                report.endurance_used_percent = count_at(entry, {"value"});
        }
    }
}

void read_nvme(const Json& json, SmartReport& report) {
    const Json* log = member(json, {"nvme_smart_health_information_log"});
    if (log == nullptr || !log->is_object()) return;
    NvmeHealth health;
    health.critical_warning = count_at(*log, {"critical_warning"});
    health.available_spare = count_at(*log, {"available_spare"});
    health.available_spare_threshold = count_at(*log, {"available_spare_threshold"});
    health.percentage_used = count_at(*log, {"percentage_used"});
    health.media_errors = count_at(*log, {"media_errors"});
    health.error_log_entries = count_at(*log, {"num_err_log_entries"});
    report.nvme = health;
    if (report.protocol == SmartProtocol::unknown) report.protocol = SmartProtocol::nvme;
}

void read_scsi(const Json& json, SmartReport& report) {
    if (report.protocol != SmartProtocol::scsi) return;
    ScsiHealth health;
    health.grown_defects = count_at(json, {"scsi_grown_defect_list"});
    health.pending_defects = count_at(json, {"scsi_pending_defects", "count"});
    const char* log = "scsi_error_counter_log";
    health.uncorrected_read = count_at(json, {log, "read", "total_uncorrected_errors"});
    health.uncorrected_write = count_at(json, {log, "write", "total_uncorrected_errors"});
    health.uncorrected_verify = count_at(json, {log, "verify", "total_uncorrected_errors"});
    health.percentage_used = count_at(json, {"scsi_percentage_used_endurance_indicator"});
    if (!health.percentage_used)
        health.percentage_used = count_at(json, {"endurance_used", "current_percent"});
    health.temperature_trip = count_at(json, {"temperature", "drive_trip"});
    report.scsi = health;
}

void read_drive(const Json& json, SmartReport& report) {
    read_identity(json, report);
    read_attributes(json, report);
    if (report.protocol == SmartProtocol::unknown && !report.attributes.empty())
        report.protocol = SmartProtocol::ata;
    read_power_on_hours(json, report);
    read_error_log(json, report);
    read_ata_self_tests(json, report);
    read_nvme_self_tests(json, report);
    read_scsi_self_tests(json, report);
    read_endurance(json, report);
    read_nvme(json, report);
    read_scsi(json, report);
}

}  // namespace

bool SmartAttribute::is_temperature() const {
    const std::string lower = lower_case(name);
    if (contains(lower, "temp")) return true;
    return (id == 190 || id == 194) && (lower.empty() || contains(lower, "unknown"));
}

const SmartAttribute* SmartReport::attribute(unsigned id) const {
    for (const auto& attribute : attributes)
        if (attribute.id == id) return &attribute;
    return nullptr;
}

bool SmartReport::has_unknown_usb_bridge() const {
    return std::any_of(messages.begin(), messages.end(),
                       [](const std::string& words) { return contains(words, "Unknown USB bridge"); });
}

std::optional<bool> SmartReport::rotates() const {
    if (rotation_rpm) return *rotation_rpm != 0;
    if (trim_supported || protocol == SmartProtocol::nvme) return false;
    return std::nullopt;
}

SmartReport parse_smart_report(std::string_view json, unsigned exit_status) {
    SmartReport report;
    report.exit_status = exit_status;
    if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return report;
    auto document = parse_json(json, "the drive's health report");
    report.content = SmartContent::malformed;
    if (!document.ok()) return report;
    Json root = std::move(document).value();
    if (root.is_array()) {
        if (root.size() != 1) {
            report.content = SmartContent::no_drive;
            return report;
        }
        Json only = std::move(root[0]);
        root = std::move(only);
    }
    if (!root.is_object()) return report;
    read_program(root, report);
    report.content = content_of(root, report);
    if (report.content == SmartContent::drive) read_drive(root, report);
    return report;
}

std::optional<SmartCounter> read_counter(const SmartAttribute& attribute,
                                         std::optional<uint64_t> capacity_blocks) {
    const std::string_view text = attribute.raw_text;
    const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    auto count = digits(text.substr(0, end));
    if (count && end < text.size() && text[end] != ' ') count.reset();  // "0/0", "1338h+..."
    const size_t last_space = text.rfind(' ');
    if (count && end < text.size() && text.find('(') == std::string_view::npos)
        count = digits(text.substr(last_space + 1));  // "1 1 2": three words, the lowest one last
    if (!count) count = attribute.raw_value;
    if (!count) return std::nullopt;
    if (std::find(std::begin(all_ones), std::end(all_ones), *count) != std::end(all_ones))
        return SmartCounter{SmartCounterState::implausible, 0};
    if (*count > 0xFFFFFFFF) {
        const uint64_t lowest_word = *count & 0xFFFF;
        return SmartCounter{lowest_word == 0 ? SmartCounterState::packed : SmartCounterState::read,
                            lowest_word};
    }
    if (capacity_blocks && *capacity_blocks > 0 && *count > *capacity_blocks)
        return SmartCounter{SmartCounterState::implausible, 0};
    return SmartCounter{SmartCounterState::read, *count};
}

}  // namespace regain
