#pragma once
// Records of wipes by a drive's own commands as a run makes them when all went well, for the tests of the
// verdict: written by hand, from the description in docs/wiping.md, with no help from wiper/.

#include <string>
#include <vector>

#include "reports/wipe_report.h"

namespace regain {

constexpr uint64_t test_node_bytes = uint64_t{64} << 20;
constexpr uint64_t test_markers = 1024;
constexpr uint64_t test_sample_bytes = 655360;

struct FirmwareCase {
    std::string method;
    std::string protocol;
    Medium medium = Medium::ssd;
    std::string before = {};  ///< a crypto erase before the method
    VerifyKind verify = VerifyKind::sample;
    size_t further_nodes = 0;  ///< namespaces beside the main node
};

inline bool ends_in_crypto(const FirmwareCase& subject) {
    return subject.method.ends_with("-crypto") || subject.method == "tcg-psid-revert";
}

inline DriveRecord firmware_drive(const FirmwareCase& subject) {
    DriveRecord drive;
    drive.path = "/dev/sdx";
    drive.model = "Maker 64";
    drive.serial = "S-0001";
    drive.serial_source = "drive";
    drive.protocol = subject.protocol;
    drive.bus = subject.protocol == "nvme"   ? Bus::nvme
                : subject.protocol == "scsi" ? Bus::scsi
                : subject.protocol == "mmc"  ? Bus::mmc
                                             : Bus::ata;
    drive.medium = subject.medium;
    drive.size_bytes = test_node_bytes;
    drive.nodes = {{drive.path, "main", test_node_bytes, 7}};
    for (size_t i = 0; i < subject.further_nodes; ++i)
        drive.nodes.push_back({"/dev/sdx-" + std::to_string(i + 2), "namespace", test_node_bytes, 8 + i});
    return drive;
}

inline WipeStep step_of(const char* name, const std::string& node = {}) {
    WipeStep step;
    step.step = name;
    step.node = node;
    return step;
}

inline std::vector<WipeStep> firmware_steps(const FirmwareCase& subject, const DriveRecord& drive) {
    std::vector<WipeStep> steps;
    const auto name = [&](const DriveNode& node) { return node.path == drive.path ? "" : node.path; };
    for (const DriveNode& node : drive.nodes) {
        steps.push_back(step_of("write-markers", name(node)));
        steps.back().count = test_markers;
        steps.push_back(step_of("flush", name(node)));
        steps.push_back(step_of("check-markers", name(node)));
        steps.back().kind = "stored";
        if (!ends_in_crypto(subject)) continue;
        steps.push_back(step_of("remember", name(node)));
        steps.back().sample_share_ppm = 10'000;
    }
    for (const std::string& method : {subject.before, subject.method}) {
        if (method.empty()) continue;
        steps.push_back(step_of("firmware-erase"));
        steps.back().method = method;
        steps.back().minutes = 12;
    }
    steps.push_back(step_of("identify-again"));
    for (const DriveNode& node : drive.nodes) {
        steps.push_back(step_of("check-markers", name(node)));
        steps.back().kind = "gone";
        steps.push_back(step_of("verify", name(node)));
        steps.back().kind = verify_name(subject.verify);
        steps.back().pattern = ends_in_crypto(subject) ? "changed" : "erased";
        if (subject.verify == VerifyKind::sample) steps.back().sample_share_ppm = 10'000;
    }
    return steps;
}

inline Json drive_log_of(const std::string& method) {
    Json log{{"method", method},        {"state_before", "idle"},   {"accepted", "yes"},
             {"seen_running", "yes"},   {"completed", "yes"},       {"samples", 24},
             {"stood_still", "no"},     {"left_running", "no"},     {"remarks", Json::array()},
             {"errors", Json::array()}, {"commands", Json::array()}};
    if (method.starts_with("ata-security-")) log["security_released"] = "yes";
    return log;
}

/// Nothing is missing: purged where the method may purge this medium, else cleared.
inline WipeRecord good_firmware_record(const FirmwareCase& subject) {
    WipeRecord record;
    record.drive = record.plan.drive = firmware_drive(subject);
    record.method = record.plan.method = subject.method;
    record.plan.level = Verdict::purged;
    record.plan.steps = firmware_steps(subject, record.drive);
    for (const WipeStep& step : record.plan.steps) {
        StepResult result;
        result.step = step.step;
        result.node = step.node;
        result.result = "done";
        record.steps.push_back(result);
    }
    const bool is_full = subject.verify == VerifyKind::full;
    const uint64_t node_read = is_full ? test_node_bytes : test_sample_bytes;
    const uint64_t all = test_node_bytes * record.drive.nodes.size();
    const uint64_t read = node_read * record.drive.nodes.size();
    record.coverage.addressable_bytes = all;
    record.coverage.verified_bytes = read;
    record.coverage.native_bytes = record.drive.size_bytes;
    record.coverage.hidden_bytes = 0;
    record.verification.kind = verify_name(subject.verify);
    record.verification.pattern = ends_in_crypto(subject) ? "changed" : "erased";
    record.verification.bytes_read = read;
    record.verification.read_path = "direct";
    record.verification.completed = true;
    record.verification.sample_share_ppm = 10'000;
    record.verification.sample_count = is_full ? 0 : 16'384;
    record.verification.detectable_leftover_bytes = is_full ? 0 : 20'000;
    record.evidence.push_back({"identity", Json{{"before", "proven"},
                                                {"after", "proven"},
                                                {"serial", record.drive.serial},
                                                {"size_bytes", record.drive.size_bytes}}});
    for (const std::string& method : {subject.before, subject.method})
        if (!method.empty()) record.evidence.push_back({"drive-log", drive_log_of(method)});
    record.evidence.push_back({"identity-again", Json{{"size_bytes", record.drive.size_bytes},
                                                      {"serial", record.drive.serial},
                                                      {"size_same", "yes"},
                                                      {"serial_same", "yes"}}});
    for (const DriveNode& node : record.drive.nodes) {
        record.evidence.push_back({"markers", Json{{"node", node.path},
                                                   {"planned", test_markers},
                                                   {"stored", test_markers},
                                                   {"gone", test_markers},
                                                   {"still_there", 0},
                                                   {"old_content", 0},
                                                   {"unexpected", 0}}});
        Json read_back{{"node", node.path},
                       {"pattern", record.verification.pattern},
                       {"bytes_read", node_read},
                       {"mismatching_sectors", 0},
                       {"unreadable_sectors", 0}};
        if (ends_in_crypto(subject)) read_back["informative_places"] = 16'000;
        record.evidence.push_back({"read-back", std::move(read_back)});
    }
    return record;
}

/// The facts of the first item of this kind.
inline Json& firmware_facts(WipeRecord& record, const std::string& kind) {
    for (EvidenceItem& item : record.evidence)
        if (item.kind == kind) return item.facts;
    static Json none;
    return none = Json::object();
}

inline void remove_firmware_evidence(WipeRecord& record, const std::string& kind) {
    std::erase_if(record.evidence, [&](const EvidenceItem& item) { return item.kind == kind; });
}

inline bool says(const std::vector<Remark>& remarks, const std::string& code) {
    for (const Remark& remark : remarks)
        if (remark.code == code) return true;
    return false;
}

inline std::string all_codes(const std::vector<Remark>& remarks) {
    std::string text;
    for (const Remark& remark : remarks) text += remark.code + " ";
    return text;
}

/// Every method with a medium that it is made for.
inline std::vector<FirmwareCase> firmware_cases() {
    return {
        {"ata-sanitize-crypto", "ata", Medium::ssd},      {"ata-sanitize-block", "ata", Medium::ssd},
        {"ata-sanitize-overwrite", "ata", Medium::hdd},   {"ata-security-erase-enhanced", "ata", Medium::hdd},
        {"ata-security-erase", "ata", Medium::ssd},       {"nvme-sanitize-crypto", "nvme", Medium::ssd},
        {"nvme-sanitize-block", "nvme", Medium::ssd},     {"nvme-sanitize-overwrite", "nvme", Medium::ssd},
        {"nvme-format-crypto", "nvme", Medium::ssd},      {"nvme-format-user-data", "nvme", Medium::ssd},
        {"scsi-sanitize-crypto", "scsi", Medium::ssd},    {"scsi-sanitize-block", "scsi", Medium::ssd},
        {"scsi-sanitize-overwrite", "scsi", Medium::hdd}, {"mmc-sanitize", "mmc", Medium::emmc},
        {"mmc-secure-erase", "mmc", Medium::emmc},        {"tcg-psid-revert", "ata", Medium::ssd}};
}

}  // namespace regain
