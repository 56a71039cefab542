#include "wiper/firmware_verdict.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/unit/wiper/firmware_record.h"
#include "wiper/wipe_run.h"

namespace regain {
namespace {

const FirmwareCase block{"ata-sanitize-block", "ata", Medium::ssd};
const FirmwareCase crypto{"nvme-sanitize-crypto", "nvme", Medium::ssd};
const FirmwareCase enhanced{"ata-security-erase-enhanced", "ata", Medium::hdd};

struct Flaw {
    const char* name;
    std::function<void(WipeRecord&)> apply;
    const char* code;
};

void remove_step(WipeRecord& record, const char* name) {
    std::erase_if(record.plan.steps, [&](const WipeStep& step) { return step.step == name; });
    std::erase_if(record.steps, [&](const StepResult& step) { return step.step == name; });
}

WipeStep& plan_step(WipeRecord& record, const char* name) {
    for (WipeStep& step : record.plan.steps)
        if (step.step == name) return step;
    ADD_FAILURE() << "no step " << name;
    return record.plan.steps.front();
}

void swap_steps(WipeRecord& record, size_t a, size_t b) {
    std::swap(record.plan.steps[a], record.plan.steps[b]);
    std::swap(record.steps[a], record.steps[b]);
}

// write-markers, flush, check-markers, firmware-erase, identify-again, check-markers, verify
const std::vector<Flaw>& flaws() {
    static const std::vector<Flaw> all{
        {"no erase", [](WipeRecord& r) { remove_step(r, "firmware-erase"); }, "plan-incomplete"},
        {"no look afterwards", [](WipeRecord& r) { remove_step(r, "identify-again"); }, "plan-incomplete"},
        {"no markers", [](WipeRecord& r) { remove_step(r, "write-markers"); }, "plan-incomplete"},
        {"no flush", [](WipeRecord& r) { remove_step(r, "flush"); }, "plan-incomplete"},
        {"no reading back", [](WipeRecord& r) { remove_step(r, "verify"); }, "plan-incomplete"},
        {"identified before the erase", [](WipeRecord& r) { swap_steps(r, 3, 4); }, "plan-incomplete"},
        {"markers stored after the erase", [](WipeRecord& r) { swap_steps(r, 2, 3); }, "plan-incomplete"},
        {"looked before the erase", [](WipeRecord& r) { swap_steps(r, 3, 5); }, "plan-incomplete"},
        {"read back before the markers", [](WipeRecord& r) { swap_steps(r, 5, 6); }, "plan-incomplete"},
        {"another method was sent", [](WipeRecord& r) { plan_step(r, "firmware-erase").method = "x"; },
         "plan-incomplete"},
        {"an erase of one node", [](WipeRecord& r) { plan_step(r, "firmware-erase").node = "/dev/sdx2"; },
         "plan-incomplete"},
        {"zeros looked for", [](WipeRecord& r) { plan_step(r, "verify").pattern = "zero"; },
         "plan-incomplete"},
        {"an overwrite among them",
         [](WipeRecord& r) {
             r.plan.steps.push_back(r.plan.steps[3]);
             r.steps.push_back(r.steps[3]);
         },
         "plan-incomplete"},
        {"a step failed", [](WipeRecord& r) { r.steps[3].result = "failed"; }, "step-not-done"},
        {"a protocol without it", [](WipeRecord& r) { r.drive.protocol = r.plan.drive.protocol = "nvme"; },
         "method-not-of-this-drive"},
        {"a virtual drive", [](WipeRecord& r) { r.drive.bus = r.plan.drive.bus = Bus::virtual_drive; },
         "method-not-of-this-drive"},
        {"no log", [](WipeRecord& r) { remove_firmware_evidence(r, "drive-log"); }, "drive-log-missing"},
        {"not accepted", [](WipeRecord& r) { firmware_facts(r, "drive-log")["accepted"] = "no"; },
         "erase-not-accepted"},
        {"never seen running",
         [](WipeRecord& r) { firmware_facts(r, "drive-log")["seen_running"] = "unknown"; },
         "erase-not-seen-running"},
        {"not completed", [](WipeRecord& r) { firmware_facts(r, "drive-log")["completed"] = "no"; },
         "erase-not-completed"},
        {"stood still", [](WipeRecord& r) { firmware_facts(r, "drive-log")["stood_still"] = true; },
         "erase-stood-still"},
        {"goes on", [](WipeRecord& r) { firmware_facts(r, "drive-log")["left_running"] = true; },
         "erase-left-running"},
        {"not known whether it goes on",
         [](WipeRecord& r) { firmware_facts(r, "drive-log").erase("left_running"); }, "erase-left-running"},
        {"a password that it should not need",
         [](WipeRecord& r) { firmware_facts(r, "drive-log")["security_released"] = "no"; },
         "password-not-released"},
        {"another size", [](WipeRecord& r) { firmware_facts(r, "identity-again")["size_same"] = "no"; },
         "size-changed"},
        {"a size that nobody knows, called the same",
         [](WipeRecord& r) { firmware_facts(r, "identity-again")["size_bytes"] = 0; },
         "identity-again-unknown"},
        {"another serial", [](WipeRecord& r) { firmware_facts(r, "identity-again")["serial_same"] = "no"; },
         "serial-changed"},
        {"a serial that can't be read",
         [](WipeRecord& r) { firmware_facts(r, "identity-again")["serial_same"] = "unknown"; },
         "identity-again-unknown"},
        {"identity not looked at again", [](WipeRecord& r) { remove_firmware_evidence(r, "identity-again"); },
         "identity-again-unknown"},
        {"a marker found", [](WipeRecord& r) { firmware_facts(r, "markers")["still_there"] = 1; },
         "markers-still-there"},
        {"read back not known", [](WipeRecord& r) { remove_firmware_evidence(r, "read-back"); },
         "read-back-unknown"},
        {"content left", [](WipeRecord& r) { firmware_facts(r, "read-back")["mismatching_sectors"] = 8; },
         "content-left"},
        {"unreadable", [](WipeRecord& r) { firmware_facts(r, "read-back")["unreadable_sectors"] = 8; },
         "content-left"},
        {"sums differ", [](WipeRecord& r) { firmware_facts(r, "read-back")["bytes_read"] = 512; },
         "verification-incomplete"},
        {"read from the cache", [](WipeRecord& r) { r.verification.read_path = "page-cache"; },
         "read-back-from-cache"},
        {"a full read-back was asked for", [](WipeRecord& r) { r.plan.policy.verify = VerifyKind::full; },
         "verification-weaker-than-asked"},
        {"a full read-back was planned", [](WipeRecord& r) { plan_step(r, "verify").kind = "full"; },
         "verification-weaker-than-asked"},
        {"a plan of no share", [](WipeRecord& r) { plan_step(r, "verify").sample_share_ppm = 0; },
         "sample-too-small"},
        {"a further namespace without anything",
         [](WipeRecord& r) {
             r.plan.drive.nodes.push_back({"/dev/sdx-2", "namespace", test_node_bytes, 9});
             r.drive = r.plan.drive;
         },
         "plan-incomplete"},
    };
    return all;
}

TEST(FirmwareVerdict, is_purged_when_all_three_kinds_of_evidence_agree) {
    const Judgement judgement = judge_wipe(good_firmware_record(block));
    EXPECT_EQ(judgement.verdict, Verdict::purged) << all_codes(judgement.remarks);
    EXPECT_EQ(all_codes(judgement.remarks), "verified-by-sample ");
}

TEST(FirmwareVerdict, each_single_flaw_is_enough_for_not_erased) {
    for (const Flaw& flaw : flaws()) {
        WipeRecord record = good_firmware_record(block);
        flaw.apply(record);
        const Judgement judgement = judge_wipe(record);
        EXPECT_EQ(judgement.verdict, Verdict::not_erased) << flaw.name;
        EXPECT_TRUE(says(judgement.remarks, flaw.code)) << flaw.name << ": " << all_codes(judgement.remarks);
    }
}

TEST(FirmwareVerdict, is_the_same_after_a_way_through_json) {
    for (const FirmwareCase& subject : firmware_cases()) {
        const WipeRecord good = good_firmware_record(subject);
        const auto again = wipe_record_from_json(to_json(good));
        ASSERT_TRUE(again.ok()) << in_english(again.error());
        EXPECT_EQ(judge_wipe(*again).verdict, judge_wipe(good).verdict) << subject.method;
    }
    for (const Flaw& flaw : flaws()) {
        WipeRecord record = good_firmware_record(block);
        flaw.apply(record);
        const auto again = wipe_record_from_json(to_json(record));
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(judge_wipe(*again).verdict, Verdict::not_erased) << flaw.name;
    }
}

TEST(FirmwareVerdict, a_security_erase_must_give_the_password_back) {
    WipeRecord record = good_firmware_record(enhanced);
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged) << all_codes(judge_wipe(record).remarks);
    firmware_facts(record, "drive-log").erase("security_released");
    EXPECT_TRUE(says(judge_wipe(record).remarks, "password-not-released"));
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
    record = good_firmware_record(block);
    firmware_facts(record, "drive-log")["security_released"] = nullptr;
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged) << "other methods know no password";
}

