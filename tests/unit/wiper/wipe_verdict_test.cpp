#include "wiper/wipe_verdict.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/wiper/wipe_fixtures.h"

namespace regain {
namespace {

WipeRecord good_record(const WipePolicy& policy = {}) {
    MemoryTarget target(mebibyte);
    const ManualClock clock{WallTime{}};
    const WipeRunOptions options{clock, {}, {}, {}, {}};
    return run_wipe(plan_for(hard_disk(mebibyte), policy), {&target}, options);
}

Json& facts_of(WipeRecord& record, const std::string& kind) {
    for (EvidenceItem& item : record.evidence)
        if (item.kind == kind) return item.facts;
    ADD_FAILURE() << "no evidence of the kind " << kind;
    static Json none;
    return none;
}

void remove_evidence(WipeRecord& record, const std::string& kind) {
    std::erase_if(record.evidence, [&](const EvidenceItem& item) { return item.kind == kind; });
}

struct Flaw {
    const char* name;
    std::function<void(WipeRecord&)> apply;
    const char* code;
};

// Each single missing or contrary piece must be enough.
const std::vector<Flaw>& flaws() {
    static const std::vector<Flaw> all{
        {"interrupted", [](WipeRecord& r) { r.interrupted = true; }, "interrupted"},
        {"an error", [](WipeRecord& r) { r.errors.push_back(os_error(message("write"), EIO)); }, "errors"},
        {"no steps done", [](WipeRecord& r) { r.steps.clear(); }, "steps-missing"},
        {"one step fewer", [](WipeRecord& r) { r.steps.pop_back(); }, "steps-missing"},
        {"steps in another order", [](WipeRecord& r) { std::swap(r.steps[0], r.steps[3]); },
         "steps-differ-from-plan"},
        {"a step of another node", [](WipeRecord& r) { r.steps[3].node = "/dev/sdb"; },
         "steps-differ-from-plan"},
        {"overwrite failed", [](WipeRecord& r) { r.steps[3].result = "failed"; }, "step-not-done"},
        {"flush skipped", [](WipeRecord& r) { r.steps[4].result = "skipped"; }, "step-not-done"},
        {"a result without a word", [](WipeRecord& r) { r.steps[0].result = ""; }, "step-not-done"},
        {"a plan without steps", [](WipeRecord& r) { r.plan.steps.clear(), r.steps.clear(); },
         "plan-erases-nothing"},
        {"a plan that reaches nothing", [](WipeRecord& r) { r.plan.level = Verdict::not_erased; },
         "plan-erases-nothing"},
        {"a plan without markers",
         [](WipeRecord& r) { r.plan.steps.erase(r.plan.steps.begin()), r.steps.erase(r.steps.begin()); },
         "plan-incomplete"},
        {"a plan without the last flush",
         [](WipeRecord& r) {
             r.plan.steps.erase(r.plan.steps.begin() + 4), r.steps.erase(r.steps.begin() + 4);
         },
         "plan-incomplete"},
        {"another pattern", [](WipeRecord& r) { r.plan.steps[3].pattern = "random"; }, "plan-incomplete"},
        {"another method", [](WipeRecord& r) { r.method = "random"; }, "method-differs-from-plan"},
        {"an unknown method", [](WipeRecord& r) { r.plan.method = r.method = "magic"; }, "method-not-known"},
        {"a purge asked for", [](WipeRecord& r) { r.plan.policy.level = WipeLevel::purge; },
         "policy-not-reached"},
        {"another drive", [](WipeRecord& r) { r.drive.serial = "OTHER"; }, "drive-differs-from-plan"},
        {"a sector not written", [](WipeRecord& r) { r.coverage.overwritten_bytes -= 512; },
         "not-fully-overwritten"},
        {"bytes written too few", [](WipeRecord& r) { r.bytes_written -= 1; }, "not-fully-overwritten"},
        {"bytes written too many", [](WipeRecord& r) { r.bytes_written += 512; }, "not-fully-overwritten"},
        {"another size", [](WipeRecord& r) { r.coverage.addressable_bytes += 512; }, "size-changed"},
        {"another proven size", [](WipeRecord& r) { facts_of(r, "identity")["size_bytes"] = 5; },
         "size-changed"},
        {"an unwritable sector",
         [](WipeRecord& r) {
             r.unwritable.push_back({7, 7, ""});
         },
         "unwritable-sectors"},
        {"hidden bytes", [](WipeRecord& r) { r.coverage.hidden_bytes = 1; }, "hidden-areas-not-reached"},
        {"a larger native size",
         [](WipeRecord& r) { r.plan.drive.native_size_bytes = r.drive.native_size_bytes = 2 * mebibyte; },
         "hidden-areas-not-reached"},
        {"no identity", [](WipeRecord& r) { remove_evidence(r, "identity"); }, "identity-not-proven-before"},
        {"identity before", [](WipeRecord& r) { facts_of(r, "identity").erase("before"); },
         "identity-not-proven-before"},
        {"identity after", [](WipeRecord& r) { facts_of(r, "identity")["after"] = "not-proven"; },
         "identity-not-proven-after"},
        {"two identities", [](WipeRecord& r) { r.evidence.push_back(r.evidence[0]); },
         "identity-not-proven-before"},
        {"no markers", [](WipeRecord& r) { remove_evidence(r, "markers"); }, "markers-unknown"},
        {"no marker planned", [](WipeRecord& r) { facts_of(r, "markers")["planned"] = 0; },
         "markers-unknown"},
        {"markers of another node", [](WipeRecord& r) { facts_of(r, "markers")["node"] = "/dev/sdz"; },
         "markers-unknown"},
        {"a marker not stored", [](WipeRecord& r) { facts_of(r, "markers")["stored"] = 1; },
         "markers-not-stored"},
        {"a marker not looked for", [](WipeRecord& r) { facts_of(r, "markers")["gone"] = 1; },
         "markers-not-gone"},
        {"gone not known", [](WipeRecord& r) { facts_of(r, "markers").erase("gone"); }, "markers-not-gone"},
        {"a negative number", [](WipeRecord& r) { facts_of(r, "markers")["still_there"] = -1; },
         "markers-still-there"},
        {"a marker found", [](WipeRecord& r) { facts_of(r, "markers")["still_there"] = 1; },
         "markers-still-there"},
        {"old content found", [](WipeRecord& r) { facts_of(r, "markers")["old_content"] = 1; },
         "old-content-came-back"},
        {"unexpected content", [](WipeRecord& r) { facts_of(r, "markers")["unexpected"] = 1; },
         "unexpected-content"},
        {"counters too low",
         [](WipeRecord& r) { facts_of(r, "block-counters")["written_sectors_after"] = 2047; },
         "block-counters-too-low"},
        {"counters broken",
         [](WipeRecord& r) { facts_of(r, "block-counters").erase("written_sectors_before"); },
         "block-counters-too-low"},
        {"counters twice",
         [](WipeRecord& r) {
             for (const auto& item : std::vector(r.evidence))
                 if (item.kind == "block-counters") r.evidence.push_back(item);
         },
         "block-counters-too-low"},
        {"a mismatch", [](WipeRecord& r) { r.verification.mismatches = 1; }, "mismatches"},
        {"verification not complete", [](WipeRecord& r) { r.verification.completed = false; },
         "verification-incomplete"},
        {"verification one sector short",
         [](WipeRecord& r) { r.verification.bytes_read -= 512, r.coverage.verified_bytes -= 512; },
         "verification-incomplete"},
        {"verified bytes differ", [](WipeRecord& r) { r.coverage.verified_bytes -= 512; },
         "verification-incomplete"},
        {"verification of no kind", [](WipeRecord& r) { r.verification.kind = ""; }, "verification-unknown"},
        {"verified another pattern", [](WipeRecord& r) { r.verification.pattern = "random"; },
         "verification-unknown"},
        {"verified by sample only", [](WipeRecord& r) { r.verification.kind = "sample"; },
         "verification-weaker-than-asked"},
        {"not verified", [](WipeRecord& r) { r.verification.kind = "none"; },
         "verification-weaker-than-asked"},
        {"read from the cache", [](WipeRecord& r) { r.verification.read_path = "page-cache"; },
         "read-back-from-cache"},
        {"read from who knows where", [](WipeRecord& r) { r.verification.read_path = ""; },
         "read-back-from-cache"},
        {"a further namespace",
         [](WipeRecord& r) {
             r.plan.drive.nodes.push_back({"/dev/sda-2", "namespace", mebibyte, 0});
             r.drive = r.plan.drive;
         },
         "plan-incomplete"},
    };
    return all;
}

TEST(Verdict, a_record_without_a_flaw_is_cleared) {
    const Judgement judgement = judge_wipe(good_record());
    EXPECT_EQ(judgement.verdict, Verdict::cleared) << codes(judgement.remarks);
    EXPECT_TRUE(has_remark(judgement.remarks, "overwriting-is-clear"));
}

TEST(Verdict, each_single_flaw_is_enough_for_not_erased) {
    const WipeRecord good = good_record();
    for (const Flaw& flaw : flaws()) {
        WipeRecord record = good;
        flaw.apply(record);
        const Judgement judgement = judge_wipe(record);
        EXPECT_EQ(judgement.verdict, Verdict::not_erased) << flaw.name;
        EXPECT_TRUE(has_remark(judgement.remarks, flaw.code))
            << flaw.name << ": " << codes(judgement.remarks);
    }
}

TEST(Verdict, each_flaw_shows_again_after_a_way_through_json) {
    const WipeRecord good = good_record();
    const auto good_again = wipe_record_from_json(to_json(good));
    ASSERT_TRUE(good_again.ok());
    EXPECT_EQ(judge_wipe(*good_again).verdict, Verdict::cleared) << codes(judge_wipe(*good_again).remarks);
    for (const Flaw& flaw : flaws()) {
        WipeRecord record = good;
        flaw.apply(record);
        const auto again = wipe_record_from_json(to_json(record));
        if (again.ok()) {
            EXPECT_EQ(judge_wipe(*again).verdict, Verdict::not_erased) << flaw.name;
        }
    }
}

TEST(Verdict, an_empty_record_is_not_erased) {
    EXPECT_EQ(judge_wipe({}).verdict, Verdict::not_erased);
    EXPECT_EQ(judge_wipe(record_of_nothing(plan_for(hard_disk(mebibyte)))).verdict, Verdict::not_erased);
}

TEST(Verdict, overwriting_never_purges_whatever_the_medium) {
    for (const Medium medium : {Medium::unknown, Medium::hdd, Medium::ssd, Medium::emmc, Medium::flash}) {
        WipeRecord record = good_record();
        record.drive.medium = record.plan.drive.medium = medium;
        record.plan.level = Verdict::purged;
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared);
    }
}

TEST(Verdict, says_on_flash_why_it_is_only_cleared) {
    WipeRecord record = good_record();
    record.drive.medium = record.plan.drive.medium = Medium::ssd;
    EXPECT_TRUE(has_remark(judge_wipe(record).remarks, "overwriting-flash-is-never-purge"));
}

TEST(Verdict, a_sample_must_be_as_large_as_planned) {
    const WipePolicy policy{WipeLevel::clear, "", VerifyKind::sample};
    const WipeRecord good = good_record(policy);
    EXPECT_EQ(judge_wipe(good).verdict, Verdict::cleared) << codes(judge_wipe(good).remarks);
    const std::vector<std::function<void(WipeRecord&)>> shortcomings{
        [](WipeRecord& r) { r.verification.sample_share_ppm = 9'999; },
        [](WipeRecord& r) { r.verification.sample_count = 0; },
        [](WipeRecord& r) { r.verification.detectable_leftover_bytes = 0; },
        [](WipeRecord& r) { r.verification.bytes_read = r.coverage.verified_bytes = 0; },
        [](WipeRecord& r) { r.plan.steps.back().sample_share_ppm = 0; },
    };
    for (const auto& shorten : shortcomings) {
        WipeRecord record = good;
        shorten(record);
        EXPECT_TRUE(has_remark(judge_wipe(record).remarks, "sample-too-small"));
        EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
    }
}

TEST(Verdict, without_verification_the_markers_alone_must_have_been_asked_for) {
    WipeRecord record = good_record({WipeLevel::clear, "", VerifyKind::none});
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared) << codes(judge_wipe(record).remarks);
    record.plan.policy.verify.reset();
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
}

WipeAttempt failed_attempt(bool left_running) {
    WipeAttempt attempt;
    attempt.method = "ata-sanitize-overwrite";
    attempt.steps = {{"firmware-erase", "failed", "", "", 0, 0, {}}};
    attempt.evidence = {{"drive-log", Json{{"left_running", left_running}}}};
    return attempt;
}

TEST(Verdict, an_overwrite_may_follow_a_firmware_erase_that_failed) {
    WipeRecord record = good_record();
    record.attempts = {failed_attempt(false)};
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::cleared) << codes(judge_wipe(record).remarks);
    EXPECT_TRUE(has_remark(judge_wipe(record).remarks, "attempt-failed"));
}

TEST(Verdict, an_overwrite_beside_a_firmware_erase_that_goes_on_proves_nothing) {
    WipeRecord record = good_record();
    record.attempts = {failed_attempt(true)};
    EXPECT_EQ(judge_wipe(record).verdict, Verdict::not_erased);
    EXPECT_TRUE(has_remark(judge_wipe(record).remarks, "attempt-left-running"));
}

TEST(Verdict, an_overwrite_plan_holds_no_firmware_erase) {
    WipeRecord record = good_record();
    record.plan.steps.push_back({.step = "firmware-erase", .method = "ata-sanitize-block"});
    record.steps.push_back({"firmware-erase", "done", "", "", 0, 0, {}});
    EXPECT_TRUE(has_remark(judge_wipe(record).remarks, "plan-incomplete"));
}

TEST(Verdict, apply_puts_standard_and_remarks_into_the_record) {
    WipeRecord record = good_record();
    record.verdict = Verdict::purged;
    record.remarks.clear();
    apply_verdict(record);
    EXPECT_EQ(record.verdict, Verdict::cleared);
    EXPECT_EQ(record.standard, wipe_standard);
    EXPECT_FALSE(record.remarks.empty());
}

}  // namespace
}  // namespace regain
