// One test for each rule of plans for drives that answered: what purges what, what is never chosen, what is
// tried next, what each policy takes. What is not reached: hidden_sector_plans_test.cpp and
// namespace_plans_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/wiper/capability_fixtures.h"
#include "tests/unit/wiper/plan_reading.h"

namespace regain {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// --- the ladder ---

TEST(BestPlan, of_an_ssd_changes_the_key_and_then_erases_the_blocks_in_one_plan) {
    const WipePlan plan = plan_of(ata_drive(Medium::ssd, {{59, sanitizes_blocks | sanitizes_crypto}}), best);
    EXPECT_EQ(plan.method, "ata-sanitize-block");
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_EQ(plan.standard, wipe_standard);
    EXPECT_THAT(steps_of(plan),
                ElementsAre("write-markers", "flush", "check-markers stored",
                            "firmware-erase ata-sanitize-crypto", "firmware-erase ata-sanitize-block",
                            "identify-again", "check-markers gone", "verify sample erased"));
    EXPECT_THAT(chain_of(plan),
                ElementsAre("ata-sanitize-block", "ata-sanitize-block", "ata-sanitize-crypto", "random"));
    EXPECT_THAT(reasons_for(plan, "ata-sanitize-crypto"), IsEmpty()) << "it is part of what was chosen";
    EXPECT_THAT(plan.remarks, IsEmpty());
}

TEST(BestPlan, uses_a_crypto_erase_alone_for_a_purge_only_where_everything_is_encrypted) {
    const WipePlan plain = plan_of(ata_drive(Medium::ssd, {{59, sanitizes_crypto}}), best);
    EXPECT_EQ(plain.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plain), Contains("crypto-alone-needs-encryption"));
    const WipePlan encrypting =
        plan_of(ata_drive(Medium::ssd, {{59, sanitizes_crypto}, {69, encrypts_all}}), best);
    EXPECT_EQ(encrypting.method, "ata-sanitize-crypto");
    EXPECT_EQ(encrypting.level, Verdict::purged);
    EXPECT_THAT(steps_of(encrypting),
                ElementsAre("write-markers", "flush", "check-markers stored", "remember",
                            "firmware-erase ata-sanitize-crypto", "identify-again", "check-markers gone",
                            "verify sample changed"));
    EXPECT_THAT(refusal_of(ata_drive(Medium::ssd, {{59, sanitizes_crypto}}), purge),
                HasSubstr("ata-sanitize-crypto (crypto-alone-needs-encryption)"));
}

TEST(BestPlan, puts_a_change_of_the_key_behind_what_erases_unless_everything_is_encrypted) {
    const uint16_t words = sanitizes_crypto;
    EXPECT_THAT(
        chain_of(plan_of(ata_drive(Medium::ssd, {{59, words}, {128, has_enhanced_erase}}), best)),
        ElementsAre("ata-security-erase-enhanced", "ata-security-erase", "ata-sanitize-crypto", "random"));
    EXPECT_THAT(
        chain_of(plan_of(ata_drive(Medium::hdd, {{59, words}, {69, encrypts_all}, {128, has_enhanced_erase}}),
                         best)),
        ElementsAre("ata-sanitize-crypto", "ata-security-erase-enhanced", "ata-security-erase", "zero"));
}

TEST(BestPlan, of_a_disk_takes_the_strongest_first_however_long_it_takes) {
    const WipePlan plan = plan_of(
        ata_drive(Medium::hdd, {{59, sanitizes_overwrite}, {128, has_enhanced_erase}, {89, 255}, {90, 255}}),
        best);
    EXPECT_THAT(chain_of(plan), ElementsAre("ata-sanitize-overwrite", "ata-security-erase-enhanced",
                                            "ata-security-erase", "zero"));
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_EQ(plan.fallbacks[0].level, Verdict::purged);
    EXPECT_EQ(plan.fallbacks[0].standard, enhanced_erase_standard);
    EXPECT_THAT(codes_of(plan.fallbacks[0]), Contains("enhanced-erase-is-purge-by-rev-1"));
    EXPECT_EQ(plan.fallbacks[1].level, Verdict::cleared);
    EXPECT_EQ(plan.fallbacks[2].level, Verdict::cleared);
}

TEST(BestPlan, of_an_ssd_calls_enhanced_erase_clear) {
    const WipePlan plan = plan_of(ata_drive(Medium::ssd, {{128, has_enhanced_erase}}), best);
    EXPECT_EQ(plan.method, "ata-security-erase-enhanced");
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("enhanced-erase-purges-only-magnetic-disks"));
}

