#pragma once
// What inspector/ found of a machine: identity, inventory, and checks with their judgement. What was not
// tested is in it too, as "not-tested".

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "reports/drive_record.h"
#include "reports/remark.h"

namespace regain {

struct MachineRecord {
    std::string manufacturer, product, version, serial, board_serial, uuid, chassis, family, sku;
    std::string board_manufacturer, board_product;  ///< often all that a dummy product leaves
    std::vector<std::string>
        identifiers;  ///< several, because boards lie: "dmi-serial:...", "board-serial:...", "mac:..."
    std::string firmware_vendor, firmware_version, firmware_date;
    std::string boot_mode;  ///< "uefi", "bios"
    std::string processor;
    uint64_t processor_cores = 0, processor_threads = 0;
    uint64_t memory_bytes = 0;            ///< MemTotal
    uint64_t memory_installed_bytes = 0;  ///< sum of SMBIOS modules; 0: not known
    std::vector<std::string> batteries;
    bool operator==(const MachineRecord&) const = default;
};

enum class CheckResult { not_tested, pass, warn, fail };
std::string_view check_result_name(CheckResult result);  ///< "pass", "warn", "fail", "not-tested"
bool parse_check_result(std::string_view name, CheckResult& result);

struct Check {
    std::string
        check;  ///< stable name: "drive-health", "memory-size", "battery-wear", "firmware-password", ...
    std::string component;  ///< "/dev/sda (WDC ... SERIAL)", "BAT0", "memory", "machine"
    CheckResult result = CheckResult::not_tested;
    std::string measured;  ///< language-neutral: "5=16,197=2", "83 %"
    std::string limit;
    Remark reason;  ///< code with arguments
    bool operator==(const Check&) const = default;
};

/// What a drive said of its own health when it was inspected ("SMART at that time" on a certificate). A fact
/// that the drive did not tell is absent: missing is never zero. Names are listed in docs/inspection.md.
struct DriveHealthRecord {
    std::string path;
    std::string serial;                        ///< as in the DriveRecord
    std::map<std::string, int64_t> numbers;    ///< "reallocated_sectors", "power_on_hours", ...
    std::map<std::string, std::string> texts;  ///< "self_assessment": "passed"; "reported_serial"; ...

    /// A number by its name; nothing when the drive did not tell.
    std::optional<int64_t> number(const std::string& name) const;
    bool operator==(const DriveHealthRecord&) const = default;
};

/// A program that a check needed and that is not installed.
struct MissingProgram {
    std::string program;
    std::string package;  ///< Debian package that holds it
    bool operator==(const MissingProgram&) const = default;
};

struct InspectionReport {
    std::string started, finished;
    MachineRecord machine;
    std::vector<DriveRecord> drives;
    std::vector<Check> checks;
    std::vector<DriveHealthRecord> drive_health;   ///< one for each drive whose health could be read
    std::vector<MissingProgram> missing_programs;  ///< checks that needed them are "not-tested"
    std::string grade;  ///< "A" nothing to object, "B" warnings, "C" failures, "-" too little was tested
};

Json to_json(const InspectionReport& report);  ///< {"schema":"regain.inspection/1",...}
Result<InspectionReport> inspection_report_from_json(const Json& json);

}  // namespace regain
