#include "drives/protections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drives/drive_hold.h"
#include "drives/release_plan.h"
#include "tests/unit/drives/machine_fixture.h"

namespace regain {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Protections, hold_the_running_systems_root_and_its_swap_file) {
    const auto drives = drives_of(machine("laptop-nvme"));
    EXPECT_THAT(
        drives[0].protection,
        ElementsAre(Protection{"system-root", "/", false}, Protection{"mounted", "/", false},
                    Protection{"mounted", "/boot/efi", false}, Protection{"swap", "/swapfile", false}));
    EXPECT_THAT(drives[1].protection, IsEmpty());
}

TEST(Protections, reach_every_member_of_a_mounted_btrfs) {
    const auto drives = drives_of(machine("desktop-sata-usb"));
    for (const char* path : {"/dev/sda", "/dev/sdb"})
        EXPECT_THAT(reasons_of(drive_at(drives, path)), ElementsAre("system-root", "mounted")) << path;
    EXPECT_THAT(drive_at(drives, "/dev/sdc").protection, IsEmpty());
}

TEST(Protections, follow_the_live_system_through_overlay_and_loop_down_to_the_stick) {
    const auto drives = drives_of(machine("live-stick"));
    EXPECT_THAT(reasons_of(drive_at(drives, "/dev/sdb")),
                ElementsAre("boot-medium", "system-root", "mounted", "mounted", "mounted"));
    EXPECT_THAT(drive_at(drives, "/dev/sda").protection, IsEmpty());
    EXPECT_THAT(drive_at(drives, "/dev/sdc").protection, IsEmpty());
}

TEST(Protections, know_the_boot_medium_after_it_was_copied_to_ram) {
    const auto drives = drives_of(machine("live-stick-toram"));
    EXPECT_THAT(drive_at(drives, "/dev/sdb").protection,
                ElementsAre(Protection{"boot-medium", "UUID=2026-11-20-08-00-00-00", false}));
    EXPECT_THAT(drive_at(drives, "/dev/sda").protection, IsEmpty());
    EXPECT_THAT(drive_at(drives, "/dev/sdc").protection, IsEmpty());
}

TEST(Protections, know_the_boot_medium_from_the_command_line) {
    MachineCopy copy("live-stick-toram");
    copy.remove("/run/regain");
    for (const char* option : {"regain.medium=2026-11-20-08-00-00-00", "root=live:CDLABEL=REGAIN",
                               "live-media=/dev/sdb1", "regain.medium=LABEL=REGAIN"}) {
        copy.write("/proc/cmdline", std::string("boot=live toram ") + option + "\n");
        const auto drives = drives_of(copy.root());
        EXPECT_THAT(reasons_of(drive_at(drives, "/dev/sdb")), ElementsAre("boot-medium")) << option;
        EXPECT_THAT(drive_at(drives, "/dev/sdc").protection, IsEmpty()) << option;
    }
}

TEST(Protections, cover_every_possible_boot_medium_when_nothing_names_it) {
    MachineCopy copy("live-stick-toram");
    copy.remove("/run/regain");
    auto drives = drives_of(copy.root());
    EXPECT_THAT(drive_at(drives, "/dev/sdb").protection,
                ElementsAre(Protection{"boot-medium", "perhaps", false}));
    EXPECT_THAT(drive_at(drives, "/dev/sda").protection, IsEmpty()) << "fixed drives are not carried about";
    EXPECT_THAT(drive_at(drives, "/dev/sdc").protection, IsEmpty()) << "no live system starts from NTFS";

    copy.remove("/run/udev/data/b8:32");
    copy.remove("/run/udev/data/b8:33");
    drives = drives_of(copy.root());
    EXPECT_THAT(reasons_of(drive_at(drives, "/dev/sdc")), ElementsAre("boot-medium"))
        << "unknown contents may be it";

    copy.write("/proc/cmdline", "boot=live fetch=http://192.0.2.1/filesystem.squashfs\n");
    EXPECT_THAT(drive_at(drives_of(copy.root()), "/dev/sdb").protection, IsEmpty())
        << "started from the network";
}

