// 500 power cuts at random moments of wipes that overwrite: each goes on from its journal, ends as it should,
// and does no more than the last interval's work again.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/wiper/resume_fixtures.h"

namespace regain {
namespace {

constexpr uint64_t cuts_wanted = 500;
constexpr uint64_t drive_bytes = 3 * mebibyte + 5 * 512;
// 20 requests between two marks, the flush that waits its turn, and what is in flight.
constexpr uint64_t most_done_again = 64 * InterruptedWipe::chunk_bytes;

WipePlan with_few_markers(WipePlan plan) {
    for (WipeStep& step : plan.steps)
        if (step.step == "write-markers") step.count = 16;
    return plan;
}

WipePlan two_namespaces() {
    DriveRecord drive = hard_disk(drive_bytes);
    drive.path = "/dev/nvme0n1";
    drive.bus = Bus::nvme;
    drive.protocol = "nvme";
    drive.medium = Medium::ssd;
    drive.nodes = {{"/dev/nvme0n1", "main", drive_bytes, 7}, {"/dev/nvme0n2", "namespace", mebibyte, 8}};
    return plan_for(drive, {WipeLevel::clear, "random", {}});
}

WipePlan plan_number(uint64_t number) {
    switch (number % 5) {
        case 0:
            return with_few_markers(plan_for(hard_disk(drive_bytes), {WipeLevel::clear, "zero", {}}));
        case 1:
            return with_few_markers(plan_for(hard_disk(drive_bytes), {WipeLevel::clear, "random", {}}));
        case 2:
            return with_few_markers(two_namespaces());
        case 3:
            return with_few_markers(
                plan_for(hard_disk(drive_bytes), {WipeLevel::clear, "dod-5220.22-m", {}}));
        default:
            return with_few_markers(
                plan_for(hard_disk(drive_bytes), {WipeLevel::clear, "random", VerifyKind::sample}));
    }
}

/// With how many requests each has, more or less.
const std::vector<std::pair<std::string, uint64_t>> phases{{"write-markers", 30},
                                                           {"flush of markers", 1},
                                                           {"check-markers stored", 15},
                                                           {"overwrite", 150},
                                                           {"overwrite retry", 20},
                                                           {"mark-flush", 6},
                                                           {"flush", 1},
                                                           {"check-markers gone", 15},
                                                           {"verify", 150},
                                                           {"resume-check", 100},
                                                           {"journal-replace", 1},
                                                           {"journal-append", 12},
                                                           {"after the last step", 1}};

uint64_t passes_over_the_main_node(const WipePlan& plan) {
    return static_cast<uint64_t>(
        std::count_if(plan.steps.begin(), plan.steps.end(),
                      [](const WipeStep& step) { return step.step == "overwrite" && step.node.empty(); }));
}

uint64_t bytes_to_write(const WipePlan& plan) {
    uint64_t sum = 0;
    for (const WipeStep& step : plan.steps)
        if (step.step == "overwrite") sum += step.node.empty() ? drive_bytes : mebibyte;
    return sum;
}

class PowerCuts : public testing::Test {
  protected:
    /// One drive, cut again and again; its last record.
    WipeRecord run(InterruptedWipe& wipe, uint64_t most_cuts) {
        std::map<uint64_t, uint64_t> cut;
        for (uint64_t cuts = 0;;) {
            PowerSupply power;
            if (cuts < most_cuts) {
                const auto& [phase, longest] = phases[random_() % phases.size()];
                power.cut_in = phase;
                power.cut_after = 1 + random_() % longest;
            }
            auto record = wipe.start(power);
            const bool is_unheard = record && power.cut_in == "after the last step";
            if (record && !is_unheard) return std::move(*record);
            ++cuts;
            ++cut_in_[is_unheard ? power.cut_in : power.was_cut_in];
            ++cuts_;
        }
    }

