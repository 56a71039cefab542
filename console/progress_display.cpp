#include "console/progress_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "console/terminal.h"

namespace regain {
namespace {

constexpr std::chrono::milliseconds between_drawings{100};
constexpr std::chrono::milliseconds between_json_lines{500};

void put(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

std::string human_size(uint64_t bytes, const Translator& translate) {
    static constexpr const char* units[] = {N_("{0} B"),  N_("{0} kB"), N_("{0} MB"),
                                            N_("{0} GB"), N_("{0} TB"), N_("{0} PB")};
    uint64_t divisor = 1;
    size_t unit = 0;
    while (unit + 1 < std::size(units) && bytes / divisor >= 1000) {
        divisor *= 1000;
        ++unit;
    }
    const uint64_t whole = bytes / divisor;
    const uint64_t tenth = bytes % divisor * 10 / divisor;
    std::string number = std::to_string(whole);
    if (unit > 0 && whole < 100) number += translate(N_(".")) + std::to_string(tenth);
    return translate(Message{units[unit], {number}});
}

std::string human_duration(uint64_t seconds) {
    if (seconds >= 3600)
        return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

ProgressDisplay::ProgressDisplay(const Session& session, size_t line_count)
    : session_(session), lines_(line_count), next_json_(line_count) {}

ProgressDisplay::~ProgressDisplay() {
    finish();
}

void ProgressDisplay::update(size_t index, ProgressLine line) {
    if (session_.progress() == ProgressMode::none) return;
    const std::lock_guard lock(mutex_);
    const bool step_changed = lines_[index].step_code != line.step_code;
    lines_[index] = std::move(line);
    const auto now = std::chrono::steady_clock::now();
    const bool is_json = session_.progress() == ProgressMode::json;
    if (!step_changed && now < (is_json ? next_json_[index] : next_drawing_)) return;
    if (is_json) {
        next_json_[index] = now + between_json_lines;
        put(progress_json(lines_[index]).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
        return;
    }
    next_drawing_ = now + between_drawings;
    draw();
}

void ProgressDisplay::note(const std::string& text) {
    if (session_.progress() != ProgressMode::bar) return;
    const std::lock_guard lock(mutex_);
    std::string erase;
    for (size_t i = 0; i < drawn_lines_; ++i) erase += "\x1b[1A\x1b[2K";
    put(erase + text + "\n");
    drawn_lines_ = 0;
    draw();
}

void ProgressDisplay::finish() {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
    if (session_.progress() == ProgressMode::bar && drawn_lines_ > 0) draw();
}

void ProgressDisplay::draw() {
    const size_t width = terminal_width();
    std::string text;
    for (size_t i = 0; i < drawn_lines_; ++i) text += "\x1b[1A";
    // More lines than the terminal has would scroll away, and the cursor could not go back to them.
    const size_t room = std::max<size_t>(3, terminal_height()) - 2;
    drawn_lines_ = std::min(room, lines_.size());
    const size_t shown = lines_.size() > room ? room - 1 : lines_.size();
    for (size_t i = 0; i < shown; ++i)
        text += "\r\x1b[2K" + progress_text(lines_[i], width, session_.translate()) + "\n";
    if (shown < lines_.size())
        text += "\r\x1b[2K" + session_.text(message("... and {0} more drives", lines_.size() - shown)) + "\n";
    put(text);
}

std::string progress_text(const ProgressLine& line, size_t width, const Translator& translate) {
    std::string right;
    const bool is_silent = line.bytes_done == 0 && line.expected_minutes > 0;
    if (is_silent) {
        right = translate(message("{0}, as the drive says", human_duration(line.expected_minutes * 60)));
    } else if (line.bytes_total > 0) {
        const uint64_t permille =
            std::min<uint64_t>(1000, line.bytes_done / std::max<uint64_t>(1, line.bytes_total / 1000));
        constexpr size_t cells = 20;
        const size_t filled = static_cast<size_t>(permille) * cells / 1000;
        right = "[" + std::string(filled, '#') + std::string(cells - filled, '.') + "]" +
                fmt::format(" {:3}%", permille / 10);
    }
    if (line.bytes_per_second > 0)
        right += "  " + translate(message("{0}/s", human_size(line.bytes_per_second, translate)));
    if (line.seconds_left > 0)
        right += "  " + translate(message("{0} left", human_duration(line.seconds_left)));
    std::string left = line.label + "  " + line.step;
    const size_t right_width = display_width(right);
    // A line that wraps would break the redrawing: the words give way to the figures.
    while (!left.empty() && display_width(left) + right_width + 3 > width) {
        do left.pop_back();
        while (!left.empty() && (static_cast<unsigned char>(left.back()) & 0xC0) == 0x80);
        if (!left.empty() && static_cast<unsigned char>(left.back()) >= 0xC0) left.pop_back();
    }
    const size_t column = std::min<size_t>(40, width > right_width + 2 ? width - right_width - 2 : 0);
    if (display_width(left) < column) left += std::string(column - display_width(left), ' ');
    return left + "  " + right;
}

Json progress_json(const ProgressLine& line) {
    Json json{{"schema", "regain.progress/1"},    {"drive", line.label},
              {"step", line.step_code},           {"bytes_done", line.bytes_done},
              {"bytes_total", line.bytes_total},  {"bytes_per_second", line.bytes_per_second},
              {"seconds_left", line.seconds_left}};
    if (line.is_cooling) json["waiting"] = "temperature";
    return json;
}

}  // namespace regain
