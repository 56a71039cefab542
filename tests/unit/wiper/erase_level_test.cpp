// What each of a drive's own methods may be called on which medium, and what the medium is.

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/wiper/capability_fixtures.h"
#include "tests/unit/wiper/plan_reading.h"
#include "wiper/erase_level.h"

namespace regain {
namespace {

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

}  // namespace
}  // namespace regain
