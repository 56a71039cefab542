#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "console/certificate_copies.h"
#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/finished_drives.h"
#include "console/line_choice.h"
#include "console/records_place.h"
#include "console/screen_job.h"
#include "console/screen_order.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t gib = 1ULL << 30;

DriveRecord drive(const std::string& path, Bus bus, Medium medium, uint64_t size_bytes) {
    DriveRecord record;
    record.path = path;
    record.serial = "S" + path.substr(path.rfind('/') + 1);
    record.bus = bus;
    record.medium = medium;
    record.size_bytes = size_bytes;
    return record;
}

class Folder : public testing::Test {
  protected:
    Folder() {
        std::string pattern = testing::TempDir() + "regain-screen-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~Folder() override { fs::remove_all(folder_); }
    void put(const fs::path& name, const std::string& content) const {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << content;
    }
    SystemRoot root() const { return SystemRoot(folder_); }
    fs::path folder_;
};

// ---- which drives

TEST(LineChoice, all_leaves_out_what_is_protected_or_not_a_part_of_the_machine) {
    std::vector<DriveRecord> drives{
        drive("/dev/sda", Bus::ata, Medium::hdd, 500 * gib),
        drive("/dev/sdb", Bus::usb, Medium::flash, 16 * gib),
        drive("/dev/sdc", Bus::usb, Medium::hdd, 500 * gib),
        drive("/dev/mmcblk0", Bus::mmc, Medium::emmc, 32 * gib),
        drive("/dev/mmcblk1", Bus::mmc, Medium::flash, 32 * gib),
        drive("/dev/loop0", Bus::virtual_drive, Medium::unknown, gib),
        drive("/dev/sdd", Bus::ata, Medium::ssd, 500 * gib),
        drive("/dev/sr0", Bus::ata, Medium::unknown, gib),
        drive("/dev/vda", Bus::virtio, Medium::unknown, gib),
    };
    drives[6].protection = {{"mounted", "/mnt"}};
    drives[7].removable = true;
    JobLine line;
    line.all_drives = true;
    const LineDrives found = drives_of_line(line, drives);
    std::vector<std::string> paths, left;
    for (const auto& each : found.drives) paths.push_back(each.path);
    for (const auto& each : found.left_out) left.push_back(each.path);
    EXPECT_EQ(paths, (std::vector<std::string>{"/dev/sda", "/dev/mmcblk0", "/dev/vda"}));
    EXPECT_EQ(left, (std::vector<std::string>{"/dev/sdb", "/dev/sdc", "/dev/mmcblk1", "/dev/sr0"}));
}

TEST(LineChoice, all_names_the_drives_of_the_machine_that_would_keep_their_data) {
    std::vector<DriveRecord> drives{drive("/dev/sda", Bus::ata, Medium::hdd, gib),
                                    drive("/dev/sdb", Bus::ata, Medium::ssd, gib),
                                    drive("/sys/bus/pci/devices/0000:00:17.0", Bus::nvme, Medium::ssd, 0),
                                    drive("/dev/sdc", Bus::usb, Medium::flash, gib)};
    drives[1].protection = {{"read-only", ""}};
    drives[2].protection = {{"remapped-nvme", "1"}};
    drives[3].protection = {{"boot-medium", "UUID=1"}};
    JobLine line;
    line.all_drives = true;
    const LineDrives found = drives_of_line(line, drives);
    ASSERT_EQ(found.kept_back.size(), 2U) << "not the stick that the system was started from";
    EXPECT_EQ(found.kept_back[0].path, "/dev/sdb");
    EXPECT_EQ(found.kept_back[1].path, "/sys/bus/pci/devices/0000:00:17.0");
    line.all_drives = false;
    line.drives = {"Ssda"};
    EXPECT_TRUE(drives_of_line(line, drives).kept_back.empty()) << "the job names what it means";
}

TEST(LineChoice, a_list_takes_the_named_drives_and_never_an_ambiguous_one) {
    std::vector<DriveRecord> drives{drive("/dev/sda", Bus::ata, Medium::hdd, gib),
                                    drive("/dev/sdb", Bus::usb, Medium::hdd, gib),
                                    drive("/dev/sdc", Bus::usb, Medium::hdd, gib)};
    drives[1].serial = drives[2].serial = "DOCK";
    JobLine line;
    line.drives = {"Ssda", "DOCK", "ABSENT", ""};
    const LineDrives found = drives_of_line(line, drives);
    ASSERT_EQ(found.drives.size(), 1U);
    EXPECT_EQ(found.drives[0].path, "/dev/sda");
    EXPECT_EQ(found.not_here, (std::vector<std::string>{"DOCK", "ABSENT", ""}));
    EXPECT_TRUE(drives_of_line(JobLine{}, drives).drives.empty()) << "nothing by default";
}

TEST(LineChoice, a_path_takes_no_drive_that_is_not_a_part_of_the_machine) {
    const std::vector<DriveRecord> drives{drive("/dev/sda", Bus::usb, Medium::hdd, gib),
                                          drive("/dev/sdb", Bus::ata, Medium::hdd, gib)};
    JobLine line;
    line.drives = {"/dev/sda", "/dev/sdb"};
    LineDrives found = drives_of_line(line, drives);
    ASSERT_EQ(found.drives.size(), 1U) << "at another start it was sda";
    EXPECT_EQ(found.drives[0].path, "/dev/sdb");
    ASSERT_EQ(found.left_out.size(), 1U);
    EXPECT_EQ(found.left_out[0].path, "/dev/sda");
    line.drives = {"Ssda"};
    EXPECT_EQ(drives_of_line(line, drives).drives.size(), 1U) << "its serial names it for certain";
}

std::string target_of(const std::vector<DriveRecord>& drives, uint64_t minimum_bytes = gib) {
    const auto index = automatic_target(drives, minimum_bytes);
    return index ? drives[*index].path : "none";
}

TEST(AutomaticTarget, is_the_fastest_medium_then_the_smallest_that_fits) {
    const auto hdd = drive("/dev/sda", Bus::ata, Medium::hdd, 100 * gib);
    const auto emmc = drive("/dev/mmcblk0", Bus::mmc, Medium::emmc, 32 * gib);
    const auto ssd = drive("/dev/sdb", Bus::ata, Medium::ssd, 500 * gib);
    const auto small_ssd = drive("/dev/sdc", Bus::ata, Medium::ssd, 60 * gib);
    const auto nvme = drive("/dev/nvme0n1", Bus::nvme, Medium::ssd, 1000 * gib);
    EXPECT_EQ(target_of({hdd, emmc, ssd, small_ssd, nvme}), "/dev/nvme0n1");
    EXPECT_EQ(target_of({hdd, emmc, ssd, small_ssd}), "/dev/sdc");
    EXPECT_EQ(target_of({hdd, emmc, ssd, small_ssd}, 80 * gib), "/dev/sdb");
    EXPECT_EQ(target_of({hdd, emmc}), "/dev/mmcblk0");
    EXPECT_EQ(target_of({hdd, emmc}, 50 * gib), "/dev/sda");
    EXPECT_EQ(target_of({hdd}, 200 * gib), "none");
    EXPECT_EQ(target_of({}), "none");
}

TEST(AutomaticTarget, is_never_on_usb_and_the_first_by_path_of_equals) {
    const auto usb = drive("/dev/sda", Bus::usb, Medium::ssd, 100 * gib);
    const auto second = drive("/dev/sdc", Bus::ata, Medium::hdd, 100 * gib);
    const auto first = drive("/dev/sdb", Bus::ata, Medium::hdd, 100 * gib);
    EXPECT_EQ(target_of({usb, second, first}), "/dev/sdb");
    EXPECT_EQ(target_of({usb}), "none");
}

TEST(DriveChoice, another_drive_at_a_confirmed_path_is_refused) {
    auto seen = drive("/dev/sdb", Bus::usb, Medium::hdd, gib);
    seen.serial.clear();
    seen.diskseq = 7;
    auto swapped = seen;  // the same model in the same dock: only the kernel's count tells them apart
    swapped.diskseq = 8;
    EXPECT_TRUE(check_same_drives({seen}, {drive("/dev/sda", Bus::ata, Medium::hdd, gib), seen}).ok());
    const Status other = check_same_drives({seen}, {swapped});
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().kind, ErrorKind::refused);
    EXPECT_FALSE(check_same_drives({seen}, {}).ok()) << "it was pulled out";
}

