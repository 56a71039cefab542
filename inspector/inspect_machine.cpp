#include "inspector/inspect_machine.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/message.h"
#include "inspector/battery_check.h"
#include "inspector/check_making.h"
#include "inspector/drive_health.h"
#include "inspector/firmware_locks.h"
#include "inspector/inspection_grade.h"
#include "inspector/linux_batteries.h"
#include "inspector/linux_firmware.h"
#include "inspector/linux_machine.h"
#include "inspector/linux_peripherals.h"
#include "inspector/machine_identity.h"
#include "inspector/memory_check.h"
#include "inspector/smbios.h"

namespace regain {
namespace {

void append(std::vector<Check>& checks, std::vector<Check> more) {
    checks.insert(checks.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool is_portable(const MachineRecord& machine) {
    return machine.chassis == "notebook" || machine.chassis == "convertible" ||
           machine.chassis == "detachable" || machine.chassis == "tablet" || machine.chassis == "hand-held";
}

void inspect_batteries(const SystemRoot& root, InspectionReport& report) {
    const auto batteries = read_batteries(root);
    bool any_present = false;
    for (const auto& battery : batteries) {
        report.checks.push_back(judge_battery_wear(battery));
        if (battery.present == false) continue;
        any_present = true;
        report.machine.batteries.push_back(describe_battery(battery));
    }
    if (any_present) return;
    if (is_portable(report.machine))
        report.checks.push_back(make_check("battery-present", "machine", CheckResult::warn, "0", ">= 1",
                                           {"portable-without-battery", {}}));
    else if (batteries.empty())
        report.checks.push_back(make_untested("battery-wear", "machine", {"none-found", {}}));
}

void inspect_hardware(const SystemRoot& root, InspectionReport& report) {
    const MachineReadings readings = read_machine(root);
    report.machine = identify_machine(readings);
    report.checks.push_back(judge_machine_identity(report.machine));
    // A module of unknown size makes the sum unknown, not smaller.
    const bool sizes_known = installed_memory_bytes(readings.smbios).has_value();
    report.checks.push_back(judge_memory_size(
        readings.memory_bytes, sizes_known ? memory_module_sizes(readings.smbios) : std::vector<uint64_t>{}));
    report.checks.push_back(judge_memory_errors(read_memory_errors(root)));
    inspect_batteries(root, report);
    append(report.checks, judge_firmware_locks(read_firmware(root, readings.smbios)));
}

bool is_boot_medium(const DriveRecord& drive) {
    return std::any_of(drive.protection.begin(), drive.protection.end(),
                       [](const Protection& protection) { return protection.reason == "boot-medium"; });
}

// The technician's stick, a card left in its slot: what leaves with somebody is not what is given away. A
// disk in a USB dock is examined like any other.
bool is_carried_along(const DriveRecord& drive) {
    if (drive.bus == Bus::usb)
        return is_boot_medium(drive) || drive.medium == Medium::flash || drive.removable;
    return drive.bus == Bus::mmc && drive.medium == Medium::flash;
}

/// Why a drive is not asked at all.
std::optional<Remark> unaskable_reason(const DriveRecord& drive) {
    if (is_carried_along(drive)) return Remark{"not-part-of-the-machine", {}};
    if (drive.is_virtual()) return Remark{"virtual-drive", {}};
    if (drive.bus == Bus::mmc || drive.bus == Bus::virtio)
        return Remark{"no-health-report-on-this-bus", {{"bus", std::string(bus_name(drive.bus))}}};
    return std::nullopt;
}

Status inspect_drive(const DriveRecord& drive, DriveHealthReader& reader, const std::stop_token& stop,
                     InspectionReport& report) {
    const std::string component = drive_component(drive);
    auto health = reader.read_health(drive, stop);
    if (!health.ok()) {
        if (health.error().kind == ErrorKind::interrupted) return std::move(health).error();
        report.checks.push_back(drive_health_not_tested(
            component, {"health-not-read", {{"words", in_english(health.error().reason)}}}));
        return done();
    }
    append(report.checks, judge_drive_health(*health, component));
    if (health->content == SmartContent::drive)
        report.drive_health.push_back(drive_health_facts(*health, drive));
    return done();
}

/// Reader that stands in where no drive may be asked: the tree is a recording of another machine.
class NoHealthReader final : public DriveHealthReader {
  public:
    std::optional<MissingProgram> missing_program() const override { return std::nullopt; }
    Result<SmartReport> read_health(const DriveRecord& drive, std::stop_token) override {
        return error(ErrorKind::refused, message("read the health of {0}", drive.path),
                     message("the machine is a recording"));
    }
};

Error interruption() {
    return error(ErrorKind::interrupted, message("inspect the machine"),
                 message("interrupted by the operator"));
}

Status inspect_drives(const std::vector<DriveRecord>& drives, DriveHealthReader& reader,
                      const InspectOptions& options, InspectionReport& report) {
    const auto missing = reader.missing_program();
    bool needed = false;
    for (size_t i = 0; i < drives.size(); ++i) {
        if (options.stop.stop_requested()) return interruption();
        if (options.on_progress) options.on_progress({"drive-health", drives[i].path, i, drives.size()});
        const std::string component = drive_component(drives[i]);
        if (const auto reason = unaskable_reason(drives[i])) {
            report.checks.push_back(drive_health_not_tested(component, *reason));
        } else if (missing) {
            needed = true;
            report.checks.push_back(drive_health_not_tested(
                component,
                {"program-missing", {{"program", missing->program}, {"package", missing->package}}}));
        } else {
            REGAIN_TRY(inspect_drive(drives[i], reader, options.stop, report));
        }
    }
    if (needed) report.missing_programs.push_back(*missing);
    if (drives.empty()) report.checks.push_back(drive_health_not_tested("machine", {"none-found", {}}));
    return done();
}

}  // namespace

Result<InspectionReport> inspect_machine(const SystemRoot& root, const std::vector<DriveRecord>& drives,
                                         const InspectOptions& options) {
    const SystemClock system_clock;
    const Clock& clock = options.clock != nullptr ? *options.clock : system_clock;
    SmartctlHealthReader smartctl;
    NoHealthReader nobody;
    DriveHealthReader* reader = options.health_reader;
    if (reader == nullptr) reader = root.is_recorded() ? static_cast<DriveHealthReader*>(&nobody) : &smartctl;

    InspectionReport report;
    report.started = to_rfc3339(clock.now());
    report.drives = drives;
    if (options.stop.stop_requested()) return interruption();
    if (options.on_progress) options.on_progress({"machine", "", 0, drives.size()});
    inspect_hardware(root, report);
    REGAIN_TRY(inspect_drives(drives, *reader, options, report));
    append(report.checks, list_untested(root));
    for (const auto& drive : drives)
        for (const char* check : {"disk-speed", "disk-surface"})
            report.checks.push_back(
                make_untested(check, drive_component(drive), {"measured-by-the-wipe", {}}));
    report.grade = grade_inspection(report.checks);
    report.finished = to_rfc3339(clock.now());
    if (options.on_progress) options.on_progress({"finished", "", drives.size(), drives.size()});
    return report;
}

void add_disk_reading(InspectionReport& report, const DriveRecord& drive, const DiskReading& reading) {
    for (const Check& learned : {judge_disk_speed(drive, reading), judge_disk_surface(drive, reading)}) {
        const auto same = [&](const Check& check) {
            return check.check == learned.check && check.component == learned.component;
        };
        const auto found = std::find_if(report.checks.begin(), report.checks.end(), same);
        if (found != report.checks.end())
            *found = learned;
        else
            report.checks.push_back(learned);
    }
    report.grade = grade_inspection(report.checks);
}

}  // namespace regain
