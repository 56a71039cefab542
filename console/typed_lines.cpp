#include "console/typed_lines.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace regain {
namespace {

constexpr char end_of_input = 0x04;  // Ctrl-D
constexpr char erase_line = 0x15;    // Ctrl-U
constexpr size_t longest_line = 512;

}  // namespace

TypedLines::TypedLines(Echo echo, int descriptor) : descriptor_(descriptor) {
    termios now{};
    if (echo != Echo::own || ::tcgetattr(descriptor_, &now) != 0) return;
    before_ = now;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    // A carriage return and a line feed are one end of a line: the terminal must not make two of them.
    now.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    now.c_cc[VQUIT] = _POSIX_VDISABLE;
    now.c_cc[VSUSP] = _POSIX_VDISABLE;
    ::tcsetattr(descriptor_, TCSANOW, &now);
}

TypedLines::~TypedLines() {
    if (before_) ::tcsetattr(descriptor_, TCSANOW, &*before_);
}

std::vector<std::string> TypedLines::take() {
    std::array<char, 256> buffer{};
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    std::vector<std::string> lines;
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return lines;
    if (count <= 0) {
        has_ended_ = true;
        if (!text_.empty()) lines.push_back(std::exchange(text_, {}));
        return lines;
    }
    for (ssize_t i = 0; i < count; ++i) take_byte(buffer[static_cast<size_t>(i)], lines);
    return lines;
}

void TypedLines::take_byte(char byte, std::vector<std::string>& lines) {
    const bool is_second_half = std::exchange(was_carriage_return_, byte == '\r') && byte == '\n';
    if (is_second_half) return;
    if (byte == '\n' || byte == '\r') {
        lines.push_back(std::exchange(text_, {}));
    } else if (before_ && byte == end_of_input) {
        has_ended_ = text_.empty();
    } else if (before_ && byte == erase_line) {
        text_.clear();
    } else if (before_ && (byte == 0x7F || byte == '\b')) {
        while (!text_.empty() && (static_cast<unsigned char>(text_.back()) & 0xC0) == 0x80) text_.pop_back();
        if (!text_.empty()) text_.pop_back();
    } else if (static_cast<unsigned char>(byte) >= 0x20 && text_.size() < longest_line) {
        text_ += byte;
    }
}

}  // namespace regain