TEST(FirmwareVerdict, a_plan_for_purge_that_only_clears_is_not_erased) {
    WipeRecord record = good_firmware_record({"nvme-format-user-data", "nvme", Medium::ssd});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "method-only-clears"));
    record.plan.policy.level = WipeLevel::purge;
    const Judgement judgement = judge_wipe(record);
    EXPECT_EQ(judgement.verdict, Verdict::not_erased);
    EXPECT_TRUE(says(judgement.remarks, "policy-not-reached"));
    EXPECT_TRUE(says(judgement.remarks, "method-only-clears")) << "and says why";
}

TEST(FirmwareVerdict, is_never_above_the_level_of_the_plan) {
    WipeRecord record = good_firmware_record(block);
    record.plan.level = Verdict::cleared;
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "plan-only-clears"));
}

TEST(FirmwareVerdict, hidden_sectors_are_no_purge_and_beyond_a_normal_security_erase) {
    WipeRecord record = good_firmware_record(block);
    record.coverage.hidden_bytes = 512;
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "hidden-areas-left"));
    record.coverage.hidden_bytes.reset();
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "hidden-areas-unknown"));
    record = good_firmware_record({"ata-security-erase", "ata", Medium::hdd});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    record.coverage.hidden_bytes = 512;
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "hidden-areas-not-reached"));
}

