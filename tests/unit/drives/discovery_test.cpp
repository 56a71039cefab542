#include "drives/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "drives/block_tree.h"
#include "tests/unit/drives/machine_fixture.h"

namespace regain {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr uint64_t gibibyte = uint64_t{1} << 30;

TEST(DiscoverDrives, shows_namespaces_of_one_nvme_subsystem_as_one_drive_and_never_goes_by_digits) {
    const auto drives = drives_of(machine("laptop-nvme"));
    ASSERT_THAT(paths_of(drives), ElementsAre("/dev/nvme0n1", "/dev/nvme1n1"));
    const DriveRecord& samsung = drives[0];
    EXPECT_EQ(samsung.model, "SAMSUNG MZVLB512HBJQ-000L7");
    EXPECT_EQ(samsung.serial, "S4EMNF0M123456");
    EXPECT_EQ(samsung.serial_source, "drive");
    EXPECT_EQ(samsung.firmware, "3B2QGXA7");
    EXPECT_EQ(samsung.wwn, "eui.002538b071400001");
    EXPECT_EQ(samsung.bus, Bus::nvme);
    EXPECT_EQ(samsung.attachment, "pcie");
    EXPECT_EQ(samsung.medium, Medium::ssd);
    EXPECT_EQ(samsung.size_bytes, 476 * gibibyte);
    ASSERT_EQ(samsung.nodes.size(), 2U) << "hidden path nodes are not listed";
    EXPECT_EQ(samsung.nodes[1].path, "/dev/nvme0n2");
    EXPECT_EQ(samsung.nodes[1].kind, "namespace");
    EXPECT_EQ(samsung.nodes[1].size_bytes, gibibyte);
    EXPECT_NE(samsung.nodes[1].diskseq, samsung.diskseq);
    EXPECT_EQ(drives[1].serial, "19123A456789") << "nvme1n1 hangs on controller nvme0";
    EXPECT_THAT(samsung.contents, ElementsAre("gpt", "vfat", "ext4"));
}

TEST(DiscoverDrives, knows_as_much_of_one_drive_when_it_looks_for_that_one_alone) {
    size_t compared = 0;
    const auto machines = std::filesystem::path(REGAIN_SOURCE_DIR) / "tests/fixtures/machines";
    for (const auto& entry : std::filesystem::directory_iterator(machines)) {
        if (!entry.is_directory()) continue;
        const SystemRoot root = machine(entry.path().filename().string());
        for (const DriveRecord& drive : drives_of(root)) {
            const auto again = discover_drives_for(root, drive);
            ASSERT_TRUE(again.ok());
            EXPECT_EQ(drive_at(*again, drive.path), drive) << entry.path();
            ++compared;
        }
    }
    EXPECT_GT(compared, 10U);
}

TEST(BlockTree, reads_one_device_as_it_reads_all) {
    const SystemRoot root = machine("desktop-sata-usb");
    const auto tree = BlockTree::read(root);
    ASSERT_TRUE(tree.ok());
    for (const auto& [name, device] : tree->devices()) {
        if (device.is_partition()) continue;
        const auto one = BlockTree::read_one(root, device.device_number);
        ASSERT_EQ(one.has_value(), device.device_number != 0) << name;
        if (!one) continue;
        EXPECT_EQ(one->name, name);
        EXPECT_EQ(one->sysfs_path, device.sysfs_path);
        EXPECT_EQ(one->size_bytes, device.size_bytes);
    }
    EXPECT_FALSE(BlockTree::read_one(root, 0x7fff7fff).has_value());
}

TEST(DiscoverDrives, knows_a_hard_disk_from_an_ssd_and_says_where_a_serial_came_from) {
    const auto drives = drives_of(machine("desktop-sata-usb"));
    EXPECT_THAT(paths_of(drives),
                ElementsAre("/dev/loop1", "/dev/nbd1", "/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/sdd"))
        << "no optical drive, floppy, RAM disk, empty card reader, empty loop device or unconnected nbd";
    const DriveRecord disk = drive_at(drives, "/dev/sda");
    EXPECT_EQ(disk.model, "WDC WD10EZEX-08WN4A0") << "whole, not cut after 16 characters";
    EXPECT_EQ(disk.serial, "WD-WCC6Y1234567");
    EXPECT_EQ(disk.firmware, "01.01A01");
    EXPECT_EQ(disk.wwn, "0x50014ee2b1234567");
    EXPECT_EQ(disk.bus, Bus::ata);
    EXPECT_EQ(disk.protocol, "ata");
    EXPECT_EQ(disk.medium, Medium::hdd);
    EXPECT_EQ(disk.physical_sector_bytes, 4096U);
    EXPECT_EQ(disk.native_size_bytes, 0U) << "hidden areas were not examined";
    EXPECT_EQ(drive_at(drives, "/dev/sdb").medium, Medium::ssd);

    const DriveRecord stick = drive_at(drives, "/dev/sdc");
    EXPECT_EQ(stick.bus, Bus::usb);
    EXPECT_EQ(stick.medium, Medium::unknown) << "the rotational flag of a USB device means nothing";
    EXPECT_EQ(stick.serial, "4C530001230101117391");
    EXPECT_EQ(stick.serial_source, "bridge");
    EXPECT_EQ(stick.model, "SanDisk Ultra Fit");
    EXPECT_TRUE(stick.removable);

    const DriveRecord docked = drive_at(drives, "/dev/sdd");
    EXPECT_EQ(docked.model, "TOSHIBA MQ01ABF050") << "the bridge lets the drive's own identity through";
    EXPECT_EQ(docked.serial, "Y4ABC1DEF");
    EXPECT_EQ(docked.serial_source, "drive");
    EXPECT_EQ(docked.medium, Medium::hdd);
    EXPECT_EQ(docked.protocol, "scsi") << "what it speaks behind the bridge is not known from sysfs";
}

TEST(DiscoverDrives, calls_loop_and_network_block_devices_virtual_and_tells_no_file_name) {
    const auto drives = drives_of(machine("desktop-sata-usb"));
    const DriveRecord loop = drive_at(drives, "/dev/loop1");
    EXPECT_TRUE(loop.is_virtual());
    EXPECT_EQ(loop.protocol, "loop");
    EXPECT_EQ(loop.serial, "");
    EXPECT_EQ(pretty_json(to_json(loop)).find("disk image"), std::string::npos);
    EXPECT_TRUE(drive_at(drives, "/dev/nbd1").is_virtual());
}

TEST(DiscoverDrives, shows_an_emmc_and_its_areas_as_one_drive) {
    const auto drives = drives_of(machine("emmc-tablet"));
    ASSERT_THAT(paths_of(drives), ElementsAre("/dev/mmcblk0", "/dev/mmcblk1"));
    const DriveRecord& emmc = drives[0];
    EXPECT_EQ(emmc.medium, Medium::emmc);
    EXPECT_EQ(emmc.model, "DF4064");
    EXPECT_EQ(emmc.serial, "0x3f1a2b3c");
    std::vector<std::string> kinds;
    for (const DriveNode& node : emmc.nodes) kinds.push_back(node.path + " " + node.kind);
    EXPECT_THAT(kinds, ElementsAre("/dev/mmcblk0 main", "/dev/mmcblk0boot0 boot-area",
                                   "/dev/mmcblk0boot1 boot-area", "/dev/mmcblk0rpmb rpmb"));
    EXPECT_THAT(emmc.protection, IsEmpty()) << "boot areas are always write-protected; the drive is not";
    EXPECT_EQ(drives[1].medium, Medium::flash);
    EXPECT_THAT(reasons_of(drives[1]), ElementsAre("read-only"));
}

TEST(DiscoverDrives, joins_paths_of_a_dual_ported_drive_but_not_the_bays_of_a_dock) {
    const auto server = drives_of(machine("server-sas"));
    ASSERT_THAT(paths_of(server),
                ElementsAre("/dev/nvme0n1", "/dev/sda", "/dev/sdc", "/dev/sdd", "/dev/sde", "/dev/vda"));
    const DriveRecord sas = drive_at(server, "/dev/sda");
    ASSERT_EQ(sas.nodes.size(), 2U);
    EXPECT_EQ(sas.nodes[1].path, "/dev/sdb");
    EXPECT_EQ(sas.nodes[1].kind, "path");
    EXPECT_EQ(sas.medium, Medium::hdd);
    EXPECT_EQ(sas.attachment, "sas");

    const auto dock = drives_of(machine("dock-repeated-serial"));
    EXPECT_THAT(paths_of(dock), ElementsAre("/dev/sda", "/dev/sdb", "/dev/sdc"));
    EXPECT_EQ(drive_at(dock, "/dev/sdb").serial, drive_at(dock, "/dev/sdc").serial);
    EXPECT_EQ(drive_at(dock, "/dev/sdb").serial_source, "bridge");
}

TEST(DiscoverDrives, falls_back_to_udev_where_sysfs_has_no_pages) {
    const DriveRecord disk = drive_at(drives_of(machine("dock-repeated-serial")), "/dev/sda");
    EXPECT_EQ(disk.serial, "S20HNAAH123456");
    EXPECT_EQ(disk.serial_source, "drive");
    EXPECT_EQ(disk.wwn, "0x5002538d00000001");
    EXPECT_EQ(disk.medium, Medium::ssd);
}

TEST(DiscoverDrives, says_how_network_drives_are_attached_and_guesses_no_medium) {
    const auto drives = drives_of(machine("server-sas"));
    const DriveRecord iscsi = drive_at(drives, "/dev/sde");
    EXPECT_EQ(iscsi.bus, Bus::scsi);
    EXPECT_EQ(iscsi.attachment, "iscsi");
    EXPECT_EQ(iscsi.medium, Medium::unknown);
    const DriveRecord fabric = drive_at(drives, "/dev/nvme0n1");
    EXPECT_EQ(fabric.attachment, "tcp");
    EXPECT_EQ(fabric.medium, Medium::unknown);
    const DriveRecord virtio = drive_at(drives, "/dev/vda");
    EXPECT_EQ(virtio.bus, Bus::virtio);
    EXPECT_EQ(virtio.medium, Medium::unknown);
    EXPECT_EQ(virtio.serial, "regain-test-1");
    const DriveRecord behind_adapter = drive_at(drives, "/dev/sdd");
    EXPECT_EQ(behind_adapter.bus, Bus::scsi);
    EXPECT_EQ(behind_adapter.protocol, "ata");
}

TEST(DiscoverDrives, lists_what_cannot_be_used_with_its_reason) {
    EXPECT_THAT(reasons_of(drive_at(drives_of(machine("server-sas")), "/dev/sdc")), ElementsAre("size-zero"));
    const auto drives = drives_of(machine("remapped-nvme"));
    const DriveRecord hidden = drive_at(drives, "/sys/bus/pci/devices/0000:00:17.0");
    EXPECT_THAT(hidden.protection, ElementsAre(Protection{"remapped-nvme", "1", false}));
    EXPECT_EQ(hidden.size_bytes, 0U);
    EXPECT_EQ(drives.size(), 2U) << "a controller without the attribute hides nothing";

    MachineCopy odd("server-sas");
    odd.write("/sys/block/sde/queue/logical_block_size", "520\n");
    EXPECT_THAT(drive_at(drives_of(odd.root()), "/dev/sde").protection,
                ElementsAre(Protection{"sector-size-unsupported", "520", false}));
}

TEST(DiscoverDrives, needs_sysfs_and_the_list_of_mounts) {
    MachineCopy copy("emmc-tablet");
    copy.remove("/proc/self/mountinfo");
    const auto without_mounts = discover_drives(copy.root());
    ASSERT_FALSE(without_mounts.ok()) << "not knowing what is mounted is not 'nothing is'";
    EXPECT_EQ(without_mounts.error().kind, ErrorKind::environment);
    EXPECT_FALSE(discover_drives(SystemRoot("/nonexistent")).ok());
    copy.write("/proc/self/mountinfo", "nonsense\n");
    EXPECT_FALSE(discover_drives(copy.root()).ok());
}

TEST(DiscoverDrives, gives_records_that_survive_json) {
    for (const char* name : {"laptop-nvme", "desktop-sata-usb", "md-lvm", "emmc-tablet", "server-sas"})
        for (const DriveRecord& drive : drives_of(machine(name))) {
            const auto again = drive_record_from_json(to_json(drive));
            ASSERT_TRUE(again.ok());
            EXPECT_EQ(*again, drive);
        }
}

TEST(RecordOfNode, describes_the_node_alone) {
    const DriveRecord drive = drives_of(machine("laptop-nvme"))[0];
    const DriveRecord second = record_of_node(drive, drive.nodes[1]);
    EXPECT_EQ(second.path, "/dev/nvme0n2");
    EXPECT_EQ(second.size_bytes, gibibyte);
    EXPECT_EQ(second.serial, drive.serial);
    EXPECT_EQ(second.nodes.size(), 1U);
    EXPECT_EQ(second.diskseq, drive.nodes[1].diskseq);
}

TEST(FindDrive, takes_paths_nodes_links_and_serials) {
    MachineCopy copy("laptop-nvme");
    std::filesystem::create_directories(copy.root().path("/dev/disk/by-id"));
    std::filesystem::create_symlink("../../nvme1n1", copy.root().path("/dev/disk/by-id/nvme-WDC"));
    const auto drives = drives_of(copy.root());
    for (const char* name : {"/dev/nvme1n1", "19123A456789", "/dev/disk/by-id/nvme-WDC"}) {
        const auto found = find_drive(copy.root(), drives, name, VirtualFiles::refused);
        ASSERT_TRUE(found.ok()) << name << ": " << in_english(found.error());
        EXPECT_EQ(found->path, "/dev/nvme1n1");
    }
    const auto by_second_node = find_drive(copy.root(), drives, "/dev/nvme0n2", VirtualFiles::refused);
    ASSERT_TRUE(by_second_node.ok());
    EXPECT_EQ(by_second_node->path, "/dev/nvme0n1");
}

TEST(FindDrive, refuses_a_serial_that_several_drives_share_and_names_their_paths) {
    const SystemRoot root = machine("dock-repeated-serial");
    const auto drives = drives_of(root);
    const auto found = find_drive(root, drives, "AAAABBBBCCCC", VirtualFiles::refused);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind, ErrorKind::refused);
    EXPECT_THAT(in_english(found.error()), testing::HasSubstr("/dev/sdb, /dev/sdc"));
    EXPECT_TRUE(find_drive(root, drives, "/dev/sdc", VirtualFiles::refused).ok()) << "by path it is clear";
}

