#include "console/screen_terminal.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

#include "console/terminal.h"

namespace regain {
namespace {

constexpr std::chrono::milliseconds between_looks{200};
constexpr std::chrono::milliseconds escape_ends{50};

}  // namespace

RawTerminal::RawTerminal(const InterruptionWatch& watch) : watch_(watch) {
    ::tcgetattr(STDIN_FILENO, &before_);
    set_raw();
}

RawTerminal::~RawTerminal() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    write("\x1b[0m\x1b[?25h\x1b[H\x1b[J");
}

void RawTerminal::set_raw() {
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
}

ScreenSize RawTerminal::size() const {
    return {terminal_width(), terminal_height()};
}

void RawTerminal::write(const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        rest.remove_prefix(static_cast<size_t>(count));
    }
}

Key RawTerminal::read_key(std::chrono::milliseconds longest) {
    auto left = longest;
    for (;;) {
        if (watch_.token().stop_requested()) return {KeyKind::end_of_input};
        if (!keys_.empty()) {
            Key key = keys_.front();
            keys_.pop_front();
            return key;
        }
        const auto wait = std::min(left, bytes_.empty() ? between_looks : escape_ends);
        pollfd waiting{STDIN_FILENO, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(wait.count()));
        char buffer[64];
        const ssize_t count = ready > 0 ? ::read(STDIN_FILENO, buffer, sizeof buffer) : -1;
        if (ready > 0 && (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)))
            return {KeyKind::end_of_input};
        if (count > 0) bytes_.append(buffer, static_cast<size_t>(count));
        for (auto& key : take_keys(bytes_, ready == 0)) keys_.push_back(std::move(key));
        if (!keys_.empty()) continue;
        if (left <= wait) return {};
        if (ready == 0) left -= wait;
    }
}

void RawTerminal::begin_job() {
    termios cooked = before_;
    cooked.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    cooked.c_lflag |= static_cast<tcflag_t>(ICANON | ISIG);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &cooked);
}

void RawTerminal::end_job() {
    set_raw();  // TCSAFLUSH: what was typed during the job does not answer the next question
    bytes_.clear();
    keys_.clear();
}

void RawTerminal::sound(bool is_good) {
    // Ref: console_codes(4), "Linux Console Private CSI Sequences": 10 is the bell's pitch in Hz, 11 its
    // length in milliseconds; without a value they are set back. Other terminals only get the bell.
    const char* const terminal = std::getenv("TERM");
    if (terminal == nullptr || std::string_view(terminal) != "linux") return write("\a");
    const std::vector<int> notes = is_good ? std::vector{660, 990} : std::vector{220, 220, 220};
    for (const int hertz : notes) {
        write("\x1b[10;" + std::to_string(hertz) + "]\x1b[11;250]\a");
        std::this_thread::sleep_for(std::chrono::milliseconds(350));
    }
    write("\x1b[10]\x1b[11]");
}

}  // namespace regain
