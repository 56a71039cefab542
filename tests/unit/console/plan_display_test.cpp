#include "console/plan_display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "certifier/plan_wording.h"
#include "certifier/wording.h"
#include "tests/unit/wiper/capability_fixtures.h"
#include "wiper/wipe_planner.h"

namespace regain {
namespace {

using testing::HasSubstr;
using testing::Not;

WipePlan ssd_plan(const WipePolicy& policy = {}) {
    return plan_wipe(ata_drive(Medium::ssd, {{59, sanitizes_blocks | sanitizes_crypto},
                                             {128, has_enhanced_erase | is_frozen},
                                             {89, 1},
                                             {90, 255}}),
                     policy)
        .value();
}

TEST(PlanDisplay, shows_the_commands_the_fallbacks_and_what_was_not_chosen) {
    const std::string text = plan_text(ssd_plan(), PlanDetail::full, Translator());
    EXPECT_THAT(text, HasSubstr("ATA SANITIZE, block erase; this can reach: purged (Purge)"));
    EXPECT_THAT(text, HasSubstr("without reading back: time not known"));
    EXPECT_THAT(text, HasSubstr("- erase by the drive's own command (ATA SANITIZE, cryptographic)"));
    EXPECT_THAT(text, HasSubstr("- make sure that it is still the same drive"));
    EXPECT_THAT(text, HasSubstr("if that fails: overwriting with random data, one pass"));
    EXPECT_THAT(text, HasSubstr("without reading back: about 34:00, at a usual speed"));
    EXPECT_THAT(text, HasSubstr("not chosen:"));
    EXPECT_THAT(text, HasSubstr("x ATA SECURITY ERASE: security is frozen: suspend the machine and wake it "
                                "(2:00, as the drive says)"));
    EXPECT_THAT(text, HasSubstr("(at least 8:28:00, as the drive says)"));
    EXPECT_THAT(text, HasSubstr("suspending the machine and waking it may free them"));
}

TEST(PlanDisplay, says_in_words_why_a_drive_is_refused_and_nothing_of_what_it_does_not_have) {
    const DriveCapabilities frozen =
        ata_drive(Medium::hdd, {{128, has_enhanced_erase | is_frozen}, {90, 23}});
    const WipePolicy purge{WipeLevel::purge, "", {}};
    ASSERT_FALSE(plan_wipe(frozen, purge).ok());
    const std::string text = refusal_text(frozen.drive, reasons_against(frozen, purge), Translator("fr"));
    EXPECT_THAT(text, HasSubstr("/dev/test"));
    EXPECT_THAT(text, HasSubstr("x ATA SECURITY ERASE, renforcé\u00a0: la sécurité est gelée\u00a0: mettez"));
    EXPECT_THAT(text, Not(HasSubstr("SANITIZE"))) << "it has none";
    EXPECT_THAT(text, Not(HasSubstr("security-frozen"))) << "words, not codes";
    EXPECT_EQ(refusal_text(frozen.drive, {}, Translator()), "");
}

TEST(PlanDisplay, before_a_confirmation_leaves_out_what_was_not_chosen) {
    const std::string text = plan_text(ssd_plan(), PlanDetail::brief, Translator());
    EXPECT_THAT(text, HasSubstr("if that fails:"));
    EXPECT_THAT(text, Not(HasSubstr("not chosen:")));
}

TEST(PlanDisplay, of_a_drive_that_was_not_asked_shows_no_times) {
    const DriveRecord drive = drive_of(Bus::ata, "ata", Medium::hdd, gigabyte);
    const WipePlan plan = plan_wipe(capabilities_of(drive), {}).value();
    EXPECT_THAT(plan_text(plan, PlanDetail::full, Translator()), Not(HasSubstr("without reading back")));
    EXPECT_THAT(plan_text(plan, PlanDetail::full, Translator()),
                HasSubstr("The drive was not asked whether it has it."));
}

TEST(PlanDisplay, has_words_for_every_code_in_every_language) {
    for (const std::string& language : Translator::languages()) {
        const std::string text =
            plan_text(ssd_plan({WipeLevel::clear, "", {}}), PlanDetail::full, Translator(language));
        EXPECT_THAT(text, Not(HasSubstr("unknown remark"))) << language;
        EXPECT_THAT(text, Not(HasSubstr("{"))) << language;
    }
}

TEST(PlanWording, prefers_what_stands_in_the_way_of_a_method) {
    EXPECT_EQ(in_english(word_rejection({"registers-not-returned", {}})),
              "the results of commands do not come back: connect the drive directly");
    EXPECT_EQ(in_english(word_rejection({"only-clears", {}})), "It reaches the level Clear, not Purge.");
    EXPECT_EQ(in_english(word_rejection({"of-the-future", {}})), "unknown remark: of-the-future");
    EXPECT_EQ(in_english(word_remark({"security-frozen", {}})),
              "security is frozen: suspend the machine and wake it");
    EXPECT_EQ(
        in_english(word_remark({"hidden-areas-will-not-be-reached", {{"sectors", "8"}}})),
        "The drive hides 8 sectors (? bytes), which this plan does not bring back: Purge is not possible.");
}

TEST(PlanWording, says_what_a_time_rests_on) {
    EXPECT_EQ(in_english(word_expected_time({2, "drive"}, "2:00")), "2:00, as the drive says");
    EXPECT_EQ(in_english(word_expected_time({2, "at-least"}, "2:00")), "at least 2:00, as the drive says");
    EXPECT_EQ(in_english(word_expected_time({2, "assumed-speed"}, "2:00")), "about 2:00, at a usual speed");
    EXPECT_EQ(in_english(word_expected_time({}, "0:00")), "time not known");
}

}  // namespace
}  // namespace regain
