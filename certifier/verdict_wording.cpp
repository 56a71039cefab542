#include "certifier/verdict_wording.h"

#include "certifier/worded_codes.h"

namespace regain {
namespace {

constexpr Words verdict_words[] = {
    // why it was not erased
    {"method-not-of-this-drive", N_("The method {0} is none of this drive's."), {"method"}},
    {"drive-log-missing", N_("Nothing is known of what the drive said about: {0}."), {"method"}},
    {"erase-not-accepted", N_("The drive is not known to have accepted the command: {0}."), {"method"}},
    {"erase-not-seen-running", N_("The erasure was not seen running in the drive: {0}."), {"method"}},
    {"erase-not-completed", N_("The drive did not say that the erasure was completed: {0}."), {"method"}},
    {"erase-stood-still", N_("The erasure stood still in the drive: {0}."), {"method"}},
    {"erase-left-running",
     N_("The erasure goes on inside the drive, or is not known to have ended: {0}."),
     {"method"}},
    {"password-not-released",
     N_("The drive is not known to have given up the password that was set for the erasure: {0}."),
     {"method"}},
    {"attempt-left-running",
     N_("An earlier attempt goes on inside the drive, or is not known to have ended: {0}. What was done "
        "after it proves nothing."),
     {"method"}},
    {"preparations-not-done", N_("The drive's hidden sectors were to be given back first, and were not.")},
    {"identity-again-unknown",
     N_("After the erasure it was not proven that the drive is the same and as large as before.")},
    {"serial-changed", N_("After the erasure the drive gives another serial number.")},
    {"read-back-unknown", N_("Nothing reliable is known of what was read back from {0}."), {"node"}},
    {"content-left", N_("What was read back from {0} is not what the erasure must leave."), {"node"}},
    // why it is no Purge
    {"method-only-clears", N_("On this medium this method reaches the level Clear: {0}."), {"method"}},
    {"plan-only-clears", N_("The plan was made for the level Clear.")},
    {"crypto-erase-in-doubt",
     N_("Only the encryption key was changed, and it is not certain that everything on the drive was "
        "encrypted: the level is Clear.")},
    {"read-back-uninformative",
     N_("What stood on {0} before was too uniform to show a difference: the level is Clear."),
     {"node"}},
    {"hidden-areas-left",
     N_("Hidden areas of {0} bytes were left hidden; whether they were erased was not checked: the level is "
        "Clear."),
     {"bytes"}},
    {"hidden-areas-unknown",
     N_("Whether the drive hides sectors is not known: the level is no more than Clear.")},
    {"other-namespaces-not-examined",
     N_("Whether the drive has further namespaces is not known: the level is no more than Clear.")},
    {"reallocated-sectors-perhaps-left",
     N_("{0} sectors had been replaced by the drive before: whether their old content was erased is not "
        "known."),
     {"count"}},
    {"attempt-failed", N_("Another method was tried before and did not reach its level: {0}."), {"method"}},
};

constexpr Words drive_words[] = {
    // what went wrong in the drive, or on the way to it
    {"already-running", N_("The drive was already erasing itself.")},
    {"another-operation-ended", N_("What ended in the drive is another operation than the one started.")},
    {"channel-missing", N_("The drive's own commands could not be sent.")},
    {"ended-without-completing",
     N_("The erasure ended in the drive without being completed: {0}."),
     {"state"}},
    {"erase-failed-in-the-drive", N_("The drive says that the erasure failed.")},
    {"erase-refused", N_("The drive refused to erase itself: {0}."), {"reason"}},
    {"failure-state-kept", N_("The drive stays in the state of a failed erasure.")},
    {"failure-state-left", N_("The drive was taken out of the state of a failed erasure.")},
    {"left-running", N_("The erasure goes on inside the drive.")},
    {"method-not-supported", N_("The drive does not have this method: {0}."), {"method"}},
    {"no-transition-seen",
     N_("The erasure was not seen running: that the drive calls it completed proves nothing ({0})."),
     {"state"}},
    {"progress-stands-still", N_("The drive's progress stood still for too long: it was given up.")},
    {"sanitize-refused", N_("The drive refused to sanitize itself: {0}."), {"reason"}},
    {"start-not-answered", N_("Whether the drive accepted the command is not known: {0}."), {"reason"}},
    {"stopped-before-start", N_("It was stopped before anything was sent.")},
    {"stopped-between-namespaces", N_("It was stopped before the namespace {0}."), {"nsid"}},
    {"namespace-changed", N_("Namespace {0} has another size or another format than before."), {"nsid"}},
    {"namespace-not-formatted", N_("Namespace {0} was not formatted."), {"nsid"}},
    {"boot-areas-not-erased", N_("Boot areas were not erased: {0} bytes."), {"bytes"}},
    {"general-purpose-areas-not-erased", N_("General-purpose areas were not erased: {0} bytes."), {"bytes"}},
    {"rpmb-not-erased", N_("The replay-protected area cannot be erased: {0} bytes."), {"bytes"}},
    {"hidden-sectors-not-restored",
     N_("The drive did not give back the sectors that it hides: {0}."),
     {"reason"}},
    {"restored-size-differs",
     N_("After its hidden sectors were given back the drive shows {1} sectors, and {0} were expected."),
     {"expected", "shown"}},
    // the revert of a TCG drive
    {"psid-needed", N_("The number on the drive's label (PSID) was not given.")},
    {"psid-wrong",
     N_("The drive did not accept the number on its label (PSID). It was tried once; a few wrong tries lock "
        "it until the drive is switched off and on.")},
    {"psid-locked-out",
     N_("The drive accepts no PSID any more, because wrong ones were tried: switch it off and on.")},
    {"psid-refused-before", N_("The drive refused this PSID before: it was not sent again.")},
    {"tcg-not-reachable",
     N_("The drive's security processor could not be reached. Linux lets its commands through to some SATA "
        "drives only when it is started with libata.allow_tpm=1.")},
    {"tcg-sid-blocked",
     N_("The computer's firmware has closed the drive's owner account until the power goes off (Block "
        "SID): switch this off in its settings, or wake the computer from sleep.")},
    {"tcg-session-not-opened", N_("The drive's security processor opened no session: {0}."), {"reason"}},
    {"tcg-does-not-encrypt",
     N_("The drive does not encrypt what it stores: its revert takes off passwords and erases nothing.")},
    {"tcg-revert-is-of-another-kind",
     N_("The drive's kind of TCG has another revert, which this version does not know.")},
    {"revert-refused", N_("The drive refused its revert: {0}."), {"reason"}},
    {"locking-still-enabled", N_("The drive says that it was reverted, and is still locked.")},
    // the password of a SECURITY ERASE
    {"takes-its-password-only-to-erase",
     N_("The drive takes its password only for another erasure ({0})."),
     {"reason"}},
    {"erased-again-to-unlock", N_("The drive was erased once more, to take its password off.")},
    {"journal-not-closed", N_("The note about the drive's password could not be closed.")},
    {"journal-not-written", N_("The drive's password could not be noted: therefore none was set.")},
    {"password-journal-missing", N_("The drive's password could not be noted: therefore none was set.")},
    {"password-may-be-set",
     N_("The drive may carry the password of this program: \"Regain erase, regain, regain, 01\".")},
    {"password-not-removed", N_("The password could not be taken off the drive: {0}."), {"reason"}},
    {"password-not-set", N_("The drive did not take the password that the erasure needs.")},
    {"password-removed", N_("The password of this program was taken off the drive.")},
    {"password-still-set",
     N_("The drive still carries the password of this program: \"Regain erase, regain, regain, 01\".")},
    {"unlock-refused", N_("The drive did not let itself be unlocked: {0}."), {"unlock"}},
};

}  // namespace

std::optional<Message> word_verdict_remark(const Remark& remark) {
    if (auto sentence = find_sentence(verdict_words, remark)) return sentence;
    return find_sentence(drive_words, remark);
}

std::vector<std::string> worded_verdict_codes() {
    return codes_of({verdict_words, drive_words});
}

}  // namespace regain
