#include "inspector/drive_health.h"
#include "inspector/disk_surface.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "inspector/smart_report.h"

namespace regain {
namespace {

Json attribute(int id, const std::string& name, uint64_t raw, const std::string& when_failed = "") {
    return Json{{"id", id},
                {"name", name},
                {"value", 100},
                {"worst", 100},
                {"thresh", 10},
                {"when_failed", when_failed},
                {"flags", {{"prefailure", id == 5}}},
                {"raw", {{"value", raw}, {"string", std::to_string(raw)}}}};
}

// A healthy disk as smartctl shows it; tests change one thing.
Json disk() {
    return Json{
        {"device", {{"protocol", "ATA"}, {"type", "sat"}}},
        {"model_name", "MODEL"},
        {"rotation_rate", 7200},
        {"user_capacity", {{"blocks", 976773168}, {"bytes", 500107862016}}},
        {"smart_status", {{"passed", true}}},
        {"ata_smart_attributes",
         {{"table",
           {attribute(5, "Reallocated_Sector_Ct", 0), attribute(187, "Reported_Uncorrect", 0),
            attribute(194, "Temperature_Celsius", 30), attribute(197, "Current_Pending_Sector", 0),
            attribute(198, "Offline_Uncorrectable", 0), attribute(199, "UDMA_CRC_Error_Count", 0)}}}}};
}

Json nvme() {
    return Json{{"device", {{"protocol", "NVMe"}}},
                {"model_name", "MODEL"},
                {"smart_status", {{"passed", true}}},
                {"nvme_smart_health_information_log",
                 {{"critical_warning", 0},
                  {"available_spare", 100},
                  {"available_spare_threshold", 10},
                  {"percentage_used", 3},
                  {"media_errors", 0},
                  {"num_err_log_entries", 9}}}};
}

Json with_attribute(Json json, const Json& changed) {
    for (auto& row : json["ata_smart_attributes"]["table"])
        if (row["id"] == changed["id"]) {
            row = changed;
            return json;
        }
    json["ata_smart_attributes"]["table"].push_back(changed);
    return json;
}

Check whole(const Json& json) {
    const auto checks = judge_drive_health(parse_smart_report(json.dump()), "/dev/sda");
    EXPECT_EQ(checks.front().check, "drive-health");
    return checks.front();
}

Check detail(const Json& json, const std::string& name) {
    for (const auto& check : judge_drive_health(parse_smart_report(json.dump()), "/dev/sda"))
        if (check.check == name) return check;
    return {};
}

Check whole_with(int id, const std::string& name, uint64_t raw) {
    return whole(with_attribute(disk(), attribute(id, name, raw)));
}

TEST(DriveHealth, passes_a_clean_disk_and_a_clean_nvme_drive) {
    EXPECT_EQ(whole(disk()).result, CheckResult::pass);
    EXPECT_EQ(whole(nvme()).result, CheckResult::pass);
    EXPECT_EQ(whole(disk()).measured,
              "reallocated=0,reported-uncorrectable=0,pending=0,offline-uncorrectable=0");
}

TEST(DriveHealth, never_trusts_passed_alone) {
    Json json = disk();
    json.erase("ata_smart_attributes");
    EXPECT_EQ(whole(json).result, CheckResult::not_tested);
    EXPECT_EQ(whole(json).reason.code, "health-figures-incomplete");
    for (const auto& [id, name] : {std::pair{187, "Reported_Uncorrect"},
                                   {197, "Current_Pending_Sector"},
                                   {198, "Offline_Uncorrectable"}})
        EXPECT_EQ(whole_with(id, name, 1).result, CheckResult::fail) << id;
}

TEST(DriveHealth, warns_of_some_reallocated_sectors_and_fails_from_sixteen) {
    EXPECT_EQ(whole_with(5, "Reallocated_Sector_Ct", 1).result, CheckResult::warn);
    EXPECT_EQ(whole_with(5, "Reallocated_Sector_Ct", 15).result, CheckResult::warn);
    EXPECT_EQ(whole_with(5, "Reallocated_Sector_Ct", 16).result, CheckResult::fail);
}

TEST(DriveHealth, only_warns_of_replaced_blocks_on_flash) {
    Json json = with_attribute(disk(), attribute(5, "Reallocate_NAND_Blk_Cnt", 40));
    json["rotation_rate"] = 0;
    EXPECT_EQ(whole(json).result, CheckResult::warn);
}

TEST(DriveHealth, does_not_count_an_attribute_that_means_something_else) {
    const Json json = with_attribute(disk(), attribute(198, "Host_Reads_GiB", 4711));
    EXPECT_EQ(whole(json).result, CheckResult::pass);
    EXPECT_EQ(detail(json, "drive-offline-uncorrectable").reason.code, "attribute-means-something-else");
}

TEST(DriveHealth, warns_of_a_pending_count_that_no_disk_can_have) {
    const Check check = whole_with(197, "Current_Pending_Sector", 4294967295ULL);
    EXPECT_EQ(check.result, CheckResult::warn);
    EXPECT_EQ(check.reason.code, "counter-implausible");
}

TEST(DriveHealth, fails_when_the_drive_says_failed_although_its_counters_are_clean) {
    Json json = with_attribute(disk(), attribute(202, "Percent_Lifetime_Remain", 100, "now"));
    json["smart_status"]["passed"] = false;
    EXPECT_EQ(whole(json).result, CheckResult::fail);
    EXPECT_EQ(whole(json).reason.code, "drive-says-failed");
    EXPECT_EQ(whole(json).reason.arguments.at("attributes"), "202");
    Json by_exit_status = disk();
    by_exit_status["smartctl"]["exit_status"] = 8;
    EXPECT_EQ(whole(by_exit_status).result, CheckResult::fail);
}

TEST(DriveHealth, fails_for_an_attribute_that_is_failing_now_although_passed) {
    EXPECT_EQ(whole(with_attribute(disk(), attribute(184, "End-to-End_Error", 1, "now"))).result,
              CheckResult::fail);
}

TEST(DriveHealth, only_warns_when_what_is_failing_is_a_temperature) {
    Json now = with_attribute(disk(), attribute(190, "Airflow_Temperature_Cel", 60, "now"));
    now["smartctl"]["exit_status"] = 16;
    EXPECT_EQ(whole(now).result, CheckResult::warn);
    EXPECT_EQ(whole(now).reason.code, "temperature-limit-exceeded");
    const Json past = with_attribute(disk(), attribute(190, "Airflow_Temperature_Cel", 26, "past"));
    EXPECT_EQ(whole(past).result, CheckResult::warn);
    EXPECT_EQ(whole(past).reason.code, "temperature-limit-exceeded-in-past");
}

TEST(DriveHealth, fails_for_a_failing_attribute_that_only_the_exit_status_shows) {
    Json json = disk();
    json["smartctl"]["exit_status"] = 16;
    EXPECT_EQ(whole(json).result, CheckResult::fail);
}

TEST(DriveHealth, reads_the_exit_status_as_a_bit_mask) {
    for (const auto& [status, result] : {std::pair{4, CheckResult::pass},
                                         {32, CheckResult::warn},
                                         {64, CheckResult::warn},
                                         {96, CheckResult::warn},
                                         {128, CheckResult::fail},
                                         {0, CheckResult::pass},
                                         {7, CheckResult::pass}}) {
        Json json = disk();
        json["smartctl"]["exit_status"] = status;
        EXPECT_EQ(whole(json).result, result) << status;
    }
}

TEST(DriveHealth, blames_the_cable_and_not_the_drive_for_transfer_errors) {
    const Json json = with_attribute(disk(), attribute(199, "UDMA_CRC_Error_Count", 644));
    EXPECT_EQ(whole(json).result, CheckResult::pass);
    EXPECT_EQ(detail(json, "drive-connection").result, CheckResult::warn);
}

Json self_test(int status, const std::string& type) {
    return Json{{"type", {{"string", type}}}, {"status", {{"value", status}}}, {"lifetime_hours", 100}};
}

TEST(DriveHealth, fails_for_a_failed_self_test_unless_a_newer_extended_one_passed) {
    Json json = disk();
    auto& table = json["ata_smart_self_test_log"]["standard"]["table"];
    table = Json::array({self_test(0, "Short offline"), self_test(121, "Extended offline")});
    EXPECT_EQ(whole(json).result, CheckResult::fail);
    EXPECT_EQ(whole(json).reason.code, "self-test-failed");
    table = Json::array({self_test(0, "Extended offline"), self_test(121, "Short offline")});
    EXPECT_EQ(whole(json).result, CheckResult::pass);
    table = Json::array({self_test(16, "Extended offline"), self_test(25, "Extended offline")});
    EXPECT_EQ(whole(json).result, CheckResult::pass) << "aborted is not failed";
    EXPECT_EQ(detail(json, "drive-self-test").result, CheckResult::not_tested);
}

TEST(DriveHealth, warns_of_unreadable_sectors_in_the_error_log_and_not_of_refused_commands) {
    Json json = disk();
    json["smartctl"]["exit_status"] = 64;
    json["ata_smart_error_log"]["extended"] = {{"count", 1},
                                               {"table", {{{"error_description", "Error: UNC at LBA = 1"}}}}};
    EXPECT_EQ(whole(json).result, CheckResult::warn);
    json["ata_smart_error_log"]["extended"]["table"][0]["error_description"] = "Error: ABRT";
    EXPECT_EQ(whole(json).result, CheckResult::pass);
}

Json nvme_with(const char* member, int value) {
    Json json = nvme();
    json["nvme_smart_health_information_log"][member] = value;
    return json;
}

TEST(DriveHealth, judges_nvme_wear_spare_and_warnings) {
    EXPECT_EQ(whole(nvme_with("percentage_used", 79)).result, CheckResult::pass);
    EXPECT_EQ(whole(nvme_with("percentage_used", 80)).result, CheckResult::warn);
    EXPECT_EQ(whole(nvme_with("percentage_used", 100)).result, CheckResult::fail);
    EXPECT_EQ(whole(nvme_with("available_spare", 10)).result, CheckResult::pass);
    EXPECT_EQ(whole(nvme_with("available_spare", 9)).result, CheckResult::fail);
    EXPECT_EQ(whole(nvme_with("critical_warning", 4)).result, CheckResult::fail);
    EXPECT_EQ(whole(nvme_with("critical_warning", 6)).reason.arguments.at("warnings"),
              "temperature,reliability");
    EXPECT_EQ(whole(nvme_with("media_errors", 1)).result, CheckResult::warn);
    EXPECT_EQ(whole(nvme_with("num_err_log_entries", 5000)).result, CheckResult::pass);
}

TEST(DriveHealth, fails_an_nvme_drive_without_spare_even_if_its_threshold_is_zero) {
    Json json = nvme_with("available_spare", 0);
    json["nvme_smart_health_information_log"]["available_spare_threshold"] = 0;
    EXPECT_EQ(whole(json).result, CheckResult::fail);
}

TEST(DriveHealth, does_not_pass_an_nvme_drive_that_hides_its_figures) {
    Json json = nvme();
    json["nvme_smart_health_information_log"].erase("percentage_used");
    EXPECT_EQ(whole(json).result, CheckResult::not_tested);
    json.erase("nvme_smart_health_information_log");
    EXPECT_EQ(whole(json).result, CheckResult::not_tested);
}

Json with_endurance(int rotation, int value) {
    Json json = disk();
    json["rotation_rate"] = rotation;
    json["ata_device_statistics"]["pages"] = Json::array(
        {{{"number", 7},
          {"table", Json::array({{{"offset", 8}, {"value", value}, {"flags", {{"valid", true}}}}})}}});
    return json;
}

TEST(DriveHealth, judges_the_endurance_indicator_only_where_nothing_rotates) {
    EXPECT_EQ(whole(with_endurance(0, 188)).result, CheckResult::fail);
    EXPECT_EQ(whole(with_endurance(0, 85)).result, CheckResult::warn);
    EXPECT_EQ(whole(with_endurance(7200, 188)).result, CheckResult::pass);
}

TEST(DriveHealth, has_no_opinion_on_attributes_that_look_like_wear) {
    EXPECT_EQ(whole_with(177, "Wear_Leveling_Count", 3539).result, CheckResult::pass);
    EXPECT_EQ(whole_with(233, "Media_Wearout_Indicator", 0).result, CheckResult::pass);
}

Json sas() {
    return Json{{"device", {{"protocol", "SCSI"}}},
                {"scsi_model_name", "MODEL"},
                {"rotation_rate", 15000},
                {"smart_status", {{"passed", true}}},
                {"scsi_grown_defect_list", 0},
                {"temperature", {{"current", 33}, {"drive_trip", 68}}},
                {"scsi_error_counter_log", {{"read", {{"total_uncorrected_errors", 0}}}}}};
}

TEST(DriveHealth, judges_grown_defects_and_uncorrected_errors_of_sas_disks) {
    EXPECT_EQ(whole(sas()).result, CheckResult::pass);
    Json grown = sas();
    grown["scsi_grown_defect_list"] = 3;
    EXPECT_EQ(whole(grown).result, CheckResult::warn);
    Json uncorrected = sas();
    uncorrected["scsi_error_counter_log"]["write"]["total_uncorrected_errors"] = 535;
    EXPECT_EQ(whole(uncorrected).result, CheckResult::fail);
    Json hot = sas();
    hot["temperature"]["current"] = 68;
    EXPECT_EQ(whole(hot).result, CheckResult::warn);
}

TEST(DriveHealth, does_not_pass_what_a_bridge_or_a_raid_controller_shows_instead) {
    Json bridge = sas();
    bridge.erase("scsi_grown_defect_list");
    bridge.erase("scsi_error_counter_log");
    EXPECT_EQ(whole(bridge).result, CheckResult::not_tested);
    bridge["smart_support"] = {{"available", false}};
    EXPECT_EQ(whole(bridge).reason.code, "smart-not-supported");
    bridge["smart_support"] = {{"available", true}, {"enabled", false}};
    EXPECT_EQ(whole(bridge).reason.code, "smart-disabled");
}

TEST(DriveHealth, does_not_test_what_is_no_report_of_a_drive) {
    for (const char* text :
         {"", "garbage", "{}", "[]", R"({"devices":[]})", R"({"smartctl":{"exit_status":2}})"}) {
        const auto checks = judge_drive_health(parse_smart_report(text), "/dev/sda");
        ASSERT_EQ(checks.size(), 1U);
        EXPECT_EQ(checks.front().result, CheckResult::not_tested) << text;
        EXPECT_FALSE(checks.front().reason.code.empty());
    }
}

TEST(DriveHealthFacts, hold_what_the_drive_told_and_nothing_else) {
    Json json = with_attribute(disk(), attribute(5, "Reallocated_Sector_Ct", 3));
    json["power_on_time"]["hours"] = 44668;
    json["temperature"]["current"] = 33;
    json["serial_number"] = "INNER";
    DriveRecord drive;
    drive.path = "/dev/sdb";
    drive.serial = "BRIDGE";
    const auto facts = drive_health_facts(parse_smart_report(json.dump()), drive);
    EXPECT_EQ(facts.number("reallocated_sectors"), 3);
    EXPECT_EQ(facts.number("pending_sectors"), 0);
    EXPECT_EQ(facts.number("power_on_hours"), 44668);
    EXPECT_EQ(facts.number("temperature_celsius"), 33);
    EXPECT_EQ(facts.number("media_errors"), std::nullopt);
    EXPECT_EQ(facts.number("power_cycles"), std::nullopt);
    EXPECT_EQ(facts.serial, "BRIDGE");
    EXPECT_EQ(facts.texts.at("reported_serial"), "INNER");
    EXPECT_EQ(facts.texts.at("self_assessment"), "passed");
}

TEST(DriveHealthFacts, leave_out_counters_that_cannot_be_believed) {
    const Json json = with_attribute(disk(), attribute(197, "Current_Pending_Sector", 4294967295ULL));
    EXPECT_EQ(drive_health_facts(parse_smart_report(json.dump()), {}).number("pending_sectors"),
              std::nullopt);
}

TEST(DiskSpeed, is_judged_by_medium_but_not_behind_usb_or_on_virtual_drives) {
    DriveRecord drive;
    drive.bus = Bus::ata;
    drive.medium = Medium::hdd;
    EXPECT_EQ(judge_disk_speed(drive, 80000000).result, CheckResult::pass);
    EXPECT_EQ(judge_disk_speed(drive, 79999999).result, CheckResult::warn);
    drive.medium = Medium::ssd;
    EXPECT_EQ(judge_disk_speed(drive, 199999999).result, CheckResult::warn);
    EXPECT_EQ(judge_disk_speed(drive, 200000000).result, CheckResult::pass);
    drive.medium = Medium::emmc;
    EXPECT_EQ(judge_disk_speed(drive, 15000000).result, CheckResult::pass);
    drive.bus = Bus::usb;
    EXPECT_EQ(judge_disk_speed(drive, 1).result, CheckResult::not_tested);
    drive.bus = Bus::virtual_drive;
    EXPECT_EQ(judge_disk_speed(drive, 1).result, CheckResult::not_tested);
}

class DiskSurface : public testing::Test {
  protected:
    DiskSurface() {
        drive_.path = "/dev/sda";
        drive_.bus = Bus::ata;
        drive_.medium = Medium::hdd;
        surface().regions.resize(256);
        surface().median_bytes_per_second = 100'000'000;
    }
    SurfaceRecord& surface() {
        if (reading_.surfaces.empty()) reading_.surfaces.emplace_back();
        return reading_.surfaces.front();
    }
    Check check() { return judge_disk_surface(drive_, reading_); }

