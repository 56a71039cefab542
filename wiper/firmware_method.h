#pragma once
// What is known of each of the drives' own erase methods, whatever drive it runs on: what kind it is, and the
// most that it may be called on which medium. One table, used by the verdict, and by the planner for the
// names and their order, so that no plan promises what the verdict can't give. Pure.

#include <span>
#include <string_view>

#include "reports/drive_record.h"
#include "reports/wipe_report.h"

namespace regain {

struct FirmwareMethod {
    std::string_view method;   ///< "ata-sanitize-block"
    bool is_crypto = false;    ///< it changes a key: what stands there changes and is not one repeated unit
    bool is_security = false;  ///< it needs a password, which the drive must have given up at the end
    /// The drive answers only when it has ended: nothing can be seen running. None of these purges, but the
    /// revert of a TCG drive, whose drive log says what can be seen: locking that was on and is off.
    bool is_answered_at_its_end = false;
    Verdict on_disk = Verdict::cleared;
    Verdict on_ssd = Verdict::cleared;

    /// The most that this method, ended well and proven, may be called. eMMC, cards, sticks and media of an
    /// unknown kind are never purged.
    Verdict level_on(Medium medium) const;
    /// Whether a drive that speaks `protocol` can have been sent it: ATA commands also go through SCSI.
    bool fits(std::string_view protocol) const;
    /// It changes a key and nothing else, which is only believed where everything is encrypted. A drive that
    /// would not encrypt everything could not be reverted by its PSID.
    bool needs_encryption() const;
    std::string_view family() const;  ///< "ata", "nvme", "scsi", "mmc", "tcg"
};

/// All of them, strongest first where the level is the same.
std::span<const FirmwareMethod> firmware_methods();

/// Null: no method of a drive's own.
const FirmwareMethod* find_firmware_method(std::string_view method);

/// The pattern that reading back after `method` must find: "erased" or "changed" (reports/wipe_report.h).
std::string_view pattern_after(const FirmwareMethod& method);

/// Whether `before`, then `last`, is a pair that one plan may hold: a crypto erase followed by another method
/// of the same family that erases the medium itself.
bool may_precede(const FirmwareMethod& before, const FirmwareMethod& last);

/// Whether this remark of a plan leaves it certain that a crypto erase alone is a purge. Only remarks that
/// are known to say nothing about it do; a remark that this version does not know is a doubt.
bool leaves_crypto_certain(const Remark& remark);

}  // namespace regain
