#include "drives/lasting_storage.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/drives/machine_fixture.h"

namespace regain {
namespace {

/// A machine whose sda1 is the root file system, with a zram and a loop device beside it.
class LastingStorage : public testing::Test {
  protected:
    LastingStorage() {
        copy.write("/sys/block/zram0/dev", "252:0\n");
        copy.write("/sys/block/zram0/size", "2097152\n");
        copy.write("/sys/block/ram0/dev", "1:0\n");
        copy.write("/sys/block/ram0/size", "8192\n");
        copy.write("/sys/block/loop7/dev", "7:7\n");
        copy.write("/sys/block/loop7/size", "2097152\n");
        copy.write("/sys/block/loop7/loop/backing_file", "/srv/state.img\n");
        copy.write("/sys/block/dm-9/dev", "253:9\n");
        copy.write("/sys/block/dm-9/size", "2097152\n");
        copy.write("/sys/block/dm-9/dm/name", "secret\n");
        copy.write("/sys/block/dm-9/slaves/zram0/dev", "252:0\n");
    }
    void mount(const std::string& lines) {
        copy.write("/proc/self/mountinfo", "31 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n" + lines);
    }
    bool lasts(const std::string& path) const { return lies_on_lasting_storage(copy.root(), path); }

    MachineCopy copy{"desktop-sata-usb"};
    const std::string state = "/var/lib/regain/drive-passwords";
};

TEST_F(LastingStorage, is_a_disk) {
    mount("");
    EXPECT_TRUE(lasts(state));
    EXPECT_TRUE(lasts("/"));
}

TEST_F(LastingStorage, is_no_file_system_in_memory) {
    for (const std::string type :
         {"tmpfs", "ramfs", "rootfs", "devtmpfs", "hugetlbfs", "overlay", "aufs", "fuse.fuse-overlayfs"}) {
        mount("40 31 0:33 / /var/lib/regain rw - " + type + " none rw\n");
        EXPECT_FALSE(lasts(state)) << type;
        EXPECT_FALSE(lasts("/var/lib/regain")) << type;
        EXPECT_TRUE(lasts("/var/lib/regained")) << "another directory beside it: " << type;
    }
}

TEST_F(LastingStorage, is_what_is_mounted_last_and_deepest) {
    mount(
        "40 31 0:33 / /var rw - tmpfs tmpfs rw\n"
        "41 40 8:1 / /var/lib/regain rw - ext4 /dev/sda1 rw\n");
    EXPECT_TRUE(lasts(state));
    EXPECT_FALSE(lasts("/var/lib"));
    mount(
        "41 31 8:1 / /var/lib/regain rw - ext4 /dev/sda1 rw\n"
        "42 41 0:34 / /var/lib/regain rw - tmpfs tmpfs rw\n");
    EXPECT_FALSE(lasts(state));
}

TEST_F(LastingStorage, is_no_block_device_in_memory_whatever_its_file_system) {
    mount("40 31 252:0 / /var/lib/regain rw - ext4 /dev/zram0 rw\n");
    EXPECT_FALSE(lasts(state));
    mount("40 31 1:0 / /var/lib/regain rw - ext4 /dev/ram0 rw\n");
    EXPECT_FALSE(lasts(state));
    mount("40 31 0:40 / /var/lib/regain rw - btrfs /dev/zram0 rw\n");
    EXPECT_FALSE(lasts(state)) << "an anonymous device number";
    mount("40 31 253:9 / /var/lib/regain rw - ext4 /dev/mapper/secret rw\n");
    EXPECT_FALSE(lasts(state)) << "below a mapping";
}

TEST_F(LastingStorage, is_that_of_a_loop_devices_file) {
    const std::string loop = "40 31 7:7 / /var/lib/regain rw - ext4 /dev/loop7 rw\n";
    mount(loop);
    EXPECT_TRUE(lasts(state));
    mount(loop + "41 31 0:33 / /srv rw - tmpfs tmpfs rw\n");
    EXPECT_FALSE(lasts(state));
}

TEST_F(LastingStorage, may_be_another_computers) {
    mount("40 31 0:50 / /var/lib/regain rw - nfs4 server:/records rw\n");
    EXPECT_TRUE(lasts(state));
}

TEST_F(LastingStorage, is_not_taken_for_granted_where_nothing_is_known) {
    mount("");
    EXPECT_FALSE(lasts("relative"));
    copy.write("/proc/self/mountinfo", "");
    EXPECT_FALSE(lasts(state));
    copy.remove("/proc/self/mountinfo");
    EXPECT_FALSE(lasts(state));
}

TEST(LastingStorageOfLiveSystems, is_none_without_a_partition_for_records) {
    for (const char* name : {"live-stick", "live-stick-toram"}) {
        EXPECT_FALSE(lies_on_lasting_storage(machine(name), "/var/lib/regain")) << name;
        EXPECT_FALSE(lies_on_lasting_storage(machine(name), "/run/regain")) << name;
        MachineCopy copy(name);
        copy.append("/proc/self/mountinfo", "50 37 8:1 / /var/lib/regain rw - ext4 /dev/sda1 rw\n");
        EXPECT_TRUE(lies_on_lasting_storage(copy.root(), "/var/lib/regain")) << name;
    }
}

TEST(LastingStorageOfMachines, is_the_root_file_system_of_installed_ones) {
    for (const char* name : {"desktop-sata-usb", "laptop-nvme"})
        EXPECT_TRUE(lies_on_lasting_storage(machine(name), "/var/lib/regain")) << name;
}

}  // namespace
}  // namespace regain
