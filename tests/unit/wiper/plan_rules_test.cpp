// One test for each rule of plans for drives that answered: what purges what, what is never chosen, what is
// tried next, what is said of the rest.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/wiper/capability_fixtures.h"
#include "wiper/erase_level.h"
#include "wiper/erase_methods.h"
#include "wiper/firmware_method.h"
#include "wiper/wipe_planner.h"

namespace regain {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const WipePolicy best{WipeLevel::best, "", {}};
const WipePolicy clear{WipeLevel::clear, "", {}};
const WipePolicy purge{WipeLevel::purge, "", {}};

WipePlan plan_of(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    const auto plan = plan_wipe(capabilities, policy);
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : in_english(plan.error()));
    return plan.ok() ? *plan : WipePlan{};
}

std::string refusal_of(const DriveCapabilities& capabilities, const WipePolicy& policy) {
    const auto plan = plan_wipe(capabilities, policy);
    EXPECT_FALSE(plan.ok());
    if (plan.ok()) return {};
    EXPECT_EQ(plan.error().kind, ErrorKind::refused);
    EXPECT_FALSE(plan.error().advice.empty());
    return in_english(plan.error());
}

/// The chosen method and its fallbacks, in their order.
std::vector<std::string> chain_of(const WipePlan& plan) {
    std::vector<std::string> methods{plan.method};
    for (const WipePlan& fallback : plan.fallbacks) methods.push_back(fallback.method);
    return methods;
}

std::vector<std::string> reasons_for(const WipePlan& plan, const std::string& method) {
    std::vector<std::string> reasons;
    for (const RejectedMethod& rejected : plan.rejected)
        if (rejected.method == method) reasons.push_back(rejected.reason.code);
    return reasons;
}

std::vector<std::string> codes_of(const WipePlan& plan) {
    std::vector<std::string> codes;
    for (const Remark& remark : plan.remarks) codes.push_back(remark.code);
    return codes;
}

std::vector<std::string> steps_of(const WipePlan& plan) {
    std::vector<std::string> steps;
    for (const WipeStep& step : plan.steps) {
        std::string text = step.step;
        for (const std::string& part : {step.method, step.kind, step.pattern, step.node})
            if (!part.empty()) text += " " + part;
        steps.push_back(text);
    }
    return steps;
}

// --- what may be called what ---

TEST(EraseLevels, of_crypto_erase_need_that_everything_is_encrypted) {
    for (const char* method : {"ata-sanitize-crypto", "nvme-sanitize-crypto", "scsi-sanitize-crypto"})
        for (const Medium medium : {Medium::hdd, Medium::ssd}) {
            const bool may_exist = medium == Medium::ssd || std::string(method) != "nvme-sanitize-crypto";
            EXPECT_EQ(erase_level(method, medium, true).level, may_exist ? Verdict::purged : Verdict::cleared)
                << method;
            EXPECT_EQ(erase_level(method, medium, false).level, Verdict::cleared) << method;
        }
}

TEST(EraseLevels, of_block_erase_are_purge_on_flash_drives_only) {
    for (const char* method : {"ata-sanitize-block", "nvme-sanitize-block", "scsi-sanitize-block"}) {
        EXPECT_EQ(erase_level(method, Medium::ssd, false).level, Verdict::purged);
        for (const Medium medium : {Medium::hdd, Medium::unknown, Medium::flash, Medium::emmc})
            EXPECT_EQ(erase_level(method, medium, true).level, Verdict::cleared);
    }
}

TEST(EraseLevels, of_overwriting_are_purge_on_magnetic_disks_only) {
    for (const char* method : {"ata-sanitize-overwrite", "scsi-sanitize-overwrite"}) {
        EXPECT_EQ(erase_level(method, Medium::hdd, false).level, Verdict::purged);
        EXPECT_EQ(erase_level(method, Medium::ssd, false).level, Verdict::cleared);
        EXPECT_EQ(erase_level(method, Medium::unknown, true).level, Verdict::cleared);
    }
    EXPECT_EQ(erase_level("nvme-sanitize-overwrite", Medium::hdd, true).level, Verdict::cleared);
}

TEST(EraseLevels, of_enhanced_erase_are_purge_on_magnetic_disks_and_name_the_older_standard) {
    const EraseLevel disk = erase_level("ata-security-erase-enhanced", Medium::hdd, false);
    EXPECT_EQ(disk.level, Verdict::purged);
    EXPECT_EQ(disk.standard, "NIST SP 800-88 Rev. 1, table A-5");
    for (const Medium medium : {Medium::ssd, Medium::unknown, Medium::flash}) {
        EXPECT_EQ(erase_level("ata-security-erase-enhanced", medium, true).level, Verdict::cleared);
        EXPECT_EQ(erase_level("ata-security-erase-enhanced", medium, true).standard, wipe_standard);
    }
}

