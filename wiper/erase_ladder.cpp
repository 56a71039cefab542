#include "wiper/erase_ladder.h"

#include <algorithm>
#include <utility>

#include "wiper/erase_level.h"
#include "wiper/expected_time.h"
#include "wiper/firmware_method.h"
#include "wiper/overwrite_methods.h"

namespace regain {
namespace {

/// Strongest first where the level is the same. A change of the key is only believed to be strong where
/// everything is encrypted.
std::vector<std::string> in_order_of_strength(bool is_encrypted) {
    std::vector<std::string> order;
    for (const FirmwareMethod& method : firmware_methods())
        if (is_encrypted || !method.needs_encryption()) order.emplace_back(method.method);
    for (const FirmwareMethod& method : firmware_methods())
        if (!is_encrypted && method.needs_encryption()) order.emplace_back(method.method);
    return order;
}

bool has_answered(const DriveCapabilities& capabilities) {
    return capabilities.ata || capabilities.scsi_sanitize || capabilities.nvme || capabilities.mmc;
}

bool is_description_damaged(const DriveCapabilities& capabilities) {
    return capabilities.ata && capabilities.ata->checksum() == AtaIdentify::Checksum::bad;
}

class LadderBuilder {
  public:
    LadderBuilder(const DriveCapabilities& capabilities, const WipePolicy& policy)
        : capabilities_(capabilities), policy_(policy) {}

    EraseLadder build() {
        ladder_.methods = erase_methods(capabilities_);
        ladder_.is_asked = has_answered(capabilities_);
        ladder_.medium = medium_for_erasing(capabilities_);
        ladder_.reach = erase_reach(capabilities_);
        for (const EraseMethod& method : ladder_.methods) judge(method);
        for (const std::string& name : in_order_of_strength(encrypts_everything(capabilities_)))
            add_firmware(name);
        add_overwrite();
        std::stable_sort(ladder_.rungs.begin(), ladder_.rungs.end(),
                         [](const Rung& first, const Rung& second) { return first.level > second.level; });
        return std::move(ladder_);
    }

  private:
    void reject(const EraseMethod& method, std::string code) {
        ladder_.unusable.push_back({method.method, {std::move(code), {}}, expected_time_of(method)});
    }

    /// Usable, or rejected with every reason.
    void judge(const EraseMethod& method) {
        if (method.support == Support::no) return reject(method, "not-supported");
        // A description that was damaged on its way says nothing, least of all that a command is there.
        if (method.support == Support::unknown || is_description_damaged(capabilities_)) {
            if (method.method == "tcg-psid-revert" && is_tcg_blocked())
                return reject(method, "tcg-blocked-by-kernel");
            const bool was_asked = ladder_.is_asked || !capabilities_.commands.empty();
            return reject(method, was_asked ? "not-known" : "not-asked");
        }
        for (const std::string& obstacle : method.obstacles) reject(method, obstacle);
        if (!method.obstacles.empty()) return;
        // What the drive did by itself counts only with all three kinds of evidence.
        if (policy_.verify == VerifyKind::none) return reject(method, "needs-reading-back");
        usable_.push_back(method);
    }

    /// A drive that says it has Trusted Computing, and libata in between, which lets nothing of it through.
    bool is_tcg_blocked() const {
        const auto& gaps = capabilities_.not_known;
        return capabilities_.drive.bus == Bus::ata &&
               std::any_of(gaps.begin(), gaps.end(),
                           [](const Remark& gap) { return gap.code == "tcg-not-readable"; });
    }

    const EraseMethod* usable(const std::string& name) const {
        const auto found = std::find_if(usable_.begin(), usable_.end(),
                                        [&](const EraseMethod& method) { return method.method == name; });
        return found != usable_.end() ? &*found : nullptr;
    }

    void add_firmware(const std::string& name) {
        const EraseMethod* method = usable(name);
        if (method == nullptr) return;
        if (is_sanitize(name) && name.ends_with("-block")) {
            const std::string crypto = name.substr(0, name.size() - 5) + "crypto";
            if (const EraseMethod* first = usable(crypto); first != nullptr) add_rung({*first, *method});
        }
        // Of noise nobody can say whether it is the noise that should be there: it can only be compared
        // where something was remembered.
        if (is_crypto_erase(name) && policy_.verify == VerifyKind::full)
            return reject(*method, "cannot-be-read-back-as-a-whole");
        add_rung({*method});
    }

