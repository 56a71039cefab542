// How warm drives are, from recorded trees of /sys.

#include "drives/drive_temperature.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace regain {
namespace {

namespace fs = std::filesystem;

class DriveTemperatureTest : public testing::Test {
  protected:
    ~DriveTemperatureTest() override { fs::remove_all(root_); }
    void put(const std::string& path, const std::string& text) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    /// A block device below `owner`, both below sys/devices.
    DriveRecord drive_below(const std::string& owner, const std::string& block) {
        const fs::path device = root_ / "sys/devices" / owner / block;
        fs::create_directories(device);
        fs::create_directories(root_ / "sys/dev/block");
        fs::create_directory_symlink(device, root_ / "sys/dev/block/8:16");
        fs::create_directory_symlink(root_ / "sys/devices" / owner, device / "device");
        DriveRecord drive;
        drive.device_number = makedev(8, 16);
        return drive;
    }
    std::optional<DriveTemperature> read(const DriveRecord& drive) {
        return read_temperature(SystemRoot(root_), drive);
    }
    fs::path root_ = fs::temp_directory_path() / ("regain-heat-" + std::to_string(::getpid()));
};

TEST_F(DriveTemperatureTest, of_an_ata_drive_comes_from_drivetemp) {
    const DriveRecord drive = drive_below("ata1/host0/0:0:0:0", "block/sdb");
    EXPECT_FALSE(read(drive)) << "the module is not loaded";
    put("sys/devices/ata1/host0/0:0:0:0/hwmon/hwmon2/temp1_input", "37000\n");
    EXPECT_EQ(read(drive), (DriveTemperature{37, {}, {}}));
    put("sys/devices/ata1/host0/0:0:0:0/hwmon/hwmon2/temp1_max", "60000\n");
    put("sys/devices/ata1/host0/0:0:0:0/hwmon/hwmon2/temp1_crit", "85000\n");
    EXPECT_EQ(read(drive), (DriveTemperature{37, 60, 85}));
}

TEST_F(DriveTemperatureTest, of_nvme_comes_from_its_controller_or_from_the_pci_device) {
    const DriveRecord drive = drive_below("pci/0000:01:00.0/nvme/nvme0", "nvme0n1");
    fs::create_directory_symlink(root_ / "sys/devices/pci/0000:01:00.0",
                                 root_ / "sys/devices/pci/0000:01:00.0/nvme/nvme0/device");
    put("sys/devices/pci/0000:01:00.0/hwmon/hwmon0/temp1_input", "48850\n");
    EXPECT_EQ(read(drive), (DriveTemperature{48.85, {}, {}}));
    put("sys/devices/pci/0000:01:00.0/nvme/nvme0/hwmon5/temp1_input", "51000\n");
    EXPECT_EQ(read(drive), (DriveTemperature{51, {}, {}}));
}

TEST_F(DriveTemperatureTest, is_not_what_no_drive_can_have) {
    const DriveRecord drive = drive_below("ata1/host0/0:0:0:0", "block/sdb");
    const std::string sensor = "sys/devices/ata1/host0/0:0:0:0/hwmon/hwmon2/";
    for (const char* nonsense : {"", "warm\n", "255000\n", "-128000\n", "37000 C\n"}) {
        put(sensor + "temp1_input", nonsense);
        EXPECT_FALSE(read(drive)) << nonsense;
    }
    put(sensor + "temp1_input", "41000\n");
    put(sensor + "temp1_max", "0\n");
    put(sensor + "temp1_crit", "-1000\n");
    EXPECT_EQ(read(drive), (DriveTemperature{41, {}, {}})) << "a limit of 0 is none";
    EXPECT_FALSE(read(DriveRecord{}));
}

}  // namespace
}  // namespace regain
