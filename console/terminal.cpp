#include "console/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace regain {
namespace {

// Decodes one character of valid UTF-8; anything else counts as one column.
size_t next_character(const std::string& text, size_t position, uint32_t& character) {
    const auto first = static_cast<uint8_t>(text[position]);
    const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    character = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length && position + i < text.size(); ++i)
        character = (character << 6) | (static_cast<uint8_t>(text[position + i]) & 0x3FU);
    return length;
}

bool is_combining(uint32_t c) {
    return (c >= 0x300 && c <= 0x36F) || (c >= 0x610 && c <= 0x61A) || (c >= 0x64B && c <= 0x65F) ||
           c == 0x200B || (c >= 0x200C && c <= 0x200F) || c == 0xFEFF;
}

bool is_wide(uint32_t c) {
    return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
           (c >= 0x1F300 && c <= 0x1F64F) || (c >= 0x20000 && c <= 0x3FFFD);
}

}  // namespace

bool is_terminal(int descriptor) {
    return ::isatty(descriptor) == 1;
}

size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

size_t terminal_height() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
    return 25;
}

std::optional<std::string> read_line_from_terminal(const std::stop_token& stop) {
    std::string line;
    for (;;) {
        if (stop.stop_requested()) return std::nullopt;
        pollfd waiting{STDIN_FILENO, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, 200);
        if (ready < 0 && errno != EINTR) return std::nullopt;
        if (ready <= 0) continue;
        char c = 0;
        const ssize_t count = ::read(STDIN_FILENO, &c, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return line.empty() ? std::nullopt : std::optional(line);
        if (c == '\n') return line;
        line += c;
    }
}

std::optional<std::string> read_secret_from_terminal(const std::stop_token& stop) {
    termios before{};
    const bool is_terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    auto line = read_line_from_terminal(stop);
    if (is_terminal) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return line;
}

size_t display_width(const std::string& text) {
    size_t columns = 0;
    for (size_t position = 0; position < text.size();) {
        uint32_t character = 0;
        position += next_character(text, position, character);
        if (!is_combining(character)) columns += is_wide(character) ? 2U : 1U;
    }
    return columns;
}

}  // namespace regain
