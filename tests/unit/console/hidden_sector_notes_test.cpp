#include "console/hidden_sector_notes.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

const Json given_back{{"change", "host-protected-area"}, {"accepted", "yes"}};
const Json refused{{"change", "configuration-overlay"}, {"accepted", "no"}};

WipePlan plan_of(const std::string& serial, const std::string& spoken_serial) {
    WipePlan plan;
    plan.drive.path = "/dev/sda";
    plan.drive.model = "Model X";
    plan.drive.serial = serial;
    plan.spoken_serial = spoken_serial;
    return plan;
}

class HiddenSectorNotesTest : public testing::Test {
  protected:
    HiddenSectorNotesTest() {
        std::string pattern = testing::TempDir() + "regain-hidden-XXXXXX";
        state_ = ::mkdtemp(pattern.data());
    }
    ~HiddenSectorNotesTest() override { fs::remove_all(state_); }

    HiddenSectorNotes notes() const { return HiddenSectorNotes(state_); }
    /// The only file.
    fs::path file() const {
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(state_ / "hidden-sectors"))
            files.push_back(entry.path());
        EXPECT_EQ(files.size(), 1U);
        return files.empty() ? fs::path() : files.front();
    }
    void put(const std::string& content) const { std::ofstream(file(), std::ios::trunc) << content; }
    void put_logs(const Json& logs) const {
        put(Json{{"schema", "regain.hidden-sectors/1"}, {"logs", logs}}.dump());
    }

    fs::path state_;
    const WipePlan plan_ = plan_of("S1", "S1");
};

