// `--resume` and overwrites that were interrupted: which drives it is about, and which plans go on. The
// machines are recorded, and nothing is held or written.

#include "console/wipe_resumption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "console/commands.h"
#include "drives/discovery.h"
#include "wiper/wipe_planner.h"

namespace regain {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path machine = fs::path(REGAIN_SOURCE_DIR) / "tests/fixtures/machines/desktop-sata-usb";

const Command& wipe_command() {
    const auto commands = all_commands();
    return *std::find_if(commands.begin(), commands.end(),
                         [](const Command& command) { return std::string(command.name) == "wipe"; });
}

WipePlan plan_of(const DriveRecord& drive, const std::string& method = "zero") {
    const auto plan = plan_wipe(capabilities_of(drive), {WipeLevel::clear, method, {}});
    EXPECT_TRUE(plan.ok());
    return plan.ok() ? *plan : WipePlan{};
}

class WipeResumption : public testing::Test {
  protected:
    WipeResumption() {
        std::string pattern = testing::TempDir() + "regain-resumption-XXXXXX";
        state_ = ::mkdtemp(pattern.data());
        const auto drives = discover_drives(SystemRoot(machine));
        for (const DriveRecord& drive : *drives)
            if (drive.protection.empty() && !drive.serial.empty() && drive.serial_source != "bridge")
                drive_ = drive;
    }
    ~WipeResumption() override { fs::remove_all(state_); }

    void interrupted(const WipePlan& plan) const {
        WipeJournalContent content;
        content.started = "2026-11-23T00:00:00Z";
        content.plan = plan;
        const fs::path file = wipe_journal_file(wipe_journal_directory(state_), plan);
        EXPECT_TRUE(make_directories(file.parent_path()).ok());
        EXPECT_TRUE(write_file(file, wipe_journal_text(content)).ok());
    }
    /// What `ask` gives, and what was said meanwhile.
    template <typename Ask>
    auto with(std::vector<std::string> words, Ask ask) {
        words.insert(words.begin(), {"--state-dir=" + state_.string()});
        auto arguments = Arguments::parse(words, wipe_command().options);
        EXPECT_TRUE(arguments.ok());
        arguments->set("sysroot", {machine.string()});
        const Session session(*arguments, Translator(), {});
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        auto answer = ask(session);
        said_ = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
        return answer;
    }
    std::vector<bool> resumed(const WipePlan& plan) {
        return with({"--resume"}, [&](const Session& session) { return resumed_plans(session, {plan}); });
    }