TEST(EraseLevels, of_everything_else_are_never_more_than_clear) {
    for (const char* method : {"ata-security-erase", "nvme-format-crypto", "nvme-format-user-data",
                               "mmc-sanitize", "mmc-secure-erase", "of-the-future"})
        for (const Medium medium : {Medium::hdd, Medium::ssd, Medium::emmc, Medium::flash, Medium::unknown}) {
            EXPECT_EQ(erase_level(method, medium, true).level, Verdict::cleared) << method;
            EXPECT_FALSE(erase_level(method, medium, true).why.empty()) << method;
        }
}

TEST(MediumForErasing, believes_the_drive_before_the_kernel_and_nobody_when_they_differ) {
    EXPECT_EQ(medium_for_erasing(ata_drive(Medium::unknown, {{217, 1}})), Medium::ssd);
    EXPECT_EQ(medium_for_erasing(ata_drive(Medium::hdd, {{217, 1}})), Medium::ssd);
    EXPECT_EQ(medium_for_erasing(ata_drive(Medium::unknown, {{217, 5400}})), Medium::hdd);
    EXPECT_EQ(medium_for_erasing(ata_drive(Medium::ssd, {{217, 5400}})), Medium::unknown);
    EXPECT_EQ(medium_for_erasing(ata_drive(Medium::unknown, {{217, 0}})), Medium::unknown);
    EXPECT_EQ(medium_for_erasing(ata_drive(Medium::unknown, {{217, 0xFFFF}})), Medium::unknown);
    EXPECT_EQ(medium_for_erasing(ata_drive(Medium::flash, {{217, 1}})), Medium::flash);
}

TEST(MediumForErasing, of_an_nvme_drive_behind_a_network_is_flash_when_it_can_erase_blocks) {
    DriveCapabilities remote = nvme_drive();
    remote.drive.attachment = "tcp";
    remote.drive.medium = Medium::unknown;
    EXPECT_EQ(medium_for_erasing(remote), Medium::ssd);
    EXPECT_EQ(plan_of(remote, best).level, Verdict::purged);
    EXPECT_EQ(plan_of(remote, best).drive.medium, Medium::ssd) << "what the verdict goes by";
    remote.nvme->sanitize_block = false;
    EXPECT_EQ(medium_for_erasing(remote), Medium::unknown) << "as a target made of files";
    remote.nvme.reset();
    EXPECT_EQ(medium_for_erasing(remote), Medium::unknown);
}

TEST(MediumForErasing, is_what_the_plan_says_of_its_drive) {
    EXPECT_EQ(plan_of(ata_drive(Medium::unknown, {{217, 5400}}), best).drive.medium, Medium::hdd);
    EXPECT_EQ(plan_of(ata_drive(Medium::ssd, {{217, 5400}}), best).drive.medium, Medium::unknown);
}

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

// --- what is not reached ---

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

TEST(Namespaces, are_all_marked_and_checked_around_one_erase) {
    DriveCapabilities drive = nvme_drive();
    drive.drive.nodes.push_back({"/dev/test2", "namespace", gigabyte, 0});
    drive.namespaces.push_back(namespace_of(2, gigabyte));
    drive.nvme->sanitize_crypto = false;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_THAT(steps_of(plan),
                ElementsAre("write-markers", "flush", "check-markers stored", "write-markers /dev/test2",
                            "flush /dev/test2", "check-markers stored /dev/test2",
                            "firmware-erase nvme-sanitize-block", "identify-again", "check-markers gone",
                            "verify sample erased", "check-markers gone /dev/test2",
                            "verify sample erased /dev/test2"));
}

TEST(Namespaces, that_have_no_node_forbid_a_purge) {
    DriveCapabilities drive = nvme_drive();
    drive.namespaces.push_back(namespace_of(2, gigabyte));
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("namespaces-differ-from-nodes"));
    DriveCapabilities other = nvme_drive();
    other.namespaces = {namespace_of(1, gigabyte)};
    EXPECT_THAT(codes_of(plan_of(other, best)), Contains("namespaces-differ-from-nodes"))
        << "as many, of another size";
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("nvme-sanitize-block (namespaces-differ-from-nodes)"));
}

TEST(Namespaces, that_are_not_attached_are_named_and_sanitize_goes_first) {
    DriveCapabilities drive = nvme_drive(gigabyte);
    drive.namespaces.push_back(namespace_of(2, gigabyte, false));
    const WipePlan plan = plan_of(drive, clear);
    EXPECT_EQ(plan.method, "nvme-sanitize-crypto") << "the overwrite of a small namespace would be quicker";
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("namespaces-not-attached"));
    EXPECT_THAT(reasons_for(plan, "random"), ElementsAre("namespaces-not-attached"));
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("nvme-sanitize-block (namespaces-not-attached)"));
}

TEST(Namespaces, that_could_not_be_listed_forbid_a_purge) {
    for (const char* code : {"namespaces-not-listed", "unattached-namespaces-not-listed"}) {
        DriveCapabilities drive = nvme_drive();
        drive.not_known.push_back({code, {}});
        EXPECT_EQ(plan_of(drive, best).level, Verdict::cleared);
        EXPECT_THAT(codes_of(plan_of(drive, best)), Contains("namespaces-not-all-known"));
    }
}

