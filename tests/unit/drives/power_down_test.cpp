// A drive's port and link from a recorded sysfs, and taking it out of service.

#include "drives/power_down.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "base/file.h"
#include "drives/drive_port.h"
#include "drives/linux_drive_removal.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

/// Keeps the command blocks; answers what `answer` says.
class Channels final : public DriveChannels {
  public:
    std::vector<Bytes> sent;
    std::function<ScsiReply(const ScsiCommand&)> answer = [](const ScsiCommand&) { return ScsiReply{}; };

    Result<std::unique_ptr<ScsiTransport>> open_scsi(const DriveRecord&) override {
        return std::unique_ptr<ScsiTransport>(std::make_unique<Transport>(*this));
    }
    Result<std::unique_ptr<NvmeTransport>> open_nvme(const DriveRecord&) override { return none(); }
    Result<std::unique_ptr<MmcTransport>> open_mmc(const DriveRecord&) override { return none(); }
    std::optional<UsbBridge> bridge_of(const DriveRecord&) override { return std::nullopt; }

  private:
    static Error none() { return error(ErrorKind::environment, message("open"), message("not here")); }
    struct Transport final : ScsiTransport {
        explicit Transport(Channels& made_by) : channels(made_by) {}
        Result<ScsiReply> send(const ScsiCommand& command) override {
            channels.sent.push_back(command.cdb);
            return channels.answer(command);
        }
        Channels& channels;
    };
};

class PluggedIn : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "regain-port-XXXXXX";
        top_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { fs::remove_all(top_); }

    void put(const std::string& path, const std::string& content) {
        const fs::path file = top_ / path.substr(1);
        fs::create_directories(file.parent_path());
        std::ofstream(file) << content;
    }
    std::string content(const std::string& path) const { return read_line(top_ / path.substr(1)); }

    /// A disk 8:16 whose SCSI device is at `place` below /sys/devices.
    DriveRecord disk_at(const std::string& place, Bus bus) {
        const std::string device = "/sys/devices/" + place;
        put(device + "/block/sdb/diskseq", "7\n");
        put(device + "/delete", "");
        fs::create_directories(top_ / "sys/dev/block");
        fs::create_directory_symlink(top_ / (device + "/block/sdb").substr(1), top_ / "sys/dev/block/8:16");
        fs::create_directory_symlink("../..", top_ / (device + "/block/sdb/device").substr(1));
        DriveRecord drive;
        drive.path = "/dev/sdb";
        drive.bus = bus;
        drive.diskseq = 7;
        drive.device_number = makedev(8, 16);
        drive.nodes.push_back({"/dev/sdb", "main", 1 << 20, 7, makedev(8, 16)});
        return drive;
    }
    SystemRoot root() const { return SystemRoot(top_); }

    fs::path top_;
    Channels channels_;
};

constexpr const char* usb_disk = "pci0000:00/0000:00:14.0/usb2/2-1/2-1.3/2-1.3:1.0/host6/target6:0:0/6:0:0:0";

TEST_F(PluggedIn, a_port_is_what_udev_names_it) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    EXPECT_EQ(port_of(root(), drive), "");
    put("/run/udev/data/b8:16", "S:disk/by-path/x\nE:ID_PATH=pci-0000:00:14.0-usb-0:1.3:1.0-scsi-0:0:0:0\n");
    EXPECT_EQ(port_of(root(), drive), "pci-0000:00:14.0-usb-0:1.3:1.0-scsi-0:0:0:0");
}

TEST_F(PluggedIn, a_port_is_read_from_the_links_where_there_is_no_database) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    fs::create_directories(top_ / "dev/disk/by-path");
    fs::create_symlink("../../sdb1", top_ / "dev/disk/by-path/pci-1-part1");
    fs::create_symlink("../../sdb", top_ / "dev/disk/by-path/pci-1");
    EXPECT_EQ(port_of(root(), drive), "pci-1");
}

