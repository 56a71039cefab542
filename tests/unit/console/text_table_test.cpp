#include "console/text_table.h"

#include <gtest/gtest.h>

#include "base/translation.h"
#include "console/progress_display.h"
#include "console/terminal.h"

namespace regain {
namespace {

TEST(TextTable, columns_are_as_wide_as_they_need_to_be) {
    TextTable table({{"DRIVE"}, {"SIZE", TextTable::Align::right}, {"MODEL"}});
    table.add_row({"/dev/sda", "1 GB", "é"});
    table.add_row({"/dev/nvme0n1", "512 GB"});
    EXPECT_EQ(table.text(),
              "DRIVE          SIZE MODEL\n"
              "/dev/sda       1 GB é\n"
              "/dev/nvme0n1 512 GB\n");
}

TEST(DisplayWidth, counts_columns_and_not_bytes) {
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("été"), 3U);
    EXPECT_EQ(display_width("日本"), 4U);
    EXPECT_EQ(display_width("e\xCC\x81"), 1U);
}

TEST(HumanSize, uses_decimal_units_as_drives_are_sold) {
    const Translator english;
    EXPECT_EQ(human_size(0, english), "0 B");
    EXPECT_EQ(human_size(999, english), "999 B");
    EXPECT_EQ(human_size(1500, english), "1.5 kB");
    EXPECT_EQ(human_size(500107862016, english), "500 GB");
    EXPECT_EQ(human_size(UINT64_MAX, english), "18446 PB");
    EXPECT_EQ(human_size(1500000000, Translator("fr")), "1,5\u00A0Go");
}

TEST(HumanDuration, has_hours_only_where_there_are_some) {
    EXPECT_EQ(human_duration(9), "0:09");
    EXPECT_EQ(human_duration(3599), "59:59");
    EXPECT_EQ(human_duration(7384), "2:03:04");
}

}  // namespace
}  // namespace regain