    fs::path state_;
    DriveRecord drive_;
    std::string said_;
};

TEST_F(WipeResumption, is_about_all_that_were_interrupted_and_are_here) {
    interrupted(plan_of(drive_));
    DriveRecord away = drive_;
    away.serial = "ELSEWHERE";
    interrupted(plan_of(away));
    const auto names = with({"--resume"}, drives_to_resume);
    ASSERT_TRUE(names.ok());
    EXPECT_EQ(*names, std::vector<std::string>{drive_.path});
    EXPECT_THAT(said_, HasSubstr("Not here"));
    EXPECT_THAT(said_, HasSubstr("ELSEWHERE, whose erasure was interrupted (2026-11-23 00:00 UTC)"));
}

TEST_F(WipeResumption, does_not_call_a_file_away_that_is_only_not_named) {
    DriveRecord file;
    file.path = "/srv/image.raw";
    file.model = "File";
    file.bus = Bus::virtual_drive;
    file.protocol = file.attachment = "file";
    file.size_bytes = 64 << 20;
    file.nodes.push_back({file.path, "main", file.size_bytes, 0, 0});
    interrupted(plan_of(file));
    const auto names = with({"--resume"}, drives_to_resume);
    ASSERT_TRUE(names.ok());
    EXPECT_TRUE(names->empty());
    EXPECT_THAT(said_, HasSubstr("Not named: File /srv/image.raw, whose erasure"));
}

TEST_F(WipeResumption, outlives_the_record_of_an_operators_interruption) {
    WipeRecord record;
    record.plan = plan_of(drive_);
    interrupted(record.plan);
    record.interrupted = true;
    with({}, [&](const Session& session) {
        forget_ended_wipe(session, record);
        return 0;
    });
    EXPECT_TRUE(is_any_interrupted(state_, {drive_}));
    record.interrupted = false;
    with({}, [&](const Session& session) {
        forget_ended_wipe(session, record);
        return 0;
    });
    EXPECT_FALSE(is_any_interrupted(state_, {drive_}));
}

TEST_F(WipeResumption, refuses_another_drive_in_the_place_of_the_one_that_was) {
    WipePlan plan = plan_of(drive_);
    plan.drive.serial = "THE-ONE-THAT-WAS";
    interrupted(plan);
    const auto names = with({"--resume", drive_.path}, drives_to_resume);
    ASSERT_FALSE(names.ok());
    EXPECT_EQ(names.error().kind, ErrorKind::refused);
    EXPECT_THAT(in_english(names.error()), HasSubstr("another drive is in its place"));
}

TEST_F(WipeResumption, goes_on_with_the_same_drive_by_the_same_way) {
    interrupted(plan_of(drive_));
    EXPECT_EQ(resumed(plan_of(drive_)), std::vector<bool>{true});
    EXPECT_THAT(said_, HasSubstr("goes on where it was interrupted"));
    DriveRecord moved = drive_;
    moved.path = "/dev/sdz";
    moved.diskseq = 99;
    EXPECT_EQ(resumed(plan_of(moved)), std::vector<bool>{true}) << "it is known by what it says of itself";
    EXPECT_EQ(resumed(plan_of(drive_, "random")), std::vector<bool>{false});
    EXPECT_THAT(said_, HasSubstr("another way"));
}

TEST_F(WipeResumption, begins_from_the_start_where_only_a_dock_tells_a_name) {
    DriveRecord docked = drive_;
    docked.serial_source = "bridge";
    interrupted(plan_of(docked));
    EXPECT_EQ(resumed(plan_of(docked)), std::vector<bool>{false});
    EXPECT_THAT(said_, HasSubstr("dock"));
    WipePlan spoken = plan_of(docked);
    spoken.spoken_serial = "WHAT-IT-SAYS";
    interrupted(spoken);
    EXPECT_EQ(resumed(spoken), std::vector<bool>{true}) << "behind the dock it says who it is";
    spoken.spoken_serial = "ANOTHER";
    EXPECT_EQ(resumed(spoken), std::vector<bool>{false});
}

TEST_F(WipeResumption, begins_from_the_start_where_the_journal_is_damaged) {
    const WipePlan plan = plan_of(drive_);
    interrupted(plan);
    EXPECT_TRUE(write_file(wipe_journal_file(wipe_journal_directory(state_), plan), "{}\n").ok());
    EXPECT_EQ(resumed(plan), std::vector<bool>{false});
    EXPECT_THAT(said_, HasSubstr("can't be used"));
    const auto names = with({"--resume"}, drives_to_resume);
    ASSERT_TRUE(names.ok());
    EXPECT_TRUE(names->empty());
}

TEST_F(WipeResumption, is_offered_where_it_was_not_asked_for) {
    interrupted(plan_of(drive_));
    const auto anew = with({drive_.path},
                           [&](const Session& session) { return resumed_plans(session, {plan_of(drive_)}); });
    EXPECT_EQ(anew, std::vector<bool>{false});
    EXPECT_THAT(said_, HasSubstr("--resume"));
    EXPECT_TRUE(is_any_interrupted(state_, {drive_}));
    with({}, [&](const Session& session) {
        forget_wipe_journal(session, plan_of(drive_));
        return 0;
    });
    EXPECT_FALSE(is_any_interrupted(state_, {drive_}));
}

}  // namespace
}  // namespace regain
