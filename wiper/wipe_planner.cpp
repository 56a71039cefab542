#include "wiper/wipe_planner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace regain {
namespace {

constexpr uint64_t markers_per_node = 1024;
constexpr uint64_t default_sample_share_ppm = 10'000;

// The methods of the contract by what speaks them; empty: any drive. None of these is part of this version.
struct LaterMethod {
    std::string_view name;
    std::string_view protocol;
};
constexpr std::array later_methods{
    LaterMethod{"dod-5220.22-m", ""},
    LaterMethod{"hmg-is5-enhanced", ""},
    LaterMethod{"ata-sanitize-crypto", "ata"},
    LaterMethod{"ata-sanitize-block", "ata"},
    LaterMethod{"ata-sanitize-overwrite", "ata"},
    LaterMethod{"ata-security-erase-enhanced", "ata"},
    LaterMethod{"ata-security-erase", "ata"},
    LaterMethod{"tcg-psid-revert", "ata"},
    LaterMethod{"nvme-sanitize-crypto", "nvme"},
    LaterMethod{"nvme-sanitize-block", "nvme"},
    LaterMethod{"nvme-sanitize-overwrite", "nvme"},
    LaterMethod{"nvme-format-crypto", "nvme"},
    LaterMethod{"nvme-format-user-data", "nvme"},
    LaterMethod{"tcg-psid-revert", "nvme"},
    LaterMethod{"scsi-sanitize-crypto", "scsi"},
    LaterMethod{"scsi-sanitize-block", "scsi"},
    LaterMethod{"scsi-sanitize-overwrite", "scsi"},
    LaterMethod{"scsi-format-unit", "scsi"},
    LaterMethod{"mmc-sanitize", "mmc"},
    LaterMethod{"mmc-secure-erase", "mmc"},
};

bool is_available(std::string_view method) {
    return method == "zero" || method == "random";
}

bool is_later(std::string_view method) {
    return std::any_of(later_methods.begin(), later_methods.end(),
                       [&](const LaterMethod& later) { return later.name == method; });
}

bool is_flash(Medium medium) {
    return medium == Medium::ssd || medium == Medium::emmc || medium == Medium::flash;
}

Message doing_of(const DriveRecord& drive) {
    return message("plan the erasure of {0}", drive.path);
}

Status check_policy(const DriveRecord& drive, const WipePolicy& policy) {
    if (policy.level == WipeLevel::purge && policy.verify == VerifyKind::none)
        return error(ErrorKind::usage, doing_of(drive),
                     message("a purge without verification would be worth nothing"),
                     message("Use --verify full or --verify sample with --policy purge."));
    if (policy.method.empty() || is_available(policy.method)) return done();
    if (is_later(policy.method))
        return error(ErrorKind::refused, doing_of(drive),
                     message("the method {0} is not part of this version", policy.method),
                     message("Use one of these methods: {0}.",
                             fmt::format("{}", fmt::join(available_methods(), ", "))));
    return error(
        ErrorKind::usage, doing_of(drive), message("there is no method called {0}", policy.method),
        message("Use one of these methods: {0}.", fmt::format("{}", fmt::join(available_methods(), ", "))));
}

Status check_drive(const DriveRecord& drive) {
    if (!drive.protection.empty())
        return error(ErrorKind::refused, doing_of(drive),
                     message("it is protected: {0} {1}", drive.protection.front().reason,
                             drive.protection.front().detail));
    for (const DriveNode& node : user_data_nodes(drive)) {
        if (node.size_bytes == 0)
            return error(ErrorKind::refused, doing_of(drive), message("the size of {0} is 0", node.path));
        if (node.logical_sector_bytes < 512 || node.size_bytes % node.logical_sector_bytes != 0)
            return error(ErrorKind::refused, doing_of(drive),
                         message("the size of {0} ({1} bytes) is not a whole number of sectors", node.path,
                                 node.size_bytes));
    }
    return done();
}

std::string choose_method(const DriveRecord& drive, const WipePolicy& policy) {
    if (!policy.method.empty()) return policy.method;
    return is_flash(drive.medium) ? "random" : "zero";
}

Remark why_not_overwrite(const DriveRecord& drive, const WipePolicy& policy, std::string_view method) {
    if (policy.level == WipeLevel::purge)
        return {"overwriting-never-purges", {{"medium", std::string(medium_name(drive.medium))}}};
    if (!policy.method.empty()) return {"another-method-was-asked-for", {{"method", policy.method}}};
    if (method == "zero") return {"zeros-may-be-compressed-by-the-controller", {}};
    return {"zeros-are-enough-for-this-medium", {}};
}

void add_steps(WipePlan& plan, const DriveNode& node, VerifyKind verify) {
    const std::string name = node.path == plan.drive.path ? "" : node.path;
    const auto add = [&](const char* step) -> WipeStep& {
        WipeStep& added = plan.steps.emplace_back();
        added.step = step;
        added.node = name;
        return added;
    };
    add("write-markers").count = markers_per_node;
    add("flush");
    add("check-markers").kind = "stored";
    add("overwrite").pattern = plan.method;
    add("flush");
    add("check-markers").kind = "gone";
    if (verify == VerifyKind::none) return;
    WipeStep& step = add("verify");
    step.kind = verify_name(verify);
    step.pattern = plan.method;
    if (verify == VerifyKind::sample) step.sample_share_ppm = default_sample_share_ppm;
}

std::vector<Remark> plan_remarks(const DriveCapabilities& capabilities, VerifyKind verify) {
    std::vector<Remark> remarks;
    const DriveRecord& drive = capabilities.drive;
    if (is_flash(drive.medium))
        remarks.push_back(
            {"overwriting-flash-is-never-purge", {{"medium", std::string(medium_name(drive.medium))}}});
    else
        remarks.push_back({"overwriting-is-clear", {{"medium", std::string(medium_name(drive.medium))}}});
    if (drive.medium == Medium::unknown && !drive.is_virtual()) remarks.push_back({"medium-unknown", {}});
    if (drive.is_virtual()) remarks.push_back({"virtual-drive", {}});
    if (verify == VerifyKind::none) remarks.push_back({"read-back-not-asked-for", {}});
    return remarks;
}

}  // namespace