// ---- where the records go, and what the kernel was told

TEST(RecordsPlace, is_what_the_live_system_says_and_nowhere_when_it_is_not_understood) {
    using Kind = RecordsPlace::Kind;
    EXPECT_EQ(parse_records_place("stick /dev/sdb3\n"), (RecordsPlace{Kind::stick, "/dev/sdb3"}));
    EXPECT_EQ(parse_records_place("network http://10.0.0.1/\n"),
              (RecordsPlace{Kind::network, "http://10.0.0.1/"}));
    EXPECT_EQ(parse_records_place("none no-stick\n"), (RecordsPlace{Kind::none, "no-stick"}));
    for (const char* text : {"", "\n", "stick", "stick ", "Stick /dev/sdb3", "\x1b[2J", "nonesuch"})
        EXPECT_EQ(parse_records_place(text).kind, Kind::none) << text;
    for (const char* reason : {"no-stick", "several-sticks", "read-only", "x", ""})
        EXPECT_NE(describe_records_place({Kind::none, reason}, "/s", Translator()).find("NOWHERE"),
                  std::string::npos);
}

TEST_F(Folder, without_the_live_systems_word_records_go_to_the_state_directory) {
    EXPECT_EQ(read_records_place(root()).kind, RecordsPlace::Kind::state_directory);
    put("run/regain/records", "stick /dev/sdb3\n");
    EXPECT_EQ(read_records_place(root()).kind, RecordsPlace::Kind::stick);
    fs::remove(folder_ / "run/regain/records");
    fs::create_directory(folder_ / "run/regain/records");
    EXPECT_EQ(read_records_place(root()).kind, RecordsPlace::Kind::none) << "unreadable";
    fs::remove(folder_ / "run/regain/records");
    put("etc/regain-live", "1.0\n");
    EXPECT_EQ(read_records_place(root()).kind, RecordsPlace::Kind::none)
        << "what looks for the stick was stopped: the live system's own directory lies in RAM";
}