    DriveRecord drive_;
    DiskReading reading_;
};

TEST_F(DiskSurface, of_a_drive_that_came_evenly_passes) {
    EXPECT_EQ(check().result, CheckResult::pass);
    EXPECT_EQ(check().measured, "none");
    EXPECT_EQ(judge_disk_speed(drive_, reading_).measured, "100 MB/s");
    EXPECT_EQ(judge_disk_speed(drive_, reading_).result, CheckResult::pass);
}

TEST_F(DiskSurface, with_sectors_that_cannot_be_read_fails_whatever_else_there_is) {
    reading_.unreadable_sectors = 8;
    surface().slow_regions = {3};
    surface().regions[7].failed_requests = 2;
    EXPECT_EQ(check().result, CheckResult::fail);
    EXPECT_EQ(check().measured, "unreadable=8,repeated-reads=2,slow-regions=1");
    EXPECT_EQ(check().reason.code, "sectors-not-readable");
    reading_.surfaces.clear();
    EXPECT_EQ(check().result, CheckResult::fail) << "a sample found them";
}

TEST_F(DiskSurface, with_reads_that_were_repeated_warns) {
    surface().regions[7].failed_requests = 2;
    EXPECT_EQ(check().result, CheckResult::warn);
    EXPECT_EQ(check().reason.code, "reads-repeated");
}

TEST_F(DiskSurface, with_slow_places_or_stalls_warns) {
    surface().regions[9].stalls = 1;
    surface().regions[9].slowest_us = 1'830'000;
    EXPECT_EQ(check().result, CheckResult::warn);
    EXPECT_EQ(check().reason.code, "reads-stalled");
    EXPECT_EQ(check().measured, "stalls=1,slowest-read=1830 ms");
    surface().slow_regions = {9, 10};
    EXPECT_EQ(check().result, CheckResult::warn);
    EXPECT_EQ(check().reason.code, "regions-slow");
}

TEST_F(DiskSurface, is_not_tested_where_the_reading_says_nothing) {
    surface().not_judged = "nothing-stored";
    EXPECT_EQ(check().result, CheckResult::not_tested);
    EXPECT_EQ(judge_disk_speed(drive_, reading_).result, CheckResult::not_tested);
    surface().not_judged = "too-small";
    EXPECT_EQ(check().result, CheckResult::not_tested);
    EXPECT_EQ(judge_disk_speed(drive_, reading_).result, CheckResult::pass) << "its speed is known";
    reading_.surfaces.clear();
    EXPECT_EQ(check().reason.code, "not-read-as-a-whole");
    EXPECT_EQ(judge_disk_speed(drive_, reading_).reason.code, "not-read-as-a-whole");
}

TEST_F(DiskSurface, of_a_node_that_is_slow_shows_beside_one_that_was_not_judged) {
    SurfaceRecord second = surface();
    second.slow_regions = {1};
    second.median_bytes_per_second = 60'000'000;
    surface().not_judged = "hardly-measured";
    surface().median_bytes_per_second = 1;
    reading_.surfaces.push_back(second);
    EXPECT_EQ(check().reason.code, "regions-slow");
    EXPECT_EQ(judge_disk_speed(drive_, reading_).measured, "60 MB/s") << "of what was judged";
    surface().not_judged = "too-small";
    EXPECT_EQ(check().reason.code, "regions-slow");
}

TEST_F(DiskSurface, of_a_virtual_drive_is_not_judged) {
    drive_.bus = Bus::virtual_drive;
    surface().regions[9].stalls = 1;
    EXPECT_EQ(check().result, CheckResult::not_tested);
}

TEST_F(DiskSurface, of_several_nodes_counts_all_and_the_slowest_speed) {
    SurfaceRecord second = surface();
    second.median_bytes_per_second = 60'000'000;
    second.slow_regions = {1, 2};
    reading_.surfaces.push_back(second);
    surface().slow_regions = {5};
    EXPECT_EQ(check().measured, "slow-regions=3");
    EXPECT_EQ(judge_disk_speed(drive_, reading_).result, CheckResult::warn);
}

}  // namespace
}  // namespace regain
