#include "wiper/expected_time.h"

#include <gtest/gtest.h>

#include "tests/unit/wiper/capability_fixtures.h"

namespace regain {
namespace {

const ExpectedTime short_time{2, "drive"};
const ExpectedTime long_time{90, "assumed-speed"};
const ExpectedTime bound{1, "at-least"};
const ExpectedTime unknown{};

TEST(ExpectedTime, is_what_the_drive_says) {
    EraseMethod method;
    EXPECT_EQ(expected_time_of(method), unknown);
    method.minutes = 46;
    EXPECT_EQ(expected_time_of(method), (ExpectedTime{46, "drive"}));
    method.minutes_is_lower_bound = true;
    EXPECT_EQ(expected_time_of(method), (ExpectedTime{46, "at-least"}));
    method = {};
    method.minutes = 0;
    EXPECT_EQ(expected_time_of(method), (ExpectedTime{1, "drive"})) << "nothing takes no time";
}

TEST(ExpectedTime, of_overwriting_is_the_size_of_all_nodes_by_a_usual_speed) {
    const auto minutes = [](Medium medium, const char* protocol, uint64_t bytes) {
        return *expected_time_of_overwriting(drive_of(Bus::ata, protocol, medium, bytes), medium).minutes;
    };
    EXPECT_EQ(minutes(Medium::hdd, "ata", 600 * gigabyte), 100U);
    EXPECT_EQ(minutes(Medium::ssd, "ata", 600 * gigabyte), 40U);
    EXPECT_EQ(minutes(Medium::ssd, "nvme", 600 * gigabyte), 20U);
    EXPECT_EQ(minutes(Medium::flash, "mmc", 6 * gigabyte), 10U);
    EXPECT_EQ(minutes(Medium::emmc, "mmc", 6 * gigabyte), 2U);
    EXPECT_EQ(minutes(Medium::unknown, "scsi", 3 * gigabyte + 512), 2U) << "rounded up";
    EXPECT_EQ(minutes(Medium::hdd, "ata", 512), 1U);
    DriveRecord two = drive_of(Bus::nvme, "nvme", Medium::ssd, 300 * gigabyte);
    two.nodes.push_back({"/dev/test2", "namespace", 300 * gigabyte, 0});
    EXPECT_EQ(expected_time_of_overwriting(two, Medium::ssd), (ExpectedTime{20, "assumed-speed"}));
}

TEST(ExpectedTime, of_two_methods_is_a_lower_bound_unless_both_are_known) {
    EXPECT_EQ(sum_of(short_time, short_time), (ExpectedTime{4, "drive"}));
    EXPECT_EQ(sum_of(unknown, short_time), (ExpectedTime{2, "at-least"}));
    EXPECT_EQ(sum_of(short_time, bound), (ExpectedTime{3, "at-least"}));
    EXPECT_EQ(sum_of(unknown, unknown), unknown);
}

TEST(ExpectedTime, that_is_certain_goes_before_one_that_is_not) {
    EXPECT_TRUE(is_quicker(short_time, long_time));
    EXPECT_FALSE(is_quicker(long_time, short_time));
    EXPECT_TRUE(is_quicker(long_time, bound));
    EXPECT_TRUE(is_quicker(bound, unknown));
    EXPECT_FALSE(is_quicker(unknown, unknown));
    EXPECT_FALSE(is_quicker(short_time, short_time));
}

TEST(ExpectedTime, is_known_to_be_longer_only_by_what_is_known) {
    EXPECT_TRUE(is_known_to_be_slower(long_time, short_time));
    EXPECT_TRUE(is_known_to_be_slower({508, "at-least"}, long_time));
    EXPECT_FALSE(is_known_to_be_slower(bound, long_time));
    EXPECT_FALSE(is_known_to_be_slower(long_time, bound));
    EXPECT_FALSE(is_known_to_be_slower(unknown, short_time));
    EXPECT_FALSE(is_known_to_be_slower(short_time, short_time));
}

}  // namespace
}  // namespace regain
