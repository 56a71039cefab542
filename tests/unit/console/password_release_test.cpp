// `regain wipe --resume`: what goes with it, whom a confirmation is about, and what it says. The machines are
// recorded, so that no command can go out.

#include "console/password_release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "console/commands.h"
#include "drives/discovery.h"
#include "wiper/password_file.h"

namespace regain {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const fs::path machines = fs::path(REGAIN_SOURCE_DIR) / "tests/fixtures/machines";

DriveRecord drive_called(const std::string& model, const std::string& serial, const std::string& wwn = {}) {
    DriveRecord drive;
    drive.path = "/dev/sdz";
    drive.model = model;
    drive.serial = serial;
    drive.wwn = wwn;
    return drive;
}

const Command& wipe_command() {
    const auto commands = all_commands();
    return *std::find_if(commands.begin(), commands.end(),
                         [](const Command& command) { return std::string(command.name) == "wipe"; });
}

class Resume : public testing::Test {
  protected:
    Resume() {
        std::string pattern = testing::TempDir() + "regain-resume-XXXXXX";
        state_ = ::mkdtemp(pattern.data());
    }
    ~Resume() override { fs::remove_all(state_); }

    struct Outcome {
        int status;
        std::string said, complained;
    };
    /// As main() does it.
    Outcome run(std::vector<std::string> words) const {
        words.insert(words.begin(), {"--resume", "--state-dir=" + state_.string()});
        auto arguments = Arguments::parse(words, wipe_command().options);
        EXPECT_TRUE(arguments.ok());
        arguments->set("sysroot", {(machines / machine_).string()});
        const Session session(*arguments, Translator(), {});
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int status = wipe_command().run(session);
        return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
    }
    fs::path note(const DriveRecord& drive) const {
        const fs::path file = password_file_of(state_ / "drive-passwords", drive);
        EXPECT_TRUE(FilePasswordJournal(file, drive, clock_).write("set").ok());
        return file;
    }
    DriveRecord present(const std::string& path) const {
        const auto drives = discover_drives(SystemRoot(machines / machine_));
        for (const DriveRecord& drive : *drives)
            if (drive.path == path) return drive;
        ADD_FAILURE() << path;
        return {};
    }

    fs::path state_;
    std::string machine_ = "desktop-sata-usb";
    ManualClock clock_{WallTime(std::chrono::milliseconds(1795000000000))};
};

TEST_F(Resume, has_nothing_to_do_where_no_note_is) {
    const Outcome outcome = run({});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.said, HasSubstr("No drive was left with the password"));
    EXPECT_THAT(outcome.complained, IsEmpty());
}

TEST_F(Resume, names_a_drive_that_is_not_here_and_keeps_its_note) {
    const fs::path file = note(drive_called("Model X", "S1"));
    const Outcome outcome = run({});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.said, HasSubstr("Not here: Model X S1"));
    EXPECT_TRUE(fs::exists(file));
}

TEST_F(Resume, refuses_a_drive_of_which_nothing_is_known) {
    const fs::path file = note(drive_called("Model X", "S1"));
    const Outcome outcome = run({"/dev/sda"});
    EXPECT_EQ(outcome.status, 3);
    EXPECT_THAT(outcome.complained, HasSubstr("nothing is known"));
    EXPECT_TRUE(fs::exists(file));
}

TEST_F(Resume, leaves_no_report) {
    const fs::path file = note(drive_called("Model X", "S1"));
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--json"}, {"-o", (state_ / "report").string()}}) {
        const Outcome outcome = run(words);
        EXPECT_EQ(outcome.status, 2) << words.front();
        EXPECT_THAT(outcome.said, IsEmpty()) << words.front();
        EXPECT_THAT(outcome.complained, HasSubstr("looks for its drives itself")) << words.front();
    }
    EXPECT_FALSE(fs::exists(state_ / "report"));
    EXPECT_TRUE(fs::exists(file));
}

// --plan above all: it promises that nothing is sent that changes anything.
TEST_F(Resume, refuses_options_that_it_would_not_heed) {
    note(drive_called("Model X", "S1"));
    for (const std::string option :
         {"--plan", "--policy=purge", "--method=zero", "--verify=none", "--virtual", "--psid=/dev/null",
          "--suspend=yes", "--release", "--records-here", "--operator=mona", "--job=/dev/null"}) {
        const Outcome outcome = run({option});
        EXPECT_EQ(outcome.status, 2) << option;
        EXPECT_THAT(outcome.said, IsEmpty()) << option;
        EXPECT_THAT(outcome.complained, HasSubstr(option.substr(0, option.find('=')))) << option;
    }
    for (const std::string option : {"--no-certificate", "--progress=none", "--lang=en"})
        EXPECT_EQ(run({option}).status, 0) << option;
    const Outcome quiet = run({"--quiet"});
    EXPECT_EQ(quiet.status, 0);
    EXPECT_THAT(quiet.said, IsEmpty());
}