TEST_F(PluggedIn, disks_behind_one_fast_hub_share_the_port_of_the_root_hub) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    put("/sys/devices/pci0000:00/0000:00:14.0/usb2/speed", "10000\n");
    EXPECT_TRUE(shared_link_of(root(), drive).ends_with("/usb2/2-1"));
}

TEST_F(PluggedIn, all_of_a_slow_usb_bus_is_shared) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    put("/sys/devices/pci0000:00/0000:00:14.0/usb2/speed", "480\n");
    EXPECT_TRUE(shared_link_of(root(), drive).ends_with("/usb2"));
}

TEST_F(PluggedIn, disks_on_one_controller_share_it) {
    const DriveRecord sata = disk_at("pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0", Bus::ata);
    EXPECT_TRUE(shared_link_of(root(), sata).ends_with("/0000:00:1f.2"));
    fs::remove(top_ / "sys/dev/block/8:16");
    const DriveRecord sas = disk_at("pci0000:00/0000:01:00.0/host7/port-7:0/target7:0:0/7:0:0:0", Bus::scsi);
    EXPECT_TRUE(shared_link_of(root(), sas).ends_with("/0000:01:00.0"));
}

TEST_F(PluggedIn, a_virtual_drive_shares_with_nobody) {
    DriveRecord drive = disk_at("virtual", Bus::virtual_drive);
    EXPECT_EQ(shared_link_of(root(), drive), "");
}

TEST_F(PluggedIn, flushes_stops_and_then_lets_go) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    const Status status = power_down(root(), channels_, drive);
    ASSERT_TRUE(status.ok()) << in_english(status.error());
    ASSERT_EQ(channels_.sent.size(), 2U);
    EXPECT_EQ(channels_.sent[0].at(0), 0x35) << "SYNCHRONIZE CACHE";
    EXPECT_EQ(channels_.sent[1], (Bytes{0x1B, 0, 0, 0, 0, 0})) << "START STOP UNIT, START = 0, no eject";
    EXPECT_EQ(content("/sys/devices/" + std::string(usb_disk) + "/delete"), "1");
}

TEST_F(PluggedIn, a_drive_that_does_not_flush_is_neither_stopped_nor_let_go) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    channels_.answer = [](const ScsiCommand&) { return ScsiReply{scsi_check_condition, {}, {}}; };
    EXPECT_FALSE(power_down(root(), channels_, drive).ok());
    EXPECT_EQ(channels_.sent.size(), 1U);
    EXPECT_EQ(content("/sys/devices/" + std::string(usb_disk) + "/delete"), "");
}

TEST_F(PluggedIn, a_bridge_that_does_not_stop_its_drive_may_not_lose_it) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    channels_.answer = [](const ScsiCommand& command) {
        return ScsiReply{command.cdb[0] == 0x1B ? scsi_check_condition : scsi_good, {}, {}};
    };
    const Status status = power_down(root(), channels_, drive);
    ASSERT_FALSE(status.ok());
    EXPECT_NE(in_english(status.error()).find("START STOP UNIT"), std::string::npos);
    EXPECT_EQ(content("/sys/devices/" + std::string(usb_disk) + "/delete"), "");
}

const ScsiReply illegal_request{
    scsi_check_condition, Bytes{0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0}, {}};

TEST_F(PluggedIn, a_stick_that_knows_neither_command_is_let_go_of) {
    DriveRecord drive = disk_at(usb_disk, Bus::usb);
    drive.rotational = drive.removable = true;  // as the kernel says of any stick
    channels_.answer = [](const ScsiCommand&) { return illegal_request; };
    const Status status = power_down(root(), channels_, drive);
    EXPECT_TRUE(status.ok()) << in_english(status.error());
    EXPECT_EQ(channels_.sent.size(), 2U);
    EXPECT_EQ(content("/sys/devices/" + std::string(usb_disk) + "/delete"), "1");
}

