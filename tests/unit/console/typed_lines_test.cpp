// Lines that a person or a barcode scanner types, through a pipe and through a terminal of our own.

#include "console/typed_lines.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

namespace regain {
namespace {

using Lines = std::vector<std::string>;

class Keyboard {
  public:
    explicit Keyboard(bool is_terminal) {
        const int made =
            is_terminal ? ::openpty(&ends_[1], &ends_[0], nullptr, nullptr, nullptr) : ::pipe(ends_.data());
        EXPECT_EQ(made, 0);
    }
    ~Keyboard() {
        for (const int end : ends_) ::close(end);
    }
    int descriptor() const { return ends_[0]; }
    void type(const std::string& text) const {
        EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    termios settings() const {
        termios now{};
        EXPECT_EQ(::tcgetattr(ends_[0], &now), 0);
        return now;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

TEST(TypedLines, end_with_a_line_feed_a_carriage_return_or_both) {
    const Keyboard keyboard(false);
    TypedLines lines(TypedLines::Echo::terminal, keyboard.descriptor());
    keyboard.type("A\nB\rC\r\nD\n\nE\r");
    EXPECT_EQ(lines.take(), (Lines{"A", "B", "C", "D", "", "E"}));
    keyboard.type("\nF\r\r");
    EXPECT_EQ(lines.take(), (Lines{"F", ""})) << "the other half came later";
}

TEST(TypedLines, of_a_scanner_on_a_terminal_are_not_two) {
    const Keyboard keyboard(true);
    TypedLines lines(TypedLines::Echo::own, keyboard.descriptor());
    keyboard.type("WD-1\r\nWD-2\r\n");
    EXPECT_EQ(lines.take(), (Lines{"WD-1", "WD-2"}));
}

TEST(TypedLines, keep_a_terminal_from_being_left_without_echo) {
    const Keyboard keyboard(true);
    const termios before = keyboard.settings();
    {
        const TypedLines lines(TypedLines::Echo::own, keyboard.descriptor());
        const termios now = keyboard.settings();
        EXPECT_EQ(now.c_lflag & ECHO, 0U);
        EXPECT_NE(now.c_lflag & ISIG, 0U) << "Ctrl-C is a signal";
        EXPECT_EQ(now.c_cc[VINTR], before.c_cc[VINTR]);
        EXPECT_EQ(now.c_cc[VQUIT], _POSIX_VDISABLE);
        EXPECT_EQ(now.c_cc[VSUSP], _POSIX_VDISABLE);
    }
    const termios after = keyboard.settings();
    EXPECT_EQ(after.c_lflag, before.c_lflag);
    EXPECT_EQ(after.c_iflag, before.c_iflag);
    EXPECT_EQ(after.c_cc[VQUIT], before.c_cc[VQUIT]);
}

}  // namespace
}  // namespace regain