TEST(FirmwareVerdict, only_ata_drives_have_to_be_asked_for_hidden_sectors) {
    for (const FirmwareCase& subject : {crypto, FirmwareCase{"scsi-sanitize-block", "scsi", Medium::ssd}}) {
        WipeRecord record = good_firmware_record(subject);
        record.coverage.hidden_bytes.reset();
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged) << all_codes(judge_wipe(record).remarks);
        record.coverage.not_examined.push_back({"hidden-areas", {}});
        EXPECT_TRUE(says(judge_wipe(record).remarks, "hidden-areas-unknown")) << "the report says so itself";
    }
    for (const char* protocol : {"ata", "scsi"}) {
        WipeRecord record = good_firmware_record({"ata-sanitize-block", protocol, Medium::ssd});
        record.coverage.hidden_bytes.reset();
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    }
    WipeRecord record = good_firmware_record({"tcg-psid-revert", "ata", Medium::ssd});
    record.coverage.hidden_bytes.reset();
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
}

TEST(FirmwareVerdict, a_drive_that_answers_at_its_end_need_not_be_seen_running) {
    for (const FirmwareCase& subject : {FirmwareCase{"nvme-format-user-data", "nvme", Medium::ssd},
                                        FirmwareCase{"mmc-sanitize", "mmc", Medium::emmc}}) {
        WipeRecord record = good_firmware_record(subject);
        firmware_facts(record, "drive-log")["seen_running"] = "unknown";
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared) << all_codes(judge_wipe(record).remarks);
        firmware_facts(record, "drive-log").erase("seen_running");
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
    }
}

TEST(FirmwareVerdict, a_record_of_nothing_names_what_the_plan_did_not_promise) {
    WipePlan plan = good_firmware_record(crypto).plan;
    const auto not_examined = [&](const char* code) {
        return says(record_of_nothing(plan).coverage.not_examined, code);
    };
    EXPECT_FALSE(not_examined("hidden-areas")) << "NVMe has none";
    EXPECT_FALSE(not_examined("other-namespaces")) << "a plan for purge knows them all";
    plan.not_examined = {{"other-namespaces", {}}, {"rpmb-units", {{"count", "1"}}}};
    EXPECT_TRUE(not_examined("other-namespaces"));
    EXPECT_TRUE(not_examined("rpmb-units"));
    plan.drive.protocol = "scsi";
    EXPECT_TRUE(not_examined("hidden-areas")) << "an ATA drive may stand behind it";
    plan.method = "scsi-sanitize-block";
    EXPECT_FALSE(not_examined("hidden-areas"));
    plan.drive.protocol = "ata";
    EXPECT_TRUE(not_examined("hidden-areas"));
    EXPECT_EQ(judge_wipe(record_of_nothing(plan)).verdict, Verdict::not_erased);
}

