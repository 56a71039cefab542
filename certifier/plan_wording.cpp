#include "certifier/plan_wording.h"

#include "certifier/capability_wording.h"
#include "certifier/worded_codes.h"
#include "certifier/wording.h"

namespace regain {
namespace {

constexpr Words plan_words[] = {
    // why a method was not chosen
    {"not-asked", N_("The drive was not asked whether it has it.")},
    {"not-supported", N_("The drive does not have it.")},
    {"not-known", N_("Whether the drive has it is not known.")},
    {"tcg-blocked-by-kernel",
     N_("The system does not let TCG commands through to it: start with libata.allow_tpm=1.")},
    {"is-a-fallback", N_("It comes next if what was chosen fails.")},
    {"weaker-than-chosen", N_("It is weaker than what was chosen.")},
    {"slower-than-chosen", N_("It takes longer than what was chosen.")},
    {"time-not-known", N_("The drive does not say how long it takes.")},
    {"was-to-be-tried-before", N_("It was to be tried before this one.")},
    {"reaches-less-than-chosen", N_("It does not reach everything that the chosen method reaches.")},
    {"only-clears", N_("It reaches the level Clear, not Purge.")},
    {"needs-reading-back", N_("It proves nothing unless the result is read back.")},
    {"cannot-be-read-back-as-a-whole",
     N_("What it leaves cannot be read back as a whole, only compared by sample.")},
    // why a method reaches no more
    {"crypto-alone-needs-encryption",
     N_("Changing the encryption key alone is Purge only where the drive says that it encrypts everything.")},
    {"block-erase-purges-only-flash", N_("Erasing blocks is Purge on flash memory only.")},
    {"enhanced-erase-purges-only-magnetic-disks",
     N_("Enhanced security erase is Purge on magnetic disks only: here it is Clear.")},
    {"enhanced-erase-is-purge-by-rev-1",
     N_("That enhanced security erase is Purge follows NIST SP 800-88 Rev. 1, table A-5.")},
    {"security-erase-only-clears", N_("Security erase in its normal mode reaches the level Clear.")},
    {"format-never-purges", N_("NVMe Format reaches the level Clear, never Purge.")},
    {"emmc-is-never-purged", N_("For eMMC memory no method reaches more than the level Clear.")},
    // what a plan will not reach
    {"hidden-areas-will-not-be-reached",
     N_("The drive hides {0} sectors ({1} bytes), which this plan does not bring back: Purge is not "
        "possible."),
     {"sectors", "bytes"}},
    {"hidden-sectors-given-back-first",
     N_("The drive hides {0} sectors ({1} bytes): they are given back first, and then the plan is made "
        "anew."),
     {"sectors", "bytes"}},
    {"one-change-for-each-power-cycle",
     N_("They are hidden in several ways, of which one can be undone each time the drive is switched on: "
        "after the first the computer has to be switched off and on.")},
    {"hidden-areas-not-examined",
     N_("Whether the drive hides sectors could not be examined: Purge is not possible.")},
    {"namespaces-differ-from-nodes",
     N_("The drive has {0} attached namespaces, and they are not those that the system shows: Purge is not "
        "possible."),
     {"count"}},
    {"namespaces-not-attached",
     N_("Namespaces that are not attached and cannot be checked: {0}. Purge is not possible."),
     {"count"}},
    {"namespaces-not-all-known",
     N_("Not all namespaces of the drive could be listed: Purge is not possible.")},
    {"capacity-in-no-namespace",
     N_("{0} bytes of the drive belong to no namespace: only Sanitize reaches them."),
     {"bytes"}},
    {"opened-by-psid-first", N_("The drive is locked (TCG): it is reverted by its PSID first. What that "
                                "erased cannot be proved; what "
                                "follows is.")},
    {"suspend-and-wake-may-unfreeze", N_("The drive's erase commands are frozen by the firmware: suspending "
                                         "the machine and waking it may free "
                                         "them.")},
};

}  // namespace

std::optional<Message> word_plan_remark(const Remark& remark) {
    return find_sentence(plan_words, remark);
}

Message word_rejection(const Remark& reason) {
    Message obstacle = word_obstacle(reason.code);
    return obstacle.id != "{0}" ? obstacle : word_remark(reason);
}

Message word_expected_time(const ExpectedTime& time, const std::string& duration) {
    if (!time.minutes) return message("time not known");
    if (time.basis == "drive") return message("{0}, as the drive says", duration);
    if (time.basis == "at-least") return message("at least {0}, as the drive says", duration);
    return message("about {0}, at a usual speed", duration);
}

std::vector<std::string> worded_plan_codes() {
    return codes_of({plan_words});
}

}  // namespace regain
