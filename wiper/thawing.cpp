#include "wiper/thawing.h"

#include <algorithm>

#include "wiper/wipe_planner.h"

namespace regain {
namespace {

bool is_security_frozen(const DriveCapabilities& capabilities) {
    return capabilities.ata && capabilities.ata->security().supported && capabilities.ata->security().frozen;
}

bool is_sanitize_frozen(const DriveCapabilities& capabilities) {
    if (!capabilities.ata_sanitize) return false;
    const AtaSanitizeStatus& status = *capabilities.ata_sanitize;
    return status.frozen || (status.failed && status.failure_reason == 3);
}

/// Only the overlay did not answer: firmwares freeze it together with security.
bool is_only_overlay_missing(const DriveCapabilities& capabilities) {
    if (!capabilities.hidden || capabilities.hidden->is_examined) return false;
    return std::all_of(capabilities.not_known.begin(), capabilities.not_known.end(), [](const Remark& gap) {
        if (gap.code != "hidden-sectors-not-readable") return true;
        const auto command = gap.arguments.find("command");
        return command != gap.arguments.end() && command->second == "DEVICE CONFIGURATION IDENTIFY";
    });
}

/// As the drive would describe itself after waking, if all goes well.
DriveCapabilities thawed(DriveCapabilities capabilities) {
    if (is_only_overlay_missing(capabilities)) capabilities.hidden->is_examined = true;
    if (capabilities.ata) capabilities.ata = capabilities.ata->without_freeze();
    if (is_sanitize_frozen(capabilities)) {
        capabilities.ata_sanitize->frozen = capabilities.ata_sanitize->failed = false;
        capabilities.ata_sanitize->failure_reason = 0;
    }
    return capabilities;
}

}  // namespace

bool is_frozen_by_firmware(const DriveCapabilities& capabilities) {
    return is_security_frozen(capabilities) || is_sanitize_frozen(capabilities);
}

bool would_gain_by_thawing(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    if (!is_frozen_by_firmware(capabilities)) return false;
    const auto then = plan_wipe(thawed(capabilities), policy);
    if (!then.ok()) return false;
    const auto now = plan_wipe(capabilities, policy);
    if (!now.ok() || then->level > now->level) return true;
    if (policy.level == WipeLevel::clear) return false;
    // The ladder is by strength: another method in front is a stronger one, or the same with one more before.
    return then->level == now->level && then->steps != now->steps;
}

}  // namespace regain