TEST(FirmwareVerdict, namespaces_that_nobody_looked_at_are_no_purge) {
    WipeRecord record = good_firmware_record({"nvme-sanitize-block", "nvme", Medium::ssd});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged);
    record.coverage.not_examined.push_back({"other-namespaces", {}});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "other-namespaces-not-examined"));
}

TEST(FirmwareVerdict, every_namespace_brings_its_own_evidence) {
    FirmwareCase subject{"nvme-sanitize-block", "nvme", Medium::ssd};
    subject.further_nodes = 2;
    const WipeRecord good = good_firmware_record(subject);
    EXPECT_EQ(judge_wipe(good).verdict, Verdict::purged) << all_codes(judge_wipe(good).remarks);
    for (size_t i = 0; i < good.evidence.size(); ++i) {
        WipeRecord record = good;
        record.evidence.erase(record.evidence.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased) << good.evidence[i].kind;
    }
    for (size_t i = 0; i < good.plan.steps.size(); ++i) {
        WipeRecord record = good;
        record.plan.steps.erase(record.plan.steps.begin() + static_cast<std::ptrdiff_t>(i));
        record.steps.erase(record.steps.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased) << "without step " << i;
    }
}

TEST(FirmwareVerdict, a_crypto_erase_alone_needs_places_that_could_tell) {
    WipeRecord record = good_firmware_record(crypto);
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged) << all_codes(judge_wipe(record).remarks);
    firmware_facts(record, "read-back")["informative_places"] = 0;
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "read-back-uninformative"));
}

TEST(FirmwareVerdict, a_crypto_erase_alone_is_no_purge_where_the_plan_doubts) {
    WipeRecord record = good_firmware_record(crypto);
    record.plan.remarks = {{"suspend-and-wake-may-unfreeze", {}}};
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged);
    record.plan.remarks.push_back({"a-remark-of-a-later-version", {}});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "crypto-erase-in-doubt"));
}

TEST(FirmwareVerdict, a_crypto_erase_of_a_large_drive_is_sampled_within_the_bound_of_memory) {
    constexpr uint64_t size = uint64_t{8} << 40;
    WipeRecord record = good_firmware_record(crypto);
    record.drive.size_bytes = record.drive.nodes[0].size_bytes = record.coverage.addressable_bytes = size;
    record.plan.drive = record.drive;
    firmware_facts(record, "identity")["size_bytes"] = size;
    record.verification.sample_share_ppm = 976;
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged) << all_codes(judge_wipe(record).remarks);
    record.verification.sample_share_ppm = 900;
    EXPECT_TRUE(says(judge_wipe(record).remarks, "sample-too-small"));
}

TEST(FirmwareVerdict, a_crypto_erase_is_not_judged_by_a_full_read_back) {
    FirmwareCase subject = crypto;
    subject.verify = VerifyKind::full;
    EXPECT_EQ(judge_wipe(good_firmware_record(subject)).verdict, Verdict::not_erased);
    subject = block;
    subject.verify = VerifyKind::full;
    EXPECT_EQ(judge_wipe(good_firmware_record(subject)).verdict, Verdict::purged);
}

TEST(FirmwareVerdict, a_full_read_back_reads_every_byte) {
    FirmwareCase subject = block;
    subject.verify = VerifyKind::full;
    WipeRecord record = good_firmware_record(subject);
    record.verification.bytes_read -= 512;
    record.coverage.verified_bytes -= 512;
    firmware_facts(record, "read-back")["bytes_read"] = test_node_bytes - 512;
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
    EXPECT_TRUE(says(judge_wipe(record).remarks, "verification-incomplete"));
}

