#pragma once
// Which of its own erase methods a drive offers, how long each takes in the drive's own terms, and what
// stands in the way of each now. Pure: computed from capabilities. Used by `drives --capabilities` and the
// planner.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wiper/drive_capabilities.h"

namespace regain {

/// `unknown`: the drive could not be asked.
enum class Support { no, yes, unknown };
std::string_view support_name(Support support);  ///< "no", "yes", "unknown"

struct EraseMethod {
    std::string method;  ///< "ata-sanitize-block"
    Support support = Support::unknown;
    std::optional<uint64_t> minutes;  ///< empty: the drive gives no estimate
    bool minutes_is_lower_bound = false;
    /// Why it can't be used as things are, by code: security-frozen, security-locked, security-enabled,
    /// security-count-expired, sanitize-frozen, sanitize-in-progress, sanitize-failed,
    /// registers-not-returned, commands-do-not-fit, bridge-shows-another-size, drive-without-serial,
    /// namespace-write-protected, psid-needed, tcg-locked, tcg-does-not-encrypt,
    /// tcg-revert-is-of-another-kind.
    std::vector<std::string> obstacles;
    bool operator==(const EraseMethod&) const = default;
};

/// Somebody locked the drive, or a range of it, by the TCG's means: it takes no writes there.
bool is_tcg_locked(const DriveCapabilities& capabilities);
/// Such a drive for which the number on its label was typed: a revert opens it, then it is like any other.
bool is_opened_first(const DriveCapabilities& capabilities);

/// Every method of the drive's protocol, those that it lacks included; nothing for drives without commands of
/// their own (VirtIO, files, loop devices).
std::vector<EraseMethod> erase_methods(const DriveCapabilities& capabilities);

/// A SANITIZE failed before: until another one succeeds the drive takes no writes and no other erase.
bool has_failed_sanitize(const DriveCapabilities& capabilities);

}  // namespace regain
