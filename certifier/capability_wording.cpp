#include "certifier/capability_wording.h"

#include "certifier/worded_codes.h"

namespace regain {
namespace {

constexpr Words fact_words[] = {
    {"medium", N_("medium")},
    {"rotational", N_("rotates, as the system says")},
    {"attachment", N_("attached by")},
    {"protocol", N_("speaks")},
    {"addressable-bytes", N_("size that is shown, in bytes")},
    {"native-bytes", N_("size with hidden sectors, in bytes")},
    {"reallocated-sectors", N_("sectors that the drive has replaced")},
    {"usb-bridge", N_("USB bridge")},
    {"ata-pass-through", N_("ATA commands come through, in blocks of")},
    {"result-registers", N_("results of ATA commands that come back")},
    {"ata-model", N_("model")},
    {"ata-serial", N_("serial number of the drive itself")},
    {"ata-firmware", N_("firmware")},
    {"ata-wwn", N_("world wide name")},
    {"rotation-rate", N_("rotations per minute")},
    {"identify-checksum", N_("checksum of the drive's description")},
    {"serial-differs", N_("the system knows another serial number")},
    {"security-supported", N_("ATA security")},
    {"security-enabled", N_("a password is set")},
    {"security-locked", N_("locked by its password")},
    {"security-frozen", N_("security frozen until the power goes off")},
    {"security-count-expired", N_("too many wrong passwords were tried")},
    {"enhanced-erase-supported", N_("enhanced security erase")},
    {"security-level", N_("level of the master password")},
    {"security-erase-minutes", N_("security erase takes, in minutes")},
    {"enhanced-erase-minutes", N_("enhanced security erase takes, in minutes")},
    {"master-password-identifier", N_("number of the master password")},
    {"sanitize-supported", N_("ATA sanitize")},
    {"sanitize-crypto-scramble", N_("sanitize: change of the encryption key")},
    {"sanitize-crypto-erase", N_("sanitize: change of the encryption key")},
    {"sanitize-overwrite", N_("sanitize: overwrite")},
    {"sanitize-block-erase", N_("sanitize: erase of the flash blocks")},
    {"sanitize-exit-failure", N_("sanitize: a failure can be left")},
    {"sanitize-antifreeze-lock", N_("sanitize can be kept from freezing")},
    {"sanitize-antifreeze", N_("sanitize is kept from freezing")},
    {"sanitize-state", N_("sanitize: state")},
    {"sanitize-progress-65536", N_("sanitize: progress, of 65536")},
    {"hpa-supported", N_("can hide sectors by a host protected area (HPA)")},
    {"dco-supported", N_("can hide sectors by a configuration overlay (DCO)")},
    {"ama-supported", N_("can hide sectors by its accessible max address (AMA)")},
    {"hpa-native-sectors", N_("sectors without the host protected area")},
    {"dco-readable", N_("the configuration overlay can be read")},
    {"dco-native-sectors", N_("sectors without the configuration overlay")},
    {"ama-native-sectors", N_("sectors without the accessible max address")},
    {"addressable-sectors", N_("sectors that are shown")},
    {"hidden-sectors", N_("hidden sectors")},
    {"trusted-computing", N_("TCG commands")},
    {"encrypts-all-user-data", N_("encrypts everything it stores")},
    {"trim", N_("TRIM")},
    {"unmap", N_("UNMAP")},
    {"tcg-subsystem", N_("TCG: kind")},
    {"tcg-locking-enabled", N_("TCG: locking is switched on")},
    {"tcg-locked", N_("TCG: locked")},
    {"tcg-media-encryption", N_("TCG: encrypts the medium")},
    {"tcg-sid-blocked", N_("TCG: closed by the firmware until the power goes off")},
    {"scsi-product", N_("model")},
    {"scsi-version", N_("SCSI version")},
    {"scsi-blocks", N_("blocks")},
    {"scsi-block-bytes", N_("bytes of a block")},
    {"nvme-model", N_("model")},
    {"nvme-serial", N_("serial number")},
    {"nvme-firmware", N_("firmware")},
    {"nvme-version", N_("NVMe version")},
    {"format-supported", N_("Format")},
    {"format-crypto-erase", N_("Format: change of the encryption key")},
    {"format-concerns-all-namespaces", N_("Format concerns every namespace")},
    {"erase-concerns-all-namespaces", N_("Format with erase concerns every namespace")},
    {"namespace-management", N_("can have namespaces that are not shown")},
    {"security-commands", N_("TCG commands")},
    {"highest-namespace", N_("highest possible namespace")},
    {"namespaces", N_("namespaces")},
    {"namespaces-attached", N_("namespaces that are shown")},
    {"total-bytes", N_("size of all namespaces, in bytes")},
    {"unallocated-bytes", N_("size that belongs to no namespace, in bytes")},
    {"rpmb-units", N_("replay-protected areas")},
    {"global-data-erased", N_("nothing was written since the last sanitize")},
    {"overwrite-seconds", N_("sanitize overwrite takes, in seconds")},
    {"block-erase-seconds", N_("sanitize block erase takes, in seconds")},
    {"crypto-erase-seconds", N_("sanitize key change takes, in seconds")},
    {"mmc-revision", N_("revision of the extended CSD")},
    {"mmc-sectors", N_("sectors of the user area")},
    {"secure-erase", N_("secure erase")},
    {"sanitize", N_("sanitize")},
    {"boot-area-bytes", N_("each boot area, in bytes")},
    {"rpmb-bytes", N_("replay-protected area, in bytes")},
    {"erase-group-bytes", N_("erase group, in bytes")},
    {"erase-group-timeout-ms", N_("erasing a group takes at most, in ms")},
    {"boot-write-protection", N_("write protection of the boot areas")},
    {"erased-content", N_("what is erased reads as")},
};

constexpr Words value_words[] = {
    {"yes", N_("yes")},
    {"no", N_("no")},
    {"unknown", N_("not known")},
    {"not-examined", N_("not examined")},
    {"not-reported", N_("not reported")},
    {"maximum", N_("maximum")},
    {"high", N_("high")},
    {"all", N_("all")},
    {"low-bytes", N_("only in part")},
    {"none", N_("none")},
    {"good", N_("good")},
    {"bad", N_("wrong")},
    {"absent", N_("none")},
    {"non-rotating", N_("does not rotate")},
    {"idle", N_("at rest")},
    {"in-progress", N_("running")},
    {"completed", N_("completed")},
    {"failed", N_("failed")},
    {"frozen", N_("frozen")},
    {"never", N_("never sanitized")},
    {"refused", N_("refused")},
    {"lost", N_("the bridge stopped answering")},
    {"vendor-specific", N_("in the maker's own way")},
    {"zeros", N_("zeros")},
    {"ones", N_("ones")},
};

constexpr Words obstacle_words[] = {
    {"security-frozen", N_("security is frozen: suspend the machine and wake it")},
    {"security-locked", N_("the drive is locked by a password")},
    {"security-enabled", N_("a password is set")},
    {"security-count-expired", N_("too many wrong passwords were tried: switch the drive off and on")},
    {"sanitize-frozen", N_("sanitize is frozen: suspend the machine and wake it")},
    {"sanitize-in-progress", N_("a sanitize operation is running")},
    {"sanitize-failed", N_("the last sanitize operation failed")},
    {"registers-not-returned", N_("the results of commands do not come back: connect the drive directly")},
    {"commands-do-not-fit", N_("the adapter has no room for such commands: connect the drive directly")},
    {"bridge-shows-another-size",
     N_("the USB bridge shows another size than the drive has: connect the drive directly")},
    {"drive-without-serial",
     N_("the drive has no serial number: a note about its password could not name it")},
    {"namespace-write-protected", N_("a namespace is write-protected")},
    {"psid-needed", N_("the PSID from the drive's label is needed")},
    {"tcg-locked", N_("it is locked (TCG): the PSID from its label opens it")},
    {"tcg-does-not-encrypt", N_("its revert takes off passwords and erases nothing")},
    {"tcg-revert-is-of-another-kind",
     N_("its kind of TCG has another revert, which this version does not know")},
};

constexpr Words not_known_words[] = {
    {"bridge-stopped-answering-before",
     N_("This USB bridge stopped answering when it was asked for the drive's own commands ({0}): it is not "
        "asked again."),
     {"when"}},
    {"bridge-stopped-answering",
     N_("The USB bridge stopped answering when it was asked for the drive's own commands. Unplug it and plug "
        "it in again; it won't be asked again.")},
    {"bridge-not-remembered", N_("What was found out about the USB bridge could not be stored.")},
    {"usb-bridge-not-asked",
     N_("The USB bridge does not let the drive's own commands through; connect the drive directly to see "
        "what it can do.")},
    {"usb-stick-not-asked", N_("USB sticks and cards have no erase commands of their own.")},
    {"pass-through-refused", N_("The adapter does not let the drive's own commands through.")},
    {"registers-not-returned",
     N_("The results of the drive's commands do not come back through this bridge or adapter: hidden sectors "
        "and the state of a sanitize operation cannot be read.")},
    {"channel-not-open", N_("The drive's own commands could not be reached.")},
    {"no-command-channel", N_("A drive of this kind ({0}) has no erase commands of its own."), {"protocol"}},
    {"no-node", N_("The system shows no device for this drive.")},
    {"sd-card-has-no-erase-commands", N_("SD cards have no erase commands that this program uses.")},
    {"no-answer-from-drive", N_("The drive did not describe itself.")},
    {"hidden-sectors-not-readable",
     N_("Whether there are hidden sectors is not known: {0} brought no usable answer."),
     {"command"}},
    {"sanitize-status-not-readable",
     N_("Whether a sanitize operation is running or has failed could not be read.")},
    {"tcg-not-readable", N_("The drive says that it has TCG commands, and did not answer them.")},
    {"namespaces-not-listed", N_("Not all namespaces could be listed.")},
    {"unattached-namespaces-not-listed", N_("Namespaces that are not shown could not be listed.")},
    {"namespace-not-readable", N_("Namespace {0} did not describe itself."), {"nsid"}},
};

/// "namespace-7-bytes" → 7 between the two ends; empty when it is none.
std::string number_between(std::string_view fact, std::string_view start, std::string_view end) {
    if (fact.size() <= start.size() + end.size() || !fact.starts_with(start) || !fact.ends_with(end))
        return {};
    const std::string_view number = fact.substr(start.size(), fact.size() - start.size() - end.size());
    return number.find_first_not_of("0123456789") == std::string_view::npos ? std::string(number)
                                                                            : std::string();
}

}  // namespace

Message word_fact(std::string_view fact) {
    if (const auto number = number_between(fact, "namespace-", "-bytes"); !number.empty())
        return message("namespace {0}, in bytes", number);
    if (const auto number = number_between(fact, "namespace-", "-write-protected"); !number.empty())
        return message("namespace {0} is write-protected", number);
    if (const auto number = number_between(fact, "general-purpose-", "-bytes"); !number.empty())
        return message("general-purpose area {0}, in bytes", number);
    return word_or_code(fact_words, fact);
}

Message word_fact_value(std::string_view value) {
    return word_or_code(value_words, value);
}

Message word_obstacle(std::string_view obstacle) {
    return word_or_code(obstacle_words, obstacle);
}

std::optional<Message> word_not_known(const Remark& remark) {
    return find_sentence(not_known_words, remark);
}

std::vector<std::string> worded_capability_codes() {
    return codes_of({fact_words, value_words, obstacle_words});
}

std::vector<std::string> worded_not_known_codes() {
    return codes_of({not_known_words});
}

}  // namespace regain
