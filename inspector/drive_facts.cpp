// What goes on a certificate of a drive's health, and the judgement of a speed that was measured elsewhere.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "inspector/ata_health.h"
#include "inspector/check_making.h"
#include "inspector/drive_health.h"

namespace regain {
namespace {

constexpr uint64_t megabyte = 1000000;

void put(DriveHealthRecord& record, const char* name, std::optional<uint64_t> value) {
    if (value) record.numbers[name] = static_cast<int64_t>(std::min<uint64_t>(*value, INT64_MAX));
}

void put(DriveHealthRecord& record, const char* name, const std::string& text) {
    if (!text.empty()) record.texts[name] = text;
}

void put_ata(DriveHealthRecord& record, const SmartReport& report) {
    put(record, "reallocated_sectors", known_count(report, 5));
    put(record, "reported_uncorrectable", known_count(report, 187));
    put(record, "pending_sectors", known_count(report, 197));
    put(record, "offline_uncorrectable", known_count(report, 198));
    put(record, "interface_crc_errors", known_count(report, 199));
    // Three 16-bit counters on some makers; only the lowest one counts commands.
    const auto timeouts = known_count(report, 188);
    put(record, "command_timeouts", timeouts ? std::optional<uint64_t>(*timeouts & 0xFFFF) : std::nullopt);
    if (report.rotates() == false) put(record, "percentage_used", report.endurance_used_percent);
}

std::optional<uint64_t> speed_limit(const DriveRecord& drive) {
    if (drive.is_virtual() || drive.bus == Bus::virtio || drive.bus == Bus::usb) return std::nullopt;
    switch (drive.medium) {
        case Medium::hdd:
            return 80 * megabyte;
        case Medium::ssd:
            return 200 * megabyte;
        case Medium::emmc:
            return 15 * megabyte;
        default:
            return std::nullopt;
    }
}

}  // namespace

DriveHealthRecord drive_health_facts(const SmartReport& report, const DriveRecord& drive) {
    DriveHealthRecord record;
    record.path = drive.path;
    record.serial = drive.serial;
    put(record, "source",
        report.smartctl_version.empty() ? "smartctl" : "smartctl " + report.smartctl_version);
    put(record, "device_type", report.device_type);
    put(record, "reported_model", report.model);
    put(record, "reported_serial", report.serial);
    put(record, "reported_firmware", report.firmware);
    if (report.passed) put(record, "self_assessment", *report.passed ? "passed" : "failed");
    put(record, "smartctl_exit_status", report.exit_status);
    put(record, "power_on_hours", report.power_on_hours);
    put(record, "power_cycles", report.power_cycles);
    if (report.rotation_rpm) put(record, "rotation_rpm", *report.rotation_rpm);
    if (report.temperature_celsius) record.numbers["temperature_celsius"] = *report.temperature_celsius;
    if (!report.attributes.empty()) put_ata(record, report);
    if (report.nvme) {
        put(record, "critical_warning", report.nvme->critical_warning);
        put(record, "percentage_used", report.nvme->percentage_used);
        put(record, "available_spare_percent", report.nvme->available_spare);
        put(record, "media_errors", report.nvme->media_errors);
    }
    if (report.scsi) {
        put(record, "reallocated_sectors", report.scsi->grown_defects);
        put(record, "pending_sectors", report.scsi->pending_defects);
        if (report.rotates() != true) put(record, "percentage_used", report.scsi->percentage_used);
    }
    return record;
}

Check judge_disk_speed(const DriveRecord& drive, uint64_t bytes_per_second) {
    const std::string component = drive_component(drive);
    const std::string measured = std::to_string(bytes_per_second / megabyte) + " MB/s";
    const auto limit = speed_limit(drive);
    if (!limit)
        return make_check("disk-speed", component, CheckResult::not_tested, measured, "",
                          {"no-limit-for-this-drive",
                           {{"bus", std::string(bus_name(drive.bus))},
                            {"medium", std::string(medium_name(drive.medium))}}});
    const bool slow = bytes_per_second < *limit;
    return make_check("disk-speed", component, slow ? CheckResult::warn : CheckResult::pass, measured,
                      ">= " + std::to_string(*limit / megabyte) + " MB/s",
                      {slow ? "slow" : "fast-enough", {}});
}

}  // namespace regain