TEST(BestPlan, calls_nothing_purged_when_the_medium_is_not_known) {
    const WipePlan plan =
        plan_of(ata_drive(Medium::unknown, {{59, sanitizes_blocks | sanitizes_crypto | sanitizes_overwrite},
                                            {69, encrypts_all},
                                            {128, has_enhanced_erase},
                                            {217, 0}}),
                best);
    EXPECT_EQ(plan.level, Verdict::cleared);
    for (const WipePlan& fallback : plan.fallbacks) EXPECT_EQ(fallback.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("medium-unknown"));
}

TEST(BestPlan, of_nvme_ends_with_format_and_the_overwrite_of_every_namespace) {
    DriveCapabilities drive = nvme_drive();
    drive.nvme->sanitize_overwrite = true;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_THAT(chain_of(plan),
                ElementsAre("nvme-sanitize-block", "nvme-sanitize-block", "nvme-sanitize-overwrite",
                            "nvme-format-user-data", "nvme-sanitize-crypto", "nvme-format-crypto", "random"));
    EXPECT_EQ(plan.level, Verdict::purged);
    for (size_t i = 1; i < plan.fallbacks.size(); ++i)
        EXPECT_EQ(plan.fallbacks[i].level, Verdict::cleared) << plan.fallbacks[i].method;
    EXPECT_THAT(codes_of(plan.fallbacks[2]), Contains("format-never-purges"));
}

TEST(BestPlan, of_a_sas_disk_overwrites_and_of_a_sas_ssd_erases_blocks) {
    const ScsiSanitizeSupport all{ScsiSupport::yes, ScsiSupport::yes, ScsiSupport::yes, ScsiSupport::yes};
    const WipePlan ssd = plan_of(sas_drive(Medium::ssd, all), best);
    EXPECT_THAT(chain_of(ssd), ElementsAre("scsi-sanitize-block", "scsi-sanitize-block",
                                           "scsi-sanitize-overwrite", "scsi-sanitize-crypto", "random"));
    EXPECT_EQ(ssd.level, Verdict::purged);
    const ScsiSanitizeSupport magnetic{ScsiSupport::yes, ScsiSupport::no, ScsiSupport::yes, ScsiSupport::yes};
    const WipePlan disk = plan_of(sas_drive(Medium::hdd, magnetic), best);
    EXPECT_THAT(chain_of(disk), ElementsAre("scsi-sanitize-overwrite", "scsi-sanitize-crypto", "zero"));
    EXPECT_EQ(disk.level, Verdict::purged);
    EXPECT_EQ(disk.fallbacks[0].level, Verdict::cleared) << "no field says that it encrypts";
}

TEST(BestPlan, never_chooses_what_is_not_known_or_done_in_the_makers_own_way) {
    const ScsiSanitizeSupport doubtful{ScsiSupport::unknown, ScsiSupport::vendor_specific, ScsiSupport::no,
                                       ScsiSupport::unknown};
    const WipePlan plan = plan_of(sas_drive(Medium::ssd, doubtful), best);
    EXPECT_THAT(chain_of(plan), ElementsAre("random"));
    EXPECT_THAT(reasons_for(plan, "scsi-sanitize-overwrite"), ElementsAre("not-known"));
    EXPECT_THAT(reasons_for(plan, "scsi-sanitize-block"), ElementsAre("not-known"));
    EXPECT_THAT(reasons_for(plan, "scsi-sanitize-crypto"), ElementsAre("not-supported"));
    EXPECT_THAT(reasons_for(plan, "scsi-format-unit"), ElementsAre("not-available-in-this-version"));
}

TEST(BestPlan, believes_no_description_that_was_damaged_on_its_way) {
    DriveCapabilities drive = ata_drive(Medium::ssd, {{59, sanitizes_blocks}});
    Bytes sector(512, 0);
    sector[1] = 0;
    sector[0] = 0x40;
    sector[119] = 0x90;  // word 59: block erase
    sector[434] = 1;     // word 217: does not rotate
    sector[510] = 0xA5;
    sector[511] = 0x11;
    drive.ata = AtaIdentify::from(sector);
    ASSERT_EQ(drive.ata->checksum(), AtaIdentify::Checksum::bad);
    ASSERT_TRUE(drive.ata->sanitize().block_erase);
    const WipePlan plan = plan_of(drive, best);
    EXPECT_THAT(chain_of(plan), ElementsAre("random"));
    EXPECT_THAT(reasons_for(plan, "ata-sanitize-block"), ElementsAre("not-known"));
}

