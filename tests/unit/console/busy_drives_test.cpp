// A drive that goes on erasing itself is waited for; time passes only when the code under test waits.

#include "console/busy_drives.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace regain {
namespace {

class BusyDrives : public testing::Test {
  protected:
    BusyDriveWatch watch() {
        return {clock_, [this](std::chrono::milliseconds duration) { clock_.advance(duration); },
                [this] { return is_stopped_; },
                [this](const Message& words) { said_.push_back(in_english(words)); }};
    }
    /// An NVMe drive that is asked for the nth time.
    CapabilitySource source(std::vector<uint32_t> progress) {
        return [this, progress = std::move(progress)](const DriveRecord& drive) {
            DriveCapabilities capabilities = capabilities_of(drive);
            capabilities.nvme_sanitize.emplace();
            const bool is_running = asked_ < progress.size();
            capabilities.nvme_sanitize->state =
                is_running ? NvmeSanitizeState::in_progress : NvmeSanitizeState::completed;
            if (is_running) capabilities.nvme_sanitize->progress = static_cast<uint16_t>(progress[asked_]);
            ++asked_;
            return capabilities;
        };
    }
    DriveCapabilities ask(std::vector<uint32_t> progress) {
        DriveRecord drive;
        drive.path = "/dev/nvme0n1";
        return ask_when_quiet(drive, source(std::move(progress)), watch());
    }

    ManualClock clock_{WallTime{}};
    bool is_stopped_ = false;
    size_t asked_ = 0;
    std::vector<std::string> said_;
};

TEST_F(BusyDrives, that_are_quiet_are_asked_once) {
    EXPECT_EQ(sanitize_progress_of(ask({})), std::nullopt);
    EXPECT_EQ(asked_, 1U);
    EXPECT_TRUE(said_.empty());
}

TEST_F(BusyDrives, are_waited_for_and_named_once_in_a_while) {
    EXPECT_EQ(sanitize_progress_of(ask({32768, 40000, 65000})), std::nullopt);
    EXPECT_EQ(asked_, 4U);
    ASSERT_EQ(said_.size(), 1U);
    EXPECT_NE(said_[0].find("/dev/nvme0n1"), std::string::npos);
    EXPECT_NE(said_[0].find("50 %"), std::string::npos);
}

TEST_F(BusyDrives, are_given_up_when_their_progress_stands_still) {
    EXPECT_EQ(sanitize_progress_of(ask(std::vector<uint32_t>(100000, 7))), 7U);
    EXPECT_EQ(clock_.monotonic() - MonotonicTime{}, std::chrono::hours(4));
    EXPECT_EQ(said_.size(), 48U) << "every five minutes";
}

TEST_F(BusyDrives, are_not_waited_for_any_more_after_an_interruption) {
    is_stopped_ = true;
    EXPECT_EQ(sanitize_progress_of(ask({1, 2, 3})), 1U);
    EXPECT_EQ(asked_, 1U);
}

}  // namespace
}  // namespace regain
