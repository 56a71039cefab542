#include "wiper/wipe_planner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drives/discovery.h"
#include "wiper/erase_ladder.h"
#include "wiper/expected_time.h"
#include "wiper/firmware_method.h"
#include "wiper/hidden_preparation.h"
#include "wiper/method_rejections.h"
#include "wiper/overwrite_methods.h"
#include "wiper/wipe_steps.h"

namespace regain {
namespace {

constexpr std::array later_methods{"scsi-format-unit"};

template <size_t count>
bool is_in(const std::array<const char*, count>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Message doing_of(const DriveRecord& drive) {
    return message("plan the erasure of {0}", drive.path);
}

/// What this drive could be erased with: its own methods that can be used, and overwriting.
Message usable_methods(const EraseLadder& ladder) {
    std::vector<std::string> names = overwrite_methods();
    for (const Rung& rung : ladder.rungs)
        if (std::find(names.begin(), names.end(), rung.method) == names.end()) names.push_back(rung.method);
    return message("Use one of these methods: {0}.", fmt::format("{}", fmt::join(names, ", ")));
}

Status check_policy(const DriveRecord& drive, const WipePolicy& policy, const EraseLadder& ladder) {
    if (policy.level == WipeLevel::purge && policy.verify == VerifyKind::none)
        return error(ErrorKind::usage, doing_of(drive),
                     message("a purge without verification would be worth nothing"),
                     message("Use --verify full or --verify sample with --policy purge."));
    if (policy.verify == VerifyKind::none && includes_reading_back(policy.method))
        return error(ErrorKind::usage, doing_of(drive),
                     message("reading back is a part of the method {0}", policy.method),
                     message("Use --verify full or --verify sample with it, or another method."));
    if (policy.method.empty() || is_overwrite(policy.method) ||
        find_firmware_method(policy.method) != nullptr)
        return done();
    if (is_in(later_methods, policy.method))
        return error(ErrorKind::refused, doing_of(drive),
                     message("the method {0} is not part of this version", policy.method),
                     usable_methods(ladder));
    return error(ErrorKind::usage, doing_of(drive), message("there is no method called {0}", policy.method),
                 usable_methods(ladder));
}

Status check_drive(const DriveRecord& drive) {
    REGAIN_TRY(check_unprotected(drive, doing_of(drive)));
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

/// Quickest first, among those that reach everything; the others after them.
void sort_by_time(Chain& chain) {
    std::stable_sort(chain.begin(), chain.end(), [](const Rung& first, const Rung& second) {
        if (first.reaches_all != second.reaches_all) return first.reaches_all;
        return is_quicker(first.expected, second.expected);
    });
}

/// What is tried, in this order; empty when nothing reaches the level.
Chain choose(const EraseLadder& ladder, const WipePolicy& policy) {
    Chain chain;
    for (const Rung& rung : ladder.rungs) {
        if (policy.level == WipeLevel::purge && rung.level != Verdict::purged) continue;
        if (policy.level == WipeLevel::clear && rung.level == Verdict::not_erased) continue;
        // A method that is named is itself alone: no other before it, no other after it.
        if (!policy.method.empty() && (rung.method != policy.method || rung.commands.size() > 1)) continue;
        chain.push_back(rung);
    }
    if (policy.level == WipeLevel::clear) sort_by_time(chain);
    return chain;
}

bool is_rejected_for(const EraseLadder& ladder, std::string_view code) {
    return std::any_of(ladder.unusable.begin(), ladder.unusable.end(),
                       [&](const RejectedMethod& rejected) { return rejected.reason.code == code; });
}

bool is_frozen(const EraseLadder& ladder) {
    return is_rejected_for(ladder, "security-frozen") || is_rejected_for(ladder, "sanitize-frozen");
}

/// "nvme-sanitize-block (not-supported), ...": of one method, or of all, but for those that would do no more
/// than "zero" and "random".
std::string reasons_in(const std::vector<RejectedMethod>& rejected, std::string_view method) {
    std::vector<std::string> reasons;
    for (const RejectedMethod& each : rejected)
        if (method.empty() ? !has_several_passes(each.method) : each.method == method)
            reasons.push_back(each.method + " (" + each.reason.code + ")");
    return fmt::format("{}", fmt::join(reasons, ", "));
}

Message advice_for(const EraseLadder& ladder, const WipePolicy& policy) {
    if (is_rejected_for(ladder, "sanitize-in-progress"))
        return message("Wait until the drive has ended what it is doing.");
    if (is_rejected_for(ladder, "tcg-locked"))
        return message("Give the number on the drive's label (PSID) with --psid.");
    if (is_rejected_for(ladder, "security-locked"))
        return message(
            "Take its password off where it was set: where Regain was cut off while erasing, with \"regain "
            "wipe "
            "--resume\" on that station, or with the password that docs/wiping.md gives. Otherwise destroy "
            "the "
            "drive physically.");
    if (policy.method == "tcg-psid-revert" && is_rejected_for(ladder, "tcg-blocked-by-kernel"))
        return message("Start the machine with the kernel option libata.allow_tpm=1.");
    if (policy.method == "tcg-psid-revert" && is_rejected_for(ladder, "psid-needed"))
        return message("Give the number on the drive's label (PSID) with --psid.");
    if (is_frozen(ladder)) return message("Suspend the machine, wake it and try again.");
    if (policy.level == WipeLevel::purge)
        return message("Use --policy clear or --policy best, or destroy the drive physically.");
    return usable_methods(ladder);
}

Error refusal(const DriveRecord& drive, const EraseLadder& ladder, const WipePolicy& policy) {
    const auto rejected = rejected_methods(ladder, policy, drive.protocol, {}, 0);
    const std::string of_method = reasons_in(rejected, policy.method);
    if (!policy.method.empty() && !is_overwrite(policy.method)) {
        const std::string reasons = of_method.empty() ? policy.method + " (not-supported)" : of_method;
        if (policy.level == WipeLevel::purge)
            return error(ErrorKind::refused, doing_of(drive),
                         message("the method that was asked for can't purge it: {0}", reasons),
                         advice_for(ladder, policy));
        return error(ErrorKind::refused, doing_of(drive),
                     message("the method that was asked for can't be used on it: {0}", reasons),
                     advice_for(ladder, policy));
    }
    const std::string reasons = reasons_in(rejected, "");
    if (policy.level == WipeLevel::purge)
        return error(ErrorKind::refused, doing_of(drive),
                     message("no method of this version can purge it: {0}", reasons),
                     advice_for(ladder, policy));
    return error(ErrorKind::refused, doing_of(drive),
                 message("no method of this version can erase it: {0}", reasons), advice_for(ladder, policy));
}

void add(std::vector<Remark>& remarks, const std::vector<Remark>& more) {
    remarks.insert(remarks.end(), more.begin(), more.end());
}

std::vector<Remark> overwrite_remarks(Medium medium) {
    const bool is_flash = medium == Medium::ssd || medium == Medium::emmc || medium == Medium::flash;
    return {{is_flash ? "overwriting-flash-is-never-purge" : "overwriting-is-clear",
             {{"medium", std::string(medium_name(medium))}}}};
}

/// Why the drive's own commands could not be had: who knows can connect it in another way.
std::vector<Remark> closed_ways(const DriveCapabilities& capabilities) {
    constexpr std::array codes{"bridge-stopped-answering-before",
                               "bridge-stopped-answering",
                               "usb-bridge-not-asked",
                               "pass-through-refused",
                               "registers-not-returned",
                               "channel-not-open",
                               "no-answer-from-drive"};
    std::vector<Remark> remarks;
    std::copy_if(capabilities.not_known.begin(), capabilities.not_known.end(), std::back_inserter(remarks),
                 [&](const Remark& remark) { return is_in(codes, remark.code); });
    return remarks;
}

/// Why not better, and what will not be reached.
std::vector<Remark> plan_remarks(const DriveRecord& drive, const EraseLadder& ladder, const Rung& rung,
                                 VerifyKind verify) {
    std::vector<Remark> remarks = rung.commands.empty() ? overwrite_remarks(ladder.medium) : rung.remarks;
    if (has_several_passes(rung.method)) remarks.push_back(more_passes_add_nothing(rung.method));
    const bool says_unknown = std::any_of(
        remarks.begin(), remarks.end(), [](const Remark& remark) { return remark.code == "medium-unknown"; });
    if (ladder.medium == Medium::unknown && !drive.is_virtual() && !says_unknown)
        remarks.push_back({"medium-unknown", {}});
    if (drive.is_virtual()) remarks.push_back({"virtual-drive", {}});
    if (verify == VerifyKind::none) remarks.push_back({"read-back-not-asked-for", {}});
    add(remarks, ladder.reach.forbids_purge);
    if (!rung.concerns_whole_drive()) add(remarks, ladder.reach.remarks);
    if (rung.opens_drive) remarks.push_back({"opened-by-psid-first", {}});
    if (is_frozen(ladder)) remarks.push_back({"suspend-and-wake-may-unfreeze", {}});
    return remarks;
}

/// As spoken_identity.h asks for it again before the first write.
void take_what_it_says(const DriveCapabilities& capabilities, WipePlan& plan) {
    if (capabilities.ata) {
        plan.spoken_serial = capabilities.ata->serial();
        plan.spoken_bytes =
            capabilities.ata->addressable_sectors() * capabilities.ata->logical_sector_bytes();
    } else if (capabilities.nvme) {
        plan.spoken_serial = capabilities.nvme->serial;
        for (const NvmeNamespaceState& state : capabilities.namespaces)
            if (state.is_attached && state.identify)
                plan.spoken_bytes += state.identify->size_blocks * state.identify->block_bytes;
    }
    const auto& pass_through = capabilities.pass_through;
    if (pass_through && pass_through->size() == PassThroughSize::bytes_12) plan.command_block_bytes = 12;
}

/// The plan at this place of the chain, without fallbacks. Its drive is as the drive said of itself: the
/// verdict knows nothing else of its medium and of its hidden sectors.
WipePlan plan_at(const DriveCapabilities& capabilities, const WipePolicy& policy, const EraseLadder& ladder,
                 const Chain& chain, size_t place) {
    const Rung& rung = chain[place];
    const VerifyKind verify = verify_kind(rung, policy.verify);
    WipePlan plan;
    plan.drive = capabilities.drive;
    plan.drive.medium = ladder.medium;
    if (capabilities.native_size_bytes) plan.drive.native_size_bytes = *capabilities.native_size_bytes;
    plan.policy = policy;
    plan.method = rung.method;
    plan.steps = wipe_steps(plan.drive, rung, verify);
    plan.rejected = rejected_methods(ladder, policy, plan.drive.protocol, chain, place);
    plan.level = rung.level;
    plan.standard = rung.standard;
    plan.remarks = plan_remarks(plan.drive, ladder, rung, verify);
    add(plan.remarks, closed_ways(capabilities));
    plan.reallocated_sectors = capabilities.reallocated_sectors;
    plan.not_examined = ladder.reach.not_examined;
    const uint64_t unallocated = capabilities.nvme ? capabilities.nvme->unallocated_bytes : 0;
    if (unallocated != 0 && !rung.concerns_whole_drive())
        plan.not_examined.push_back({"unallocated-capacity", {{"bytes", std::to_string(unallocated)}}});
    plan.expected = rung.expected;
    take_what_it_says(capabilities, plan);
    return plan;
}

Result<WipePlan> plan_as_it_is(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    const DriveRecord& drive = capabilities.drive;
    const EraseLadder ladder = erase_ladder(capabilities, policy);
    REGAIN_TRY(check_policy(drive, policy, ladder));
    REGAIN_TRY(check_drive(drive));
    const Chain chain = choose(ladder, policy);
    if (chain.empty()) return refusal(drive, ladder, policy);
    WipePlan plan = plan_at(capabilities, policy, ladder, chain, 0);
    for (size_t place = 1; place < chain.size(); ++place)
        plan.fallbacks.push_back(plan_at(capabilities, policy, ladder, chain, place));
    return plan;
}

Remark given_back_first(const DriveCapabilities& capabilities) {
    const uint64_t bytes = hidden_bytes_of(capabilities);
    return {"hidden-sectors-given-back-first",
            {{"sectors", std::to_string(bytes / capabilities.hidden->sector_bytes)},
             {"bytes", std::to_string(bytes)}}};
}

}  // namespace

std::vector<RejectedMethod> reasons_against(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    const bool gives_back = !hidden_sector_preparations(capabilities).empty();
    const EraseLadder ladder = erase_ladder(gives_back ? as_if_restored(capabilities) : capabilities, policy);
    return rejected_methods(ladder, policy, capabilities.drive.protocol, {}, 0);
}

Result<WipePlan> plan_wipe(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    std::vector<WipeStep> preparations = hidden_sector_preparations(capabilities);
    if (preparations.empty()) return plan_as_it_is(capabilities, policy);
    REGAIN_ASSIGN(WipePlan plan, plan_as_it_is(as_if_restored(capabilities), policy));
    plan.remarks.push_back(given_back_first(capabilities));
    if (preparations.size() > 1) plan.remarks.push_back({"one-change-for-each-power-cycle", {}});
    plan.preparations = std::move(preparations);
    return plan;
}

}  // namespace regain