TEST(BestPlan, of_emmc_never_purges) {
    DriveCapabilities drive = capabilities_of(drive_of(Bus::mmc, "mmc", Medium::emmc, 32 * gigabyte));
    drive.mmc.emplace();
    drive.mmc->has_sanitize = drive.mmc->has_secure_erase = true;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_THAT(chain_of(plan), ElementsAre("mmc-sanitize", "mmc-secure-erase", "random"));
    for (const WipePlan& each : plan.fallbacks) EXPECT_EQ(each.level, Verdict::cleared);
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("emmc-is-never-purged"));
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("mmc-sanitize (only-clears)"));
}

// --- obstacles ---

TEST(Obstacles, are_each_named_and_the_method_is_not_used) {
    const WipePlan plan =
        plan_of(ata_drive(Medium::ssd, {{128, has_enhanced_erase | is_frozen | 0x0010}}), best);
    EXPECT_THAT(chain_of(plan), ElementsAre("random"));
    EXPECT_THAT(reasons_for(plan, "ata-security-erase"),
                ElementsAre("security-frozen", "security-count-expired"));
    EXPECT_THAT(codes_of(plan), Contains("suspend-and-wake-may-unfreeze"));
    const auto refused = plan_wipe(ata_drive(Medium::hdd, {{128, has_enhanced_erase | is_frozen}}), purge);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(in_english(refused.error().advice), HasSubstr("Suspend the machine"));
}

TEST(Obstacles, of_a_locked_drive_leave_nothing_not_even_overwriting) {
    const DriveCapabilities drive = ata_drive(Medium::hdd, {{128, has_enhanced_erase | is_locked}});
    for (const WipePolicy& policy : {best, clear, WipePolicy{WipeLevel::best, "zero", {}}})
        EXPECT_THAT(refusal_of(drive, policy), HasSubstr("zero (security-locked)"));
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("ata-security-erase-enhanced (security-locked)"));
}

TEST(Obstacles, of_a_drive_that_sanitizes_leave_nothing) {
    DriveCapabilities drive = nvme_drive();
    drive.nvme_sanitize->state = NvmeSanitizeState::in_progress;
    EXPECT_THAT(refusal_of(drive, best), HasSubstr("random (sanitize-in-progress)"));
    DriveCapabilities sas = sas_drive(Medium::hdd, {});
    sas.scsi_sanitize_state = ScsiSanitizeState::in_progress;
    EXPECT_THAT(refusal_of(sas, clear), HasSubstr("zero (sanitize-in-progress)"))
        << "also where it is not known which ways of sanitizing there are";
}

TEST(Obstacles, of_a_bridge_that_drops_the_registers_reject_every_method) {
    DriveCapabilities drive =
        ata_drive(Medium::ssd, {{59, sanitizes_blocks | sanitizes_crypto}, {128, has_enhanced_erase}});
    drive.pass_through->registers = AtaRegisters::low_bytes;
    drive.hidden.reset();
    const WipePlan plan = plan_of(drive, best);
    EXPECT_THAT(chain_of(plan), ElementsAre("random"));
    for (const char* method :
         {"ata-sanitize-block", "ata-sanitize-crypto", "ata-security-erase", "ata-security-erase-enhanced"})
        EXPECT_THAT(reasons_for(plan, method), ElementsAre("registers-not-returned")) << method;
}

TEST(Obstacles, of_a_bridge_with_blocks_of_12_bytes_reject_sanitize) {
    DriveCapabilities drive = ata_drive(Medium::ssd, {{59, sanitizes_blocks}, {128, has_security}});
    drive.pass_through->answer = BridgeAnswer::carries_12;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_THAT(reasons_for(plan, "ata-sanitize-block"), ElementsAre("commands-do-not-fit"));
    EXPECT_EQ(plan.method, "ata-security-erase");
}

TEST(Obstacles, of_the_psid_are_that_it_has_to_be_typed) {
    DriveCapabilities drive = ata_drive(Medium::ssd, {{48, 0x4001}});
    drive.tcg.emplace();
    const WipePlan without = plan_of(drive, best);
    EXPECT_THAT(reasons_for(without, "tcg-psid-revert"), ElementsAre("not-supported"));
    drive.tcg.reset();
    EXPECT_THAT(reasons_for(plan_of(drive, best), "tcg-psid-revert"), ElementsAre("not-known"));
}

