// Notes of passwords that an erasure may have left on a drive: written, found again, and matched with drives
// by what these call themselves behind whatever dock. No password may go to a stranger's drive.

#include "wiper/password_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_channels.h"
#include "wiper/held_channels.h"

namespace regain {
namespace {

namespace fs = std::filesystem;
using simulator::AtaDriveModel;
using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;
using simulator::SimulatedChannels;

DriveRecord drive_called(const std::string& model, const std::string& serial, const std::string& wwn = {},
                         const std::string& path = "/dev/sda") {
    DriveRecord drive;
    drive.path = path;
    drive.model = model;
    drive.serial = serial;
    drive.wwn = wwn;
    drive.protocol = "ata";
    return drive;
}

PasswordNote note_about(const std::string& model, const std::string& serial, const std::string& wwn = {}) {
    PasswordNote note;
    note.model = model;
    note.serial = serial;
    note.wwn = wwn;
    return note;
}

class PasswordFile : public testing::Test {
  protected:
    PasswordFile() {
        std::string pattern = testing::TempDir() + "regain-password-XXXXXX";
        state_ = ::mkdtemp(pattern.data());
    }
    ~PasswordFile() override { fs::remove_all(state_); }

    fs::path directory() const { return state_ / "drive-passwords"; }
    FilePasswordJournal journal_of(const DriveRecord& drive) const {
        return {password_file_of(directory(), drive), drive, clock_};
    }
    void put(const std::string& name, const std::string& content) const {
        fs::create_directories(directory());
        std::ofstream(directory() / name, std::ios::trunc) << content;
    }
    LeftPasswords left() const {
        auto found = left_passwords(directory());
        EXPECT_TRUE(found.ok());
        return found.ok() ? *found : LeftPasswords{};
    }

