#include "console/command_line.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "console/commands.h"
#include "console/session.h"

namespace regain {
namespace {

constexpr OptionSpec options[] = {{"json", 'J', nullptr, "x"},
                                  {"output", 'o', "FILE", "x"},
                                  {"confirm", 0, "SERIAL", "x"},
                                  {"plan", 0, nullptr, "x"}};

Result<Arguments> parse(const std::vector<std::string>& words) {
    return Arguments::parse(words, options);
}

TEST(CommandLine, takes_options_before_and_after_operands) {
    const auto arguments =
        parse({"/dev/sda", "--json", "-o", "report", "/dev/sdb", "--confirm=A", "--confirm", "B"});
    ASSERT_TRUE(arguments.ok());
    EXPECT_EQ(arguments->operands(), (std::vector<std::string>{"/dev/sda", "/dev/sdb"}));
    EXPECT_TRUE(arguments->has("json"));
    EXPECT_EQ(arguments->value("output"), "report");
    EXPECT_EQ(arguments->values("confirm"), (std::vector<std::string>{"A", "B"}));
    EXPECT_FALSE(arguments->has("plan"));
}

TEST(CommandLine, two_dashes_end_the_options) {
    const auto arguments = parse({"--", "--json", "-o"});
    ASSERT_TRUE(arguments.ok());
    EXPECT_EQ(arguments->operands(), (std::vector<std::string>{"--json", "-o"}));
    EXPECT_FALSE(arguments->has("json"));
}

TEST(CommandLine, refuses_what_it_does_not_know) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--no-such"}, {"-x"}, {"--json=yes"}, {"--output"}, {"-o"}}) {
        const auto arguments = parse(words);
        ASSERT_FALSE(arguments.ok()) << words.front();
        EXPECT_EQ(arguments.error().kind, ErrorKind::usage);
    }
}

TEST(CommandLine, refuses_an_option_that_is_not_spelled_out_and_names_it) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--conf", "A"}, {"x", "--conf=A"}, {"--js"}, {"a", "--outpu", "--json"}}) {
        const auto arguments = parse(words);
        ASSERT_FALSE(arguments.ok()) << words.front();
        EXPECT_EQ(arguments.error().kind, ErrorKind::usage);
    }
    const auto arguments = parse({"/dev/sda", "--conf", "A"});
    ASSERT_FALSE(arguments.ok());
    EXPECT_NE(in_english(arguments.error()).find("--confirm"), std::string::npos)
        << in_english(arguments.error());
    EXPECT_TRUE(parse({"--confirm", "--conf", "--confirm=--conf", "-o", "--outp"}).ok())
        << "a value is no option";
}

TEST(CommandLine, parsing_twice_starts_afresh) {
    ASSERT_TRUE(parse({"--json", "a"}).ok());
    const auto second = parse({"b"});
    ASSERT_TRUE(second.ok());
    EXPECT_FALSE(second->has("json"));
    EXPECT_EQ(second->operands(), std::vector<std::string>{"b"});
}

TEST(Commands, each_option_stands_once_in_its_command) {
    for (const auto& command : all_commands()) {
        std::map<std::string, int> names;
        std::map<char, int> letters;
        for (const auto& option : command.options) {
            EXPECT_EQ(++names[option.name], 1) << command.name << " --" << option.name;
            if (option.letter == 0) continue;
            EXPECT_EQ(++letters[option.letter], 1) << command.name << " -" << option.letter;
        }
        EXPECT_TRUE(names.contains("state-dir") && names.contains("lang") && names.contains("quiet"))
            << command.name;
    }
}

TEST(ExitStatus, is_the_one_of_the_contract) {
    EXPECT_EQ(exit_status(ErrorKind::failed), 1);
    EXPECT_EQ(exit_status(ErrorKind::usage), 2);
    EXPECT_EQ(exit_status(ErrorKind::refused), 3);
    EXPECT_EQ(exit_status(ErrorKind::untrusted), 4);
    EXPECT_EQ(exit_status(ErrorKind::environment), 5);
    EXPECT_EQ(exit_status(ErrorKind::interrupted), 130);
}

}  // namespace
}  // namespace regain
