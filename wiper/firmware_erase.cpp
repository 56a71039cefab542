#include "wiper/firmware_erase.h"

#include <string_view>

#include "wiper/erase_families.h"
#include "wiper/sanitize_sequence.h"

namespace regain {
namespace {

bool is_among(std::string_view method, std::string_view family) {
    return method.substr(0, family.size()) == family;
}

/// Checks the channel and hands on; false when no family knows the method.
bool erase_by_family(const EraseChannels& channels, const EraseWatch& watch, PasswordJournal* passwords,
                     DriveLog& log) {
    const std::string_view method = log.method;
    const Remark no_channel{"channel-missing", {}};
    if (is_among(method, "ata-") || is_among(method, "scsi-")) {
        if (channels.scsi == nullptr) {
            refuse(log, no_channel);
            return true;
        }
    }
    if (is_among(method, "ata-sanitize-")) {
        erase_by_ata_sanitize(*channels.scsi, channels.pass_through, watch, log);
    } else if (is_among(method, "ata-security-")) {
        if (passwords == nullptr)
            refuse(log, {"password-journal-missing", {}});
        else
            erase_by_ata_security(*channels.scsi, channels.pass_through, watch, *passwords, log);
    } else if (is_among(method, "scsi-sanitize-")) {
        erase_by_scsi_sanitize(*channels.scsi, watch, log);
    } else if (is_among(method, "nvme-")) {
        if (channels.nvme == nullptr)
            refuse(log, no_channel);
        else
            erase_by_nvme(*channels.nvme, watch, log);
    } else if (is_among(method, "mmc-")) {
        if (channels.mmc == nullptr)
            refuse(log, no_channel);
        else
            erase_by_mmc(*channels.mmc, watch, log);
    } else if (method == "tcg-psid-revert") {
        erase_by_psid(channels, watch, log);
    } else {
        return false;
    }
    return true;
}

}  // namespace

DriveLog erase_by_firmware(const std::string& method, const EraseChannels& channels, const EraseWatch& watch,
                           PasswordJournal* passwords) {
    DriveLog log;
    log.method = method;
    log.state_before = "unknown";
    if (!erase_by_family(channels, watch, passwords, log))
        refuse(log, {"method-not-supported", {{"method", method}}});
    return log;
}

}  // namespace regain