    fs::path state_;
    ManualClock clock_{WallTime(std::chrono::milliseconds(1795000000000))};
    const DriveRecord drive_ = drive_called("Model X", "S1", "0x5000c500a1b2c3d4");
};

TEST_F(PasswordFile, tells_the_next_start_which_drive_and_how_far_it_was) {
    EXPECT_TRUE(left().notes.empty());
    for (const char* stage : {"about-to-set", "set", "erasing"}) {
        ASSERT_TRUE(journal_of(drive_).write(stage).ok());
        const LeftPasswords found = left();
        EXPECT_TRUE(found.unreadable.empty());
        ASSERT_EQ(found.notes.size(), 1U);
        EXPECT_EQ(found.notes[0].stage, stage);
        EXPECT_EQ(found.notes[0].model, "Model X");
        EXPECT_EQ(found.notes[0].serial, "S1");
        EXPECT_EQ(found.notes[0].wwn, "0x5000c500a1b2c3d4");
        EXPECT_EQ(found.notes[0].written, to_rfc3339(clock_.now()));
        EXPECT_EQ(found.notes[0].file, password_file_of(directory(), drive_));
    }
    struct stat status {};
    ASSERT_EQ(::stat(password_file_of(directory(), drive_).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    ASSERT_EQ(::stat(directory().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(PasswordFile, holds_the_password_itself_for_whoever_has_another_tool) {
    ASSERT_TRUE(journal_of(drive_).write("set").ok());
    EXPECT_NE(read_file(password_file_of(directory(), drive_))->find(erase_password), std::string::npos);
}

TEST_F(PasswordFile, is_gone_when_the_drive_is_free) {
    ASSERT_TRUE(journal_of(drive_).write("set").ok());
    ASSERT_TRUE(journal_of(drive_called("Model X", "S2")).write("set").ok());
    ASSERT_TRUE(journal_of(drive_).close().ok());
    ASSERT_EQ(left().notes.size(), 1U);
    EXPECT_EQ(left().notes[0].serial, "S2");
    EXPECT_TRUE(journal_of(drive_).close().ok()) << "once more";
}

TEST_F(PasswordFile, that_cannot_be_written_is_an_error_so_that_no_password_is_set) {
    std::ofstream(directory()) << "no directory";
    const Status status = journal_of(drive_).write("about-to-set");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::environment);
    EXPECT_FALSE(left_passwords(directory()).ok()) << "not knowing is not none";
}

TEST_F(PasswordFile, that_is_damaged_is_told_of) {
    ASSERT_TRUE(journal_of(drive_).write("set").ok());
    const std::vector<std::string> damaged{"",
                                           "{",
                                           "[]",
                                           R"({"schema":"regain.drive-password/2","stage":"set"})",
                                           R"({"schema":"regain.drive-password/1"})",
                                           R"({"schema":"regain.drive-password/1","stage":5})",
                                           R"({"schema":{},"stage":"set"})",
                                           std::string(70'000, ' ')};
    for (size_t i = 0; i < damaged.size(); ++i) put("damaged" + std::to_string(i) + ".json", damaged[i]);
    put("a.json.XXXXXX", "{");  // what a power cut left of a file that was being written
    fs::create_symlink(password_file_of(directory(), drive_), directory() / "link.json");
    ASSERT_EQ(::mkfifo((directory() / "pipe.json").c_str(), 0600), 0);
    EXPECT_EQ(left().unreadable.size(), damaged.size() + 2);
    EXPECT_EQ(left().notes.size(), 1U);
}

TEST_F(PasswordFile, of_drives_with_the_same_model_are_not_one) {
    EXPECT_NE(password_file_of(directory(), drive_called("Model X", "S1")),
              password_file_of(directory(), drive_called("Model X", "S2")));
    EXPECT_NE(password_file_of(directory(), drive_called("Model X", "S1")),
              password_file_of(directory(), drive_called("Model X", "", "S1")));
    EXPECT_EQ(password_file_of(directory(), drive_called("Model X", "S1", "", "/dev/sda")),
              password_file_of(directory(), drive_called("Model X", "S1", "", "/dev/sdb")));
}

// --- which drive a note is about ---

std::optional<size_t> place_of(const PasswordNote& note, const std::vector<DriveRecord>& drives) {
    const auto found = find_drive_of(note, drives);
    EXPECT_TRUE(found.ok()) << (found.ok() ? "" : in_english(found.error()));
    return found.ok() ? *found : std::nullopt;
}

TEST(PasswordNoteMatch, is_by_model_serial_and_world_wide_name_together) {
    const PasswordNote note = note_about("Model X", "S1", "0x5");
    const DriveRecord ours = drive_called("Model X", "S1", "0x5");
    EXPECT_EQ(place_of(note, {ours}), size_t{0});
    EXPECT_EQ(place_of(note, {drive_called("Model X", "S2", "0x6"), ours}), size_t{1});
    EXPECT_FALSE(place_of(note, {}));
    for (const DriveRecord& stranger :
         {drive_called("Model X", "S2", "0x5"), drive_called("Model Y", "S1", "0x5"),
          drive_called("Model X", "S1", "0x6"), drive_called("Model X", "S1", ""),
          drive_called("Model X", "S1 ", "0x5"), drive_called("Model X", "S", "0x5"),
          drive_called("", "", "")})
        EXPECT_FALSE(place_of(note, {stranger})) << stranger.model << " " << stranger.serial;
}

TEST(PasswordNoteMatch, needs_a_name_that_tells_drives_apart) {
    EXPECT_FALSE(place_of(note_about("Model X", ""), {drive_called("Model X", "")}));
    EXPECT_FALSE(place_of(note_about("", ""), {drive_called("", "")}));
    EXPECT_EQ(place_of(note_about("Model X", "", "0x5"), {drive_called("Model X", "", "0x5")}), size_t{0});
    EXPECT_EQ(place_of(note_about("Model X", "S1"), {drive_called("Model X", "S1")}), size_t{0});
}

TEST(PasswordNoteMatch, refuses_to_choose_between_two_drives_that_are_called_the_same) {
    const auto found =
        find_drive_of(note_about("Model X", "S1"),
                      {drive_called("Model X", "S1", "", "/dev/sda"), drive_called("Model X", "S2"),
                       drive_called("Model X", "S1", "", "/dev/sdc")});
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind, ErrorKind::refused);
    EXPECT_NE(in_english(found.error()).find("/dev/sda and /dev/sdc"), std::string::npos);
}

/// A drive in a dock that has a name of its own.
struct Docked {
    explicit Docked(const std::string& serial)
        : drive(model_with(serial)),
          dock(drive, {.vendor = "DOCK", .product = "STATION", .serial = "DOCK0001"}) {}
    static AtaDriveModel model_with(const std::string& serial) {
        AtaDriveModel model;
        model.serial = serial;
        return model;
    }
    SimulatedAtaDrive drive;
    SimulatedBridge dock;
};

class DockedPassword : public PasswordFile {
  protected:
    std::unique_ptr<HeldChannels> hold(Docked& docked, const DriveRecord& record) {
        SimulatedChannels channels;
        channels.put(record.path, docked.dock);
        auto held = HeldChannels::open_for(channels, record, "ata", directory(), clock_, {});
        EXPECT_TRUE(held.ok());
        return held.ok() ? std::move(*held) : nullptr;
    }
    DriveRecord in_dock() const { return drive_called("STATION", "DOCK0001", "", "/dev/sdb"); }
};

TEST_F(DockedPassword, is_noted_by_what_the_drive_calls_itself_and_not_by_the_docks_name) {
    Docked first("OURS"), second("A STRANGERS");
    const auto held = hold(first, in_dock());
    ASSERT_NE(held, nullptr);
    const DriveRecord own = as_it_calls_itself(in_dock(), *probe_pass_through(first.dock).identify);
    EXPECT_EQ(own.serial, "OURS");
    EXPECT_EQ(held->password_file(), password_file_of(directory(), own));
    EXPECT_NE(held->password_file(), password_file_of(directory(), in_dock()));

    const auto other = hold(second, in_dock());
    ASSERT_NE(other, nullptr);
    EXPECT_NE(other->password_file(), held->password_file()) << "the same dock, another drive";
}

// What is asked of a drive behind a bridge is asked by the way by which it gave its name.
TEST_F(DockedPassword, channels_of_a_plan_without_ata_commands_still_reach_the_drive_in_the_dock) {
    Docked docked("OURS");
    SimulatedChannels channels;
    channels.put("/dev/sdb", docked.dock);
    WipePlan plan;
    plan.drive = in_dock();
    plan.drive.protocol = "scsi";
    for (const char* method : {"", "tcg-psid-revert"}) {
        plan.steps = {WipeStep{}};
        plan.steps[0].step = "firmware-erase";
        plan.steps[0].method = method;
        plan.spoken_serial = "OURS";
        auto held = HeldChannels::open(channels, plan, directory(), "", clock_, {});
        ASSERT_TRUE(held.ok());
        EXPECT_TRUE((*held)->means().channels.speaks_ata) << method;
        plan.spoken_serial.clear();
        held = HeldChannels::open(channels, plan, directory(), "", clock_, {});
        ASSERT_TRUE(held.ok());
        EXPECT_FALSE((*held)->means().channels.speaks_ata) << method << ": nobody said that one is there";
    }
}

TEST_F(DockedPassword, is_kept_for_a_drive_that_first_tells_that_it_was_reset) {
    class JustReset final : public ScsiTransport {
      public:
        explicit JustReset(ScsiTransport& drive) : drive_(drive) {}
        Result<ScsiReply> send(const ScsiCommand& command) override {
            if (!std::exchange(is_reset_, false)) return drive_.send(command);
            ScsiReply reply;
            reply.status = scsi_check_condition;
            reply.sense = {0x70, 0, 0x06, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x29, 0, 0, 0, 0, 0};
            return reply;
        }

      private:
        ScsiTransport& drive_;
        bool is_reset_ = true;
    };
    Docked docked("OURS");
    JustReset reset(docked.dock);
    SimulatedChannels channels;
    channels.put("/dev/sdb", reset);
    const auto held = HeldChannels::open_for(channels, in_dock(), "ata", directory(), clock_, {});
    ASSERT_TRUE(held.ok());
    EXPECT_TRUE((*held)->means().channels.speaks_ata);
    EXPECT_EQ((*held)->means().channels.pass_through, PassThroughSize::bytes_16);
    EXPECT_FALSE((*held)->password_file().empty());
}

TEST_F(DockedPassword, finds_the_drive_again_without_the_dock) {
    Docked docked("OURS");
    const auto identify = probe_pass_through(docked.dock).identify;
    ASSERT_TRUE(identify);
    const DriveRecord named = as_it_calls_itself(in_dock(), *identify);
    EXPECT_EQ(named.path, "/dev/sdb");
    const PasswordNote note = note_about(named.model, named.serial, named.wwn);
    EXPECT_EQ(
        place_of(note, {drive_called("STATION", "DOCK0001"), drive_called(named.model, "OURS", named.wwn)}),
        size_t{1});
    EXPECT_FALSE(place_of(note, {in_dock()}));
}

TEST_F(DockedPassword, of_a_drive_that_does_not_answer_has_no_place) {
    Docked docked("OURS");
    docked.dock.model().accepts_16 = docked.dock.model().accepts_12 = false;
    const auto held = hold(docked, in_dock());
    ASSERT_NE(held, nullptr);
    EXPECT_TRUE(held->password_file().empty());
    EXPECT_EQ(held->means().passwords, nullptr) << "so that no password is set";
}

}  // namespace
}  // namespace regain
