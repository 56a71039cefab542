#pragma once
// Lines that an operator or a barcode scanner types while other things go on: read without waiting, and
// without the terminal's own echo where a screen shows them. Used by `regain batch`.

#include <termios.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

namespace regain {

class TypedLines {
  public:
    enum class Echo { terminal, own };
    /// `own`: the terminal shows nothing by itself until this ends. Ctrl-C stays a signal; Ctrl-\ and Ctrl-Z,
    /// which would leave it like that, do nothing.
    explicit TypedLines(Echo echo, int descriptor = STDIN_FILENO);
    ~TypedLines();
    TypedLines(const TypedLines&) = delete;
    TypedLines& operator=(const TypedLines&) = delete;

    /// To be polled for reading; -1 when it has ended.
    int descriptor() const { return has_ended_ ? -1 : descriptor_; }
    /// Takes what is there; whole lines without their ends, which are a line feed, a carriage return or both
    /// (barcode scanners). Blocks where nothing is there.
    std::vector<std::string> take();
    /// The line that has no end yet.
    const std::string& unfinished() const { return text_; }
    bool has_ended() const { return has_ended_; }

  private:
    void take_byte(char byte, std::vector<std::string>& lines);

    int descriptor_;
    std::optional<termios> before_;
    std::string text_;
    bool was_carriage_return_ = false;
    bool has_ended_ = false;
};

}  // namespace regain
