// Plans for drives with a security processor: the revert only where the number on the label was typed and
// everything is encrypted; a locked drive takes nothing before it is open. And when waking is worth it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/wiper/capability_fixtures.h"
#include "tests/unit/wiper/plan_reading.h"
#include "wiper/thawing.h"
#include "wiper/wipe_protocol.h"

namespace regain {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const WipePolicy by_psid{WipeLevel::best, "tcg-psid-revert", {}};

TcgDiscovery discovery(uint16_t code, uint8_t locking) {
    TcgDiscovery found;
    found.features = {{0x0002, 1, 0}, {code, 1, 0x07FE}};
    TcgLocking bits;
    bits.supported = true;
    bits.enabled = (locking & 2) != 0;
    bits.locked = (locking & 4) != 0;
    bits.media_encryption = (locking & 8) != 0;
    found.locking = bits;
    found.base_com_id = 0x07FE;
    return found;
}

constexpr uint8_t open_bits = 0x09;
constexpr uint8_t locked_bits = 0x0F;

DriveCapabilities opal_ssd(uint8_t locking, bool is_psid_given, uint16_t code = 0x0203) {
    DriveCapabilities drive = ata_drive(Medium::ssd, {{48, 0x4001}, {128, has_security}});
    drive.tcg = discovery(code, locking);
    drive.is_psid_given = is_psid_given;
    return drive;
}

std::string refusal(const DriveCapabilities& drive, const WipePolicy& policy) {
    const auto plan = plan_wipe(drive, policy);
    EXPECT_FALSE(plan.ok());
    return plan.ok() ? std::string() : in_english(plan.error()) + " " + plan.error().advice.id;
}

std::vector<std::string> first_steps(const WipePlan& plan) {
    std::vector<std::string> steps{plan.steps.front().step};
    for (const WipePlan& fallback : plan.fallbacks) steps.push_back(fallback.steps.front().step);
    return steps;
}

TEST(PsidPlans, hold_the_revert_only_when_the_number_was_typed) {
    const auto without = plan_wipe(opal_ssd(open_bits, false), best);
    ASSERT_TRUE(without.ok());
    EXPECT_THAT(chain_of(*without), ElementsAre("ata-security-erase", "random"));
    EXPECT_THAT(reasons_for(*without, "tcg-psid-revert"), ElementsAre("psid-needed"));
    const auto with = plan_wipe(opal_ssd(open_bits, true), best);
    ASSERT_TRUE(with.ok());
    EXPECT_THAT(chain_of(*with), ElementsAre("tcg-psid-revert", "ata-security-erase", "random"));
    EXPECT_EQ(with->level, Verdict::purged);
    EXPECT_THAT(first_steps(*with), Each("write-markers"));
}

TEST(PsidPlans, purge_by_it_alone_where_asked_for) {
    const auto plan = plan_wipe(opal_ssd(open_bits, true), purge);
    ASSERT_TRUE(plan.ok());
    EXPECT_THAT(chain_of(*plan), ElementsAre("tcg-psid-revert"));
    EXPECT_THAT(refusal(opal_ssd(open_bits, false), by_psid), HasSubstr("--psid"));
}

TEST(PsidPlans, are_none_where_not_everything_is_encrypted) {
    for (const auto& [code, bits] : std::vector<std::pair<uint16_t, uint8_t>>{
             {0x0303, open_bits}, {0x0302, open_bits}, {0x0203, uint8_t{0x01}}}) {
        const auto plan = plan_wipe(opal_ssd(bits, true, code), best);
        ASSERT_TRUE(plan.ok());
        EXPECT_THAT(chain_of(*plan), Not(Contains("tcg-psid-revert"))) << code;
        EXPECT_THAT(reasons_for(*plan, "tcg-psid-revert"), ElementsAre("tcg-does-not-encrypt")) << code;
    }
    const auto enterprise = plan_wipe(opal_ssd(open_bits, true, 0x0100), best);
    EXPECT_THAT(reasons_for(*enterprise, "tcg-psid-revert"), ElementsAre("tcg-revert-is-of-another-kind"));
    for (const uint16_t code : std::vector<uint16_t>{0x0200, 0x0301, 0x0304})
        EXPECT_EQ(plan_wipe(opal_ssd(open_bits, true, code), best)->method, "tcg-psid-revert") << code;
}

TEST(PsidPlans, open_a_locked_drive_before_anything_else) {
    const auto plan = plan_wipe(opal_ssd(locked_bits, true), best);
    ASSERT_TRUE(plan.ok());
    EXPECT_THAT(first_steps(*plan), Each("open-drive"));
    EXPECT_EQ(plan->method, "tcg-psid-revert") << "a second revert is the one that is proved";
    EXPECT_EQ(plan->level, Verdict::purged);
    EXPECT_THAT(plan->remarks, Contains(Remark{"opened-by-psid-first", {}}));
    const auto pyrite = plan_wipe(opal_ssd(locked_bits, true, 0x0303), best);
    ASSERT_TRUE(pyrite.ok());
    EXPECT_THAT(first_steps(*pyrite), Each("open-drive")) << "opened, and erased by other means";
    EXPECT_THAT(chain_of(*pyrite), Not(Contains("tcg-psid-revert")));
}

TEST(PsidPlans, are_refused_for_a_locked_drive_without_its_number) {
    const std::string text = refusal(opal_ssd(locked_bits, false), best);
    EXPECT_THAT(text, HasSubstr("random (tcg-locked)"));
    EXPECT_THAT(text, HasSubstr("ata-security-erase (tcg-locked)"));
    EXPECT_THAT(text, HasSubstr("--psid"));
    EXPECT_THAT(refusal(opal_ssd(locked_bits, true, 0x0100), best), HasSubstr("tcg-locked"));
}

TEST(PsidPlans, name_a_kernel_that_lets_nothing_through) {
    DriveCapabilities drive = opal_ssd(open_bits, true);
    drive.tcg.reset();
    drive.not_known.push_back({"tcg-not-readable", {}});
    EXPECT_THAT(reasons_for(*plan_wipe(drive, best), "tcg-psid-revert"),
                ElementsAre("tcg-blocked-by-kernel"));
    EXPECT_THAT(refusal(drive, by_psid), HasSubstr("libata.allow_tpm=1"));
    drive.drive.bus = Bus::usb;
    EXPECT_THAT(reasons_for(*plan_wipe(drive, best), "tcg-psid-revert"), ElementsAre("not-known"));
}

TEST(PsidPlans, go_to_the_worker_with_the_number_beside_them_and_not_in_them) {
    const auto plan = plan_wipe(opal_ssd(locked_bits, true), best);
    ASSERT_TRUE(plan.ok());
    const std::string number(32, 'Q');
    WipeJob job{*plan, "", "", number};
    const auto read = wipe_job_from_json(to_json(job));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->psid, number);
    EXPECT_EQ(read->plan, *plan);
    EXPECT_EQ(to_json(*plan).dump().find(number), std::string::npos);
}

