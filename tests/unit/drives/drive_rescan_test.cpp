// The kernel is asked again for a drive's size: the port behind libata first, and no other one.

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/file.h"
#include "drives/linux_drive_rescan.h"

namespace regain {
namespace {

class DriveRescan : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "regain-rescan-XXXXXX";
        top_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(top_); }

    /// A disk 8:16 that hangs on `host`, an element of the path below /sys/devices.
    DriveRecord disk_at(const std::string& place, const std::string& host) {
        const std::string device = "/sys/devices/" + place + "/" + host + "/target0:0:0/0:0:0:0";
        make(device + "/block/sdb/size");
        make(device + "/rescan");
        make("/sys/class/scsi_host/" + host + "/scan");
        make("/sys/class/scsi_host/host9/scan");
        std::filesystem::create_directories(top_ / "sys/dev/block");
        std::filesystem::create_directory_symlink(top_ / (device + "/block/sdb").substr(1),
                                                  top_ / "sys/dev/block/8:16");
        std::filesystem::create_directory_symlink("../..", top_ / (device + "/block/sdb/device").substr(1));
        DriveRecord drive;
        drive.path = "/dev/sdb";
        drive.device_number = makedev(8, 16);
        return drive;
    }
    std::string content(const std::string& path) const { return read_line(top_ / path.substr(1)); }
    SystemRoot root() const { return SystemRoot(top_); }

    std::filesystem::path top_;

  private:
    void make(const std::string& path) {
        const auto file = top_ / path.substr(1);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file).flush();
    }
};

TEST_F(DriveRescan, resets_the_port_behind_libata_and_asks_the_device) {
    rescan_drive(root(), disk_at("pci0000:00/ata3", "host2"));
    EXPECT_EQ(content("/sys/class/scsi_host/host2/scan"), "- - -");
    EXPECT_EQ(content("/sys/devices/pci0000:00/ata3/host2/target0:0:0/0:0:0:0/rescan"), "1");
    EXPECT_EQ(content("/sys/class/scsi_host/host9/scan"), "");
}

TEST_F(DriveRescan, leaves_the_host_of_other_adapters_alone) {
    rescan_drive(root(), disk_at("pci0000:00/0000:01:00.0", "host2"));
    EXPECT_EQ(content("/sys/class/scsi_host/host2/scan"), "");
    EXPECT_EQ(content("/sys/devices/pci0000:00/0000:01:00.0/host2/target0:0:0/0:0:0:0/rescan"), "1");
}

TEST_F(DriveRescan, does_nothing_for_a_drive_that_is_gone) {
    const DriveRecord drive = disk_at("pci0000:00/ata3", "host2");
    std::filesystem::remove(top_ / "sys/dev/block/8:16");
    rescan_drive(root(), drive);
    EXPECT_EQ(content("/sys/class/scsi_host/host2/scan"), "");
}

}  // namespace
}  // namespace regain
