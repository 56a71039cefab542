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