    std::mt19937_64 random_{20261123};
    std::map<std::string, uint64_t> cut_in_;
    uint64_t cuts_ = 0;
};

TEST_F(PowerCuts, five_hundred_of_them_leave_no_sector_unwritten_and_no_false_verdict) {
    uint64_t drives = 0;
    for (; cuts_ < cuts_wanted; ++drives) {
        const WipePlan plan = plan_number(drives);
        InterruptedWipe wipe(plan, random_());
        const bool is_bad = drives % 6 == 0;  // some that stay bad, some that can be written the next time
        const uint64_t times = drives % 12 == 0 ? UINT64_MAX : 1;
        if (is_bad) wipe.bad_sectors = {{512 * 3000, times}, {512 * 3001, times}, {512 * 5500, times}};
        const uint64_t cuts_before = cuts_;
        const WipeRecord record = run(wipe, 1 + random_() % 5);
        const uint64_t cuts = cuts_ - cuts_before;
        const std::string which =
            "drive " + std::to_string(drives) + ": " + codes(record.remarks) + errors_of(record);

        EXPECT_EQ(wipe.content_fault(record), "") << which;
        if (is_bad && times != 1) {
            EXPECT_EQ(record.verdict, Verdict::not_erased) << which;
            EXPECT_TRUE(has_remark(record.remarks, "unwritable-sectors")) << which;
            EXPECT_EQ(result_of(record, "verify"), "failed") << which << ": the rest is read back";
            EXPECT_EQ(record.bytes_written, bytes_to_write(plan) - passes_over_the_main_node(plan) * 3 * 512)
                << which;
        } else {
            EXPECT_EQ(record.verdict, Verdict::cleared) << which;
        }
        EXPECT_EQ(has_remark(record.remarks, "resumed-after-interruption"), wipe.resumed() != 0) << which;
        EXPECT_FALSE(has_remark(record.remarks, "resumption-not-proven")) << which;
        if (const Json* facts = evidence_of(record, "resumption"))
            for (const Json& check : (*facts)["checks"]) {
                EXPECT_EQ(check["begun_anew"], "no")
                    << which << ": nothing that was flushed is lost: " << facts->dump();
            }
        EXPECT_LE(wipe.overwritten_bytes(), bytes_to_write(plan) + cuts * most_done_again) << which;
        ASSERT_FALSE(HasFailure());
    }
    for (const auto& [phase, longest] : phases) EXPECT_GE(cut_in_[phase], 1U) << phase;
    for (const auto& [phase, count] : cut_in_) RecordProperty(phase, static_cast<int>(count));
    std::printf("%llu power cuts on %llu drives:", static_cast<unsigned long long>(cuts_),
                static_cast<unsigned long long>(drives));
    for (const auto& [phase, count] : cut_in_)
        std::printf(" %s %llu;", phase.c_str(), static_cast<unsigned long long>(count));
    std::printf("\n");
}

TEST_F(PowerCuts, a_drive_that_lied_about_its_flushes_is_written_anew) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
        InterruptedWipe wipe(plan_number(seed % 2), seed);
        wipe.honesty = CacheHonesty::lies_about_flushes;
        PowerSupply power;
        power.cut_in = seed % 4 < 2 ? "overwrite" : "verify";
        power.cut_after = 120;
        ASSERT_FALSE(wipe.start(power));
        wipe.honesty = CacheHonesty::honest;
        PowerSupply steady;
        const auto record = wipe.start(steady);
        ASSERT_TRUE(record);
        EXPECT_EQ(wipe.content_fault(*record), "") << seed;
        EXPECT_EQ(record->verdict, Verdict::cleared) << seed << codes(record->remarks) << errors_of(*record);
        const Json* facts = evidence_of(*record, "resumption");
        ASSERT_NE(facts, nullptr);
        EXPECT_EQ((*facts)["checks"][0]["begun_anew"], "yes") << facts->dump();
        EXPECT_GT((*facts)["checks"][0]["mismatching_sectors"], 0U);
    }
}

TEST_F(PowerCuts, what_a_flush_that_failed_has_lost_is_in_no_mark_that_follows) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
        InterruptedWipe wipe(with_few_markers(plan_for(hard_disk(drive_bytes),
                                                       {WipeLevel::clear, "random", VerifyKind::none})),
                             seed);
        wipe.lost_flush = 2;
        PowerSupply power;
        power.cut_in = "overwrite";
        power.cut_after = 150 + seed;
        ASSERT_FALSE(wipe.start(power));
        ASSERT_EQ(wipe.lost_flush, 0U) << "there was no such mark";
        PowerSupply steady;
        const auto record = wipe.start(steady);
        ASSERT_TRUE(record);
        EXPECT_EQ(wipe.content_fault(*record), "") << seed;
        EXPECT_EQ(record->verdict, Verdict::cleared) << seed << codes(record->remarks) << errors_of(*record);
        const Json* facts = evidence_of(*record, "resumption");
        ASSERT_NE(facts, nullptr);
        EXPECT_EQ((*facts)["checks"][0]["begun_anew"], "no") << "it is as true as before: " << facts->dump();
    }
}

TEST_F(PowerCuts, what_somebody_else_has_written_since_is_noticed_at_the_ends_of_the_drive) {
    constexpr uint64_t size = 80 * mebibyte;  // more than is read in any case
    for (const uint64_t place : {uint64_t{0}, uint64_t{510} * 512, size - 33 * 512}) {
        InterruptedWipe wipe(with_few_markers(plan_for(hard_disk(size), {WipeLevel::clear, "zero", {}})), 7);
        PowerSupply power;
        power.cut_in = "after the last step";
        ASSERT_TRUE(wipe.start(power)) << "and nobody heard of it";
        wipe.medium().write(place, Bytes(512, 0xEE));
        PowerSupply steady;
        const auto record = wipe.start(steady);
        ASSERT_TRUE(record);
        EXPECT_EQ(wipe.content_fault(*record), "") << place;
        const Json* facts = evidence_of(*record, "resumption");
        ASSERT_NE(facts, nullptr);
        EXPECT_EQ((*facts)["checks"][0]["begun_anew"], "yes") << facts->dump();
    }
}

}  // namespace
}  // namespace regain
