#include "console/screen_dialog.h"

#include <gtest/gtest.h>

#include <deque>

#include "console/screen_questions.h"

namespace regain {
namespace {

/// Keys from a list; after the last one the terminal is gone.
class ScriptedTerminal final : public ScreenTerminal {
  public:
    explicit ScriptedTerminal(std::vector<Key> keys) : keys_(keys.begin(), keys.end()) {}
    ScreenSize size() const override { return {80, 25}; }
    void write(const std::string& text) override { shown += text; }
    Key read_key(std::chrono::milliseconds) override {
        if (keys_.empty()) return {KeyKind::end_of_input};
        Key key = keys_.front();
        keys_.pop_front();
        return key;
    }
    void begin_job() override {}
    void end_job() override {}
    void sound(bool) override {}

    std::string shown;

  private:
    std::deque<Key> keys_;
};

Key text(const std::string& character) {
    return {KeyKind::text, character};
}
const Key enter{KeyKind::enter};
const Key escape{KeyKind::escape};
const Key down{KeyKind::down};
const Key nothing{KeyKind::none};

std::vector<Key> typed(const std::string& word) {
    std::vector<Key> keys;
    for (const char c : word) keys.push_back(text(std::string(1, c)));
    keys.push_back(enter);
    return keys;
}

ScreenDialog::Compose three_choices() {
    return [](const Translator&) {
        Page page;
        page.choices = {{"first"}, {"second", "refused"}, {"third"}};
        return page;
    };
}

std::optional<size_t> chosen_by(std::vector<Key> keys) {
    ScriptedTerminal terminal(std::move(keys));
    ScreenDialog dialog(terminal, Translator());
    return dialog.choose(three_choices());
}

TEST(ScreenDialog, chooses_by_digit_or_by_arrows_and_enter) {
    EXPECT_EQ(chosen_by({text("3")}), 2U);
    EXPECT_EQ(chosen_by({down, down, enter}), 2U);
    EXPECT_EQ(chosen_by({enter}), 0U);
}

TEST(ScreenDialog, takes_the_digits_of_a_french_keyboard_without_shift) {
    EXPECT_EQ(chosen_by({text("&")}), 0U);
    EXPECT_EQ(chosen_by({text("é"), text("\"")}), 2U) << "the second choice is refused";
    EXPECT_EQ(chosen_by({text("ç"), text("-"), text("à"), text("&")}), 0U) << "there is no such choice";
}

TEST(ScreenDialog, never_chooses_what_is_refused_or_is_not_there) {
    EXPECT_EQ(chosen_by({text("2"), text("9"), text("0"), text("3")}), 2U);
    EXPECT_EQ(chosen_by({down, enter, down, enter}), 2U);
}

TEST(ScreenDialog, goes_back_with_escape_and_with_ctrl_c) {
    EXPECT_FALSE(chosen_by({escape, enter}));
    EXPECT_FALSE(chosen_by({{KeyKind::interrupt}, enter}));
}

TEST(ScreenDialog, is_over_when_the_terminal_is_gone) {
    ScriptedTerminal terminal({});
    ScreenDialog dialog(terminal, Translator());
    EXPECT_FALSE(dialog.choose(three_choices()));
    EXPECT_TRUE(dialog.is_over());
    EXPECT_FALSE(dialog.count_down(std::chrono::seconds(5), [](const Translator&, size_t) { return Page(); }))
        << "a job must not begin because the terminal went away";
}

TEST(ScreenDialog, changes_the_language_with_one_key) {
    ScriptedTerminal terminal({text("l"), enter});
    ScreenDialog dialog(terminal, Translator("fr"));
    dialog.choose(three_choices());
    EXPECT_EQ(dialog.translate().language(), "en");
}

TEST(ScreenDialog, types_letters_also_the_one_of_the_language) {
    ScriptedTerminal terminal({text("l"), text("x"), {KeyKind::backspace}, text("1"), enter});
    ScreenDialog dialog(terminal, Translator("fr"));
    EXPECT_EQ(dialog.type([](const Translator&) { return Page(); }), "l1");
    EXPECT_EQ(dialog.translate().language(), "fr");
}

TEST(ScreenDialog, counts_down_unless_it_is_stopped) {
    const auto counted = [](std::vector<Key> keys) {
        ScriptedTerminal terminal(std::move(keys));
        ScreenDialog dialog(terminal, Translator());
        return dialog.count_down(std::chrono::seconds(2), [](const Translator&, size_t) { return Page(); });
    };
    // The first "nothing": no key is waiting when the page comes.
    EXPECT_TRUE(counted({nothing, nothing, nothing}));
    EXPECT_TRUE(counted({nothing, enter}));
    EXPECT_FALSE(counted({nothing, nothing, escape}));
    EXPECT_FALSE(counted({nothing, text("x"), text("y"), text("z")})) << "other keys do not make it faster";
}

TEST(ScreenDialog, an_enter_from_before_the_page_begins_nothing_and_an_escape_stops) {
    const auto compose = [](const Translator&, size_t) { return Page(); };
    ScriptedTerminal impatient({enter, enter, nothing, nothing, escape});
    EXPECT_FALSE(ScreenDialog(impatient, Translator()).count_down(std::chrono::seconds(2), compose))
        << "pressed while the drives were looked at";
    ScriptedTerminal worried({escape, nothing, nothing, nothing});
    EXPECT_FALSE(ScreenDialog(worried, Translator()).count_down(std::chrono::seconds(2), compose));
}

// ---- questions

DriveRecord drive(const std::string& path, const std::string& serial) {
    DriveRecord record;
    record.path = path;
    record.serial = serial;
    record.size_bytes = 1000;
    return record;
}

std::vector<DriveRecord> two_drives_and_the_stick() {
    std::vector<DriveRecord> drives{drive("/dev/sda", "S1"), drive("/dev/sdb", "S2"),
                                    drive("/dev/sdc", "S3")};
    drives[1].protection = {{"boot-medium", ""}};
    return drives;
}

std::vector<std::string> drives_chosen_by(std::vector<Key> keys,
                                          const std::vector<DriveRecord>& ticked = {}) {
    ScriptedTerminal terminal(std::move(keys));
    ScreenDialog dialog(terminal, Translator());
    const auto chosen = ask_drives(dialog, two_drives_and_the_stick(), ticked);
    std::vector<std::string> paths;
    if (chosen)
        for (const auto& each : *chosen) paths.push_back(each.path);
    return paths;
}

TEST(ScreenQuestions, choose_no_drive_by_default_and_never_a_protected_one) {
    EXPECT_TRUE(drives_chosen_by({enter, enter}).empty());
    EXPECT_EQ(drives_chosen_by({text("2"), text("3"), text("1"), enter}),
              (std::vector<std::string>{"/dev/sda", "/dev/sdc"}));
    EXPECT_TRUE(drives_chosen_by({text("2"), enter}).empty());
    EXPECT_EQ(drives_chosen_by({enter}, two_drives_and_the_stick()),
              (std::vector<std::string>{"/dev/sda", "/dev/sdc"}))
        << "what a job proposes is ticked, unless it is protected";
    EXPECT_EQ(drives_chosen_by({text("1"), text("1"), text("3"), enter}),
              std::vector<std::string>{"/dev/sdc"});
}

TEST(ScreenQuestions, show_why_a_drive_is_protected) {
    ScriptedTerminal terminal({});
    ScreenDialog dialog(terminal, Translator());
    ask_drives(dialog, two_drives_and_the_stick(), {});
    EXPECT_NE(terminal.shown.find("protected: "), std::string::npos);
}

bool confirmed_by(std::vector<Key> keys) {
    ScriptedTerminal terminal(std::move(keys));
    ScreenDialog dialog(terminal, Translator());
    return ask_confirmations(dialog, {drive("/dev/sda", "S1")}, {"S1"});
}

TEST(ScreenQuestions, confirm_a_drive_by_its_whole_serial_only) {
    EXPECT_TRUE(confirmed_by(typed("S1")));
    EXPECT_FALSE(confirmed_by(typed("S")));
    EXPECT_FALSE(confirmed_by(typed("")));
    EXPECT_FALSE(confirmed_by(typed("s1")));
    EXPECT_FALSE(confirmed_by({text("S"), text("1"), escape}));
    auto twice = typed("S2");
    for (const auto& key : typed("S1")) twice.push_back(key);
    EXPECT_TRUE(confirmed_by(twice)) << "a wrong one is asked for again";
}

TEST(ScreenQuestions, take_enter_for_no) {
    const auto answered = [](std::vector<Key> keys) {
        ScriptedTerminal terminal(std::move(keys));
        ScreenDialog dialog(terminal, Translator());
        return ask_yes(dialog, [](const Translator&) { return Page(); });
    };
    EXPECT_FALSE(answered({enter}));
    EXPECT_FALSE(answered({escape}));
    EXPECT_FALSE(answered({}));
    EXPECT_TRUE(answered({text("2")}));
}

TEST(ScreenQuestions, give_the_system_only_to_a_drive_that_is_large_enough) {
    std::vector<DriveRecord> drives{drive("/dev/sda", "S1"), drive("/dev/sdb", "S2")};
    drives[1].size_bytes = 5000;
    ScriptedTerminal terminal({text("1"), enter, text("2")});
    ScreenDialog dialog(terminal, Translator());
    const auto target = ask_target(dialog, drives, 4000);
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/dev/sdb");
}

}  // namespace
}  // namespace regain