TEST(Protections, leave_other_portable_drives_alone_when_the_marker_names_the_medium) {
    MachineCopy copy("live-stick-toram");
    copy.write("/proc/cmdline", "boot=live regain.medium=2026-11-21-09-00-00-00\n");
    copy.write("/run/regain/boot-medium", "UUID=2026-11-21-09-00-00-00\nPARTUUID=0badcafe-01\n");
    EXPECT_THAT(drive_at(drives_of(copy.root()), "/dev/sdb").protection, IsEmpty())
        << "the medium was pulled out; this stick is a donor's";
    copy.write("/run/regain/boot-medium", "\n");
    EXPECT_THAT(drive_at(drives_of(copy.root()), "/dev/sdb").protection,
                ElementsAre(Protection{"boot-medium", "perhaps", false}))
        << "a marker that names nothing proves nothing";
}

TEST(Protections, show_donors_sets_as_what_they_are) {
    const auto drives = drives_of(machine("md-lvm"));
    EXPECT_THAT(drive_at(drives, "/dev/sda").protection,
                ElementsAre(Protection{"md", "md127 (raid1)", true}, Protection{"lvm", "ubuntu-vg", true}));
    EXPECT_EQ(drive_at(drives, "/dev/sda").protection, drive_at(drives, "/dev/sdb").protection);
    EXPECT_THAT(
        drive_at(drives, "/dev/sdc").protection,
        ElementsAre(Protection{"mounted", "/mnt/look here", false}, Protection{"lvm", "ubuntu-vg", false}))
        << "one mounted volume keeps its whole group";
    EXPECT_THAT(
        drive_at(drives, "/dev/sdd").protection,
        ElementsAre(Protection{"md", "md124 (raid0)", true}, Protection{"md", "md125 (container)", true}));
    EXPECT_THAT(drive_at(drives, "/dev/sdf").protection, ElementsAre(Protection{"bcache", "bcache0", false}));
    EXPECT_THAT(drive_at(drives, "/dev/sdg").protection, ElementsAre(Protection{"dm", "luks-0001", false}));
    EXPECT_THAT(drive_at(drives, "/dev/sdh").protection, ElementsAre(Protection{"swap", "/dev/sdh1", false}));
}

TEST(Protections, see_a_loop_device_upon_a_drive) {
    MachineCopy copy("laptop-nvme");
    copy.write("/sys/devices/virtual/block/loop0/loop/backing_file", "/dev/nvme1n1\n");
    copy.write("/sys/devices/virtual/block/loop0/dev", "7:0\n");
    copy.write("/sys/devices/virtual/block/loop0/size", "2048\n");
    std::filesystem::create_directory_symlink("../devices/virtual/block/loop0",
                                              copy.root().path("/sys/block/loop0"));
    EXPECT_THAT(drive_at(drives_of(copy.root()), "/dev/nvme1n1").protection,
                ElementsAre(Protection{"backs-loop-device", "/dev/loop0", false}));
}

TEST(Protections, see_two_loop_devices_over_one_file) {
    MachineCopy copy("desktop-sata-usb");
    const std::string file = read_line(copy.root().path("/sys/block/loop1/loop/backing_file"));
    copy.write("/sys/devices/virtual/block/loop8/loop/backing_file", file + "\n");
    copy.write("/sys/devices/virtual/block/loop8/dev", "7:8\n");
    copy.write("/sys/devices/virtual/block/loop8/size", "2048\n");
    std::filesystem::create_directory_symlink("../devices/virtual/block/loop8",
                                              copy.root().path("/sys/block/loop8"));
    const auto drives = drives_of(copy.root());
    EXPECT_THAT(drive_at(drives, "/dev/loop1").protection,
                ElementsAre(Protection{"shares-file", "/dev/loop8", false}));
    EXPECT_THAT(drive_at(drives, "/dev/loop8").protection,
                ElementsAre(Protection{"shares-file", "/dev/loop1", false}));
}