TEST_F(Folder, kernel_parameters_are_whole_words_and_the_last_one_wins) {
    put("proc/cmdline",
        "boot=live xregain.job=a regain.job=b regain.jobs=c \"regain.job=d e\" regain.then= quiet\n");
    EXPECT_EQ(kernel_parameter(root(), "regain.job"), "d e");
    EXPECT_EQ(kernel_parameter(root(), "regain.then"), "");
    EXPECT_EQ(kernel_parameter(root(), "regain.none"), "");
}

// ---- the job file

TEST_F(Folder, the_job_is_the_given_one_then_the_kernels_then_the_sticks) {
    EXPECT_TRUE(find_screen_job(root(), "").path.empty());
    put("run/regain/data/jobs/job.toml", "lot = \"stick\"\n[line]\nthen = \"wait\"\n");
    EXPECT_EQ(find_screen_job(root(), "").file.lot, "stick");
    put("run/regain/data/jobs/other.toml", "lot = \"kernel\"\n[line]\nthen = \"boot\"\n");
    put("proc/cmdline", "regain.job=other.toml");
    EXPECT_EQ(find_screen_job(root(), "").file.lot, "kernel");
    EXPECT_EQ(find_screen_job(root(), "").then, "boot");
    put("given.toml", "lot = \"given\"\n");
    EXPECT_EQ(find_screen_job(root(), folder_ / "given.toml").file.lot, "given");
    put("proc/cmdline", "regain.job=other.toml regain.then=poweroff");
    EXPECT_EQ(find_screen_job(root(), "").then, "poweroff");
}

TEST_F(Folder, a_job_with_a_mistake_allows_nothing) {
    put("run/regain/data/jobs/job.toml",
        "[line]\nallow = [\"wipe\"]\ndrives = \"all\"\nthen = \"poweroff\"\ntypo = 1\n");
    const ScreenJob broken = find_screen_job(root(), "");
    ASSERT_TRUE(broken.fault);
    EXPECT_FALSE(broken.file.line.may_wipe || broken.file.line.all_drives);
    EXPECT_TRUE(broken.then.empty());
    put("run/regain/data/jobs/job.toml", "[line]\nallow = [\"wipe\"]\ndrives = \"all\"\n");
    EXPECT_TRUE(find_screen_job(root(), "").file.line.may_wipe);
    put("proc/cmdline", "regain.then=explode");
    EXPECT_TRUE(find_screen_job(root(), "").fault);
    EXPECT_FALSE(find_screen_job(root(), "").file.line.may_wipe);
    put("proc/cmdline", "regain.job=missing.toml");
    EXPECT_TRUE(find_screen_job(root(), "").fault) << "another job must not take the place of a missing one";
}

TEST_F(Folder, a_job_begins_by_itself_once_for_each_start_of_the_live_system) {
    EXPECT_TRUE(begins_by_itself(root()));
    EXPECT_TRUE(begins_by_itself(root())) << "a workshop PC: nobody starts the screen again";
    fs::create_directories(folder_ / "run/regain");
    EXPECT_TRUE(begins_by_itself(root()));
    EXPECT_FALSE(begins_by_itself(root())) << "it was stopped, and the screen was left";
}

// ---- the words of the command

