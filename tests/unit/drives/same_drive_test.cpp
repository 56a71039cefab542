// A drive that is looked for again: which facts make it the same, and when none is taken.

#include "drives/same_drive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DriveRecord disk(const std::string& path) {
    DriveRecord drive;
    drive.path = path;
    drive.model = "EXAMPLE DISK";
    drive.serial = "S1";
    drive.wwn = "0x5000c500a1b2c3d4";
    drive.bus = Bus::ata;
    drive.protocol = "ata";
    drive.size_bytes = 1000204886016;
    return drive;
}

DriveRecord nameless(const std::string& path) {
    DriveRecord drive = disk(path);
    drive.serial.clear();
    drive.wwn.clear();
    return drive;
}

DriveRecord loop_device(const std::string& path) {
    DriveRecord drive = nameless(path);
    drive.bus = Bus::virtual_drive;
    drive.protocol = "loop";
    return drive;
}

TEST(SameDrive, is_known_by_what_it_says_of_itself_not_by_its_path) {
    DriveRecord now = disk("/dev/sdb");
    now.device_number = 2064;
    now.diskseq = 12;
    now.firmware = "2.0";
    EXPECT_TRUE(is_same_drive(disk("/dev/sda"), now));
}

TEST(SameDrive, is_another_one_where_a_single_fact_differs) {
    std::vector<DriveRecord> others(7, disk("/dev/sda"));
    others[0].model = "OTHER DISK";
    others[1].serial = "S2";
    others[2].wwn = "0x5000c500a1b2c3d5";
    others[3].bus = Bus::usb;
    others[4].protocol = "scsi";
    others[5].logical_sector_bytes = 4096;
    others[6].size_bytes -= 512;
    for (const DriveRecord& other : others) {
        EXPECT_FALSE(is_same_drive(disk("/dev/sda"), other));
        EXPECT_FALSE(is_same_drive(other, disk("/dev/sda")));
    }
}

TEST(SameDrive, needs_one_name_of_its_own_to_be_known_under_another_path) {
    for (const bool has_serial : {true, false}) {
        DriveRecord before = disk("/dev/sda");
        (has_serial ? before.wwn : before.serial).clear();
        DriveRecord now = before;
        now.path = "/dev/sdb";
        EXPECT_TRUE(is_same_drive(before, now));
    }
    EXPECT_FALSE(is_same_drive(nameless("/dev/sda"), nameless("/dev/sdb")));
    EXPECT_TRUE(is_same_drive(nameless("/dev/sda"), nameless("/dev/sda")));
}

TEST(SameDrive, may_have_another_size_only_where_the_caller_says_so) {
    DriveRecord now = disk("/dev/sda");
    now.size_bytes += 4096;
    EXPECT_FALSE(is_same_drive(disk("/dev/sda"), now));
    EXPECT_TRUE(is_same_drive(disk("/dev/sda"), now, SizeRule::may_differ));
    EXPECT_EQ(find_again(disk("/dev/sda"), {now}).drive, nullptr);
    const std::vector<DriveRecord> present{now};
    EXPECT_EQ(find_again(disk("/dev/sda"), present, SizeRule::may_differ).drive, &present.front());
}

TEST(FindAgain, gives_the_drive_as_it_is_now) {
    DriveRecord other = disk("/dev/sda");
    other.serial = "S2";
    const std::vector<DriveRecord> present{other, disk("/dev/sdb")};
    const FoundAgain found = find_again(disk("/dev/sda"), present);
    EXPECT_EQ(found.drive, &present[1]);
    EXPECT_THAT(found.look_alikes, IsEmpty());
}

TEST(FindAgain, gives_nothing_for_a_drive_that_is_gone) {
    const FoundAgain found = find_again(disk("/dev/sda"), {});
    EXPECT_EQ(found.drive, nullptr);
    EXPECT_THAT(found.look_alikes, IsEmpty());
}

TEST(FindAgain, gives_none_of_several_that_look_the_same_not_even_the_one_under_its_path) {
    const FoundAgain found = find_again(disk("/dev/sda"), {disk("/dev/sda"), disk("/dev/sdb")});
    EXPECT_EQ(found.drive, nullptr);
    EXPECT_THAT(found.look_alikes, ElementsAre("/dev/sda", "/dev/sdb"));
}

TEST(FindAgain, gives_a_drive_without_serial_and_wwn_only_under_its_path_and_when_it_is_alone_of_its_kind) {
    const std::vector<DriveRecord> alone{nameless("/dev/sda")};
    EXPECT_EQ(find_again(nameless("/dev/sda"), alone).drive, &alone.front());
    EXPECT_EQ(find_again(nameless("/dev/sdz"), alone).drive, nullptr);
    const FoundAgain several = find_again(nameless("/dev/sda"), {nameless("/dev/sda"), nameless("/dev/sdb")});
    EXPECT_EQ(several.drive, nullptr);
    EXPECT_THAT(several.look_alikes, ElementsAre("/dev/sda", "/dev/sdb"));
}

TEST(FindAgain, tells_loop_devices_apart_by_their_paths) {
    const std::vector<DriveRecord> present{loop_device("/dev/loop0"), loop_device("/dev/loop1")};
    EXPECT_EQ(find_again(loop_device("/dev/loop1"), present).drive, &present[1]);
    EXPECT_EQ(find_again(loop_device("/dev/loop2"), present).drive, nullptr);
    DriveRecord with_serial = loop_device("/dev/loop2");
    with_serial.serial = "L1";
    DriveRecord moved = with_serial;
    moved.path = "/dev/loop3";
    EXPECT_EQ(find_again(with_serial, {moved}).drive, nullptr);
}

TEST(FileName, of_a_drive_is_what_earlier_versions_made_of_it) {
    // printf 'EXAMPLE DISK\nS1\n0x5000c500a1b2c3d4' | sha256sum | cut -c 1-32
    EXPECT_EQ(file_name_of(disk("/dev/sda")), "5369606c4c7e8442575c5b0ac3b6aec4.json");
    EXPECT_EQ(file_name_of(disk("/dev/sdb")), file_name_of(disk("/dev/sda")));
    // printf 'EXAMPLE DISK\n\n' | sha256sum | cut -c 1-32
    EXPECT_EQ(file_name_of(nameless("/dev/sda")), "589b701e3791cdf886af50d881deb233.json");
}

}  // namespace
}  // namespace regain