TEST(Protections, follow_a_mounted_loop_device_down_to_the_drive_that_holds_its_file) {
    MachineCopy copy("desktop-sata-usb");
    copy.append("/proc/self/mountinfo",
                "40 1 8:33 / /media/stick rw - exfat /dev/sdc1 rw\n"
                "41 1 7:1 / /mnt rw - ext4 /dev/loop1 rw\n");
    copy.write("/sys/block/loop1/loop/backing_file", "/media/stick/disk.img\n");
    EXPECT_THAT(
        drive_at(drives_of(copy.root()), "/dev/sdc").protection,
        ElementsAre(Protection{"mounted", "/media/stick", false}, Protection{"mounted", "/mnt", false}));
}

TEST(CheckUnprotected, says_the_weightiest_reason_and_names_the_others_and_passes_a_free_drive) {
    const auto drives = drives_of(machine("laptop-nvme"));
    const Status several = check_unprotected(drives[0], message("wipe {0}", drives[0].path));
    ASSERT_FALSE(several.ok());
    EXPECT_EQ(several.error().kind, ErrorKind::refused);
    EXPECT_THAT(in_english(several.error()), testing::EndsWith("the running system is on it"))
        << "a sentence, which can be put into French";
    EXPECT_EQ(in_english(several.error().advice), "It is in use for this too: /boot/efi, /swapfile.");
    EXPECT_TRUE(check_unprotected(drives[1], message("wipe it")).ok());
}

TEST(CheckUnprotected, names_all_places_where_it_is_mounted) {
    DriveRecord drive;
    drive.protection = {{"mounted", "/media/a", false}, {"mounted", "/media/b", false}};
    const Status status = check_unprotected(drive, message("wipe it"));
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(in_english(status.error()), testing::EndsWith("it is mounted at /media/a, /media/b"));
}

TEST(CheckUnprotected, has_a_sentence_for_every_reason) {
    for (const char* reason :
         {"boot-medium", "system-root", "mounted", "swap", "md", "lvm", "dm", "bcache", "backs-loop-device",
          "read-only", "size-zero", "sector-size-unsupported", "remapped-nvme"}) {
        DriveRecord drive;
        drive.protection = {{reason, "x", false}};
        const Status status = check_unprotected(drive, message("wipe it"));
        ASSERT_FALSE(status.ok());
        EXPECT_EQ(in_english(status.error()).find("in use (" + std::string(reason)), std::string::npos)
            << reason;
    }
}

std::vector<std::string> commands_of(const std::vector<ReleaseStep>& steps) {
    std::vector<std::string> commands;
    for (const ReleaseStep& step : steps) {
        std::string command = step.program;
        for (const std::string& argument : step.arguments) command += " " + argument;
        commands.push_back(command);
    }
    return commands;
}

Result<std::vector<ReleaseStep>> plan_for(const SystemRoot& root, const std::string& path) {
    const auto state = read_machine_state(root);
    EXPECT_TRUE(state.ok());
    return plan_release(root, *state, drive_at(drives_of(root), path));
}

TEST(PlanRelease, goes_from_the_top_down_and_names_volume_groups_by_uuid) {
    const auto steps = plan_for(machine("md-lvm"), "/dev/sda");
    ASSERT_TRUE(steps.ok()) << in_english(steps.error());
    EXPECT_THAT(commands_of(*steps),
                ElementsAre("vgchange --activate n --select vg_uuid=kB3ZXy-AAAA-BBBB-CCCC-DDDD-EEEE-FFFFFF",
                            "mdadm --stop /dev/md127"));
    EXPECT_EQ((*steps)[0].package, "lvm2");
    EXPECT_EQ((*steps)[1].package, "mdadm");
}

