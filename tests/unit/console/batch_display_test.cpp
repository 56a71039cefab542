// The lines of `regain batch` on a small terminal.

#include "console/batch_display.h"

#include <gtest/gtest.h>

#include "console/terminal.h"

namespace regain {
namespace {

BatchRow row(size_t number, BatchState state) {
    BatchRow row;
    row.drive.number = number;
    row.drive.state = state;
    row.drive.drive.path = "/dev/sd" + std::string(1, static_cast<char>('a' + number - 1));
    row.drive.drive.serial = "WD-WCAV5" + std::to_string(1000000 + number);
    row.drive.drive.size_bytes = 500'107'862'016;
    row.confirmation = row.drive.drive.serial;
    return row;
}

ProgressLine progress_of(const BatchRow& row) {
    ProgressLine line;
    line.label = row.drive.drive.path;
    line.step = "4/7 overwrite";
    line.step_code = "overwrite";
    line.bytes_done = 215'000'000'000;
    line.bytes_total = 500'000'000'000;
    line.bytes_per_second = 88'000'000;
    line.seconds_left = 7233;
    return line;
}

bool is_in(const std::vector<std::string>& lines, const std::string& text) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

TEST(BatchLines, show_twenty_drives_on_a_small_terminal) {
    const Translator english("en");
    std::vector<BatchRow> rows;
    std::map<size_t, ProgressLine> progress;
    for (size_t i = 1; i <= 20; ++i) {
        rows.push_back(row(i, i <= 16 ? BatchState::working : BatchState::waiting));
        progress[i] = progress_of(rows.back());
    }
    const auto lines = batch_lines(rows, progress, 80, 21, english);
    ASSERT_EQ(lines.size(), 21U);
    for (const std::string& line : lines) EXPECT_LT(display_width(line), 80U) << line;
    for (const BatchRow& each : rows)
        EXPECT_TRUE(is_in(lines, each.drive.drive.path)) << each.drive.drive.path;
    EXPECT_NE(lines[0].find(" 43%"), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find("WD-WCAV5"), std::string::npos) << "whose line it is: " << lines[0];
    EXPECT_NE(lines[19].find("type WD-WCAV51000020"), std::string::npos) << lines[19];
    EXPECT_NE(lines[20].find("at work: 16"), std::string::npos) << lines[20];
}

TEST(BatchLines, leave_out_what_has_ended_before_what_waits_and_what_works) {
    const Translator english("en");
    std::vector<BatchRow> rows;
    std::map<size_t, ProgressLine> progress;
    for (size_t i = 1; i <= 20; ++i) {
        const auto state = i <= 12 ? BatchState::ended : i <= 16 ? BatchState::waiting : BatchState::working;
        rows.push_back(row(i, state));
        rows.back().drive.verdict = Verdict::cleared;
        rows.back().drive.rest = BatchRest::can_be_pulled;
        progress[i] = progress_of(rows.back());
    }
    const auto lines = batch_lines(rows, progress, 80, 11, english);
    ASSERT_EQ(lines.size(), 11U);
    for (size_t i = 13; i <= 20; ++i) EXPECT_TRUE(is_in(lines, rows[i - 1].drive.drive.path)) << i;
    EXPECT_TRUE(is_in(lines, "/dev/sdl")) << "the drive that ended last";
    EXPECT_TRUE(is_in(lines, "CAN BE PULLED OUT"));
    EXPECT_FALSE(is_in(lines, "/dev/sda")) << "the one that ended first";
    EXPECT_TRUE(is_in(lines, "erased: 12")) << "but it is counted";
}

TEST(BatchLines, name_the_port_of_a_drive_that_can_be_pulled) {
    BatchRow ended = row(1, BatchState::ended);
    ended.drive.verdict = Verdict::cleared;
    ended.drive.rest = BatchRest::can_be_pulled;
    ended.drive.port = "usb-0:1.3";
    const auto lines = batch_lines({ended}, {}, 80, 10, Translator("en"));
    EXPECT_NE(lines[0].find("WD-WCAV51000001  usb-0:1.3"), std::string::npos) << lines[0];
    EXPECT_LT(display_width(lines[0]), 80U);
}

TEST(BatchLines, fit_narrow_terminals_in_french) {
    const Translator french("fr");
    std::vector<BatchRow> rows{row(1, BatchState::working), row(2, BatchState::waiting),
                               row(3, BatchState::asked), row(4, BatchState::ended)};
    const auto lines = batch_lines(rows, {{1, progress_of(rows[0])}}, 40, 10, french);
    for (const std::string& line : lines) EXPECT_LT(display_width(line), 40U) << line;
}

}  // namespace
}  // namespace regain
