#include "base/message.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace regain {
namespace {

TEST(Message, fills_placeholders_by_position) {
    EXPECT_EQ(in_english(message("{1} of {0}", 10, "three")), "three of 10");
}

TEST(Message, survives_a_faulty_template) {
    EXPECT_EQ(fill_placeholders("{0} {5} {x} {", {"a"}), "a {5} {x} {");
    EXPECT_EQ(fill_placeholders("{{0}}", {"a"}), "{0}");
}

TEST(Error, reads_as_cannot_doing_reason) {
    EXPECT_EQ(in_english(os_error(message("open {0}", "/dev/sda"), 2)),
              "cannot open /dev/sda: No such file or directory");
}

TEST(Result, passes_errors_on) {
    const auto failing = []() -> Result<int> { return error(ErrorKind::usage, message("a"), message("b")); };
    const auto calling = [&]() -> Result<std::string> {
        REGAIN_ASSIGN(const int value, failing());
        return std::to_string(value);
    };
    const auto result = calling();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace regain