TEST(PlanRelease, stops_a_containers_arrays_before_the_container) {
    const auto steps = plan_for(machine("md-lvm"), "/dev/sde");
    ASSERT_TRUE(steps.ok());
    EXPECT_THAT(commands_of(*steps), ElementsAre("mdadm --stop /dev/md124", "mdadm --stop /dev/md125"));
}

TEST(PlanRelease, refuses_what_is_in_use_or_neither_md_nor_lvm) {
    for (const char* path : {"/dev/sdc", "/dev/sdf", "/dev/sdg", "/dev/sdh"}) {
        const auto steps = plan_for(machine("md-lvm"), path);
        ASSERT_FALSE(steps.ok()) << path;
        EXPECT_EQ(steps.error().kind, ErrorKind::refused);
    }
}

TEST(PlanRelease, has_nothing_to_do_for_a_free_drive) {
    const auto steps = plan_for(machine("laptop-nvme"), "/dev/nvme1n1");
    ASSERT_TRUE(steps.ok());
    EXPECT_THAT(*steps, IsEmpty());
}

TEST(ReleaseHolders, proves_that_the_holders_are_gone) {
    MachineCopy copy("md-lvm");
    const DriveRecord drive = drive_at(drives_of(copy.root()), "/dev/sda");
    std::vector<std::string> programs;
    const ProgramRunner obedient = [&](const ProgramRequest& request,
                                       const Message&) -> Result<ProgramOutcome> {
        programs.push_back(request.program);
        if (request.program == "vgchange") {
            copy.remove("/sys/devices/virtual/block/md127/holders");
            copy.remove("/sys/block/dm-0");
            copy.remove("/sys/block/dm-1");
        } else {
            for (const char* name : {"sda/sda1", "sdb/sdb1"})
                copy.remove("/sys/block/" + std::string(name) + "/holders");
            copy.remove("/sys/block/md127");
        }
        return ProgramOutcome{};
    };
    const Status status = release_holders_with(obedient, copy.root(), drive);
    EXPECT_TRUE(status.ok()) << in_english(status.error());
    EXPECT_THAT(programs, ElementsAre("vgchange", "mdadm"));
    EXPECT_THAT(drive_at(drives_of(copy.root()), "/dev/sda").protection, IsEmpty());
}

TEST(ReleaseHolders, does_not_believe_a_program_that_only_says_so) {
    const SystemRoot root = machine("md-lvm");
    const ProgramRunner liar = [](const ProgramRequest&, const Message&) -> Result<ProgramOutcome> {
        return ProgramOutcome{};
    };
    const Status status = release_holders_with(liar, root, drive_at(drives_of(root), "/dev/sdd"));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::refused);
}

TEST(BootMedium, reads_the_command_lines_of_several_live_systems) {
    bool is_live = false;
    bool from_network = false;
    EXPECT_THAT(names_on_command_line("root=UUID=abc ro quiet", is_live, from_network), IsEmpty());
    EXPECT_FALSE(is_live);
    const auto dracut =
        names_on_command_line("root=live:UUID=ABCD-1234 rd.live.image", is_live, from_network);
    ASSERT_EQ(dracut.size(), 1U);
    EXPECT_EQ(dracut[0].key + "=" + dracut[0].value, "UUID=ABCD-1234");
    EXPECT_TRUE(is_live);
    EXPECT_FALSE(from_network);
    names_on_command_line("root=live:http://192.0.2.1/x.img", is_live, from_network);
    EXPECT_TRUE(from_network);
    EXPECT_TRUE(is_named({"UUID", "abcd-1234"}, {"", "vfat", "ABCD-1234", "", ""}));
    EXPECT_FALSE(is_named({"LABEL", ""}, {"", "", "", "", ""})) << "an empty name is no name";
}

}  // namespace
}  // namespace regain
