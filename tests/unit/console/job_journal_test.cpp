#include "console/job_journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "console/commands.h"
#include "console/interrupted_jobs.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

DriveRecord drive(const std::string& path, const std::string& serial, uint64_t size_bytes = 1 << 30) {
    DriveRecord record;
    record.path = path;
    record.model = "Model X";
    record.serial = serial;
    record.bus = Bus::ata;
    record.size_bytes = size_bytes;
    return record;
}

std::span<const OptionSpec> options_of(const std::string& name) {
    for (const auto& command : all_commands())
        if (name == command.name) return command.options;
    return {};
}

class Journal : public testing::Test {
  protected:
    Journal() {
        std::string pattern = testing::TempDir() + "regain-journal-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~Journal() override { fs::remove_all(directory_); }

    Session session(const std::string& command, std::vector<std::string> words) const {
        words.push_back("--state-dir=" + directory_.string());
        words.emplace_back("--quiet");
        auto arguments = Arguments::parse(words, options_of(command));
        EXPECT_TRUE(arguments.ok());
        return Session(*arguments, Translator(), {});
    }
    std::vector<fs::path> journals() const {
        std::vector<fs::path> paths;
        for (const auto& entry : fs::directory_iterator(directory_ / "journals"))
            paths.push_back(entry.path());
        return paths;
    }
    /// As after a power cut: what is in the file is not at work any more.
    void forget_process(const fs::path& path) const {
        auto json = parse_json(*read_file(path), "journal");
        (*json)["process"]["boot_id"] = "another-boot";
        ASSERT_TRUE(write_file(path, pretty_json(*json)).ok());
    }
    void put(const std::string& name, const std::string& content) const {
        fs::create_directories(directory_ / "journals");
        std::ofstream(directory_ / "journals" / name) << content;
    }
    std::vector<InterruptedJob> found() const { return find_interrupted_jobs(directory_, SystemRoot()); }

    fs::path directory_;
};

TEST_F(Journal, tells_of_command_drives_and_stage_and_is_removed_after_the_last_record) {
    const Session wipe = session("wipe", {"--policy=clear", "/dev/sda"});
    auto journal = JobJournal::begin(wipe, "wipe", {drive("/dev/sda", "S1")});
    ASSERT_TRUE(journal.ok()) << in_english(journal.error());
    ASSERT_EQ(journals().size(), 1U);
    auto content = journal_from_json(*parse_json(*read_file(journals().front()), "journal"));
    ASSERT_TRUE(content.ok()) << in_english(content.error());
    EXPECT_EQ(content->stage, "wipe");
    EXPECT_EQ(content->command, "wipe");
    EXPECT_EQ(content->drives, std::vector<DriveRecord>{drive("/dev/sda", "S1")});
    EXPECT_NE(std::find(content->arguments.begin(), content->arguments.end(), "--policy=clear"),
              content->arguments.end());
    journal->enter("certify");
    content = journal_from_json(*parse_json(*read_file(journals().front()), "journal"));
    EXPECT_EQ(content->stage, "certify");
    journal->finish();
    EXPECT_TRUE(journals().empty());
}

TEST_F(Journal, is_not_taken_for_a_report_that_no_registry_took) {
    put("unrecorded-RG-AAAA.json", "{}");
    put("RG-AAAA.json.Xb3kfL", "{}");  // what a power cut left of a write
    EXPECT_TRUE(found().empty());
}

TEST_F(Journal, that_can_not_be_written_refuses_the_job_unless_it_leaves_no_records) {
    put("x", "");
    fs::remove_all(directory_ / "journals");
    std::ofstream(directory_ / "journals") << "a file where the directory should be";
    EXPECT_FALSE(JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1")}).ok());
    testing::internal::CaptureStderr();
    EXPECT_TRUE(
        JobJournal::begin(session("wipe", {"--no-certificate"}), "wipe", {drive("/dev/sda", "S1")}).ok());
    EXPECT_NE(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Journal, of_a_program_at_work_is_not_an_interrupted_job) {
    auto journal = JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1")});
    ASSERT_TRUE(journal.ok());
    EXPECT_TRUE(found().empty());
    forget_process(journals().front());
    ASSERT_EQ(found().size(), 1U);
    ASSERT_TRUE(found().front().content.ok());
}

TEST_F(Journal, of_an_earlier_start_with_the_same_process_id_is_interrupted) {
    JobProcess process = this_process(SystemRoot());
    EXPECT_TRUE(is_running(SystemRoot(), process));
    process.started_ticks = "1";
    EXPECT_FALSE(is_running(SystemRoot(), process));
}

TEST_F(Journal, truncated_at_any_byte_is_told_of_and_never_believed) {
    auto journal = JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1")});
    ASSERT_TRUE(journal.ok());
    const fs::path path = journals().front();
    const std::string whole = *read_file(path);
    for (size_t length = 0; length + 2 < whole.size(); length += 7) {
        std::ofstream(path) << whole.substr(0, length);
        const auto jobs = found();
        ASSERT_EQ(jobs.size(), 1U) << length;
        EXPECT_FALSE(jobs.front().content.ok()) << length;
        EXPECT_FALSE(describe_interrupted_job(jobs.front(), Translator()).empty());
    }
}

TEST_F(Journal, of_hostile_content_is_refused) {
    auto journal = JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1")});
    ASSERT_TRUE(journal.ok());
    const auto whole = parse_json(*read_file(journals().front()), "journal");
    const auto refused = [&](const char* key, const Json& value) {
        Json json = *whole;
        json[key] = value;
        return !journal_from_json(json).ok();
    };
    ASSERT_TRUE(journal_from_json(*whole).ok());
    EXPECT_TRUE(refused("command", "image build"));
    EXPECT_TRUE(refused("command", 7));
    EXPECT_TRUE(refused("stage", "lunch"));
    EXPECT_TRUE(refused("schema", "regain.journal/9"));
    EXPECT_TRUE(refused("drives", Json::array()));
    EXPECT_TRUE(refused("drives", Json::array({7})));
    EXPECT_TRUE(refused("arguments", Json::array({Json::array()})));
    EXPECT_TRUE(refused("process", Json::object()));
    put("list.json", "[]");
    put("large.json", std::string((1U << 20) + 1, ' '));
    fs::create_symlink("/dev/zero", directory_ / "journals" / "link.json");
    fs::create_directory(directory_ / "journals" / "folder.json");
    size_t unreadable = 0;
    for (const auto& job : found())
        if (!job.content.ok()) ++unreadable;
    EXPECT_EQ(unreadable, 4U);
}

TEST_F(Journal, is_replaced_by_a_job_that_does_all_of_it_again) {
    auto first =
        JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1"), drive("/dev/sdb", "S2")});
    ASSERT_TRUE(first.ok());
    forget_process(journals().front());
    auto part = JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1")});
    ASSERT_TRUE(part.ok());
    EXPECT_EQ(found().size(), 1U) << "the other drive was not erased again";
    auto deployment = JobJournal::begin(session("deploy", {"i"}), "deploy",
                                        {drive("/dev/sda", "S1"), drive("/dev/sdb", "S2")});
    EXPECT_EQ(found().size(), 1U) << "a deployment erases nothing";
    auto all =
        JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sdx", "S2"), drive("/dev/sda", "S1")});
    ASSERT_TRUE(all.ok());
    EXPECT_TRUE(found().empty());
}

TEST_F(Journal, is_mentioned_when_it_concerns_the_drives) {
    auto journal = JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1")});
    forget_process(journals().front());
    testing::internal::CaptureStderr();
    mention_interrupted_jobs(session("wipe", {}), {drive("/dev/sda", "S2")});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    testing::internal::CaptureStderr();
    mention_interrupted_jobs(session("wipe", {}), {drive("/dev/sdq", "S1")});
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("Erasing was interrupted"), std::string::npos) << said;
    EXPECT_NE(said.find("S1"), std::string::npos) << said;
}

TEST_F(Journal, that_is_set_aside_is_kept_and_asked_for_no_more) {
    auto journal = JobJournal::begin(session("wipe", {}), "wipe", {drive("/dev/sda", "S1")});
    forget_process(journals().front());
    const auto jobs = found();
    ASSERT_EQ(jobs.size(), 1U);
    ASSERT_TRUE(set_aside(jobs.front()).ok());
    EXPECT_TRUE(found().empty());
    EXPECT_TRUE(fs::exists(directory_ / "journals" / "set-aside" / jobs.front().path.filename()));
}

// ---- doing it again

JournalContent interrupted_process() {
    JournalContent journal;
    journal.command = "process";
    journal.stage = "wipe";
    journal.arguments = {"--profile=essentiel",
                         "--confirm=S1",
                         "--confirm=S2",
                         "--deploy-to=/dev/sda",
                         "--quiet",
                         "--policy=clear",
                         "--",
                         "/dev/sda",
                         "/dev/sdb"};
    journal.drives = {drive("/dev/sda", "S1"), drive("/dev/sdb", "S2", 2U << 20)};
    journal.deploy_to = "/dev/sda";
    return journal;
}

TEST(RestartedJob, names_the_drives_by_what_they_say_of_themselves_not_by_their_old_paths) {
    const auto restarted =
        restart_of(interrupted_process(), {drive("/dev/sda", "S2", 2U << 20), drive("/dev/sdb", "S1")});
    ASSERT_TRUE(restarted.ok()) << in_english(restarted.error());
    EXPECT_EQ(restarted->command, "process");
    EXPECT_EQ(restarted->words,
              (std::vector<std::string>{"--deploy-to=/dev/sdb", "--policy=clear", "--profile=essentiel", "--",
                                        "/dev/sdb", "/dev/sda"}));
}

TEST(RestartedJob, is_refused_when_a_drive_is_missing_changed_protected_or_like_another) {
    const JournalContent journal = interrupted_process();
    const DriveRecord first = drive("/dev/sda", "S1");
    const DriveRecord second = drive("/dev/sdb", "S2", 2U << 20);
    ASSERT_TRUE(restart_of(journal, {first, second}).ok());
    EXPECT_FALSE(restart_of(journal, {first}).ok());
    EXPECT_FALSE(restart_of(journal, {first, drive("/dev/sdb", "S2", 3U << 20)}).ok());
    DriveRecord twin = first;
    twin.path = "/dev/sdc";
    EXPECT_FALSE(restart_of(journal, {first, second, twin}).ok());
    DriveRecord mounted = first;
    mounted.protection = {{"mounted", "/mnt"}};
    const auto refused = restart_of(journal, {mounted, second});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::refused);
}

TEST(RestartedJob, trusts_a_drive_without_a_serial_only_under_its_path_and_when_there_is_one_of_its_kind) {
    JournalContent journal = interrupted_process();
    journal.command = "wipe";
    journal.arguments = {"--", "/dev/sda"};
    journal.drives = {drive("/dev/sda", "")};
    journal.deploy_to.clear();
    EXPECT_TRUE(restart_of(journal, {drive("/dev/sda", "")}).ok());
    EXPECT_FALSE(restart_of(journal, {drive("/dev/sdz", "")}).ok());
    EXPECT_FALSE(restart_of(journal, {drive("/dev/sda", ""), drive("/dev/sdb", "")}).ok());
}

TEST(RestartedJob, does_not_take_whatever_is_in_a_dock_for_the_drive_that_was) {
    const JournalContent journal = interrupted_process();
    DriveRecord first = drive("/dev/sda", "S1");
    const DriveRecord second = drive("/dev/sdb", "S2", 2U << 20);
    first.serial_source = "bridge";
    const auto refused = restart_of(journal, {first, second});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::refused);
    EXPECT_NE(in_english(refused.error()).find("dock"), std::string::npos);
}

TEST(RestartedJob, is_refused_when_the_target_is_none_of_the_drives) {
    JournalContent journal = interrupted_process();
    journal.deploy_to = "/dev/sdq";
    EXPECT_FALSE(restart_of(journal, {drive("/dev/sda", "S1"), drive("/dev/sdb", "S2", 2U << 20)}).ok());
    journal.arguments = {"--no-such-option"};
    EXPECT_FALSE(restart_of(journal, {drive("/dev/sda", "S1"), drive("/dev/sdb", "S2", 2U << 20)}).ok());
}

}  // namespace
}  // namespace regain
