// How warm drives are, from recorded trees of /sys.

#include "drives/drive_temperature.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "drives/asked_temperature.h"
#include "tests/unit/drives/recording_transport.h"

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

/// Answers each command by its name, with data that a test puts there.
class AskedAta final : public AtaTransport {
  public:
    Result<AtaReply> send(const AtaCommand& command) override {
        sent.push_back(command);
        AtaReply reply;
        const auto found = answers.find(std::string(command.name));
        reply.outcome = found != answers.end() ? outcome : AtaOutcome::failed;
        if (found != answers.end()) reply.data = found->second;
        return reply;
    }
    std::map<std::string, Bytes> answers;
    AtaOutcome outcome = AtaOutcome::succeeded;
    std::vector<AtaCommand> sent;
};

Bytes transport_status(uint8_t now, uint8_t highest) {
    Bytes data(512, 0);
    data[0] = 3;
    data[200] = now;
    data[205] = highest;
    return data;
}

Bytes attributes(uint8_t id, std::initializer_list<uint8_t> raw) {
    Bytes data(512, 0);
    data[0] = 16;
    data[2] = 9;  // hours, before it
    data[7] = 77;
    data[14] = id;
    std::copy(raw.begin(), raw.end(), data.begin() + 19);
    return data;
}

TEST(AskedTemperature, of_an_ata_drive_is_in_the_status_of_its_command_transport) {
    AskedAta drive;
    drive.answers["SMART READ LOG"] = transport_status(43, 65);
    drive.answers["SMART READ DATA"] = attributes(194, {99});
    EXPECT_EQ(ask_temperature(drive), (DriveTemperature{43, {}, 65, "sct"}));
    ASSERT_EQ(drive.sent.size(), 1U);
    EXPECT_EQ(drive.sent[0].command, 0xB0);
    EXPECT_EQ(drive.sent[0].feature, 0xD5);
    EXPECT_EQ(drive.sent[0].lba, 0xC24FE0U);
    EXPECT_EQ(drive.sent[0].protocol, AtaProtocol::pio_in);
    // Some bridges bring no registers: what came is what counts.
    drive.outcome = AtaOutcome::unknown;
    drive.answers["SMART READ LOG"] = transport_status(static_cast<uint8_t>(-5), 0x80);
    EXPECT_EQ(ask_temperature(drive), (DriveTemperature{-5, {}, {}, "sct"}));
}

TEST(AskedTemperature, of_an_older_ata_drive_is_an_attribute) {
    AskedAta drive;
    // Minimum and maximum stand above it.
    drive.answers["SMART READ DATA"] = attributes(194, {41, 0, 18, 0, 55, 0});
    EXPECT_EQ(ask_temperature(drive), (DriveTemperature{41, {}, {}, "smart"}));
    EXPECT_EQ(drive.sent.back().feature, 0xD0);
    EXPECT_EQ(drive.sent.back().lba, 0xC24F00U);
    drive.answers["SMART READ DATA"] = attributes(190, {38});
    EXPECT_EQ(ask_temperature(drive)->now, 38);
    // A log that holds no temperature, and one in a format that nobody knows.
    drive.answers["SMART READ LOG"] = transport_status(0x80, 0);
    EXPECT_EQ(ask_temperature(drive)->source, "smart");
    drive.answers["SMART READ LOG"] = Bytes(512, 0x2A);
    EXPECT_EQ(ask_temperature(drive)->source, "smart");
}

TEST(AskedTemperature, of_an_ata_drive_that_does_not_say_is_nothing) {
    AskedAta drive;
    EXPECT_FALSE(ask_temperature(drive));
    drive.answers["SMART READ DATA"] = attributes(5, {41});
    drive.answers["SMART READ LOG"] = Bytes(100, 3);
    EXPECT_FALSE(ask_temperature(drive));
    drive.answers["SMART READ DATA"] = attributes(194, {255});
    EXPECT_FALSE(ask_temperature(drive)) << "no drive is that hot";
}

TEST(AskedTemperature, of_a_sas_disk_is_a_log_page) {
    ScsiReply reply;
    reply.data = bytes_of("0d 00 00 0c  00 00 03 02 00 25  00 01 03 02 00 41");
    RecordingScsiTransport disk(reply);
    EXPECT_EQ(ask_temperature(disk), (DriveTemperature{37, 65, {}, "scsi-log"}));
    ASSERT_EQ(disk.sent.size(), 1U);
    EXPECT_EQ(disk.sent[0].cdb, bytes_of("4d 00 4d 00 00 00 00 04 00 00"));
    EXPECT_EQ(disk.sent[0].direction, ScsiDirection::in);
    for (const char* nothing : {"", "0d 00 00", "0d 00 00 06 00 00 03 02 00 ff",
                                "0d 00 00 06 00 00 03 02 00 00", "2f 00 00 06 00 00 03 02 00 25",
                                "0d 00 00 06 00 01 03 02 00 41", "0d 00 00 06 00 00 03 00 00 25"}) {
        RecordingScsiTransport silent({scsi_good, {}, bytes_of(nothing)});
        EXPECT_FALSE(ask_temperature(silent)) << nothing;
    }
    RecordingScsiTransport refusing({scsi_check_condition, {}, reply.data});
    EXPECT_FALSE(ask_temperature(refusing));
}

class AskedNvme final : public NvmeTransport {
  public:
    Result<NvmeReply> send(const NvmeCommand& command) override {
        NvmeReply reply;
        const bool is_log = command.opcode == 0x02 && (command.cdw10 & 0xFF) == 0x02;
        reply.data = is_log ? health : controller;
        reply.status = is_log ? log_status : 0;
        EXPECT_TRUE(!is_log || (command.cdw10 & 1U << 15) != 0) << "it would take away a pending event";
        return reply;
    }
    Bytes health = Bytes(512, 0), controller = Bytes(4096, 0);
    uint16_t log_status = 0;
};

TEST(AskedTemperature, of_an_nvme_drive_is_in_its_health_log_in_kelvin) {
    AskedNvme drive;
    EXPECT_FALSE(ask_temperature(drive)) << "0 K";
    drive.health[1] = 0x45;  // 325 K
    drive.health[2] = 0x01;
    EXPECT_EQ(ask_temperature(drive), (DriveTemperature{52, {}, {}, "nvme-log"}));
    drive.controller[266] = 0x57;  // 343 K
    drive.controller[267] = 0x01;
    drive.controller[268] = 0x66;  // 358 K
    drive.controller[269] = 0x01;
    EXPECT_EQ(ask_temperature(drive), (DriveTemperature{52, 70, 85, "nvme-log"}));
    drive.log_status = 0x02;
    EXPECT_FALSE(ask_temperature(drive));
}

}  // namespace
}  // namespace regain
