#include "sample_reports.h"

#include "reports/surface_record.h"

namespace regain {
namespace {

constexpr uint64_t size = 500107862016;
constexpr const char* standard = "NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)";

StepResult step(const char* name, uint64_t bytes, uint64_t duration_ms) {
    StepResult result;
    result.step = name;
    result.result = "done";
    result.started = "2026-11-22T09:00:00Z";
    result.finished = "2026-11-22T10:20:00Z";
    result.duration_ms = duration_ms;
    result.bytes = bytes;
    return result;
}

}  // namespace

JobContext sample_job() {
    JobContext job;
    job.donor = "Communauté de communes du Haut-Léon";
    job.donor_contact = "Direction des systèmes d'information, dsi@exemple.fr";
    job.lot = "2026-11-A";
    job.asset_tag = "INV-004217";
    job.operator_name = "Maëlle";
    job.operator_title = "technicienne";
    job.checker = "Yann";
    job.place = "Lanester";
    job.destination = "réemploi";
    job.organisation = "Défis – Ordi Solidaire";
    job.organisation_contact = "3 rue de l'Atelier, 56600 Lanester – contact@exemple.fr";
    return job;
}

DriveRecord sample_drive() {
    DriveRecord drive;
    drive.path = "/dev/sda";
    drive.model = "WDC WD5000AAKX-60U6AA0";
    drive.serial = "WD-WCC2E4HXP1R7";
    drive.serial_source = "drive";
    drive.wwn = "0x50014ee25d9b41a3";
    drive.firmware = "18.01H18";
    drive.bus = Bus::ata;
    drive.attachment = "sata";
    drive.protocol = "ata";
    drive.medium = Medium::hdd;
    drive.size_bytes = size;
    drive.physical_sector_bytes = 4096;
    drive.rotational = true;
    drive.nodes = {{"/dev/sda", "main", size, 7}};
    drive.contents = {"gpt", "ntfs"};
    return drive;
}

WipeRecord sample_wipe() {
    WipeRecord wipe;
    wipe.drive = sample_drive();
    wipe.plan.drive = wipe.drive;
    wipe.plan.method = "zero";
    wipe.plan.level = Verdict::cleared;
    wipe.plan.standard = standard;
    wipe.plan.steps = {{"write-markers", "", 1024, "", 0},
                       {"overwrite", "zero", 0, "", 0},
                       {"verify", "zero", 0, "full", 0}};
    wipe.plan.rejected = {{"random", {"zeros-are-enough-for-this-medium", {}}}};
    wipe.plan.remarks = {{"overwriting-is-clear", {{"medium", "hdd"}}}};
    wipe.steps = {step("write-markers", 4194304, 900), step("overwrite", size, 4800000),
                  step("verify", size, 4700000)};
    wipe.verdict = Verdict::cleared;
    wipe.standard = standard;
    wipe.method = "zero";
    wipe.verification = {
        .kind = "full", .pattern = "zero", .bytes_read = size, .read_path = "direct", .completed = true};
    wipe.coverage.addressable_bytes = wipe.coverage.overwritten_bytes = wipe.coverage.verified_bytes = size;
    wipe.coverage.reallocated_sectors = 3;
    wipe.coverage.not_examined = {{"hidden-areas", {}}};
    wipe.bytes_written = size;
    wipe.evidence = {
        {"markers", {{"node", "/dev/sda"}, {"planned", 1024}, {"stored", 1024}, {"gone", 1024}}}};
    wipe.remarks = {{"overwriting-is-clear", {{"medium", "hdd"}}},
                    {"reallocated-sectors-not-reached", {{"count", "3"}}}};
    wipe.started = "2026-11-22T08:58:12Z";
    wipe.finished = "2026-11-22T11:37:44Z";
    wipe.duration_ms = 9572000;
    wipe.average_bytes_per_second = 104189137;
    return wipe;
}

std::vector<EvidenceItem> sample_scan() {
    SurfaceRecord surface;
    surface.node = "/dev/sda";
    surface.size_bytes = size;
    surface.region_bytes = 1863 * 1048576ULL;
    for (uint64_t i = 0; i < 256; ++i) {
        const bool is_slow = i == 163 || i == 164;
        // Falls to half of it, and trembles a little.
        const uint64_t speed = 128'000'000 - i * i * 400 - i * 150'000 + i * 7919 % 23 * 100'000;
        surface.regions.push_back({surface.region_bytes, is_slow ? speed / 4 : speed,
                                   is_slow ? 740'000U : 90'000U, 0, i == 30 ? 1U : 0U});
    }
    surface.regions[99].stalls = 1;
    surface.regions[99].slowest_us = 3'214'567;
    surface.slow_regions = {163, 164};
    surface.median_bytes_per_second = 103'000'000;
    surface.minimum_bytes_per_second = surface.regions[164].bytes_per_second;
    return {{"surface", to_json(surface)},
            {"temperature",
             {{"readings", 480},
              {"lowest_millicelsius", 31000},
              {"highest_millicelsius", 57000},
              {"limit_millicelsius", 55000},
              {"pauses", 2},
              {"paused_ms", 754000},
              {"was_left_hot", false}}}};
}

static Json sample_drive_log(const char* method, const char* completed) {
    return Json{{"method", method},        {"state_before", "idle"},   {"accepted", "yes"},
                {"seen_running", "yes"},   {"completed", completed},   {"samples", 24},
                {"stood_still", "no"},     {"left_running", "no"},     {"remarks", Json::array()},
                {"errors", Json::array()}, {"commands", Json::array()}};
}

WipeRecord sample_firmware_wipe() {
    WipeRecord wipe = sample_wipe();
    wipe.drive.model = "Samsung SSD 860 EVO 500GB";
    wipe.drive.medium = Medium::ssd;
    wipe.drive.rotational = false;
    wipe.drive.native_size_bytes = size;
    wipe.plan.drive = wipe.drive;
    wipe.method = wipe.plan.method = "ata-sanitize-block";
    wipe.plan.level = wipe.verdict = Verdict::purged;
    wipe.plan.steps = {{.step = "write-markers", .count = 1024},
                       {.step = "flush"},
                       {.step = "check-markers", .kind = "stored"},
                       {.step = "firmware-erase", .method = "ata-sanitize-crypto"},
                       {.step = "firmware-erase", .method = "ata-sanitize-block", .minutes = 2},
                       {.step = "identify-again"},
                       {.step = "check-markers", .kind = "gone"},
                       {.step = "verify", .pattern = "erased", .kind = "full"}};
    wipe.plan.remarks.clear();
    wipe.plan.rejected = {{"zero", {"overwriting-never-purges", {}}}};
    wipe.steps.clear();
    for (const WipeStep& planned : wipe.plan.steps) wipe.steps.push_back(step(planned.step.c_str(), 0, 900));
    wipe.verification.pattern = "erased";
    wipe.coverage.overwritten_bytes = wipe.bytes_written = wipe.average_bytes_per_second = 0;
    wipe.coverage.native_bytes = size;
    wipe.coverage.hidden_bytes = 0;
    wipe.coverage.not_examined = {{"over-provisioning", {}}};
    wipe.evidence.push_back({"drive-log", sample_drive_log("ata-sanitize-crypto", "yes")});
    wipe.evidence.push_back({"drive-log", sample_drive_log("ata-sanitize-block", "yes")});
    wipe.evidence.push_back({"identity-again",
                             {{"size_bytes", size},
                              {"serial", wipe.drive.serial},
                              {"size_same", "yes"},
                              {"serial_same", "yes"}}});
    wipe.evidence.push_back({"read-back",
                             {{"node", "/dev/sda"},
                              {"pattern", "erased"},
                              {"bytes_read", size},
                              {"mismatching_sectors", 0},
                              {"unreadable_sectors", 0}}});
    wipe.remarks = {{"attempt-failed", {{"method", "ata-security-erase-enhanced"}}}};
    WipeAttempt attempt;
    attempt.method = "ata-security-erase-enhanced";
    Json log = sample_drive_log("ata-security-erase-enhanced", "no");
    log["security_released"] = "yes";
    attempt.evidence = {{"drive-log", log}};
    attempt.remarks = {{"erase-failed-in-the-drive", {}}};
    wipe.attempts = {attempt};
    return wipe;
}

WipeRecord sample_failed_wipe(size_t errors) {
    WipeRecord wipe = sample_wipe();
    wipe.verdict = Verdict::not_erased;
    wipe.coverage.overwritten_bytes = wipe.bytes_written = size - 4096 * 8;
    wipe.unwritable = {{1234567, 1234574}};
    wipe.verification.completed = false;
    wipe.verification.mismatches = 8;
    wipe.remarks = {{"unwritable-sectors", {{"count", "8"}}}, {"verification-incomplete", {}}};
    for (size_t i = 0; i < errors; ++i)
        wipe.errors.push_back(os_error(message("write to {0} at {1}", "/dev/sda", 632098304 + i * 4096), 5));
    return wipe;
}

InspectionReport sample_inspection() {
    InspectionReport report;
    report.started = "2026-11-22T08:50:00Z";
    report.finished = "2026-11-22T08:57:00Z";
    report.machine.manufacturer = "Hewlett-Packard";
    report.machine.product = "HP Compaq 8200 Elite SFF PC";
    report.machine.serial = "CZC1234ABC";
    report.machine.chassis = "desktop";
    report.machine.boot_mode = "bios";
    report.machine.identifiers = {"dmi-serial:CZC1234ABC", "mac:3c:d9:2b:00:11:22"};
    report.machine.processor = "Intel(R) Core(TM) i5-2400 CPU @ 3.10GHz";
    report.machine.processor_cores = 4;
    report.machine.memory_bytes = 8254513152;
    report.machine.memory_installed_bytes = 8589934592;
    report.drives = {sample_drive()};
    report.drive_health = {
        {"/dev/sda", "WD-WCC2E4HXP1R7", {{"reallocated_sectors", 3}, {"power_on_hours", 21412}}, {}}};
    report.checks = {{"drive-health",
                      "/dev/sda (WDC WD5000AAKX-60U6AA0 WD-WCC2E4HXP1R7)",
                      CheckResult::warn,
                      "reallocated=3",
                      "0",
                      {"no-fault-found", {}}},
                     {"memory-size", "memory", CheckResult::pass, "8254513152", "", {"memory-complete", {}}},
                     {"firmware-password", "machine", CheckResult::pass, "none", "", {"none-found", {}}},
                     {"keyboard", "machine", CheckResult::not_tested, "", "", {"not-in-this-version", {}}},
                     {"screen", "machine", CheckResult::not_tested, "", "", {"not-in-this-version", {}}},
                     {"usb-ports", "machine", CheckResult::not_tested, "", "", {"not-in-this-version", {}}}};
    report.grade = "B";
    return report;
}

DeployRecord sample_deployment() {
    DeployRecord record;
    record.drive = sample_drive();
    record.image = {"essentiel",          "2026.11", std::string(64, 'a'), "sha-256", "essentiel",
                    std::string(64, 'b'), {"fr"}};
    record.bytes_written = 2147483648;
    record.read_back_bytes = 2147483648;
    record.boot_bios = record.boot_uefi = true;
    record.disk_uuid = "11111111-2222-3333-4444-555555555555";
    record.host_name = "pc-1234";
    record.file_system_check = "clean";
    record.deployed = true;
    record.started = "2026-11-22T11:40:00Z";
    record.finished = "2026-11-22T11:45:00Z";
    return record;
}

}  // namespace regain
