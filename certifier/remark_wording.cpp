// The words of remarks: a table for all rooms but those that have one of their own, which are asked after it.

#include <utility>

#include "certifier/capability_wording.h"
#include "certifier/plan_wording.h"
#include "certifier/verdict_wording.h"
#include "certifier/worded_codes.h"
#include "certifier/wording.h"

namespace regain {
namespace {

// By the room that uses it.
constexpr Words remark_words[] = {
    // wiper: why the level is what it is
    {"overwriting-is-clear", N_("Overwriting reaches every sector that can be addressed: this is the level "
                                "Clear. Purge needs the drive's own "
                                "erase commands.")},
    {"overwriting-flash-is-never-purge", N_("On a flash medium an overwrite never counts as Purge: the drive "
                                            "keeps spare memory cells that overwriting "
                                            "cannot reach. The level is Clear.")},
    {"overwriting-never-purges", N_("Overwriting never reaches the level Purge on this medium.")},
    {"medium-unknown", N_("The drive does not say what kind of medium it is.")},
    {"virtual-drive", N_("This is a virtual drive (a file or a loop device), not a physical one.")},
    {"read-back-not-asked-for", N_("Reading back was not asked for: only the markers are looked for.")},
    {"reallocated-sectors-not-reached",
     N_("{0} sectors had been replaced by the drive before: their old content cannot be reached by "
        "overwriting."),
     {"count"}},
    {"verified-by-sample", N_("The result was read back by sample, not as a whole.")},
    {"only-markers-verified",
     N_("Only the markers were looked for; the rest of the drive was not read back.")},
    {"resumed-after-interruption", N_("It was interrupted and gone on with, so many times: {0}."), {"count"}},
    {"can-not-be-resumed",
     N_("Its journal can't be written: after a power cut it would begin anew. {0}"),
     {"reason"}},
    {"read-back-through-page-cache", N_("It was read back through the operating system's cache: the file "
                                        "system of this virtual drive left no choice.")},
    {"another-method-was-asked-for", N_("Another method was asked for: {0}."), {"method"}},
    {"zeros-may-be-compressed-by-the-controller",
     N_("Flash controllers may compress zeros instead of writing them.")},
    {"zeros-are-enough-for-this-medium", N_("Zeros are enough for this medium, and quicker to check.")},
    {"only-where-asked-for",
     N_("It is done only where it is asked for: more passes take longer and add nothing to "
        "one pass that is verified.")},
    {"more-passes-add-nothing",
     N_("Its passes were asked for. On today's drives they add nothing to one pass that is verified (NIST SP "
        "800-88); the level is the same.")},
    {"not-available-in-this-version", N_("This version of the program does not have it yet.")},
    // wiper: what was not examined
    {"hidden-areas", N_("hidden areas (HPA, DCO)")},
    {"over-provisioning", N_("the spare memory cells of the drive")},
    {"other-namespaces", N_("other namespaces of the drive")},
    {"boot-areas", N_("the boot area {0}"), {"path"}},
    {"rpmb", N_("the replay-protected area {0}, which cannot be erased"), {"path"}},
    {"unallocated-capacity", N_("the drive's capacity that belongs to no namespace ({0} bytes)"), {"bytes"}},
    {"rpmb-units", N_("replay-protected areas (RPMB) of the drive, which cannot be erased: {0}"), {"count"}},
    {"underlying-storage", N_("the storage under the virtual drive")},
    {"reallocated-sectors", N_("sectors that the drive has replaced")},
    // wiper: why it was not erased
    {"plan-erases-nothing", N_("The plan erased nothing.")},
    {"method-not-known", N_("The method {0} is not known to this version."), {"method"}},
    {"method-differs-from-plan", N_("The method that was used is not the planned one: {0}."), {"method"}},
    {"policy-not-reached", N_("The level that was asked for ({0}) was not reached."), {"policy"}},
    {"drive-differs-from-plan", N_("The drive is not the one that the plan was made for.")},
    {"plan-incomplete", N_("The plan does not cover {0}."), {"node"}},
    {"interrupted", N_("It was interrupted before its end.")},
    {"resumption-not-proven", N_("It was resumed after an interruption, and what was written before is not "
                                 "proven to be still there.")},
    {"flush-failed", N_("The drive could not empty its cache.")},
    {"errors", N_("Errors were met: {0}."), {"count"}},
    {"drive-hung",
     N_("The drive stopped answering (step: {0}), at byte {1}; after {2} seconds it was given up."),
     {"step", "byte", "seconds"}},
    {"steps-missing", N_("Not every step was done.")},
    {"steps-differ-from-plan", N_("The steps differ from the plan at: {0}."), {"step"}},
    {"step-not-done", N_("The step {0} ended with: {1}."), {"step", "result"}},
    {"size-changed", N_("The size of the drive changed on the way.")},
    {"not-fully-overwritten", N_("{0} of {1} bytes were overwritten."), {"bytes", "of_bytes"}},
    {"unwritable-sectors", N_("{0} sectors could not be written."), {"count"}},
    {"unwritable-sectors-readable", N_("What stood in {0} of them can still be read."), {"count"}},
    {"hidden-areas-not-reached", N_("Hidden areas of {0} bytes were not reached."), {"bytes"}},
    {"patterns-unknown", N_("It is not known what each pass wrote on {0}."), {"node"}},
    {"identity-not-proven-before", N_("The drive's identity was not proven before writing.")},
    {"identity-not-proven-after", N_("The drive's identity was not proven after writing.")},
    {"markers-unknown", N_("Nothing is known of the markers on {0}."), {"node"}},
    {"markers-not-written", N_("The markers could not be written on {0}."), {"node"}},
    {"markers-not-stored", N_("The markers were not found where they had been written on {0}."), {"node"}},
    {"markers-not-gone", N_("Not all markers are known to be gone from {0}."), {"node"}},
    {"markers-still-there", N_("Markers are still there on {0}."), {"node"}},
    {"old-content-came-back", N_("Content from before came back on {0}."), {"node"}},
    {"unexpected-content", N_("Unexpected content was read from {0}."), {"node"}},
    {"block-counters-too-low", N_("The kernel counted fewer writes than the size of {0}."), {"node"}},
    {"verification-unknown", N_("Nothing reliable is known of the verification.")},
    {"read-back-from-cache", N_("It was not read back from the medium.")},
    {"verification-weaker-than-asked", N_("The verification was weaker than what was asked for.")},
    {"mismatches", N_("{0} sectors are not what the erasure must leave."), {"count"}},
    {"verification-incomplete", N_("The verification did not come to its end.")},
    {"sample-too-small", N_("The sample was too small.")},
    // imager
    {"read-back-mismatch",
     N_("Blocks that differed when they were read back, and were written again: {0}."),
     {"chunks"}},
    {"no-root-partition", N_("The image holds no root partition: nothing was grown, and the disk has the "
                             "same identifiers as every "
                             "other copy.")},
    {"read-back-through-cache", N_("The image was read back through the operating system's cache.")},
    // certifier
    {"report-contradicts-itself", N_("The report said {0} and contradicts itself."), {"verdict"}},
    // inspector: identity, memory, batteries, firmware
    {"machine-identity", N_("The machine says who it is.")},
    {"no-identifier", N_("The machine has no serial number that can be relied on.")},
    {"memory-complete", N_("All the memory that is installed can be used.")},
    {"memory-below-4-gib", N_("Less than 4 GiB of memory.")},
    {"memory-less-than-installed", N_("Less memory can be used than is installed.")},
    {"memory-module-missing", N_("A memory module is installed and cannot be used.")},
    {"memory-size-unknown", N_("The size of the memory is not known.")},
    {"firmware-lists-no-modules", N_("The firmware does not list its memory modules.")},
    {"firmware-lists-too-little", N_("The firmware lists less memory than there is.")},
    {"no-error-counters", N_("The machine does not count memory errors.")},
    {"memory-errors", N_("Memory errors were counted.")},
    {"battery-not-present", N_("The battery is not there.")},
    {"battery-design-unknown", N_("The battery does not say what it held when it was new.")},
    {"battery-capacity-unknown", N_("The battery does not say what it holds.")},
    {"battery-figures-implausible", N_("The battery's figures are not plausible.")},
    {"battery-good", N_("The battery is good: {0} % of what it held when new."), {"percent"}},
    {"battery-fair", N_("The battery is worn: {0} % of what it held when new."), {"percent"}},
    {"battery-to-replace",
     N_("The battery should be replaced: {0} % of what it held when new."),
     {"percent"}},
    {"battery-faulty", N_("The battery is faulty: {0} % of what it held when new."), {"percent"}},
    {"portable-without-battery", N_("A portable machine without a battery.")},
    {"none-found", N_("None was found.")},
    {"not-in-this-version", N_("This version of the program cannot test it yet.")},
    {"measured-by-the-wipe", N_("It is measured by the wipe.")},
    {"program-missing", N_("The program {0} is missing (Debian package {1})."), {"program", "package"}},
    {"firmware-does-not-say", N_("The firmware does not say.")},
    {"password-not-implemented", N_("This machine does not have such a password.")},
    {"ask-donor-for-firmware-password", N_("A firmware password is set: ask the donor for it.")},
    {"ask-donor-for-administrator-password",
     N_("The firmware's administrator password is set: ask the donor for it.")},
    {"ask-donor-for-power-on-password", N_("A power-on password is set: ask the donor for it.")},
    {"ask-donor-for-keyboard-password", N_("A keyboard password is set: ask the donor for it.")},
    {"booted-without-uefi", N_("The machine was started without UEFI.")},
    {"secure-boot-on", N_("Secure boot is on.")},
    {"secure-boot-off", N_("Secure boot is off.")},
    {"secure-boot-setup-mode", N_("Secure boot is in setup mode.")},
    {"acpi-tables-not-readable", N_("The firmware's tables could not be read.")},
    {"wpbt-may-be-an-anti-theft-agent",
     N_("The firmware installs a program into Windows (WPBT): perhaps an anti-theft agent.")},
    {"tpm-found", N_("A TPM was found.")},
    // inspector: drives
    {"no-fault-found", N_("No fault was found.")},
    {"drive-says-passed", N_("The drive says of itself that it is fine.")},
    {"drive-says-failed", N_("The drive says of itself that it is failing.")},
    {"self-test-failed", N_("A self-test of the drive failed.")},
    {"short-self-test-passed", N_("The last short self-test passed.")},
    {"extended-self-test-passed", N_("The last extended self-test passed.")},
    {"no-self-test-recorded", N_("No self-test is recorded.")},
    {"wear-within-limit", N_("The wear is within its limit.")},
    {"spare-within-limit", N_("The reserve is within its limit.")},
    {"spare-exhausted", N_("The reserve is used up.")},
    {"media-errors", N_("The drive counted errors of its medium.")},
    {"nvme-critical-warning", N_("The drive gives a critical warning.")},
    {"persistent-memory", N_("persistent memory")},
    {"read-only", N_("The drive has become read-only.")},
    {"volatile-backup", N_("The drive's backup of its volatile memory has failed.")},
    {"temperature-within-limit", N_("The temperature is within its limit.")},
    {"temperature-limit-exceeded", N_("The temperature is above its limit.")},
    {"temperature-limit-exceeded-in-past", N_("The temperature was above its limit in the past.")},
    {"attribute-failing-now", N_("An attribute is below its threshold now.")},
    {"attribute-failed-in-past", N_("An attribute was below its threshold in the past.")},
    {"attribute-means-something-else", N_("This maker gives the attribute another meaning.")},
    {"counter-implausible", N_("The counter is not plausible.")},
    {"counter-unclear", N_("The counter cannot be read clearly.")},
    {"not-reported", N_("The drive does not report it.")},
    {"pending-sectors", N_("Sectors wait to be replaced.")},
    {"offline-uncorrectable-sectors", N_("Sectors cannot be read any more.")},
    {"uncorrectable-errors", N_("Uncorrectable errors were counted.")},
    {"interface-errors-check-cable", N_("Transfer errors were counted: check the cable.")},
    {"error-log-has-entries", N_("The drive's error log has entries.")},
    {"error-log-unreadable-sectors", N_("The drive's error log names sectors that could not be read.")},
    {"error-log-without-medium-errors", N_("The drive's error log has no errors of the medium.")},
    {"smart-disabled", N_("Health reporting (SMART) is switched off.")},
    {"smart-not-supported", N_("The drive has no health reporting (SMART).")},
    {"health-figures-incomplete", N_("The health figures are incomplete.")},
    {"health-report-empty", N_("The health report is empty.")},
    {"health-report-malformed", N_("The health report is malformed.")},
    {"health-report-without-drive", N_("The health report names no drive.")},
    {"unknown-usb-bridge", N_("The USB adapter does not let the drive's health through.")},
    {"drive-did-not-answer", N_("The drive did not answer: {0}"), {"words"}},
    {"health-not-read", N_("The health could not be read: {0}"), {"words"}},
    {"no-health-report-on-this-bus", N_("There is no health report on this kind of attachment.")},
    {"none", N_("Nothing to report.")},
    {"identified", N_("The machine has an identifier that can be relied on.")},
    {"not-part-of-the-machine", N_("It does not belong to the machine: it was plugged in.")},
    {"worn", N_("The drive is worn: {0} % of its expected life."), {"percent"}},
    {"slow", N_("The drive is slow.")},
    {"fast-enough", N_("Fast enough.")},
    {"sectors-not-readable", N_("Sectors that could not be read back: {0}."), {"count"}},
    {"reads-repeated", N_("Reads that failed at first and had to be repeated: {0}."), {"count"}},
    {"regions-slow", N_("Places where the drive is far slower than around them: {0}."), {"count"}},
    {"reads-stalled",
     N_("The drive stopped answering for a second and more, so many times: {0}."),
     {"count"}},
    {"not-read-as-a-whole", N_("The drive was not read as a whole.")},
    {"nothing-stored", N_("The memory is empty: its controller answers without reading it.")},
    {"too-small", N_("The drive is too small to compare its parts.")},
    {"hardly-measured", N_("Too little of the drive could be measured undisturbed.")},
    {"no-limit-for-this-drive", N_("There is no limit for this kind of drive.")},
};

}  // namespace

Message word_remark(const Remark& remark) {
    if (auto words = find_sentence(remark_words, remark)) return *words;
    if (auto words = word_not_known(remark)) return *words;
    if (auto words = word_verdict_remark(remark)) return *words;
    if (auto words = word_plan_remark(remark)) return *words;
    if (Message words = word_obstacle(remark.code); words.id != "{0}") return words;
    std::string text = remark.code;
    for (const auto& [name, value] : remark.arguments)
        text.append(" ").append(name).append("=").append(value);
    return message("unknown remark: {0}", text);
}

std::vector<std::string> worded_remark_codes() {
    std::vector<std::string> codes = worded_not_known_codes();
    for (std::string& code : worded_verdict_codes()) codes.push_back(std::move(code));
    for (std::string& code : worded_plan_codes()) codes.push_back(std::move(code));
    for (std::string& code : codes_of({remark_words})) codes.push_back(std::move(code));
    return codes;
}

}  // namespace regain
