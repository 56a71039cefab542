#include "certifier/wording.h"

#include "certifier/worded_codes.h"

namespace regain {
namespace {

constexpr Words bus_words[] = {{"ata", N_("SATA/ATA")},
                               {"scsi", N_("SCSI/SAS")},
                               {"nvme", N_("NVMe")},
                               {"mmc", N_("eMMC/SD")},
                               {"usb", N_("USB")},
                               {"virtio", N_("virtio (virtual machine)")},
                               {"virtual", N_("virtual (a file or a loop device, not a physical drive)")},
                               {"unknown", N_("not known")}};

constexpr Words medium_words[] = {{"hdd", N_("hard disk")},
                                  {"ssd", N_("solid-state drive (SSD)")},
                                  {"emmc", N_("eMMC memory")},
                                  {"flash", N_("flash memory")},
                                  {"unknown", N_("not known")}};

constexpr Words method_words[] = {
    {"zero", N_("overwriting with zeros, one pass")},
    {"random", N_("overwriting with random data, one pass")},
    {"dod-5220.22-m", N_("overwriting by DoD 5220.22-M, three passes")},
    {"hmg-is5-enhanced", N_("overwriting by HMG IS5, enhanced, three passes")},
    {"bsi-vsitr", N_("overwriting by BSI VSITR, seven passes")},
    {"gutmann", N_("overwriting by Gutmann, 35 passes")},
    {"ata-sanitize-crypto", N_("ATA SANITIZE, cryptographic")},
    {"ata-sanitize-block", N_("ATA SANITIZE, block erase")},
    {"ata-sanitize-overwrite", N_("ATA SANITIZE, overwrite")},
    {"ata-security-erase", N_("ATA SECURITY ERASE")},
    {"ata-security-erase-enhanced", N_("ATA SECURITY ERASE, enhanced")},
    {"tcg-psid-revert", N_("TCG Opal, revert by PSID")},
    {"nvme-sanitize-crypto", N_("NVMe Sanitize, cryptographic")},
    {"nvme-sanitize-block", N_("NVMe Sanitize, block erase")},
    {"nvme-sanitize-overwrite", N_("NVMe Sanitize, overwrite")},
    {"nvme-format-crypto", N_("NVMe Format, cryptographic erase")},
    {"nvme-format-user-data", N_("NVMe Format, user data erase")},
    {"scsi-sanitize-crypto", N_("SCSI SANITIZE, cryptographic")},
    {"scsi-sanitize-block", N_("SCSI SANITIZE, block erase")},
    {"scsi-sanitize-overwrite", N_("SCSI SANITIZE, overwrite")},
    {"scsi-format-unit", N_("SCSI FORMAT UNIT")},
    {"mmc-sanitize", N_("eMMC erase and sanitize")},
    {"mmc-secure-erase", N_("eMMC secure erase")},
};

constexpr Words step_words[] = {{"write-markers", N_("write markers")},
                                {"flush", N_("empty the drive's cache")},
                                {"check-markers", N_("look for the markers")},
                                {"check-resumed", N_("check what was written before")},
                                {"overwrite", N_("overwrite")},
                                {"restore-hidden", N_("give back hidden sectors")},
                                {"open-drive", N_("open the locked drive by its PSID")},
                                {"remember", N_("remember what stands there, by sample")},
                                {"firmware-erase", N_("erase by the drive's own command")},
                                {"identify-again", N_("make sure that it is still the same drive")},
                                {"verify", N_("read back")}};

constexpr Words mechanism_words[] = {{"accessible-max-address", N_("accessible maximum address")},
                                     {"host-protected-area", N_("host-protected area")},
                                     {"configuration-overlay", N_("device configuration overlay")},
                                     {"not-noticed", N_("the system has not noticed them yet")}};

constexpr Words step_result_words[] = {{"done", N_("done")},
                                       {"failed", N_("failed")},
                                       {"interrupted", N_("interrupted")},
                                       {"skipped", N_("not done")}};

constexpr Words verification_words[] = {{"full", N_("every sector read back and compared")},
                                        {"sample", N_("a random sample read back and compared")},
                                        {"none", N_("only the markers looked for, nothing read back")}};

constexpr Words check_words[] = {
    {"machine-identity", N_("identity of the machine")},
    {"memory-size", N_("size of the memory")},
    {"memory-errors", N_("memory errors")},
    {"memory-content", N_("memory test")},
    {"processor-load", N_("processor under load, cooling")},
    {"battery-wear", N_("battery")},
    {"battery-present", N_("battery present")},
    {"battery-load", N_("battery under load")},
    {"firmware-password", N_("firmware passwords")},
    {"firmware-agent", N_("agent in the firmware")},
    {"secure-boot", N_("secure boot")},
    {"tpm", N_("TPM")},
    {"drive-health", N_("health of the drive")},
    {"drive-self-assessment", N_("the drive's own judgement")},
    {"drive-self-test", N_("the drive's self-test")},
    {"drive-reallocated", N_("replaced sectors")},
    {"drive-pending", N_("sectors that wait to be replaced")},
    {"drive-offline-uncorrectable", N_("sectors that cannot be read")},
    {"drive-reported-uncorrectable", N_("uncorrectable errors")},
    {"drive-connection", N_("connection of the drive")},
    {"drive-attributes", N_("attributes of the drive")},
    {"drive-error-log", N_("error log of the drive")},
    {"drive-wear", N_("wear of the drive")},
    {"drive-spare", N_("reserve of the drive")},
    {"drive-media-errors", N_("errors of the medium")},
    {"drive-critical-warning", N_("critical warning of the drive")},
    {"drive-temperature", N_("temperature of the drive")},
    {"disk-speed", N_("speed of the drive")},
    {"disk-surface", N_("surface of the drive")},
    {"drive-unreadable", N_("sectors that cannot be read")},
    {"drive-repeated-reads", N_("reads that had to be repeated")},
    {"drive-slow-regions", N_("slow places")},
    {"drive-stalls", N_("stops of a second and more")},
    {"drive-slowest-read", N_("longest read")},
    {"screen", N_("screen")},
    {"keyboard", N_("keyboard")},
    {"touchpad", N_("touchpad")},
    {"sound", N_("sound")},
    {"camera", N_("camera")},
    {"wifi", N_("Wi-Fi")},
    {"bluetooth", N_("Bluetooth")},
    {"ethernet", N_("Ethernet")},
    {"usb-ports", N_("USB ports")},
    {"optical-drive", N_("optical drive")},
};

constexpr Words check_result_words[] = {
    {"pass", N_("good")}, {"warn", N_("to watch")}, {"fail", N_("failed")}, {"not-tested", N_("not tested")}};

constexpr Words protection_words[] = {
    {"boot-medium", N_("the system was started from it")},
    {"system-root", N_("the running system lies on it")},
    {"mounted", N_("it is mounted on {0}"), {"detail"}},
    {"swap", N_("it is used as swap")},
    {"md", N_("it belongs to the RAID set {0}"), {"detail"}},
    {"lvm", N_("it belongs to the volume group {0}"), {"detail"}},
    {"dm", N_("it is used by {0}"), {"detail"}},
    {"bcache", N_("it is used by bcache {0}"), {"detail"}},
    {"backs-loop-device", N_("the loop device {0} uses it"), {"detail"}},
    {"shares-file", N_("{0} stands on the same file"), {"detail"}},
    {"read-only", N_("it is read-only")},
    {"in-use", N_("another program is using it {0}"), {"detail"}},
    {"size-zero", N_("its size is zero: the system cannot use it")},
    {"sector-size-unsupported", N_("its sector size is not supported: {0}"), {"detail"}},
    {"remapped-nvme",
     N_("NVMe drives are hidden behind this controller: switch it to AHCI in the firmware's setup")},
};

constexpr Words grade_words[] = {{"A", N_("A: nothing to object")},
                                 {"B", N_("B: with warnings")},
                                 {"C", N_("C: with failures")},
                                 {"-", N_("no grade: too little was tested")}};

}  // namespace

std::vector<std::string> worded_check_names() {
    return codes_of({check_words});
}

Message word_verdict(Verdict verdict) {
    switch (verdict) {
        case Verdict::purged:
            return message("purged (Purge)");
        case Verdict::cleared:
            return message("cleared (Clear)");
        default:
            return message("NOT ERASED");
    }
}

Message word_bus(std::string_view bus) {
    return word_or_code(bus_words, bus);
}
Message word_medium(std::string_view medium) {
    return word_or_code(medium_words, medium);
}
Message word_method(std::string_view method) {
    if (method.empty()) return message("none");
    return word_or_code(method_words, method);
}
Message word_step(std::string_view step) {
    return word_or_code(step_words, step);
}
Message word_mechanism(std::string_view mechanism) {
    return word_or_code(mechanism_words, mechanism);
}
Message word_step_result(std::string_view result) {
    return word_or_code(step_result_words, result);
}
Message word_verification_kind(std::string_view kind) {
    return word_or_code(verification_words, kind);
}
Message word_check(std::string_view check) {
    return word_or_code(check_words, check);
}
Message word_check_result(std::string_view result) {
    return word_or_code(check_result_words, result);
}
Message word_grade(std::string_view grade) {
    return word_or_code(grade_words, grade);
}

Message word_protection(const Protection& protection) {
    return find_sentence(protection_words, protection.reason, {{"detail", protection.detail}})
        .value_or(Message{"{0} {1}", {protection.reason, protection.detail}});
}

}  // namespace regain