TEST(Namespaces, leave_capacity_that_only_sanitize_reaches) {
    DriveCapabilities drive = nvme_drive();
    drive.nvme->unallocated_bytes = gigabyte;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_THAT(codes_of(plan), Not(Contains("capacity-in-no-namespace")));
    EXPECT_THAT(codes_of(plan.fallbacks.back()), Contains("capacity-in-no-namespace"));
    EXPECT_EQ(plan_of(drive, clear).method, "nvme-sanitize-crypto");
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

// --- the whole of every plan ---

std::vector<DriveCapabilities> many_drives() {
    std::vector<DriveCapabilities> drives{nvme_drive(), sas_drive(Medium::ssd, {})};
    for (const Medium medium : {Medium::hdd, Medium::ssd, Medium::unknown})
        for (unsigned sanitize = 0; sanitize < 16; sanitize += 2)
            for (const uint16_t security : {uint16_t{0}, has_security, has_enhanced_erase})
                for (const uint16_t encryption : {uint16_t{0}, encrypts_all})
                    drives.push_back(ata_drive(
                        medium,
                        {{59, static_cast<uint16_t>(sanitize == 0 ? 0 : sanitize << 12 | has_sanitize)},
                         {69, encryption},
                         {128, security},
                         {217, medium == Medium::unknown
                                   ? uint16_t{0}
                                   : static_cast<uint16_t>(medium == Medium::ssd ? 1 : 5400)}}));
    return drives;
}

std::vector<WipePlan> with_fallbacks(const WipePlan& plan) {
    std::vector<WipePlan> plans{plan};
    plans.insert(plans.end(), plan.fallbacks.begin(), plan.fallbacks.end());
    return plans;
}

TEST(EveryPlan, says_of_each_method_of_the_protocol_why_or_uses_it) {
    for (const DriveCapabilities& drive : many_drives())
        for (const WipePolicy& policy : {best, clear}) {
            for (const WipePlan& plan : with_fallbacks(plan_of(drive, policy)))
                for (const EraseMethod& method : erase_methods(drive)) {
                    const bool is_used =
                        std::any_of(plan.steps.begin(), plan.steps.end(),
                                    [&](const WipeStep& step) { return step.method == method.method; });
                    EXPECT_NE(is_used, !reasons_for(plan, method.method).empty())
                        << plan.method << ": " << method.method;
                }
        }
}

TEST(EveryPlan, ends_its_fallbacks_with_an_overwrite_and_promises_no_more_than_its_method_can) {
    for (const DriveCapabilities& drive : many_drives()) {
        const auto plans = with_fallbacks(plan_of(drive, best));
        EXPECT_TRUE(plans.back().method == "zero" || plans.back().method == "random");
        Verdict before = Verdict::purged;
        for (const WipePlan& plan : plans) {
            EXPECT_LE(plan.level, before) << "strongest first";
            before = plan.level;
            EXPECT_EQ(plan.policy, best);
            EXPECT_EQ(plan.drive.serial, drive.drive.serial);
            const Verdict most =
                plan.method == "zero" || plan.method == "random"
                    ? Verdict::cleared
                    : erase_level(plan.method, medium_for_erasing(drive), encrypts_everything(drive)).level;
            EXPECT_LE(plan.level, most) << plan.method;
        }
    }
}

TEST(EveryPlan, promises_nothing_that_the_verdict_cannot_give) {
    for (const DriveCapabilities& drive : many_drives())
        for (const WipePlan& plan : with_fallbacks(plan_of(drive, best))) {
            const FirmwareMethod* method = find_firmware_method(plan.method);
            if (method == nullptr) continue;
            EXPECT_LE(plan.level, method->level_on(plan.drive.medium)) << plan.method;
            EXPECT_EQ(plan.steps.back().pattern, pattern_after(*method)) << plan.method;
            EXPECT_TRUE(method->fits(plan.drive.protocol)) << plan.method;
            if (plan.level != Verdict::purged || !method->is_crypto) continue;
            EXPECT_TRUE(std::all_of(plan.remarks.begin(), plan.remarks.end(), leaves_crypto_certain));
        }
}

TEST(EveryPlan, marks_before_anything_is_erased_and_checks_after_it) {
    for (const DriveCapabilities& drive : many_drives())
        for (const WipePlan& plan : with_fallbacks(plan_of(drive, best))) {
            const auto steps = steps_of(plan);
            const auto erased = std::find_if(steps.begin(), steps.end(), [](const std::string& step) {
                return step.rfind("firmware-erase", 0) == 0 || step.rfind("overwrite", 0) == 0;
            });
            ASSERT_NE(erased, steps.end());
            EXPECT_NE(std::find(steps.begin(), erased, "check-markers stored"), erased);
            EXPECT_NE(std::find(erased, steps.end(), "check-markers gone"), steps.end());
        }
}

}  // namespace
}  // namespace regain