TEST(FailedSanitize, is_left_by_another_one_alone) {
    DriveCapabilities drive = nvme_drive();
    drive.nvme_sanitize->state = NvmeSanitizeState::failed;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.method, "nvme-sanitize-block");
    for (const std::string& method : chain_of(plan))
        EXPECT_THAT(method, HasSubstr("nvme-sanitize-")) << "the drive takes nothing else";
    EXPECT_THAT(reasons_for(plan, "random"), ElementsAre("sanitize-failed"));
}

TEST(UsbBridge, that_shows_another_size_gets_no_commands_of_the_drive) {
    DriveCapabilities drive =
        ata_drive(Medium::ssd, {{59, sanitizes_blocks}, {60, 0x1000}, {61, 0}, {128, has_enhanced_erase}});
    drive.drive.bus = Bus::usb;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.method, "random");
    EXPECT_THAT(reasons_for(plan, "ata-sanitize-block"), Contains("bridge-shows-another-size"));
    EXPECT_THAT(reasons_for(plan, "ata-security-erase"), Contains("bridge-shows-another-size"));
}

// --- the policies ---

TEST(ClearPlan, takes_the_quickest_way_and_the_others_after_it) {
    const WipePlan ssd = plan_of(
        ata_drive(Medium::ssd, {{59, sanitizes_blocks}, {128, has_enhanced_erase}, {89, 1}, {90, 4}}), clear);
    EXPECT_THAT(chain_of(ssd), ElementsAre("ata-security-erase", "ata-security-erase-enhanced", "random",
                                           "ata-sanitize-block"));
    EXPECT_EQ(ssd.expected, (ExpectedTime{2, "drive"}));
    EXPECT_THAT(reasons_for(ssd, "ata-security-erase-enhanced"), ElementsAre("slower-than-chosen"));
    EXPECT_THAT(reasons_for(ssd, "ata-sanitize-block"), ElementsAre("time-not-known"));
    EXPECT_THAT(reasons_for(ssd, "random"), ElementsAre("slower-than-chosen"));
    const WipePlan disk = plan_of(ata_drive(Medium::hdd, {{128, has_security}, {89, 60}}), clear);
    EXPECT_EQ(disk.method, "zero");
    EXPECT_EQ(disk.expected, (ExpectedTime{84, "assumed-speed"}));
    EXPECT_THAT(chain_of(disk), ElementsAre("zero", "ata-security-erase"));
}

TEST(ClearPlan, trusts_an_estimate_more_than_a_lower_bound) {
    const WipePlan plan =
        plan_of(ata_drive(Medium::hdd, {{128, has_security}, {89, 255}}, 8000 * gigabyte), clear);
    EXPECT_EQ(plan.method, "zero");
    EXPECT_EQ(plan.fallbacks.front().expected, (ExpectedTime{508, "at-least"}));
}

TEST(PurgePlan, falls_back_on_ways_that_purge_only) {
    const WipePlan plan = plan_of(
        ata_drive(Medium::hdd, {{59, sanitizes_overwrite | sanitizes_crypto}, {128, has_enhanced_erase}}),
        purge);
    EXPECT_THAT(chain_of(plan), ElementsAre("ata-sanitize-overwrite", "ata-security-erase-enhanced"));
    EXPECT_THAT(reasons_for(plan, "ata-security-erase"), ElementsAre("only-clears"));
    EXPECT_THAT(reasons_for(plan, "ata-sanitize-crypto"), ElementsAre("crypto-alone-needs-encryption"));
    EXPECT_THAT(reasons_for(plan, "zero"), ElementsAre("overwriting-never-purges"));
    for (const WipePlan& fallback : plan.fallbacks) {
        EXPECT_EQ(fallback.level, Verdict::purged);
        EXPECT_EQ(fallback.policy, purge);
        EXPECT_TRUE(fallback.fallbacks.empty());
    }
}

