#include "console/records.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

WipeRecord wiped(const char* path) {
    WipeRecord wipe;
    wipe.drive.path = path;
    return wipe;
}

DeployRecord deployed(const char* path) {
    DeployRecord deployment;
    deployment.drive.path = path;
    return deployment;
}

TEST(SheetDrives, join_what_was_erased_with_what_was_deployed) {
    const WipeReport wipes{"", "", {wiped("/dev/sda"), wiped("/dev/sdb")}};
    const DeployReport deployments{"", "", {deployed("/dev/sdb")}};
    const auto drives = sheet_drives(wipes, &deployments, {{"/dev/sda", "RG-1"}, {"/dev/sdb", "RG-2"}});
    ASSERT_EQ(drives.size(), 2U);
    EXPECT_EQ(drives[0].wipe, &wipes.wipes[0]);
    EXPECT_EQ(drives[0].deployment, nullptr);
    EXPECT_EQ(drives[0].certificate_id, "RG-1");
    EXPECT_EQ(drives[1].wipe, &wipes.wipes[1]);
    EXPECT_EQ(drives[1].deployment, &deployments.deployments[0]);
    EXPECT_EQ(drives[1].certificate_id, "RG-2");
}

TEST(SheetDrives, name_a_drive_that_was_only_deployed_onto_without_an_erasure) {
    const DeployReport deployments{"", "", {deployed("/dev/sda"), deployed("/dev/sdb")}};
    const auto drives = sheet_drives({}, &deployments, {});
    ASSERT_EQ(drives.size(), 2U);
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(drives[i].wipe, nullptr);
        EXPECT_EQ(drives[i].deployment, &deployments.deployments[i]);
        EXPECT_EQ(drives[i].certificate_id, "");
    }
}

}  // namespace
}  // namespace regain