TEST_F(Resume, refuses_a_confirmation_that_belongs_to_no_note) {
    const fs::path file = note(drive_called("Model X", "S1"));
    for (const std::vector<std::string>& words : {std::vector<std::string>{"--confirm=S2"},
                                                  {"--confirm="},
                                                  {"--confirm=S1", "--confirm=S2"},
                                                  {"--confirm=S1", "--confirm=S1"},
                                                  {"--confirm=Model X"},
                                                  {"--confirm=/dev/sdz"}}) {
        const Outcome outcome = run(words);
        EXPECT_EQ(outcome.status, 3) << words.front();
        EXPECT_THAT(outcome.said, IsEmpty()) << "nothing was begun: " << words.back();
        EXPECT_THAT(outcome.complained, HasSubstr("belongs to none of them")) << words.back();
    }
    const Outcome outcome = run({"--confirm=S1"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.said, HasSubstr("Not here: Model X S1"));
    EXPECT_TRUE(fs::exists(file));
}

TEST_F(Resume, refuses_a_confirmation_that_may_be_about_two_drives) {
    note(drive_called("Model X", "S1"));
    note(drive_called("Model Y", "S1"));
    const Outcome outcome = run({"--confirm=S1"});
    EXPECT_EQ(outcome.status, 3);
    EXPECT_THAT(outcome.complained, HasSubstr("S1"));
    EXPECT_THAT(outcome.said, IsEmpty());
}

TEST_F(Resume, takes_the_world_wide_name_of_a_drive_without_a_serial) {
    note(drive_called("Model X", "", "0x5000"));
    EXPECT_EQ(run({"--confirm=0x5000"}).status, 0);
    EXPECT_EQ(run({"--confirm="}).status, 3);
}

TEST_F(Resume, fails_where_a_note_cannot_be_read) {
    fs::create_directories(state_ / "drive-passwords");
    std::ofstream(state_ / "drive-passwords" / "x.json") << "{";
    const Outcome outcome = run({});
    EXPECT_EQ(outcome.status, 4);
    EXPECT_THAT(outcome.said, Not(HasSubstr("No drive was left")));
    EXPECT_THAT(outcome.complained, HasSubstr("x.json"));
}

TEST_F(Resume, goes_to_the_drive_that_is_here_and_keeps_the_note_where_that_fails) {
    const DriveRecord drive = present("/dev/sdd");
    const fs::path file = note(drive), other = note(drive_called("Model X", "S1"));
    const Outcome outcome = run({"--confirm=" + drive.serial});
    EXPECT_NE(outcome.status, 0) << "a recorded drive can't be opened";
    EXPECT_THAT(outcome.said, HasSubstr(drive.path + ": taking off the password"));
    EXPECT_THAT(outcome.said, HasSubstr("may be erased again"));
    EXPECT_THAT(outcome.said, HasSubstr("Not here: Model X S1"));
    EXPECT_TRUE(fs::exists(file));
    EXPECT_TRUE(fs::exists(other));
    EXPECT_THAT(run({}).said, Not(HasSubstr("erased again"))) << "only when it was confirmed";
}

TEST_F(Resume, chooses_between_no_two_drives_that_are_called_the_same) {
    machine_ = "dock-repeated-serial";
    const fs::path file = note(present("/dev/sdb"));
    const Outcome outcome = run({});
    EXPECT_EQ(outcome.status, 3);
    EXPECT_THAT(outcome.complained, HasSubstr("/dev/sdb and /dev/sdc"));
    EXPECT_THAT(outcome.said, Not(HasSubstr("taking off")));
    EXPECT_TRUE(fs::exists(file));
}

TEST_F(Resume, is_done_for_the_chosen_drives_before_a_wipe) {
    const DriveRecord drive = present("/dev/sdd");
    note(drive_called("Model X", "S1"));
    auto arguments = Arguments::parse(std::vector<std::string>{"--quiet", "--state-dir=" + state_.string()},
                                      wipe_command().options);
    ASSERT_TRUE(arguments.ok());
    arguments->set("sysroot", {(machines / machine_).string()});
    const Session session(*arguments, Translator(), {});
    EXPECT_TRUE(release_left_passwords(session, {drive}).ok()) << "the note is about another drive";
    note(drive);
    EXPECT_FALSE(release_left_passwords(session, {drive}).ok()) << "a recorded drive can't be freed";
    EXPECT_TRUE(release_left_passwords(session, {present("/dev/sdc")}).ok()) << "not chosen";
}

}  // namespace
}  // namespace regain