// --- frozen drives ---

TEST(Thawing, helps_where_a_higher_level_waits_behind_it) {
    const DriveCapabilities disk = ata_drive(Medium::hdd, {{128, has_enhanced_erase | is_frozen}});
    EXPECT_TRUE(is_frozen_by_firmware(disk));
    for (const WipePolicy& policy : {best, purge}) EXPECT_TRUE(would_gain_by_thawing(disk, policy));
    EXPECT_FALSE(would_gain_by_thawing(disk, clear)) << "the quickest way that clears stays the same";
}

TEST(Thawing, of_a_method_of_the_same_level_is_for_the_best_only) {
    const DriveCapabilities ssd = ata_drive(Medium::ssd, {{128, has_security | is_frozen}});
    EXPECT_TRUE(would_gain_by_thawing(ssd, best));
    EXPECT_FALSE(would_gain_by_thawing(ssd, clear)) << "clear is reached without it";
    EXPECT_FALSE(would_gain_by_thawing(ssd, purge)) << "and a purge is not reached with it";
}

TEST(Thawing, of_sanitize_gives_it_back) {
    DriveCapabilities ssd = ata_drive(Medium::ssd, {{59, sanitizes_blocks}});
    EXPECT_FALSE(would_gain_by_thawing(ssd, best));
    AtaSanitizeStatus frozen;
    frozen.frozen = true;
    ssd.ata_sanitize = frozen;
    EXPECT_TRUE(would_gain_by_thawing(ssd, best));
    frozen.frozen = false;
    frozen.failed = true;
    frozen.failure_reason = 3;
    ssd.ata_sanitize = frozen;
    EXPECT_TRUE(would_gain_by_thawing(ssd, purge));
}

TEST(Thawing, is_not_worth_it_where_something_stronger_is_free) {
    const DriveCapabilities ssd =
        ata_drive(Medium::ssd, {{59, sanitizes_blocks}, {128, has_security | is_frozen}});
    EXPECT_TRUE(is_frozen_by_firmware(ssd));
    EXPECT_FALSE(would_gain_by_thawing(ssd, best)) << "SANITIZE block is not frozen";
    DriveCapabilities locked = ata_drive(Medium::hdd, {{128, has_enhanced_erase | is_frozen | is_locked}});
    EXPECT_FALSE(would_gain_by_thawing(locked, best)) << "somebody's password stays";
}

TEST(Thawing, takes_an_overlay_that_does_not_answer_for_frozen_beside_security) {
    DriveCapabilities ssd = ata_drive(Medium::ssd, {{59, sanitizes_blocks}, {128, has_security | is_frozen}});
    ssd.hidden->is_examined = false;
    ssd.not_known.push_back({"hidden-sectors-not-readable", {{"command", "DEVICE CONFIGURATION IDENTIFY"}}});
    EXPECT_TRUE(would_gain_by_thawing(ssd, best)) << "a purge waits behind it";
    ssd.not_known.push_back({"hidden-sectors-not-readable", {{"command", "READ NATIVE MAX ADDRESS EXT"}}});
    EXPECT_FALSE(would_gain_by_thawing(ssd, best));
    ssd.not_known.pop_back();
    ssd.ata = identify_of({{59, sanitizes_blocks}, {128, has_security}, {217, 1}});
    EXPECT_FALSE(would_gain_by_thawing(ssd, best)) << "nothing says that a firmware froze it";
}

}  // namespace
}  // namespace regain