TEST(NamedMethod, stands_alone_and_the_others_say_so) {
    const DriveCapabilities drive =
        ata_drive(Medium::ssd, {{59, sanitizes_blocks | sanitizes_crypto}, {128, has_security}});
    const WipePlan plan = plan_of(drive, {WipeLevel::best, "ata-sanitize-block", {}});
    EXPECT_THAT(chain_of(plan), ElementsAre("ata-sanitize-block"));
    EXPECT_THAT(steps_of(plan), Not(Contains("firmware-erase ata-sanitize-crypto")));
    for (const char* other : {"ata-sanitize-crypto", "ata-security-erase", "zero", "random"})
        EXPECT_THAT(reasons_for(plan, other), ElementsAre("another-method-was-asked-for")) << other;
    EXPECT_EQ(plan_of(drive, {WipeLevel::clear, "zero", {}}).method, "zero");
    EXPECT_TRUE(plan_of(drive, {WipeLevel::best, "random", {}}).fallbacks.empty());
}

TEST(NamedMethod, that_cannot_be_used_is_refused_with_its_reasons) {
    const DriveCapabilities drive = ata_drive(Medium::ssd, {{128, has_security | is_frozen}});
    EXPECT_THAT(refusal_of(drive, {WipeLevel::best, "ata-security-erase", {}}),
                HasSubstr("ata-security-erase (security-frozen)"));
    EXPECT_THAT(refusal_of(drive, {WipeLevel::best, "nvme-sanitize-block", {}}),
                HasSubstr("nvme-sanitize-block (not-supported)"));
    EXPECT_THAT(refusal_of(ata_drive(Medium::ssd, {{128, has_security}}),
                           {WipeLevel::purge, "ata-security-erase", {}}),
                HasSubstr("ata-security-erase (only-clears)"));
    EXPECT_THAT(refusal_of(drive, {WipeLevel::best, "tcg-psid-revert", {}}), HasSubstr("tcg-psid-revert"));
}

TEST(Verification, is_a_sample_after_a_purge_or_a_change_of_the_key_and_whole_otherwise) {
    const DriveCapabilities drive =
        ata_drive(Medium::ssd, {{59, sanitizes_blocks | sanitizes_crypto}, {69, encrypts_all}});
    EXPECT_EQ(plan_of(drive, best).steps.back().kind, "sample");
    EXPECT_EQ(plan_of(drive, {WipeLevel::best, "random", {}}).steps.back().kind, "full");
    EXPECT_EQ(plan_of(nvme_drive(), {WipeLevel::best, "nvme-format-user-data", {}}).steps.back().kind, "full")
        << "it only clears";
    const WipePlan sampled = plan_of(drive, {WipeLevel::best, "", VerifyKind::sample});
    EXPECT_EQ(sampled.steps.back().kind, "sample");
    EXPECT_EQ(sampled.steps.back().sample_share_ppm, 10'000U);
    const WipePlan crypto = plan_of(drive, {WipeLevel::best, "ata-sanitize-crypto", {}});
    EXPECT_EQ(crypto.steps.back().kind, "sample");
    EXPECT_EQ(crypto.steps.back().sample_share_ppm, crypto.steps[3].sample_share_ppm);
}

TEST(Verification, as_a_whole_leaves_out_a_change_of_the_key_alone) {
    const DriveCapabilities drive =
        ata_drive(Medium::ssd, {{59, sanitizes_blocks | sanitizes_crypto}, {69, encrypts_all}});
    const WipePlan plan = plan_of(drive, {WipeLevel::best, "", VerifyKind::full});
    EXPECT_THAT(chain_of(plan), ElementsAre("ata-sanitize-block", "ata-sanitize-block", "random"));
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_THAT(refusal_of(drive, {WipeLevel::best, "ata-sanitize-crypto", VerifyKind::full}),
                HasSubstr("cannot-be-read-back-as-a-whole"));
}

TEST(Verification, that_is_not_wanted_leaves_overwriting_alone) {
    const DriveCapabilities drive =
        ata_drive(Medium::ssd, {{59, sanitizes_blocks | sanitizes_crypto}, {128, has_security}});
    const WipePlan plan = plan_of(drive, {WipeLevel::best, "", VerifyKind::none});
    EXPECT_THAT(chain_of(plan), ElementsAre("random"));
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("read-back-not-asked-for"));
    EXPECT_THAT(reasons_for(plan, "ata-sanitize-block"), ElementsAre("needs-reading-back"));
    for (const WipeStep& step : plan.steps) EXPECT_NE(step.step, "verify");
    EXPECT_THAT(refusal_of(drive, {WipeLevel::best, "ata-sanitize-block", VerifyKind::none}),
                HasSubstr("ata-sanitize-block (needs-reading-back)"));
}

}  // namespace
}  // namespace regain
