#pragma once
// Capabilities and a policy become a plan, or a refusal that says why: pure, without I/O. The plan is what
// `--plan` prints, what the worker carries out and what the certificate shows. Used by the console.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"

namespace regain {

/// What a level of this version is named after.
inline constexpr std::string_view wipe_standard = "NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)";

/// Defaults: zeros on a hard disk and on a medium that is virtual or not known, random on flash; read back
/// wholly. Errors: ErrorKind::usage for an unknown method, and for a purge that would not be verified;
/// ErrorKind::refused when no plan can reach the level (with every method's reason), when the method is not
/// part of this version, and when the drive is protected or can't be used.
Result<WipePlan> plan_wipe(const DriveCapabilities& capabilities, const WipePolicy& policy);

/// Why each method that was considered for this drive can't reach what the policy asks for, or is not chosen.
std::vector<RejectedMethod> rejected_methods(const DriveCapabilities& capabilities, const WipePolicy& policy,
                                             std::string_view chosen);

/// Methods that plan_wipe can choose ("zero", "random"), for help texts.
std::vector<std::string> available_methods();

}  // namespace regain