TEST_F(PluggedIn, a_disk_that_may_turn_has_to_be_stopped) {
    DriveRecord drive = disk_at(usb_disk, Bus::usb);
    drive.rotational = true;
    channels_.answer = [](const ScsiCommand&) { return illegal_request; };
    const Status status = power_down(root(), channels_, drive);
    ASSERT_FALSE(status.ok());
    EXPECT_NE(in_english(status.error()).find("START STOP UNIT"), std::string::npos);
    EXPECT_NE(in_english(status.error().advice).find("Wait until the others have ended"), std::string::npos);
    EXPECT_EQ(content("/sys/devices/" + std::string(usb_disk) + "/delete"), "");
}

TEST_F(PluggedIn, another_disk_that_came_while_it_was_stopped_is_not_let_go_of) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    const std::string device = "/sys/devices/" + std::string(usb_disk);
    channels_.answer = [&](const ScsiCommand& command) {
        if (command.cdb[0] == 0x1B) put(device + "/block/sdb/diskseq", "8\n");
        return ScsiReply{};
    };
    const Status status = power_down(root(), channels_, drive);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::refused);
    EXPECT_EQ(content(device + "/delete"), "");
}

TEST_F(PluggedIn, a_unit_attention_is_no_refusal) {
    const DriveRecord drive = disk_at(usb_disk, Bus::usb);
    int commands = 0;
    channels_.answer = [&](const ScsiCommand&) {
        if (commands++ > 0) return ScsiReply{};
        return ScsiReply{
            scsi_check_condition, Bytes{0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x29, 0, 0, 0, 0, 0}, {}};
    };
    EXPECT_TRUE(power_down(root(), channels_, drive).ok());
    EXPECT_EQ(commands, 3);
}

TEST_F(PluggedIn, another_disk_in_the_same_place_is_left_alone) {
    DriveRecord drive = disk_at(usb_disk, Bus::usb);
    drive.nodes[0].diskseq = 6;
    const Status status = power_down(root(), channels_, drive);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::refused);
    EXPECT_TRUE(channels_.sent.empty());
}

TEST_F(PluggedIn, an_nvme_drive_is_removed_with_its_controller) {
    DriveRecord drive = disk_at("pci0000:00/0000:02:00.0/nvme/nvme0/ns", Bus::nvme);
    put("/sys/devices/pci0000:00/0000:02:00.0/remove", "");
    put("/sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0/transport", "pcie\n");
    const fs::path controller = top_ / "sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0";
    fs::create_directory_symlink(top_ / "sys/devices/pci0000:00/0000:02:00.0", controller / "device");
    fs::create_directories(top_ / "sys/class/nvme");
    fs::create_directory_symlink(controller, top_ / "sys/class/nvme/nvme0");
    const fs::path node = controller / "ns/block/sdb";
    fs::remove(node / "device");
    fs::create_directory_symlink(controller, node / "device");
    const Status status = power_down(root(), channels_, drive);
    ASSERT_TRUE(status.ok()) << in_english(status.error());
    EXPECT_TRUE(channels_.sent.empty());
    EXPECT_EQ(content("/sys/devices/pci0000:00/0000:02:00.0/remove"), "1");
}

TEST_F(PluggedIn, virtual_drives_cards_and_drives_of_a_network_are_never_powered_down) {
    for (const Bus bus : {Bus::virtual_drive, Bus::virtio, Bus::mmc, Bus::unknown}) {
        DriveRecord drive;
        drive.bus = bus;
        EXPECT_FALSE(can_power_down(drive)) << bus_name(bus);
    }
    DriveRecord remote;
    remote.bus = Bus::scsi;
    remote.attachment = "iscsi";
    EXPECT_FALSE(can_power_down(remote));
    EXPECT_FALSE(power_down(root(), channels_, remote).ok());
}

}  // namespace
}  // namespace regain
