// Plans for disks that hide sectors: given back first, or known to stay, or not known at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/wiper/capability_fixtures.h"
#include "tests/unit/wiper/plan_reading.h"
#include "wiper/overwrite_methods.h"

namespace regain {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(HiddenSectors, are_given_back_first_and_the_plan_is_that_of_the_whole_drive) {
    DriveCapabilities drive = ata_drive(Medium::ssd, {{59, sanitizes_blocks}});
    const uint64_t shown = drive.drive.size_bytes;
    hide(drive, 1000);
    const WipePlan plan = plan_of(drive, purge);
    ASSERT_EQ(plan.preparations.size(), 1U);
    EXPECT_EQ(plan.preparations[0].step, "restore-hidden");
    EXPECT_EQ(plan.preparations[0].kind, "host-protected-area");
    EXPECT_EQ(plan.preparations[0].count, 1000U);
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_EQ(plan.drive.size_bytes, shown + 512000);
    EXPECT_EQ(plan.drive.nodes[0].size_bytes, shown + 512000);
    const Remark named{"hidden-sectors-given-back-first", {{"bytes", "512000"}, {"sectors", "1000"}}};
    EXPECT_THAT(plan.remarks, Contains(named));
}

TEST(HiddenSectors, of_several_mechanisms_take_a_power_cycle_between) {
    DriveCapabilities drive = ata_drive(Medium::hdd, {});
    hide(drive, 1000);
    drive.hidden->configuration_native = *drive.hidden->host_protected_native + 500;
    const WipePlan plan = plan_of(drive, best);
    ASSERT_EQ(plan.preparations.size(), 2U);
    EXPECT_EQ(plan.preparations[1].kind, "configuration-overlay");
    EXPECT_EQ(plan.preparations[1].count, 500U);
    EXPECT_THAT(codes_of(plan), Contains("one-change-for-each-power-cycle"));
}

TEST(HiddenSectors, that_the_system_has_not_noticed_yet_are_looked_for_again) {
    DriveCapabilities drive = ata_drive(Medium::hdd, {});
    drive.hidden->addressable_sectors += 1000;
    const WipePlan plan = plan_of(drive, best);
    ASSERT_EQ(plan.preparations.size(), 1U);
    EXPECT_EQ(plan.preparations[0].kind, "not-noticed");
    drive.was_hidden_restore_tried = true;
    EXPECT_EQ(plan_of(drive, best).level, Verdict::not_erased);
}

TEST(HiddenSectors, that_are_known_count_where_another_mechanism_did_not_answer) {
    DriveCapabilities drive = ata_drive(Medium::hdd, {{128, has_security}});
    hide(drive, 1000);
    drive.hidden->is_examined = false;  // the firmware froze DEVICE CONFIGURATION
    EXPECT_EQ(plan_of(drive, best).preparations.size(), 1U);
    drive.was_hidden_restore_tried = true;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::not_erased);
    EXPECT_THAT(codes_of(plan), Contains("hidden-areas-not-examined"));
    EXPECT_THAT(refusal_of(drive, clear), HasSubstr("zero (hidden-areas-"));
}

TEST(HiddenSectors, are_not_asked_back_of_a_drive_that_takes_no_changes) {
    for (const uint16_t security : {uint16_t{0}, uint16_t{has_security | is_locked}}) {
        DriveCapabilities drive = ata_drive(Medium::ssd, {{59, sanitizes_blocks}, {128, security}});
        hide(drive, 1000);
        if (security == 0) drive.pass_through->registers = AtaRegisters::none;
        const auto plan = plan_wipe(drive, best);
        if (plan.ok()) {
            EXPECT_THAT(plan->preparations, IsEmpty());
        }
    }
}

TEST(HiddenSectors, that_stay_hidden_leave_an_overwrite_nothing_to_promise) {
    DriveCapabilities drive = ata_drive(Medium::hdd, {{128, has_security}});
    hide(drive, 1000);
    drive.was_hidden_restore_tried = true;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_THAT(plan.preparations, IsEmpty());
    EXPECT_EQ(plan.level, Verdict::not_erased);
    for (const WipePlan& each : plan.fallbacks) EXPECT_EQ(each.level, Verdict::not_erased) << each.method;
    EXPECT_THAT(refusal_of(drive, clear), HasSubstr("zero (hidden-areas-will-not-be-reached)"));
}

TEST(HiddenSectors, that_would_be_given_back_are_no_reason_of_a_refusal) {
    DriveCapabilities drive = ata_drive(Medium::hdd, {{128, has_security}, {82, 0x0400}});
    hide(drive, 1000);
    const WipePolicy purge{WipeLevel::purge, "", {}};
    ASSERT_FALSE(plan_wipe(drive, purge).ok());
    for (const RejectedMethod& rejected : reasons_against(drive, purge)) {
        EXPECT_NE(rejected.reason.code, "hidden-areas-will-not-be-reached") << rejected.method;
        if (has_several_passes(rejected.method)) continue;  // the same as is said of one pass
        EXPECT_THAT(in_english(plan_wipe(drive, purge).error()),
                    HasSubstr(rejected.method + " (" + rejected.reason.code + ")"));
    }
}

TEST(HiddenSectors, that_stay_hidden_forbid_a_purge_and_are_named) {
    DriveCapabilities drive = ata_drive(Medium::ssd, {{59, sanitizes_blocks}, {128, has_enhanced_erase}});
    hide(drive, 1000);
    drive.was_hidden_restore_tried = true;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.method, "ata-sanitize-block");
    for (const WipePlan& each : plan.fallbacks) {
        const bool reaches = each.method == "ata-security-erase-enhanced";
        EXPECT_EQ(each.level, reaches ? Verdict::cleared : Verdict::not_erased) << each.method;
        EXPECT_THAT(codes_of(each), Contains("hidden-areas-will-not-be-reached"));
    }
    EXPECT_EQ(plan.level, Verdict::cleared);
    const Remark named{"hidden-areas-will-not-be-reached", {{"bytes", "512000"}, {"sectors", "1000"}}};
    EXPECT_THAT(plan.remarks, Contains(named));
    EXPECT_EQ(plan.drive.native_size_bytes, plan.drive.size_bytes + 512000);
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("ata-sanitize-block (hidden-areas-will-not-be-reached)"));
}

TEST(HiddenSectors, are_left_to_what_reaches_them_whatever_time_that_takes) {
    DriveCapabilities drive =
        ata_drive(Medium::hdd, {{59, sanitizes_overwrite}, {128, has_enhanced_erase}, {89, 1}, {90, 200}});
    hide(drive, 1000);
    drive.was_hidden_restore_tried = true;
    const WipePlan plan = plan_of(drive, clear);
    EXPECT_THAT(chain_of(plan), ElementsAre("ata-security-erase-enhanced", "ata-sanitize-overwrite"));
    EXPECT_THAT(reasons_for(plan, "ata-security-erase"), ElementsAre("hidden-areas-will-not-be-reached"));
}

TEST(HiddenSectors, that_nobody_could_look_for_forbid_a_purge_too) {
    DriveCapabilities drive = ata_drive(Medium::hdd, {{59, sanitizes_overwrite}});
    drive.hidden->is_examined = false;
    drive.native_size_bytes.reset();
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("hidden-areas-not-examined"));
    EXPECT_EQ(plan.drive.native_size_bytes, 0U);
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("hidden-areas-not-examined"));
}

}  // namespace
}  // namespace regain
