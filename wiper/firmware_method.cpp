#include "wiper/firmware_method.h"

#include <algorithm>
#include <array>

namespace regain {
namespace {

constexpr Verdict clear = Verdict::cleared;
constexpr Verdict purge = Verdict::purged;

// Purge on disks: overwriting or a new key by SANITIZE, and the enhanced SECURITY ERASE (NIST SP 800-88 Rev.
// 1, table A-5: "ATA Hard Disk Drives"). On flash: block erase or a new key; an overwrite reaches no spare
// cells, whoever does it, and Format NVM and SECURITY ERASE are called no more than Clear.
//
// Strongest first where the level is the same: what erases the medium before what only changes a key, what
// concerns the whole drive before what concerns what is shown of it.
constexpr std::array<FirmwareMethod, 16> methods{{
    // method, crypto, security, answered at its end, on a disk, on an SSD
    {"ata-sanitize-block", false, false, false, clear, purge},
    {"nvme-sanitize-block", false, false, false, clear, purge},
    {"scsi-sanitize-block", false, false, false, clear, purge},
    {"ata-sanitize-overwrite", false, false, false, purge, clear},
    {"nvme-sanitize-overwrite", false, false, false, clear, clear},
    {"scsi-sanitize-overwrite", false, false, false, purge, clear},
    {"ata-sanitize-crypto", true, false, false, purge, purge},
    {"nvme-sanitize-crypto", true, false, false, clear, purge},
    {"scsi-sanitize-crypto", true, false, false, purge, purge},
    // Its name says nothing of the protocol: it goes through ATA, SCSI and NVMe.
    {"tcg-psid-revert", true, false, true, purge, purge},
    {"ata-security-erase-enhanced", false, true, false, purge, clear},
    {"ata-security-erase", false, true, false, clear, clear},
    {"nvme-format-user-data", false, false, true, clear, clear},
    {"mmc-sanitize", false, false, true, clear, clear},
    {"mmc-secure-erase", false, false, true, clear, clear},
    {"nvme-format-crypto", true, false, true, clear, clear},
}};

// What a plan may say beside a crypto erase without a word about the keys.
constexpr std::array<std::string_view, 3> harmless_remarks{
    "suspend-and-wake-may-unfreeze", "capacity-in-no-namespace", "opened-by-psid-first"};

}  // namespace

Verdict FirmwareMethod::level_on(Medium medium) const {
    if (medium == Medium::hdd) return on_disk;
    return medium == Medium::ssd ? on_ssd : Verdict::cleared;
}

std::string_view FirmwareMethod::family() const {
    return method.substr(0, method.find('-'));
}

bool FirmwareMethod::fits(std::string_view protocol) const {
    if (family() == "tcg") return protocol == "ata" || protocol == "scsi" || protocol == "nvme";
    return protocol == family() || (family() == "ata" && protocol == "scsi");
}

bool FirmwareMethod::needs_encryption() const {
    return is_crypto && family() != "tcg";
}

std::span<const FirmwareMethod> firmware_methods() {
    return methods;
}

const FirmwareMethod* find_firmware_method(std::string_view method) {
    const auto found = std::find_if(methods.begin(), methods.end(),
                                    [&](const FirmwareMethod& known) { return known.method == method; });
    return found != methods.end() ? &*found : nullptr;
}

std::string_view pattern_after(const FirmwareMethod& method) {
    return method.is_crypto ? "changed" : "erased";
}

bool may_precede(const FirmwareMethod& before, const FirmwareMethod& last) {
    return before.is_crypto && !last.is_crypto && before.family() == last.family();
}

bool leaves_crypto_certain(const Remark& remark) {
    return std::find(harmless_remarks.begin(), harmless_remarks.end(), remark.code) != harmless_remarks.end();
}

}  // namespace regain