TEST_F(HiddenSectorNotesTest, are_there_at_the_next_start_oldest_first) {
    EXPECT_TRUE(notes().of(plan_).empty());
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    ASSERT_TRUE(notes().add(plan_, refused).ok());
    EXPECT_EQ(notes().of(plan_), (std::vector<Json>{given_back, refused}));
    struct stat status {};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(HiddenSectorNotesTest, are_found_whatever_the_path_and_the_size_of_the_drive_are_by_then) {
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    WipePlan later = plan_;
    later.drive.path = "/dev/sdb";
    later.drive.size_bytes = 4096;
    later.spoken_bytes = 4096;
    EXPECT_EQ(notes().of(later).size(), 1U);
}

TEST_F(HiddenSectorNotesTest, of_one_drive_are_no_other_drives) {
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    WipePlan other = plan_;
    other.drive.serial = other.spoken_serial = "S2";
    EXPECT_TRUE(notes().of(other).empty());
    other = plan_;
    other.drive.model = "Model Y";
    EXPECT_TRUE(notes().of(other).empty());
    other = plan_;
    other.drive.wwn = "0x5000";
    EXPECT_TRUE(notes().of(other).empty());
}

// The second drive in a dock would have had the first one's history on its certificate, and after two of them
// its sectors would not have been given back at all.
TEST_F(HiddenSectorNotesTest, tell_drives_in_one_dock_apart_by_what_they_say_of_themselves) {
    const WipePlan first = plan_of("DOCK", "S1"), second = plan_of("DOCK", "S2");
    ASSERT_TRUE(notes().add(first, given_back).ok());
    EXPECT_TRUE(notes().of(second).empty());
    EXPECT_EQ(notes().times_given_back(second, "host-protected-area"), 0U);
    notes().forget(second);
    EXPECT_EQ(notes().of(first).size(), 1U);
}

TEST_F(HiddenSectorNotesTest, count_only_the_change_that_is_asked_for) {
    EXPECT_EQ(notes().times_given_back(plan_, "host-protected-area"), 0U);
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    ASSERT_TRUE(notes().add(plan_, refused).ok());
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    EXPECT_EQ(notes().times_given_back(plan_, "host-protected-area"), 2U);
    EXPECT_EQ(notes().times_given_back(plan_, "configuration-overlay"), 1U);
    EXPECT_EQ(notes().times_given_back(plan_, "accessible-max-address"), 0U);
}

TEST_F(HiddenSectorNotesTest, are_gone_once_they_stand_in_a_record) {
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    const fs::path path = file();
    notes().forget(plan_);
    EXPECT_FALSE(fs::exists(path));
    EXPECT_TRUE(notes().of(plan_).empty());
    notes().forget(plan_);
}

TEST_F(HiddenSectorNotesTest, of_a_drive_without_any_name_last_as_long_as_the_program) {
    const WipePlan nameless = plan_of("", "");
    HiddenSectorNotes mine = notes();
    ASSERT_TRUE(mine.add(nameless, given_back).ok());
    EXPECT_EQ(mine.of(nameless), std::vector<Json>{given_back}) << "for the record of this job";
    EXPECT_FALSE(fs::exists(state_ / "hidden-sectors")) << "the next one may be another drive";
    EXPECT_TRUE(notes().of(nameless).empty());
    WipePlan elsewhere = nameless;
    elsewhere.drive.path = "/dev/sdb";
    EXPECT_TRUE(mine.of(elsewhere).empty());
    mine.forget(nameless);
    EXPECT_TRUE(mine.of(nameless).empty());
}

TEST_F(HiddenSectorNotesTest, need_only_one_name) {
    ASSERT_TRUE(notes().add(plan_of("", "S1"), given_back).ok());
    EXPECT_EQ(notes().of(plan_of("", "S1")).size(), 1U);
    EXPECT_TRUE(notes().of(plan_of("", "S2")).empty());
}

TEST_F(HiddenSectorNotesTest, that_are_damaged_or_a_strangers_are_no_notes) {
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    const std::string whole = *read_file(file());
    for (const std::string& content :
         {std::string(), std::string("{"), whole.substr(0, whole.size() / 2), std::string("[]"),
          std::string("null"), std::string("{}"), std::string(R"({"schema":5,"logs":[{}]})"),
          std::string(R"({"schema":{},"logs":[{}]})"),
          std::string(R"({"schema":"regain.hidden-sectors/2","logs":[{}]})"),
          std::string(R"({"schema":"regain.hidden-sectors/1"})"),
          std::string(R"({"schema":"regain.hidden-sectors/1","logs":{"change":1}})"),
          std::string(100'000, '['), std::string("\xff\xfe{}")}) {
        put(content);
        EXPECT_TRUE(notes().of(plan_).empty()) << content.substr(0, 80);
        EXPECT_EQ(notes().times_given_back(plan_, "host-protected-area"), 0U);
    }
    put(whole);
    EXPECT_EQ(notes().of(plan_).size(), 1U) << "the content was at fault, not the file";
}

TEST_F(HiddenSectorNotesTest, pass_over_what_no_certificate_could_hold) {
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    put_logs({5, "text", nullptr, Json::array(), Json{{"change", 5}}, given_back, Json{{"change", 0.5}}});
    EXPECT_EQ(notes().of(plan_), (std::vector<Json>{Json{{"change", 5}}, given_back}));
    EXPECT_EQ(notes().times_given_back(plan_, "host-protected-area"), 1U);
}

TEST_F(HiddenSectorNotesTest, that_are_too_large_or_no_regular_file_are_not_read) {
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    put_logs({given_back, Json{{"change", std::string(5U << 20, 'x')}}});
    EXPECT_TRUE(notes().of(plan_).empty());
    const fs::path path = file();
    fs::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_TRUE(notes().of(plan_).empty());
    fs::remove(path);
    std::ofstream(state_ / "elsewhere")
        << Json{{"schema", "regain.hidden-sectors/1"}, {"logs", {given_back}}};
    fs::create_symlink(state_ / "elsewhere", path);
    EXPECT_TRUE(notes().of(plan_).empty());
}

TEST_F(HiddenSectorNotesTest, take_the_place_of_a_damaged_one) {
    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    put("{");
    ASSERT_TRUE(notes().add(plan_, refused).ok());
    EXPECT_EQ(notes().of(plan_), std::vector<Json>{refused});
}

TEST_F(HiddenSectorNotesTest, that_cannot_be_written_are_an_error_and_leave_the_older_ones) {
    std::ofstream(state_ / "hidden-sectors") << "no directory";
    const Status status = notes().add(plan_, given_back);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::environment);
    fs::remove(state_ / "hidden-sectors");

    ASSERT_TRUE(notes().add(plan_, given_back).ok());
    const fs::path path = file();
    fs::remove(path);
    ASSERT_TRUE(make_directories(path / "in-its-place").ok());
    const Status blocked = notes().add(plan_, given_back);
    ASSERT_FALSE(blocked.ok());
    EXPECT_EQ(blocked.error().kind, ErrorKind::environment);
    EXPECT_TRUE(fs::exists(path / "in-its-place"));
}

// A model string may hold any bytes.
TEST_F(HiddenSectorNotesTest, of_a_drive_with_a_broken_name_are_kept) {
    const WipePlan broken = plan_of("\xff\x01S", "\xff\x01S");
    ASSERT_TRUE(notes().add(broken, given_back).ok());
    EXPECT_EQ(notes().of(broken).size(), 1U);
}

}  // namespace
}  // namespace regain