TEST(ScreenOrder, becomes_words_that_the_command_understands) {
    ScreenOrder order;
    order.command = "process";
    order.drives = {drive("/dev/sda", Bus::ata, Medium::hdd, gib), drive("-odd", Bus::ata, Medium::hdd, gib)};
    order.confirmations = {"Ssda", "-odd"};
    order.profile = "/p/essentiel.toml";
    order.image = "/i/essentiel.img.zst";
    order.deploy_to = "/dev/sda";
    order.policy = "clear";
    order.answers = "/data/jobs/first-start.conf";
    for (const auto& command : all_commands()) {
        if (std::string(command.name) != "process") continue;
        const auto parsed =
            Arguments::parse(words_of(order, {"/state", "fr", "/data/jobs/job.toml", true}), command.options);
        ASSERT_TRUE(parsed.ok()) << in_english(parsed.error());
        EXPECT_EQ(parsed->operands(), (std::vector<std::string>{"/dev/sda", "-odd"}));
        EXPECT_EQ(parsed->values("confirm"), (std::vector<std::string>{"Ssda", "-odd"}));
        EXPECT_EQ(parsed->value("deploy-to"), "/dev/sda");
        EXPECT_EQ(parsed->value("job"), "/data/jobs/job.toml");
        EXPECT_EQ(parsed->value("policy"), "clear");
        EXPECT_EQ(parsed->value("answers"), "/data/jobs/first-start.conf");
        EXPECT_FALSE(parsed->has("method"));
        EXPECT_TRUE(parsed->has("virtual"));
    }
}

TEST(Arguments, words_are_understood_as_the_same_arguments) {
    for (const auto& command : all_commands()) {
        if (std::string(command.name) != "wipe") continue;
        const std::vector<std::string> words{"--confirm=a", "--virtual", "--confirm", "b c",
                                             "/dev/sda",    "--",        "-x"};
        const auto parsed = Arguments::parse(words, command.options);
        ASSERT_TRUE(parsed.ok());
        const auto again = Arguments::parse(parsed->words(), command.options);
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(again->values("confirm"), (std::vector<std::string>{"a", "b c"}));
        EXPECT_TRUE(again->has("virtual"));
        EXPECT_EQ(again->operands(), (std::vector<std::string>{"/dev/sda", "-x"}));
    }
}

// ---- copies, and drives that are done

TEST_F(Folder, certificates_are_copied_once_and_a_copy_that_was_cut_short_again) {
    put("state/RG-1.jws", "jws");
    put("state/RG-1.pdf", "pdf!");
    put("state/.room", "not a certificate");
    const auto to = folder_ / "data" / "certificates";
    auto copied = copy_certificates(folder_ / "state", to);
    ASSERT_TRUE(copied.ok()) << in_english(copied.error());
    EXPECT_EQ(*copied, 2U);
    EXPECT_EQ(*copy_certificates(folder_ / "state", to), 0U);
    put("data/certificates/RG-1.pdf", "p");
    EXPECT_EQ(*copy_certificates(folder_ / "state", to), 1U);
    EXPECT_EQ(*read_file(to / "RG-1.pdf"), "pdf!");
    put("data/certificates/RG-1.pdf", "pdf?");
    EXPECT_EQ(*copy_certificates(folder_ / "state", to), 1U) << "of the same length, and damaged";
    EXPECT_EQ(*read_file(to / "RG-1.pdf"), "pdf!");
    EXPECT_FALSE(fs::exists(to / ".room"));
    EXPECT_EQ(*copy_certificates(folder_ / "absent", to), 0U) << "no certificate yet";
}

TEST_F(Folder, a_place_that_takes_no_copies_is_an_error) {
    put("state/RG-1.jws", "jws");
    put("data", "a file where the folder should be");
    EXPECT_FALSE(copy_certificates(folder_ / "state", folder_ / "data" / "certificates").ok());
}

TEST_F(Folder, drives_that_are_done_are_known_again_by_what_they_say_of_themselves) {
    const auto first = drive("/dev/sda", Bus::ata, Medium::hdd, gib);
    auto moved = first;
    moved.path = "/dev/sdz";
    auto nameless = first;
    nameless.serial.clear();
    EXPECT_TRUE(already_finished(folder_, {first}).empty());
    ASSERT_TRUE(add_finished(folder_, {first, nameless}).ok());
    EXPECT_EQ(already_finished(folder_, {moved}).size(), 1U);
    EXPECT_TRUE(already_finished(folder_, {nameless}).empty());
    EXPECT_TRUE(already_finished(folder_, {drive("/dev/sdb", Bus::ata, Medium::hdd, gib)}).empty());
    put("finished-drives.json", "{ damaged");
    EXPECT_EQ(already_finished(folder_, {first, nameless}).size(), 2U) << "unknown is never success";
}

}  // namespace
}  // namespace regain
