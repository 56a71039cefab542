#include "wiper/wipe_planner.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "tests/unit/wiper/capability_fixtures.h"
#include "tests/unit/wiper/wipe_fixtures.h"

namespace regain {
namespace {

DriveRecord drive_like(const char* path, const char* model, Bus bus, const char* protocol, Medium medium,
                       uint64_t size_bytes) {
    DriveRecord drive;
    drive.path = path;
    drive.model = model;
    drive.serial = std::string("SERIAL-OF-") + model;
    drive.serial_source = "drive";
    drive.bus = bus;
    drive.protocol = protocol;
    drive.medium = medium;
    drive.rotational = medium == Medium::hdd;
    drive.size_bytes = size_bytes;
    drive.nodes = {{path, "main", size_bytes, 0}};
    return drive;
}

struct NamedDrive {
    std::string name;
    DriveRecord drive;
};

std::vector<NamedDrive> all_drives() {
    std::vector<NamedDrive> drives{
        {"laptop-nvme", drive_like("/dev/nvme0n1", "NVME", Bus::nvme, "nvme", Medium::ssd, 256'060'514'304)},
        {"sata-hdd", hard_disk(500'107'862'016)},
        {"sata-ssd", drive_like("/dev/sdb", "SSD", Bus::ata, "ata", Medium::ssd, 120'034'123'776)},
        {"emmc", drive_like("/dev/mmcblk0", "EMMC", Bus::mmc, "mmc", Medium::emmc, 31'268'536'320)},
        {"sd", drive_like("/dev/mmcblk1", "SD", Bus::mmc, "mmc", Medium::flash, 15'931'539'456)},
        {"usb-stick", drive_like("/dev/sdc", "STICK", Bus::usb, "scsi", Medium::flash, 8'010'194'944)},
        {"loop",
         drive_like("/dev/loop0", "loop", Bus::virtual_drive, "loop", Medium::unknown, 8'589'934'592)},
    };
    DriveRecord& emmc = drives[3].drive;
    emmc.nodes.push_back({"/dev/mmcblk0boot0", "boot-area", 4'194'304, 0});
    emmc.nodes.push_back({"/dev/mmcblk0boot1", "boot-area", 4'194'304, 0});
    emmc.nodes.push_back({"/dev/mmcblk0rpmb", "rpmb", 4'194'304, 0});
    DriveRecord two_namespaces = drives[0].drive;
    two_namespaces.nodes.push_back({"/dev/nvme0n2", "namespace", 1'073'741'824, 0});
    drives.push_back({"nvme-with-two-namespaces", two_namespaces});
    return drives;
}

Json answer_of(const DriveRecord& drive, const WipePolicy& policy) {
    const auto plan = plan_wipe(capabilities_of(drive), policy);
    return plan.ok() ? to_json(*plan) : Json{{"refused", to_json(plan.error())}};
}

// Each level with each method, and each verification once.
std::vector<WipePolicy> policies() {
    std::vector<WipePolicy> policies;
    for (const WipeLevel level : {WipeLevel::best, WipeLevel::clear, WipeLevel::purge})
        for (const char* method : {"", "zero", "random"}) policies.push_back({level, method, {}});
    for (const VerifyKind verify : {VerifyKind::full, VerifyKind::sample, VerifyKind::none})
        policies.push_back({WipeLevel::best, "", verify});
    policies.push_back({WipeLevel::purge, "", VerifyKind::none});
    policies.push_back({WipeLevel::best, "dod-5220.22-m", {}});
    return policies;
}

// Every drive × policy × method × verification against its golden file, which is changed by hand. These
// drives were not asked: golden_plans_test.cpp is about those that were.
TEST(WipePlan, is_byte_for_byte_the_golden_one) {
    for (const auto& [name, drive] : all_drives()) {
        Json answers = Json::object();
        for (const WipePolicy& policy : policies()) {
            const std::string key = std::string(level_name(policy.level)) + " " +
                                    (policy.method.empty() ? "default" : policy.method) + " " +
                                    (policy.verify ? std::string(verify_name(*policy.verify)) : "default");
            answers[key] = answer_of(drive, policy);
        }
        const std::string path = std::string(REGAIN_SOURCE_DIR) + "/tests/golden/plans/" + name + ".json";
        const std::string text = pretty_json(answers);
        const auto golden = read_file(path);
        ASSERT_TRUE(golden.ok()) << path;
        EXPECT_EQ(*golden, text) << name;
    }
}

TEST(WipePlan, survives_its_way_through_json) {
    for (const auto& [name, drive] : all_drives()) {
        WipePlan plan = plan_for(drive, {WipeLevel::clear, "", VerifyKind::sample});
        plan.reallocated_sectors = 3;
        const auto again = wipe_plan_from_json(to_json(plan));
        ASSERT_TRUE(again.ok()) << name;
        EXPECT_EQ(*again, plan) << name;
    }
}

TEST(WipePlan, writes_zeros_on_hard_disks_and_random_on_flash) {
    for (const auto& [name, drive] : all_drives()) {
        const bool is_flash = drive.medium != Medium::hdd && drive.medium != Medium::unknown;
        EXPECT_EQ(plan_for(drive).method, is_flash ? "random" : "zero") << name;
        EXPECT_EQ(plan_for(drive, {WipeLevel::best, "zero", {}}).method, "zero") << name;
    }
}

TEST(WipePlan, never_promises_more_than_cleared) {
    for (const auto& [name, drive] : all_drives())
        for (const char* method : {"", "zero", "random"})
            for (const VerifyKind verify : {VerifyKind::full, VerifyKind::sample, VerifyKind::none}) {
                const WipePlan plan = plan_for(drive, {WipeLevel::best, method, verify});
                EXPECT_EQ(plan.level, Verdict::cleared) << name;
                EXPECT_EQ(plan.standard, "NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)");
            }
}

TEST(WipePlan, reads_back_wholly_unless_told_otherwise) {
    const WipePlan plan = plan_for(hard_disk(mebibyte));
    EXPECT_EQ(plan.steps.back().step, "verify");
    EXPECT_EQ(plan.steps.back().kind, "full");
    EXPECT_EQ(plan_for(hard_disk(mebibyte), {WipeLevel::best, "", VerifyKind::none}).steps.back().step,
              "check-markers");
}

TEST(WipePlan, overwrites_every_namespace) {
    const WipePlan plan = plan_for(all_drives().back().drive);
    std::vector<std::string> nodes;
    for (const WipeStep& step : plan.steps)
        if (step.step == "overwrite") nodes.push_back(step.node);
    EXPECT_EQ(nodes, (std::vector<std::string>{"", "/dev/nvme0n2"}));
}

TEST(WipePlan, refuses_a_purge_and_says_why_for_each_method) {
    for (const auto& [name, drive] : all_drives()) {
        const auto plan = plan_wipe(capabilities_of(drive), {WipeLevel::purge, "", {}});
        ASSERT_FALSE(plan.ok()) << name;
        EXPECT_EQ(plan.error().kind, ErrorKind::refused);
        const std::string words = in_english(plan.error());
        EXPECT_NE(words.find("zero (overwriting-never-purges)"), std::string::npos) << words;
        EXPECT_NE(words.find("random (overwriting-never-purges)"), std::string::npos) << words;
        EXPECT_EQ(words.find("gutmann"), std::string::npos) << "no more than those two: " << words;
        EXPECT_FALSE(plan.error().advice.empty());
    }
}

TEST(WipePlan, calls_an_unverified_purge_wrong_usage) {
    const auto plan =
        plan_wipe(capabilities_of(hard_disk(mebibyte)), {WipeLevel::purge, "", VerifyKind::none});
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().kind, ErrorKind::usage);
}

TEST(WipePlan, tells_an_unknown_method_from_one_that_is_not_there_yet) {
    const auto unknown = plan_wipe(capabilities_of(hard_disk(mebibyte)), {WipeLevel::best, "zeros", {}});
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
    EXPECT_NE(in_english(unknown.error().advice).find("zero, random"), std::string::npos);
    const char* method = "scsi-format-unit";
    const auto later = plan_wipe(capabilities_of(hard_disk(mebibyte)), {WipeLevel::best, method, {}});
    ASSERT_FALSE(later.ok());
    EXPECT_EQ(later.error().kind, ErrorKind::refused);
    EXPECT_NE(in_english(later.error()).find("not part of this version"), std::string::npos);
    EXPECT_NE(in_english(later.error()).find(method), std::string::npos);
}

TEST(WipePlan, refuses_a_firmware_method_of_a_drive_that_was_not_asked_or_has_none) {
    const std::vector<std::pair<std::string, std::string>> methods{{"ata-sanitize-block", "not-asked"},
                                                                   {"nvme-format-crypto", "not-supported"}};
    for (const auto& [method, reason] : methods) {
        const auto plan = plan_wipe(capabilities_of(hard_disk(mebibyte)), {WipeLevel::best, method, {}});
        ASSERT_FALSE(plan.ok()) << method;
        EXPECT_EQ(plan.error().kind, ErrorKind::refused) << method;
        EXPECT_NE(in_english(plan.error()).find(method + " (" + reason + ")"), std::string::npos)
            << in_english(plan.error());
    }
}

TEST(WipePlan, lists_the_firmware_methods_of_the_drives_protocol_as_rejected) {
    const auto reason = [](const WipePlan& plan, std::string_view method) {
        for (const RejectedMethod& entry : plan.rejected)
            if (entry.method == method) return entry.reason.code;
        return std::string();
    };
    const WipePlan plan = plan_for(all_drives()[0].drive);
    EXPECT_EQ(reason(plan, "nvme-sanitize-block"), "not-asked");
    EXPECT_EQ(reason(plan, "dod-5220.22-m"), "only-where-asked-for");
    EXPECT_EQ(reason(plan, "ata-security-erase"), "");
    EXPECT_EQ(reason(plan_for(all_drives()[4].drive), "mmc-sanitize"), "not-supported") << "an SD card";
    EXPECT_TRUE(has_remark(plan.remarks, "overwriting-flash-is-never-purge"));
}

TEST(WipePlan, of_a_drive_that_was_not_asked_has_no_fallbacks_and_no_times) {
    for (const auto& [name, drive] : all_drives())
        for (const WipeLevel level : {WipeLevel::best, WipeLevel::clear}) {
            const WipePlan plan = plan_for(drive, {level, "", {}});
            EXPECT_TRUE(plan.fallbacks.empty()) << name;
            EXPECT_EQ(plan.expected, ExpectedTime{}) << name;
            for (const RejectedMethod& entry : plan.rejected) EXPECT_EQ(entry.expected, ExpectedTime{});
        }
}

TEST(WipePlan, refuses_what_is_protected_or_has_no_sectors) {
    DriveRecord mounted = hard_disk(mebibyte);
    mounted.protection.push_back({"mounted", "/home", false});
    DriveRecord empty = hard_disk(0);
    DriveRecord odd = hard_disk(mebibyte + 100);
    for (const DriveRecord& drive : {mounted, empty, odd}) {
        const auto plan = plan_wipe(capabilities_of(drive), {});
        ASSERT_FALSE(plan.ok());
        EXPECT_EQ(plan.error().kind, ErrorKind::refused);
    }
}

TEST(DriveCapabilities, name_the_field_of_each_fact) {
    const DriveCapabilities capabilities = capabilities_of(hard_disk(mebibyte), 12);
    EXPECT_EQ(capabilities.reallocated_sectors, 12U);
    EXPECT_FALSE(capabilities.native_size_bytes.has_value());
    for (const CapabilityFact& fact : capabilities.facts) {
        EXPECT_FALSE(fact.value.empty()) << fact.fact;
        EXPECT_FALSE(fact.source.empty()) << fact.fact;
    }
}

TEST(WipePlan, names_what_an_nvme_drive_says_that_nothing_reaches) {
    const auto codes = [](const DriveCapabilities& drive) {
        std::vector<std::string> found;
        const auto plan = plan_wipe(drive, {WipeLevel::clear, "random", {}});
        if (!plan.ok()) return std::vector<std::string>{"no plan"};
        for (const Remark& area : plan->not_examined) found.push_back(area.code);
        return found;
    };
    DriveCapabilities drive = nvme_drive();
    EXPECT_TRUE(codes(drive).empty()) << "it named all its namespaces";
    drive.nvme->rpmb = 0x00'1F'00'02;  // two units; the bits above say how large they are
    EXPECT_EQ(codes(drive), (std::vector<std::string>{"rpmb-units"}));
    drive.nvme->rpmb = 0;
    drive.nvme->unallocated_bytes = 4096;
    EXPECT_EQ(codes(drive), (std::vector<std::string>{"unallocated-capacity"}))
        << "of a namespace that was deleted";
    drive.nvme->unallocated_bytes = 0;
    drive.not_known.push_back({"unattached-namespaces-not-listed", {}});
    EXPECT_EQ(codes(drive), (std::vector<std::string>{"other-namespaces"}));
    drive = nvme_drive();
    drive.nvme.reset();
    EXPECT_EQ(codes(drive), (std::vector<std::string>{"other-namespaces"})) << "nobody was asked";
}

TEST(DriveCapabilities, count_boot_areas_and_further_paths_as_no_user_data) {
    DriveRecord drive = hard_disk(mebibyte);
    drive.nodes.push_back({"/dev/sdb", "path", mebibyte, 0});
    drive.nodes.push_back({"/dev/sdaboot0", "boot-area", mebibyte, 0});
    drive.nodes.push_back({"/dev/sda9", "general-purpose", mebibyte, 0});
    const auto nodes = user_data_nodes(drive);
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[1].path, "/dev/sda9") << "a node of an unknown kind may hold data";
}

}  // namespace
}  // namespace regain
