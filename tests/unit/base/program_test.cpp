#include "base/program.h"

#include <gtest/gtest.h>

#include <thread>

namespace regain {
namespace {

TEST(Program, gives_output_errors_and_status) {
    const auto outcome =
        run_program({.program = "sh", .arguments = {"-c", "cat; echo oops >&2; exit 3"}, .input = "hello"});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->output, "hello");
    EXPECT_EQ(outcome->errors, "oops\n");
    EXPECT_EQ(outcome->exit_status, 3);
}

TEST(Program, arguments_are_never_interpreted) {
    const auto outcome = run_program({.program = "echo", .arguments = {"$HOME; `id`", "*"}});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->output, "$HOME; `id` *\n");
}

TEST(Program, a_missing_one_names_its_package) {
    const auto outcome = run_program({.program = "no-such-program-here", .package = "some-package"});
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().kind, ErrorKind::environment);
    EXPECT_EQ(in_english(outcome.error().advice), "Install the package some-package.");
}

TEST(Program, survives_large_input_that_is_not_read) {
    const auto outcome = run_program({.program = "true", .input = std::string(1 << 20, 'x')});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(outcome->exit_status, 0);
}

TEST(Program, hands_over_lines_while_it_runs) {
    std::vector<std::string> lines;
    const auto outcome = run_program(
        {.program = "printf", .arguments = {"a\\nb\\rc"}, .on_output_line = [&](std::string_view line) {
             lines.emplace_back(line);
         }});
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(lines, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Program, stops_when_asked) {
    std::stop_source source;
    source.request_stop();
    const auto outcome = run_program({.program = "sleep", .arguments = {"60"}, .stop = source.get_token()});
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().kind, ErrorKind::interrupted);
}

TEST(Program, failure_carries_the_last_line_of_its_errors) {
    const auto outcome = run_program_or_fail(
        {.program = "sh", .arguments = {"-c", "echo one >&2; echo two >&2; exit 1"}}, message("try"));
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(in_english(outcome.error()), "cannot try: sh ended with status 1: two");
}

}  // namespace
}  // namespace regain
