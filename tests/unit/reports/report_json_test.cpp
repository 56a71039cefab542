#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "reports/deploy_report.h"
#include "reports/inspection_report.h"
#include "reports/job_context.h"
#include "reports/wipe_report.h"

namespace regain {
namespace {

DriveRecord some_drive() {
    DriveRecord drive;
    drive.path = "/dev/sda";
    drive.model = "WDC WD5000";
    drive.serial = "WD-1";
    drive.serial_source = "drive";
    drive.bus = Bus::ata;
    drive.protocol = "ata";
    drive.medium = Medium::hdd;
    drive.size_bytes = 500107862016;
    drive.physical_sector_bytes = 4096;
    drive.diskseq = 7;
    drive.nodes = {{"/dev/sda", "main", 500107862016, 7}};
    drive.protection = {{"mounted", "/home", false}, {"md", "md127", true}};
    drive.contents = {"gpt"};
    return drive;
}

WipeRecord some_wipe() {
    WipeRecord record;
    record.drive = some_drive();
    record.plan.drive = some_drive();
    record.plan.policy = {WipeLevel::clear, "zero", VerifyKind::sample};
    record.plan.method = "zero";
    record.plan.steps = {{"write-markers", "", 1024, "", 0},
                         {"overwrite", "zero", 0, "", 0},
                         {"verify", "zero", 0, "sample", 10000}};
    record.plan.rejected = {{"ata-sanitize-crypto", {"not-in-this-version", {}}}};
    record.plan.level = Verdict::cleared;
    record.steps = {{"overwrite",
                     "done",
                     "2026-01-01T00:00:00Z",
                     "2026-01-01T01:00:00Z",
                     3600000,
                     500107862016,
                     {{"a", {{"b", "c"}}}}}};
    record.verdict = Verdict::cleared;
    record.verification = {"sample", "zero", 4096, 0, 1, 10000, 1 << 20, "direct", true};
    record.coverage.addressable_bytes = 10;
    record.coverage.hidden_bytes = 5;
    record.unwritable = {{1, 2}};
    record.evidence = {{"markers", {{"written", 1024}}}};
    record.errors = {os_error(message("write {0}", "/dev/sda"), 5)};
    return record;
}

TEST(WipeReport, survives_json_both_ways) {
    WipeReport report{"2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", {some_wipe()}};
    const Json json = to_json(report);
    const auto back = wipe_report_from_json(json);
    ASSERT_TRUE(back.ok()) << in_english(back.error());
    EXPECT_EQ(to_json(*back), json);
    EXPECT_TRUE(canonical_json(json).ok());
}

TEST(WipeReport, has_the_names_of_the_contract) {
    const Json json = to_json(WipeReport{"a", "b", {some_wipe()}});
    EXPECT_EQ(json["schema"], "regain.wipe-report/1");
    const Json& wipe = json["wipes"][0];
    for (const char* name : {"drive", "plan", "steps", "verdict", "method", "verification", "coverage",
                             "bytes_written", "unwritable", "evidence", "errors"})
        EXPECT_TRUE(wipe.contains(name)) << name;
    for (const char* name : {"kind", "bytes_read", "mismatches"})
        EXPECT_TRUE(wipe["verification"].contains(name)) << name;
    for (const char* name : {"path", "model", "serial", "wwn", "firmware", "bus", "medium", "size_bytes",
                             "logical_sector_bytes", "physical_sector_bytes", "protected"})
        EXPECT_TRUE(wipe["drive"].contains(name)) << name;
    EXPECT_EQ(wipe["drive"]["protected"][0],
              (Json{{"reason", "mounted"}, {"detail", "/home"}, {"releasable", false}}));
}

TEST(WipeReport, what_is_not_known_is_null_and_not_zero) {
    const Json json = to_json(some_wipe());
    EXPECT_TRUE(json["coverage"]["native_bytes"].is_null());
    EXPECT_EQ(json["coverage"]["hidden_bytes"], 5);
}

TEST(WipeReport, an_unknown_verdict_is_refused) {
    Json json = to_json(some_wipe());
    json["verdict"] = "probably";
    EXPECT_FALSE(wipe_record_from_json(json).ok());
}

TEST(WipeReport, every_missing_required_member_is_refused) {
    for (const char* name : {"drive", "plan", "verdict", "verification", "coverage", "bytes_written"}) {
        Json json = to_json(some_wipe());
        json.erase(name);
        EXPECT_FALSE(wipe_record_from_json(json).ok()) << name;
    }
}

/// A fallback after a firmware erase that failed, with all members that only such records have.
WipeRecord some_firmware_wipe() {
    WipeRecord record = some_wipe();
    WipePlan& plan = record.plan;
    plan.method = record.method = "ata-sanitize-block";
    plan.level = Verdict::purged;
    plan.steps = {{.step = "remember", .sample_share_ppm = 10000, .node = "/dev/sdb"},
                  {.step = "firmware-erase", .method = "ata-sanitize-crypto", .minutes = 0},
                  {.step = "firmware-erase", .method = "ata-sanitize-block", .minutes = 12},
                  {.step = "identify-again"},
                  {.step = "verify", .pattern = "erased", .kind = "full"}};
    plan.expected = {90, "at-least"};
    plan.rejected = {{"zero", {"weaker-than-chosen", {}}, {480, "assumed-speed"}},
                     {"ata-security-erase", {"security-frozen", {}}, {}}};
    WipePlan fallback = plan;
    fallback.method = "zero";
    fallback.steps = {{.step = "overwrite", .pattern = "zero"}};
    fallback.level = Verdict::cleared;
    fallback.expected = {};
    plan.fallbacks = {fallback, fallback};
    WipeAttempt attempt;
    attempt.method = "ata-sanitize-overwrite";
    attempt.steps = record.steps;
    attempt.evidence = {{"drive-log", {{"method", "ata-sanitize-overwrite"}, {"left_running", "no"}}}};
    attempt.remarks = {{"erase-failed-in-the-drive", {}}};
    attempt.errors = record.errors;
    attempt.started = "2026-01-01T00:00:00Z";
    attempt.finished = "2026-01-01T00:10:00Z";
    record.attempts = {attempt, attempt};
    return record;
}

TEST(WipeReport, keeps_fallbacks_attempts_and_expected_times_through_json) {
    const WipeRecord record = some_firmware_wipe();
    const Json json = to_json(record);
    EXPECT_TRUE(canonical_json(json).ok());
    const auto back = wipe_record_from_json(json);
    ASSERT_TRUE(back.ok()) << in_english(back.error());
    EXPECT_EQ(to_json(*back), json);
    EXPECT_EQ(back->plan, record.plan);
    ASSERT_EQ(back->attempts.size(), 2U);
    EXPECT_EQ(back->attempts[0].method, "ata-sanitize-overwrite");
    EXPECT_EQ(back->attempts[0].steps, record.attempts[0].steps);
    EXPECT_EQ(back->attempts[0].evidence, record.attempts[0].evidence);
    EXPECT_EQ(back->attempts[0].remarks, record.attempts[0].remarks);
    ASSERT_EQ(back->attempts[0].errors.size(), 1U);
    EXPECT_EQ(back->attempts[0].finished, "2026-01-01T00:10:00Z");
}

TEST(WipeReport, has_the_names_of_the_firmware_members) {
    const Json json = to_json(some_firmware_wipe());
    const Json& plan = json["plan"];
    EXPECT_EQ(plan["steps"][1]["method"], "ata-sanitize-crypto");
    EXPECT_EQ(plan["steps"][1]["minutes"], 0) << "an estimate of nothing is not a missing one";
    EXPECT_FALSE(plan["steps"][3].contains("minutes"));
    EXPECT_FALSE(plan["steps"][3].contains("method"));
    EXPECT_EQ(plan["expected_minutes"], 90);
    EXPECT_EQ(plan["expected_basis"], "at-least");
    EXPECT_EQ(plan["rejected"][0]["expected_minutes"], 480);
    EXPECT_FALSE(plan["rejected"][1].contains("expected_minutes"));
    EXPECT_FALSE(plan["fallbacks"][0].contains("expected_minutes"));
    for (const char* name : {"method", "steps", "evidence", "remarks", "errors", "started", "finished"})
        EXPECT_TRUE(json["attempts"][0].contains(name)) << name;
    const Json plain = to_json(some_wipe());
    EXPECT_FALSE(plain.contains("attempts")) << "records of earlier versions look as before";
    EXPECT_FALSE(plain["plan"].contains("fallbacks"));
}

TEST(WipeReport, a_fallback_with_fallbacks_is_refused) {
    Json json = to_json(some_firmware_wipe());
    json["plan"]["fallbacks"][1]["fallbacks"] = Json::array({json["plan"]["fallbacks"][0]});
    EXPECT_FALSE(wipe_record_from_json(json).ok());
    json["plan"]["fallbacks"][1]["fallbacks"] = Json::array();
    EXPECT_FALSE(wipe_record_from_json(json).ok()) << "not even an empty list";
}

TEST(WipeReport, members_of_another_type_are_refused) {
    const std::vector<std::pair<const char*, Json>> wrong{{"/attempts", "none"},
                                                          {"/attempts/0/method", 1},
                                                          {"/attempts/0/steps", Json::object()},
                                                          {"/attempts/0/evidence/0/facts", "much"},
                                                          {"/attempts/0/remarks", 7},
                                                          {"/plan/fallbacks", Json::object()},
                                                          {"/plan/fallbacks/0/level", "probably"},
                                                          {"/plan/steps/1/minutes", "long"},
                                                          {"/plan/steps/1/minutes", -1},
                                                          {"/plan/expected_minutes", "an hour"},
                                                          {"/plan/rejected/0/expected_minutes", -5}};
    for (const auto& [pointer, value] : wrong) {
        Json json = to_json(some_firmware_wipe());
        json[Json::json_pointer(pointer)] = value;
        EXPECT_FALSE(wipe_record_from_json(json).ok()) << pointer << " " << value.dump();
    }
}

TEST(InspectionReport, survives_json_both_ways) {
    InspectionReport report;
    report.machine.product = "OptiPlex 745";
    report.machine.identifiers = {"dmi-serial:1"};
    report.drives = {some_drive()};
    report.checks = {
        {"memory-size", "memory", CheckResult::warn, "4", "8", {"memory-smaller-than-installed", {}}}};
    report.grade = "B";
    const Json json = to_json(report);
    const auto back = inspection_report_from_json(json);
    ASSERT_TRUE(back.ok()) << in_english(back.error());
    EXPECT_EQ(to_json(*back), json);
}

TEST(DeployReport, survives_json_both_ways) {
    DeployRecord record;
    record.drive = some_drive();
    record.image = {"essentiel", "1", "ab", "blake2b-512", "essentiel", "cd", {"fr", "en"}};
    record.boot_bios = true;
    record.deployed = true;
    const Json json = to_json(DeployReport{"a", "b", {record}});
    const auto back = deploy_report_from_json(json);
    ASSERT_TRUE(back.ok()) << in_english(back.error());
    EXPECT_EQ(to_json(*back), json);
    EXPECT_EQ(json["deployments"][0]["result"], "deployed");
}

TEST(JobContext, never_writes_where_the_logo_lies) {
    JobContext job;
    job.donor = "Mairie";
    job.logo_path = "/home/someone/logo.svg";
    const Json json = to_json(job);
    EXPECT_EQ(json.dump().find("logo"), std::string::npos);
    const auto back = job_context_from_json(json);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->donor, "Mairie");
}

TEST(Error, keeps_its_template_through_json) {
    const Error original = error(ErrorKind::refused, message("wipe {0}", "/dev/sda"),
                                 message("it is mounted"), message("Unmount it."));
    Error back;
    ASSERT_TRUE(error_from_json(to_json(original), back).ok());
    EXPECT_EQ(back.doing, original.doing);
    EXPECT_EQ(back.advice, original.advice);
    EXPECT_EQ(back.kind, ErrorKind::refused);
}

}  // namespace
}  // namespace regain
