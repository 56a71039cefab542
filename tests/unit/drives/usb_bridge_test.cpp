#include "drives/usb_bridge.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "drives/drive_channels.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/unit/drives/machine_fixture.h"

namespace regain {
namespace {

using simulator::BridgeModel;
using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;

TEST(PassThroughProbe, sends_nothing_but_identify) {
    SimulatedAtaDrive drive;
    SimulatedBridge bridge(drive);
    const PassThrough found = probe_pass_through(bridge);
    EXPECT_EQ(found.answer, BridgeAnswer::carries_16);
    EXPECT_EQ(found.registers, AtaRegisters::all);
    ASSERT_TRUE(found.identify);
    EXPECT_EQ(found.identify->serial(), "SIM00001");
    for (const auto& [command, feature] : drive.commands()) {
        EXPECT_EQ(command, 0xEC);
        EXPECT_EQ(feature, 0);
    }
}

TEST(PassThroughProbe, tells_bridges_apart_by_what_comes_back) {
    struct Row {
        BridgeModel model;
        BridgeAnswer answer;
        AtaRegisters registers;
        const char* what;
    };
    BridgeModel only_12, neither, dropped, fixed;
    only_12.accepts_16 = false;
    neither.accepts_16 = neither.accepts_12 = false;
    dropped.registers = BridgeModel::Registers::dropped;
    fixed.registers = BridgeModel::Registers::fixed;
    for (const Row& row : {Row{only_12, BridgeAnswer::carries_12, AtaRegisters::low_bytes, "12 bytes only"},
                           Row{neither, BridgeAnswer::refuses, AtaRegisters::none, "refuses both"},
                           Row{dropped, BridgeAnswer::carries_16, AtaRegisters::none, "drops the registers"},
                           Row{fixed, BridgeAnswer::carries_16, AtaRegisters::low_bytes, "fixed format"}}) {
        SimulatedAtaDrive drive;
        SimulatedBridge bridge(drive, row.model);
        const PassThrough found = probe_pass_through(bridge);
        EXPECT_EQ(found.answer, row.answer) << row.what;
        EXPECT_EQ(found.registers, row.registers) << row.what;
        EXPECT_EQ(found.identify.has_value(), found.carries()) << row.what;
    }
}

TEST(PassThroughProbe, stops_at_once_when_the_bridge_stops_answering) {
    SimulatedAtaDrive drive;
    BridgeModel model;
    model.hangs_on_pass_through = true;
    SimulatedBridge bridge(drive, model);
    EXPECT_EQ(probe_pass_through(bridge).answer, BridgeAnswer::lost);
    EXPECT_TRUE(drive.commands().empty());
}

TEST(PassThroughProbe, believes_no_damaged_identify_data) {
    SimulatedAtaDrive drive;
    drive.misbehaviour().has_bad_identify_checksum = true;
    SimulatedBridge bridge(drive);
    EXPECT_EQ(probe_pass_through(bridge).answer, BridgeAnswer::refuses);
}

std::filesystem::path memory_file() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const auto file = std::filesystem::path(testing::TempDir()) / test->name() / "bridges.json";
    std::filesystem::remove_all(file.parent_path());
    return file;
}

const UsbBridge dock{"152d", "0578", "0209", "ABC123"};

TEST(BridgeMemory, is_written_and_found_again) {
    const auto file = memory_file();
    {
        auto memory = BridgeMemory::load(file);
        ASSERT_TRUE(memory.ok());
        EXPECT_FALSE(memory->find(dock));
        ASSERT_TRUE(
            memory->remember({dock, BridgeAnswer::unfinished, AtaRegisters::none, "2026-11-22T10:00:00Z"})
                .ok());
        ASSERT_TRUE(
            memory
                ->remember({dock, BridgeAnswer::carries_12, AtaRegisters::low_bytes, "2026-11-22T10:00:01Z"})
                .ok());
    }
    const auto again = BridgeMemory::load(file);
    ASSERT_TRUE(again.ok());
    const auto known = again->find(dock);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->answer, BridgeAnswer::carries_12) << "the later entry replaces the earlier one";
    EXPECT_EQ(known->registers, AtaRegisters::low_bytes);
    UsbBridge other = dock;
    other.serial = "ABC124";
    EXPECT_FALSE(again->find(other)) << "another one of the same kind is another bridge";
    UsbBridge newer = dock;
    newer.release = "0210";
    EXPECT_FALSE(again->find(newer)) << "with other firmware it may behave differently";
}

TEST(BridgeMemory, refuses_a_damaged_file) {
    for (
        const char* content :
        {"{", "[]", R"({"schema":"regain.bridges/2","bridges":[]})",
         R"({"schema":"regain.bridges/1","bridges":[{"vendor":"1"}]})",
         R"({"schema":"regain.bridges/1","bridges":[{"vendor":"1","product":"2","pass_through":"17","registers":"all"}]})"}) {
        const auto file = memory_file();
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << content;
        EXPECT_FALSE(BridgeMemory::load(file).ok()) << content;
    }
}

TEST(UsbBridge, is_found_upwards_in_sysfs) {
    const SystemRoot root = machine("desktop-sata-usb");
    const auto drives = drives_of(root);
    const auto bridge = usb_bridge_of(root, drive_at(drives, "/dev/sdc"));
    ASSERT_TRUE(bridge);
    EXPECT_EQ(bridge->vendor, "0781");
    EXPECT_EQ(bridge->product, "5581");
    EXPECT_FALSE(usb_bridge_of(root, drive_at(drives, "/dev/sda")));
}

TEST(DriveChannels, go_from_a_namespace_to_its_controller_through_sysfs) {
    const SystemRoot root = machine("laptop-nvme");
    for (const DriveRecord& drive : drives_of(root))
        if (drive.protocol == "nvme") {
            EXPECT_EQ(nvme_controller_name(root, drive).substr(0, 4), "nvme") << drive.path;
        }
}

TEST(DriveChannels, go_from_a_disk_to_its_character_device_through_sysfs) {
    const MachineCopy copy("desktop-sata-usb");
    const SystemRoot root = copy.root();
    const DriveRecord drive = drive_at(drives_of(root), "/dev/sda");
    EXPECT_EQ(scsi_generic_name(root, drive), "");
    std::filesystem::create_directories(root.path("/sys/dev/block/8:0") / "device/scsi_generic/sg3");
    EXPECT_EQ(scsi_generic_name(root, drive), "sg3");
}

TEST(DriveChannels, open_nothing_in_a_recorded_machine) {
    const SystemRoot root = machine("desktop-sata-usb");
    MachineDriveChannels channels(root);
    const auto opened = channels.open_scsi(drive_at(drives_of(root), "/dev/sda"));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind, ErrorKind::environment);
}

}  // namespace
}  // namespace regain
