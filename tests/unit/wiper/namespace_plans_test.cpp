// Plans for NVMe drives with several namespaces, seen and unseen.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/wiper/capability_fixtures.h"
#include "tests/unit/wiper/plan_reading.h"

namespace regain {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Namespaces, are_all_marked_and_checked_around_one_erase) {
    DriveCapabilities drive = nvme_drive();
    drive.drive.nodes.push_back({"/dev/test2", "namespace", gigabyte, 0});
    drive.namespaces.push_back(namespace_of(2, gigabyte));
    drive.nvme->sanitize_crypto = false;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_THAT(steps_of(plan),
                ElementsAre("write-markers", "flush", "check-markers stored", "write-markers /dev/test2",
                            "flush /dev/test2", "check-markers stored /dev/test2",
                            "firmware-erase nvme-sanitize-block", "identify-again", "check-markers gone",
                            "verify sample erased", "check-markers gone /dev/test2",
                            "verify sample erased /dev/test2"));
}

TEST(Namespaces, that_have_no_node_forbid_a_purge) {
    DriveCapabilities drive = nvme_drive();
    drive.namespaces.push_back(namespace_of(2, gigabyte));
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("namespaces-differ-from-nodes"));
    DriveCapabilities other = nvme_drive();
    other.namespaces = {namespace_of(1, gigabyte)};
    EXPECT_THAT(codes_of(plan_of(other, best)), Contains("namespaces-differ-from-nodes"))
        << "as many, of another size";
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("nvme-sanitize-block (namespaces-differ-from-nodes)"));
}

TEST(Namespaces, that_are_not_attached_are_named_and_sanitize_goes_first) {
    DriveCapabilities drive = nvme_drive(gigabyte);
    drive.namespaces.push_back(namespace_of(2, gigabyte, false));
    const WipePlan plan = plan_of(drive, clear);
    EXPECT_EQ(plan.method, "nvme-sanitize-crypto") << "the overwrite of a small namespace would be quicker";
    EXPECT_EQ(plan.level, Verdict::cleared);
    EXPECT_THAT(codes_of(plan), Contains("namespaces-not-attached"));
    EXPECT_THAT(reasons_for(plan, "random"), ElementsAre("namespaces-not-attached"));
    EXPECT_THAT(refusal_of(drive, purge), HasSubstr("nvme-sanitize-block (namespaces-not-attached)"));
}

TEST(Namespaces, that_could_not_be_listed_forbid_a_purge) {
    for (const char* code : {"namespaces-not-listed", "unattached-namespaces-not-listed"}) {
        DriveCapabilities drive = nvme_drive();
        drive.not_known.push_back({code, {}});
        EXPECT_EQ(plan_of(drive, best).level, Verdict::cleared);
        EXPECT_THAT(codes_of(plan_of(drive, best)), Contains("namespaces-not-all-known"));
    }
}

TEST(Namespaces, leave_capacity_that_only_sanitize_reaches) {
    DriveCapabilities drive = nvme_drive();
    drive.nvme->unallocated_bytes = gigabyte;
    const WipePlan plan = plan_of(drive, best);
    EXPECT_EQ(plan.level, Verdict::purged);
    EXPECT_THAT(codes_of(plan), Not(Contains("capacity-in-no-namespace")));
    EXPECT_THAT(codes_of(plan.fallbacks.back()), Contains("capacity-in-no-namespace"));
    EXPECT_EQ(plan_of(drive, clear).method, "nvme-sanitize-crypto");
}

}  // namespace
}  // namespace regain