std::vector<std::string> available_methods() {
    return {"zero", "random"};
}

std::vector<RejectedMethod> rejected_methods(const DriveCapabilities& capabilities, const WipePolicy& policy,
                                             std::string_view chosen) {
    const DriveRecord& drive = capabilities.drive;
    std::vector<RejectedMethod> rejected;
    for (const LaterMethod& later : later_methods)
        if (later.protocol.empty() || later.protocol == drive.protocol)
            rejected.push_back({std::string(later.name), {"not-available-in-this-version", {}}});
    for (const std::string& method : available_methods())
        if (method != chosen) rejected.push_back({method, why_not_overwrite(drive, policy, method)});
    return rejected;
}

Result<WipePlan> plan_wipe(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    const DriveRecord& drive = capabilities.drive;
    REGAIN_TRY(check_policy(drive, policy));
    REGAIN_TRY(check_drive(drive));
    if (policy.level == WipeLevel::purge) {
        std::vector<std::string> reasons;
        for (const RejectedMethod& rejected : rejected_methods(capabilities, policy, ""))
            reasons.push_back(rejected.method + " (" + rejected.reason.code + ")");
        return error(ErrorKind::refused, doing_of(drive),
                     message("no method of this version can purge it: {0}",
                             fmt::format("{}", fmt::join(reasons, ", "))),
                     message("Use --policy clear or --policy best, or destroy the drive physically."));
    }
    WipePlan plan;
    plan.drive = drive;
    plan.policy = policy;
    plan.method = choose_method(drive, policy);
    const VerifyKind verify = policy.verify.value_or(VerifyKind::full);
    for (const DriveNode& node : user_data_nodes(drive)) add_steps(plan, node, verify);
    plan.rejected = rejected_methods(capabilities, policy, plan.method);
    plan.level = Verdict::cleared;
    plan.standard = wipe_standard;
    plan.remarks = plan_remarks(capabilities, verify);
    plan.reallocated_sectors = capabilities.reallocated_sectors;
    return plan;
}

}  // namespace regain