TEST(FirmwareVerdict, crypto_then_block_needs_both_logs) {
    FirmwareCase subject = block;
    subject.before = "ata-sanitize-crypto";
    const WipeRecord good = good_firmware_record(subject);
    EXPECT_EQ(judge_wipe(good).verdict, Verdict::purged) << all_codes(judge_wipe(good).remarks);
    for (size_t i = 0; i < good.evidence.size(); ++i) {
        if (good.evidence[i].kind != "drive-log") continue;
        for (const char* key : {"accepted", "seen_running", "completed"}) {
            WipeRecord record = good;
            record.evidence[i].facts[key] = "unknown";
            EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased) << key;
        }
        WipeRecord record = good;
        record.evidence.erase(record.evidence.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_TRUE(says(judge_wipe(record).remarks, "drive-log-missing"));
    }
}

TEST(FirmwareVerdict, only_a_crypto_erase_of_the_same_family_may_come_first) {
    for (const char* before : {"ata-sanitize-overwrite", "scsi-sanitize-crypto", "tcg-psid-revert", "zero",
                               "ata-sanitize-block"}) {
        FirmwareCase subject = block;
        subject.before = before;
        const Judgement judgement = judge_wipe(good_firmware_record(subject));
        EXPECT_EQ(judgement.verdict, Verdict::not_erased) << before;
        EXPECT_TRUE(says(judgement.remarks, "plan-incomplete")) << before;
    }
    FirmwareCase reversed = crypto;
    reversed.before = "nvme-sanitize-block";
    EXPECT_EQ(judge_wipe(good_firmware_record(reversed)).verdict, Verdict::not_erased);
}

TEST(FirmwareVerdict, ata_commands_may_go_through_scsi) {
    WipeRecord record = good_firmware_record({"ata-sanitize-block", "scsi", Medium::ssd});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged) << all_codes(judge_wipe(record).remarks);
    record = good_firmware_record({"scsi-sanitize-block", "ata", Medium::ssd});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
}

WipeAttempt attempt_of(const char* method, Json left_running) {
    WipeAttempt attempt;
    attempt.method = method;
    attempt.steps = {{"firmware-erase", "failed", "", "", 0, 0, {}}};
    attempt.evidence = {{"drive-log", Json{{"method", method}, {"left_running", std::move(left_running)}}}};
    return attempt;
}

TEST(FirmwareVerdict, attempts_that_failed_before_are_named) {
    WipeRecord record = good_firmware_record(block);
    record.attempts = {attempt_of("ata-sanitize-crypto", false)};
    const Judgement judgement = judge_wipe(record);
    EXPECT_EQ(judgement.verdict, Verdict::purged) << all_codes(judgement.remarks);
    ASSERT_TRUE(says(judgement.remarks, "attempt-failed"));
    EXPECT_EQ(judgement.remarks.back().arguments.at("method"), "ata-sanitize-crypto");
    record.interrupted = true;
    EXPECT_TRUE(says(judge_wipe(record).remarks, "attempt-failed"));
}

TEST(FirmwareVerdict, an_attempt_that_may_still_run_in_the_drive_spoils_what_came_after) {
    for (const Json& left : std::vector<Json>{true, nullptr, "yes", "unknown", 0}) {
        WipeRecord record = good_firmware_record(block);
        record.attempts = {attempt_of("ata-sanitize-crypto", left)};
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased) << left.dump();
        EXPECT_TRUE(says(judge_wipe(record).remarks, "attempt-left-running"));
    }
    WipeRecord record = good_firmware_record(block);
    record.attempts = {attempt_of("ata-sanitize-crypto", false)};
    record.attempts[0].evidence.clear();
    EXPECT_TRUE(says(judge_wipe(record).remarks, "attempt-left-running")) << "nobody knows";
    record.attempts[0].steps[0].result = "skipped";
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::purged) << "it was never sent";
}

TEST(FirmwareVerdict, a_cleared_drive_says_that_replaced_sectors_may_be_left) {
    WipeRecord record = good_firmware_record({"ata-security-erase", "ata", Medium::hdd});
    record.coverage.reallocated_sectors = 3;
    EXPECT_TRUE(says(judge_wipe(record).remarks, "reallocated-sectors-perhaps-left"));
    record = good_firmware_record(enhanced);
    record.coverage.reallocated_sectors = 3;
    EXPECT_FALSE(says(judge_wipe(record).remarks, "reallocated-sectors-perhaps-left"));
}

}  // namespace
}  // namespace regain