TEST(FindDrive, refuses_a_partition_with_the_name_of_its_drive) {
    const SystemRoot root = machine("laptop-nvme");
    const auto found = find_drive(root, drives_of(root), "/dev/nvme0n1p2", VirtualFiles::accepted);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind, ErrorKind::refused);
    EXPECT_THAT(in_english(found.error()), testing::HasSubstr("partition of /dev/nvme0n1"));
}

TEST(FindDrive, refuses_what_is_built_upon_drives_with_their_names) {
    const SystemRoot root = machine("md-lvm");
    for (const char* name : {"/dev/md127", "/dev/dm-0"}) {
        const auto found = find_drive(root, drives_of(root), name, VirtualFiles::refused);
        ASSERT_FALSE(found.ok());
        EXPECT_EQ(found.error().kind, ErrorKind::refused);
        EXPECT_THAT(in_english(found.error()), testing::HasSubstr("/dev/sda, /dev/sdb")) << name;
    }
}

TEST(FindDrive, gives_each_wrong_name_its_exit_status) {
    const SystemRoot root = machine("laptop-nvme");
    const auto drives = drives_of(root);
    const std::string file = testing::TempDir() + "regain-find-drive.img";
    std::ofstream(file) << std::string(1024, 'x');
    const auto kind_of = [&](const std::string& name) {
        // Files and directories are looked up in the root when the path is absolute: the running machine's.
        const auto found = find_drive(SystemRoot(), {}, name, VirtualFiles::refused);
        return found.ok() ? ErrorKind::failed : found.error().kind;
    };
    EXPECT_EQ(kind_of("/nonexistent/drive"), ErrorKind::environment);
    EXPECT_EQ(kind_of("NOSUCHSERIAL"), ErrorKind::environment);
    EXPECT_EQ(kind_of(testing::TempDir()), ErrorKind::usage);
    EXPECT_EQ(kind_of("/dev/null"), ErrorKind::usage);
    EXPECT_EQ(kind_of(""), ErrorKind::usage);
    const auto refused = find_drive(SystemRoot(), drives, file, VirtualFiles::refused);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::usage);
    EXPECT_THAT(in_english(refused.error().advice), testing::HasSubstr("--virtual"));
    const auto accepted = find_drive(SystemRoot(), drives, file, VirtualFiles::accepted);
    ASSERT_TRUE(accepted.ok()) << in_english(accepted.error());
    EXPECT_EQ(accepted->protocol, "file");
    EXPECT_TRUE(accepted->is_virtual());
    EXPECT_NE(accepted->inode, 0U);
    std::filesystem::remove(file);
}

