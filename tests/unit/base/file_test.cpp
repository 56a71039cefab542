#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace regain {
namespace {

class FileTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = ::testing::TempDir() + "/regain-file-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    std::filesystem::path directory_;
};

TEST_F(FileTest, writes_and_reads_back) {
    ASSERT_TRUE(write_file(directory_ / "a", "one", 0600).ok());
    ASSERT_TRUE(write_file(directory_ / "a", "two", 0600).ok());
    EXPECT_EQ(*read_file(directory_ / "a"), "two");
    struct stat status {};
    ASSERT_EQ(::stat((directory_ / "a").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(FileTest, leaves_nothing_behind_when_it_fails) {
    ASSERT_TRUE(make_directories(directory_ / "target" / "child").ok());
    EXPECT_FALSE(write_file(directory_ / "target", "x").ok());
    size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory_)) ++entries;
    EXPECT_EQ(entries, 1U);
}

TEST_F(FileTest, refuses_a_file_that_is_too_large) {
    ASSERT_TRUE(write_file(directory_ / "a", std::string(100, 'x')).ok());
    EXPECT_TRUE(read_file(directory_ / "a", 100).ok());
    const auto result = read_file(directory_ / "a", 99);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::untrusted);
}

TEST_F(FileTest, a_missing_file_is_an_error_and_a_missing_line_is_empty) {
    const auto result = read_file(directory_ / "none");
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().os_errno, ENOENT);
    EXPECT_EQ(read_line(directory_ / "none"), "");
}

}  // namespace
}  // namespace regain
