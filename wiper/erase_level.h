#pragma once
// What an erase method may be called on a medium: the level that it can reach at best, the standard that the
// level is named after, and why it is no better. Pure and without state. Used by the ladder of a plan; a
// verdict may ask it too. It knows nothing of whether the method worked.

#include <string>
#include <string_view>
#include <vector>

#include "reports/drive_record.h"
#include "reports/remark.h"
#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"

namespace regain {

/// What a level of this version is named after.
inline constexpr std::string_view wipe_standard = "NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)";
/// Where SECURITY ERASE UNIT in enhanced mode counts as Purge for a magnetic ATA disk. Later editions leave
/// the techniques to IEEE 2883, which prefers SANITIZE.
inline constexpr std::string_view enhanced_erase_standard = "NIST SP 800-88 Rev. 1, table A-5";

struct EraseLevel {
    Verdict level = Verdict::cleared;
    std::string_view standard = wipe_standard;
    std::vector<Remark> why;  ///< why it is no better, or what the level rests on
};

/// What stores the data, from the drive's own word (IDENTIFY DEVICE word 217; block erase in SANICAP, where
/// an NVMe drive is reached through a network) before the kernel's. When the two contradict each other:
/// unknown.
Medium medium_for_erasing(const DriveCapabilities& capabilities);
/// True only when the drive says that it encrypts everything that it stores (IDENTIFY DEVICE word 69 bit 4).
/// NVMe and SCSI drives have no such field: not known, which is no.
bool encrypts_everything(const DriveCapabilities& capabilities);

/// One of the drive's own methods, by the name of the contract; the level itself is firmware_method.h's,
/// which the verdict asks too. Never more than Clear for a name that is not known there, and for a medium
/// that is not known.
EraseLevel erase_level(std::string_view method, Medium medium, bool encrypts);

bool is_crypto_erase(std::string_view method);  ///< only the key changes; what is read afterwards is noise
bool is_sanitize(std::string_view method);      ///< concerns the whole drive, whatever is shown of it

}  // namespace regain
