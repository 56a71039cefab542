#include "reports/inspection_report.h"

#include <cstdint>
#include <utility>

#include "reports/json_lists.h"
#include "reports/name_table.h"

namespace regain {
namespace {

constexpr NameTable<CheckResult, 4> check_results{{{CheckResult::not_tested, "not-tested"},
                                                   {CheckResult::pass, "pass"},
                                                   {CheckResult::warn, "warn"},
                                                   {CheckResult::fail, "fail"}}};

}  // namespace

// Not in the anonymous namespace: list_to_json finds these by their argument's namespace.
static Json to_json(const MachineRecord& machine) {
    return Json{{"manufacturer", machine.manufacturer},
                {"product", machine.product},
                {"version", machine.version},
                {"serial", machine.serial},
                {"board_serial", machine.board_serial},
                {"board_manufacturer", machine.board_manufacturer},
                {"board_product", machine.board_product},
                {"uuid", machine.uuid},
                {"chassis", machine.chassis},
                {"family", machine.family},
                {"sku", machine.sku},
                {"identifiers", machine.identifiers},
                {"firmware_vendor", machine.firmware_vendor},
                {"firmware_version", machine.firmware_version},
                {"firmware_date", machine.firmware_date},
                {"boot_mode", machine.boot_mode},
                {"processor", machine.processor},
                {"processor_cores", machine.processor_cores},
                {"processor_threads", machine.processor_threads},
                {"memory_bytes", machine.memory_bytes},
                {"memory_installed_bytes", machine.memory_installed_bytes},
                {"batteries", machine.batteries}};
}

static Result<MachineRecord> machine_from_json(const Json& json) {
    JsonReader reader(json, "a machine record");
    MachineRecord machine;
    machine.manufacturer = reader.text_or("manufacturer");
    machine.product = reader.text_or("product");
    machine.version = reader.text_or("version");
    machine.serial = reader.text_or("serial");
    machine.board_serial = reader.text_or("board_serial");
    machine.board_manufacturer = reader.text_or("board_manufacturer");
    machine.board_product = reader.text_or("board_product");
    machine.uuid = reader.text_or("uuid");
    machine.chassis = reader.text_or("chassis");
    machine.family = reader.text_or("family");
    machine.sku = reader.text_or("sku");
    texts_from_json(reader, "identifiers", machine.identifiers);
    machine.firmware_vendor = reader.text_or("firmware_vendor");
    machine.firmware_version = reader.text_or("firmware_version");
    machine.firmware_date = reader.text_or("firmware_date");
    machine.boot_mode = reader.text_or("boot_mode");
    machine.processor = reader.text_or("processor");
    machine.processor_cores = reader.number_or("processor_cores");
    machine.processor_threads = reader.number_or("processor_threads");
    machine.memory_bytes = reader.number_or("memory_bytes");
    machine.memory_installed_bytes = reader.number_or("memory_installed_bytes");
    texts_from_json(reader, "batteries", machine.batteries);
    REGAIN_TRY(reader.status());
    return machine;
}

static Json to_json(const Check& check) {
    return Json{{"check", check.check},
                {"component", check.component},
                {"result", check_result_name(check.result)},
                {"measured", check.measured},
                {"limit", check.limit},
                {"reason", to_json(check.reason)}};
}

static Result<Check> check_from_json(const Json& json) {
    JsonReader reader(json, "a check");
    Check check;
    check.check = reader.text("check");
    check.component = reader.text_or("component");
    name_from_json(reader, "result", parse_check_result, check.result);
    check.measured = reader.text_or("measured");
    check.limit = reader.text_or("limit");
    REGAIN_ASSIGN(check.reason, remark_from_json(reader.object("reason")));
    REGAIN_TRY(reader.status());
    return check;
}

static Json to_json(const DriveHealthRecord& health) {
    Json facts = Json::object();
    for (const auto& [name, value] : health.numbers) facts[name] = value;
    for (const auto& [name, value] : health.texts) facts[name] = value;
    return Json{{"path", health.path}, {"serial", health.serial}, {"facts", facts}};
}

static Result<DriveHealthRecord> drive_health_from_json(const Json& json) {
    JsonReader reader(json, "a drive's health");
    DriveHealthRecord health;
    health.path = reader.text("path");
    health.serial = reader.text_or("serial");
    for (const auto& [name, value] : reader.object("facts").items()) {
        const bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX};
        if (value.is_number_integer() && !too_large)
            health.numbers[name] = value.get<int64_t>();
        else if (value.is_string())
            health.texts[name] = value.get<std::string>();
        else
            reader.fail(message("the fact {0} is neither a whole number nor a text", name));
    }
    REGAIN_TRY(reader.status());
    return health;
}

static Json to_json(const MissingProgram& missing) {
    return Json{{"program", missing.program}, {"package", missing.package}};
}

static Result<MissingProgram> missing_program_from_json(const Json& json) {
    JsonReader reader(json, "a missing program");
    MissingProgram missing{reader.text("program"), reader.text_or("package")};
    REGAIN_TRY(reader.status());
    return missing;
}

std::optional<int64_t> DriveHealthRecord::number(const std::string& name) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? std::nullopt : std::optional<int64_t>(found->second);
}

std::string_view check_result_name(CheckResult result) {
    return name_in(check_results, result);
}
bool parse_check_result(std::string_view name, CheckResult& result) {
    return parse_from(check_results, name, result);
}

Json to_json(const InspectionReport& report) {
    return Json{{"schema", "regain.inspection/1"},
                {"started", report.started},
                {"finished", report.finished},
                {"machine", to_json(report.machine)},
                {"drives", list_to_json(report.drives)},
                {"checks", list_to_json(report.checks)},
                {"drive_health", list_to_json(report.drive_health)},
                {"missing_programs", list_to_json(report.missing_programs)},
                {"grade", report.grade}};
}

Result<InspectionReport> inspection_report_from_json(const Json& json) {
    JsonReader reader(json, "an inspection report");
    InspectionReport report;
    if (reader.text("schema") != "regain.inspection/1")
        reader.fail(message("its schema is not {0}", "regain.inspection/1"));
    report.started = reader.text_or("started");
    report.finished = reader.text_or("finished");
    REGAIN_ASSIGN(report.machine, machine_from_json(reader.object("machine")));
    REGAIN_TRY(list_from_json(reader.array("drives"), report.drives, drive_record_from_json));
    REGAIN_TRY(list_from_json(reader.array("checks"), report.checks, check_from_json));
    REGAIN_TRY(list_from_json(reader.array("drive_health"), report.drive_health, drive_health_from_json));
    REGAIN_TRY(
        list_from_json(reader.array("missing_programs"), report.missing_programs, missing_program_from_json));
    report.grade = reader.text_or("grade");
    REGAIN_TRY(reader.status());
    return report;
}

}  // namespace regain