TEST(VirtualDriveFromFile, refuses_a_file_that_backs_a_loop_device_or_is_swapped_to) {
    const std::string file = std::filesystem::canonical(testing::TempDir()).string() + "/regain-virtual.img";
    std::ofstream(file) << std::string(1024, 'x');
    MachineCopy copy("emmc-tablet");
    ASSERT_TRUE(virtual_drive_from_file(copy.root(), file).ok());
    copy.append("/proc/swaps", file + " file 1 0 -2\n");
    const auto swapped = virtual_drive_from_file(copy.root(), file);
    ASSERT_FALSE(swapped.ok());
    EXPECT_EQ(swapped.error().kind, ErrorKind::refused);
    copy.write("/proc/swaps", "Filename\n");
    copy.write("/sys/block/loop3/loop/backing_file", file + " (deleted)\n");
    const auto attached = virtual_drive_from_file(copy.root(), file);
    ASSERT_FALSE(attached.ok());
    EXPECT_EQ(attached.error().kind, ErrorKind::refused);
    EXPECT_THAT(in_english(attached.error()), testing::HasSubstr("/dev/loop3"));
    std::filesystem::remove(file);
}

TEST(VirtualDriveFromFile, refuses_sizes_that_are_no_whole_sectors) {
    const std::string file = testing::TempDir() + "regain-odd.img";
    for (const size_t size : {size_t{0}, size_t{1000}}) {
        std::ofstream(file, std::ios::trunc) << std::string(size, 'x');
        const auto drive = virtual_drive_from_file(SystemRoot(), file);
        ASSERT_FALSE(drive.ok());
        EXPECT_EQ(drive.error().kind, ErrorKind::usage);
    }
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace regain
