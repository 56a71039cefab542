// Whether a machine can be put to sleep, from recorded trees of /sys and /proc; and what is written for it.

#include "drives/machine_sleep.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/file.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

class MachineSleepTest : public testing::Test {
  protected:
    MachineSleepTest() {
        put("sys/power/state", "freeze mem disk\n");
        put("sys/power/mem_sleep", "[s2idle] deep\n");
        put("sys/class/rtc/rtc0/wakealarm", "\n");
        put("proc/self/mountinfo", "22 1 0:21 / / rw - overlay overlay rw\n");
        put("proc/cmdline", "quiet\n");
    }
    ~MachineSleepTest() override { fs::remove_all(root_); }
    void put(const std::string& path, const std::string& text) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    std::string read(const std::string& path) { return *read_file(root_ / path); }
    std::string obstacle() {
        const auto reason = LinuxMachineSleep(SystemRoot(root_)).obstacle();
        return reason ? reason->id : "";
    }
    /// The live medium is mounted from a device behind this path of sysfs.
    void mount_medium(const std::string& device) {
        put("sys/devices/" + device + "/dev", "8:16\n");
        fs::create_directories(root_ / "sys/dev/block");
        fs::create_directory_symlink(root_ / "sys/devices" / device, root_ / "sys/dev/block/8:16");
        put("proc/self/mountinfo",
            "22 1 0:21 / / rw - overlay overlay rw\n30 22 8:16 / /run/live/medium ro - iso9660 /dev/sdb "
            "ro\n");
    }
    fs::path root_ = fs::temp_directory_path() / ("regain-sleep-" + std::to_string(::getpid()));
};

TEST_F(MachineSleepTest, needs_suspend_to_ram_a_deep_one_and_a_clock) {
    EXPECT_EQ(obstacle(), "");
    put("sys/power/state", "freeze disk\n");
    EXPECT_EQ(obstacle(), "This machine can't be put to sleep.");
    put("sys/power/state", "freeze mem\n");
    put("sys/power/mem_sleep", "[s2idle]\n");
    EXPECT_EQ(obstacle(), "This machine only knows a light sleep, in which its drives keep their power.");
    put("sys/power/mem_sleep", "s2idle [deep]\n");
    EXPECT_EQ(obstacle(), "");
    fs::remove(root_ / "sys/power/mem_sleep");
    EXPECT_EQ(obstacle(), "") << "kernels before 4.10";
    put("sys/class/rtc/rtc0/device/power/wakeup", "disabled\n");
    EXPECT_EQ(obstacle(), "This machine has no clock that could wake it.");
    put("sys/class/rtc/rtc1/wakealarm", "");
    EXPECT_EQ(obstacle(), "");
}

TEST_F(MachineSleepTest, keeps_a_medium_that_persists) {
    mount_medium("pci0/usb1/1-2/1-2:1.0/host6/block/sdb");
    EXPECT_EQ(obstacle(), "The system runs from a medium that could be lost while the machine sleeps.");
    put("sys/devices/pci0/usb1/1-2/power/persist", "0\n");
    EXPECT_EQ(obstacle(), "The system runs from a medium that could be lost while the machine sleeps.");
    put("sys/devices/pci0/usb1/1-2/power/persist", "1\n");
    EXPECT_EQ(obstacle(), "");
}

TEST_F(MachineSleepTest, would_lose_a_card_and_keeps_a_disk) {
    mount_medium("pci0/mmc_host/mmc0/mmc0:0001/block/mmcblk0");
    EXPECT_NE(obstacle(), "");
    fs::remove(root_ / "sys/dev/block/8:16");
    mount_medium("pci0/ata1/host0/target0/block/sda");
    EXPECT_EQ(obstacle(), "");
}

TEST_F(MachineSleepTest, sets_depth_alarm_and_state) {
    put("sys/power/state", "");
    put("sys/power/mem_sleep", "");
    ASSERT_TRUE(LinuxMachineSleep(SystemRoot(root_)).sleep(std::chrono::seconds(15)).ok());
    EXPECT_EQ(read("sys/power/state"), "mem");
    EXPECT_EQ(read("sys/power/mem_sleep"), "deep");
    EXPECT_EQ(read("sys/class/rtc/rtc0/wakealarm"), "015") << "0, then +15, then 0 again, at the same place";
    fs::remove(root_ / "sys/power/state");
    EXPECT_FALSE(LinuxMachineSleep(SystemRoot(root_)).sleep(std::chrono::seconds(15)).ok());
}

}  // namespace
}  // namespace regain