    void add_rung(std::vector<EraseMethod> commands) {
        Rung rung;
        rung.method = commands.back().method;
        for (const EraseMethod& command : commands)
            rung.expected = &command == &commands.front() ? expected_time_of(command)
                                                          : sum_of(rung.expected, expected_time_of(command));
        rung.commands = std::move(commands);
        rung.pattern = is_crypto_erase(rung.method) ? "changed" : "erased";
        const EraseLevel level = erase_level(rung.method, ladder_.medium, encrypts_everything(capabilities_));
        set_level(rung, level);
        rung.reaches_all = reaches_all(rung);
        if (leaves_user_data(rung)) rung.level = Verdict::not_erased;
        rung.opens_drive = is_opened_first(capabilities_);
        ladder_.rungs.push_back(std::move(rung));
    }

    void set_level(Rung& rung, const EraseLevel& level) {
        const bool is_lowered = level.level == Verdict::purged && !ladder_.reach.forbids_purge.empty();
        rung.level = is_lowered ? Verdict::cleared : level.level;
        rung.standard = is_lowered ? wipe_standard : level.standard;
        if (!is_lowered) rung.remarks = level.why;
    }

    /// Hidden sectors are also reached by an enhanced SECURITY ERASE; what lies outside of the attached
    /// namespaces by Sanitize alone.
    bool reaches_all(const Rung& rung) const {
        const bool is_enhanced = rung.method == "ata-security-erase-enhanced";
        if (ladder_.reach.hides_sectors && !rung.concerns_whole_drive() && !is_enhanced) return false;
        return !ladder_.reach.hides_namespaces || rung.concerns_whole_drive();
    }

    /// Known to leave what somebody wrote: not even Clear, whatever its commands are worth.
    bool leaves_user_data(const Rung& rung) const {
        const bool is_enhanced = rung.method == "ata-security-erase-enhanced";
        if (ladder_.reach.hides_sectors && !rung.concerns_whole_drive() && !is_enhanced) return true;
        return ladder_.reach.has_other_namespaces && !rung.concerns_whole_drive();
    }

    ExpectedTime time_of(const std::string& overwrite) const {
        if (!ladder_.is_asked) return {};
        return expected_time_of_overwriting(capabilities_.drive, ladder_.medium, pass_count(overwrite));
    }

    /// A locked drive, and one that sanitizes, takes no writes.
    void add_overwrite() {
        const bool is_flash = ladder_.medium == Medium::ssd || ladder_.medium == Medium::emmc ||
                              ladder_.medium == Medium::flash;
        Rung rung;
        rung.method = is_flash ? "random" : "zero";
        if (is_overwrite(policy_.method)) rung.method = policy_.method;
        rung.passes = overwrite_passes(rung.method, capabilities_.drive);
        rung.pattern = rung.passes.back();
        rung.standard = wipe_standard;
        rung.expected = time_of(rung.method);
        rung.reaches_all = reaches_all(rung);
        if (leaves_user_data(rung)) rung.level = Verdict::not_erased;
        rung.opens_drive = is_opened_first(capabilities_);
        bool takes_writes = true;
        const auto forbid = [&](const char* obstacle) {
            takes_writes = false;
            for (const std::string& method : overwrite_methods())
                ladder_.unusable.push_back({method, {obstacle, {}}, time_of(method)});
        };
        for (const char* obstacle : {"security-locked", "sanitize-in-progress"})
            if (stands_in_the_way(obstacle)) forbid(obstacle);
        if (is_tcg_locked(capabilities_) && !rung.opens_drive) forbid("tcg-locked");
        if (has_failed_sanitize(capabilities_)) forbid("sanitize-failed");
        if (takes_writes) ladder_.rungs.push_back(std::move(rung));
    }

    bool stands_in_the_way(const std::string& obstacle) const {
        return std::any_of(ladder_.methods.begin(), ladder_.methods.end(), [&](const EraseMethod& method) {
            return std::find(method.obstacles.begin(), method.obstacles.end(), obstacle) !=
                   method.obstacles.end();
        });
    }

    const DriveCapabilities& capabilities_;
    const WipePolicy& policy_;
    EraseLadder ladder_;
    std::vector<EraseMethod> usable_;
};

}  // namespace

bool Rung::concerns_whole_drive() const {
    return !commands.empty() && is_sanitize(method);
}

bool Rung::uses(const std::string& name) const {
    return method == name || std::any_of(commands.begin(), commands.end(),
                                         [&](const EraseMethod& command) { return command.method == name; });
}

EraseLadder erase_ladder(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    return LadderBuilder(capabilities, policy).build();
}

}  // namespace regain
