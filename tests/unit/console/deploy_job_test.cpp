#include "console/deploy_job.h"

#include <gtest/gtest.h>

#include "console/wipe_job.h"

namespace regain {
namespace {

WipeRecord zeroed() {
    WipeRecord wipe;
    wipe.drive.path = "/dev/sda";
    wipe.drive.size_bytes = 1 << 30;
    wipe.method = "zero";
    wipe.verdict = Verdict::cleared;
    wipe.plan.level = Verdict::cleared;
    wipe.verification.kind = "full";
    wipe.verification.completed = true;
    wipe.verification.bytes_read = 1 << 30;
    return wipe;
}

TEST(DeployAfterWipe, skips_zeros_only_on_a_drive_that_was_wholly_read_back_as_zero) {
    EXPECT_EQ(deploy_drive_after(zeroed(), {}).content, DriveContent::zero);
    WipeRecord wipe = zeroed();
    wipe.method = "random";
    EXPECT_EQ(deploy_drive_after(wipe, {}).content, DriveContent::unknown);
    wipe = zeroed();
    wipe.verification.kind = "sample";
    EXPECT_EQ(deploy_drive_after(wipe, {}).content, DriveContent::unknown);
    wipe = zeroed();
    wipe.verification.mismatches = 1;
    EXPECT_EQ(deploy_drive_after(wipe, {}).content, DriveContent::unknown);
    wipe = zeroed();
    wipe.verification.bytes_read -= 512;
    EXPECT_EQ(deploy_drive_after(wipe, {}).content, DriveContent::unknown);
    wipe = zeroed();
    wipe.verdict = Verdict::not_erased;
    EXPECT_EQ(deploy_drive_after(wipe, {}).content, DriveContent::unknown);
}

TEST(WipeExitStatus, falls_short_when_any_drive_does) {
    WipeReport report{"", "", {zeroed(), zeroed()}};
    EXPECT_EQ(wipe_exit_status(report), 0);
    report.wipes[1].verdict = Verdict::not_erased;
    EXPECT_EQ(wipe_exit_status(report), 1);
    report.wipes[0].interrupted = true;
    EXPECT_EQ(wipe_exit_status(report), 130);
}

// The command line's contract: 0 what was asked for was achieved, 1 it fell short of the policy on at least
// one drive, 130 the operator interrupted. "A best that fell to a lower level ... is 0."
TEST(WipeExitStatus, is_that_of_the_contract_for_each_policy_verdict_and_outcome) {
    struct Row {
        WipeLevel asked;
        Verdict reached;
        int when_ended, when_interrupted;
    };
    for (const Row& row :
         {Row{WipeLevel::best, Verdict::purged, 0, 130}, Row{WipeLevel::best, Verdict::cleared, 0, 130},
          Row{WipeLevel::best, Verdict::not_erased, 1, 130}, Row{WipeLevel::purge, Verdict::purged, 0, 130},
          Row{WipeLevel::purge, Verdict::cleared, 1, 130}, Row{WipeLevel::purge, Verdict::not_erased, 1, 130},
          Row{WipeLevel::clear, Verdict::purged, 0, 130}, Row{WipeLevel::clear, Verdict::cleared, 0, 130},
          Row{WipeLevel::clear, Verdict::not_erased, 1, 130}}) {
        SCOPED_TRACE(testing::Message() << "asked " << static_cast<int>(row.asked) << ", reached "
                                        << static_cast<int>(row.reached));
        WipeRecord wipe = zeroed();
        wipe.plan.level = Verdict::purged;
        wipe.plan.policy.level = row.asked;
        wipe.verdict = row.reached;
        EXPECT_EQ(wipe_exit_status({"", "", {wipe}}), row.when_ended);
        EXPECT_EQ(wipe_exit_status({"", "", {zeroed(), wipe}}), row.when_ended) << "behind a good one";
        EXPECT_EQ(wipe_exit_status({"", "", {wipe, zeroed()}}), row.when_ended) << "before a good one";
        WipeRecord tried = wipe;
        tried.attempts.resize(1);
        tried.errors = {error(ErrorKind::failed, message("a"), message("b"))};
        EXPECT_EQ(wipe_exit_status({"", "", {tried}}), row.when_ended) << "what counts is what was reached";
        wipe.interrupted = true;
        EXPECT_EQ(wipe_exit_status({"", "", {wipe}}), row.when_interrupted);
        EXPECT_EQ(wipe_exit_status({"", "", {zeroed(), wipe}}), row.when_interrupted);
    }
}

TEST(DeployExitStatus, follows_the_worst_drive) {
    DeployRecord good;
    good.deployed = true;
    DeployRecord bad;
    bad.errors = {error(ErrorKind::failed, message("a"), message("b"))};
    EXPECT_EQ(deploy_exit_status({"", "", {good}}), 0);
    EXPECT_EQ(deploy_exit_status({"", "", {good, bad}}), 1);
    bad.errors = {error(ErrorKind::interrupted, message("a"), message("b"))};
    EXPECT_EQ(deploy_exit_status({"", "", {good, bad}}), 130);
}

}  // namespace
}  // namespace regain
