#include "console/batch_display.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "certifier/wording.h"
#include "console/terminal.h"
#include "console/text_lines.h"

namespace regain {
namespace {

constexpr std::chrono::milliseconds between_drawings{100};
constexpr std::chrono::milliseconds between_json_lines{500};

void put(std::FILE* stream, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
}

/// Which lines are left out last.
int rank_of(const BatchDrive& drive) {
    switch (drive.state) {
        case BatchState::working:
            return 0;
        case BatchState::waiting:
            return 1;
        case BatchState::asked:
            return 2;
        case BatchState::ended:
            return drive.is_unplugged && drive.rest == BatchRest::none ? 4 : 3;
        case BatchState::kept:
            return 5;
        case BatchState::gone:
            break;
    }
    return 6;
}

bool is_shown(const BatchDrive& drive) {
    return rank_of(drive) < 5;
}

std::string name_of(const BatchDrive& drive) {
    std::string text = drive.drive.path;
    const std::string spoken = drive.plan ? drive.plan->spoken_serial : std::string();
    const std::string& serial = spoken.empty() ? drive.drive.serial : spoken;
    if (!serial.empty()) text += "  " + serial;
    // Its path may be that of the next drive soon; its port is where the hand goes.
    const bool is_to_be_pulled =
        drive.rest == BatchRest::can_be_pulled || drive.rest == BatchRest::powering_down;
    if (is_to_be_pulled && !drive.port.empty() && drive.port != drive.drive.path) text += "  " + drive.port;
    return text;
}

std::string rest_in_words(const BatchDrive& drive, const Translator& translate) {
    switch (drive.rest) {
        case BatchRest::powering_down:
            return translate(message("powering down"));
        case BatchRest::can_be_pulled:
            return translate(message("CAN BE PULLED OUT"));
        case BatchRest::none:
        case BatchRest::stays_on:
            break;
    }
    return drive.is_unplugged ? translate(message("unplugged")) : std::string();
}

std::string state_in_words(const BatchRow& row, const Translator& translate) {
    const BatchDrive& drive = row.drive;
    switch (drive.state) {
        case BatchState::asked:
            return translate(message("being asked what it can do"));
        case BatchState::waiting:
            return translate(message("to erase it, type {0}", row.confirmation));
        case BatchState::working:
            return translate(message("begins"));
        case BatchState::ended: {
            const std::string rest = rest_in_words(drive, translate);
            return translate(word_verdict(drive.verdict.value_or(Verdict::not_erased))) +
                   (rest.empty() ? "" : "  " + rest);
        }
        case BatchState::kept:
        case BatchState::gone:
            break;
    }
    return {};
}

std::string line_of(const BatchRow& row, const std::map<size_t, ProgressLine>& progress, size_t width,
                    const Translator& translate) {
    const auto found = progress.find(row.drive.number);
    if (row.drive.state == BatchState::working && found != progress.end()) {
        ProgressLine line = found->second;
        line.label = name_of(row.drive);
        return clip_text(progress_text(line, width - 1, translate), width - 1);
    }
    const std::string right = state_in_words(row, translate);
    const size_t taken = display_width(right) + 2;
    std::string left = name_of(row.drive);
    if (row.drive.state == BatchState::waiting)
        left = row.drive.drive.path + "  " + human_size(row.drive.drive.size_bytes, translate);
    left = clip_text(left, width > taken + 12 ? width - taken - 1 : 12);
    constexpr size_t column = 40;
    const size_t wanted = std::min(column, width > taken ? width - taken - 1 : 0);
    if (display_width(left) < wanted) left.append(wanted - display_width(left), ' ');
    return clip_text(left + "  " + right, width - 1);
}

std::string counts_in_words(const std::vector<BatchRow>& rows, const Translator& translate) {
    std::array<size_t, 7> counts{};
    size_t erased = 0;
    for (const BatchRow& row : rows) {
        ++counts[static_cast<size_t>(rank_of(row.drive))];
        if (row.drive.state == BatchState::ended && row.drive.verdict &&
            *row.drive.verdict != Verdict::not_erased)
            ++erased;
    }
    const size_t ended = counts[3] + counts[4];
    return translate(
        message("at work: {0}   waiting: {1}   erased: {2}   not erased: {3}   left as they are: {4}",
                counts[0], counts[1] + counts[2], erased, ended - erased, counts[5]));
}

}  // namespace

std::vector<std::string> batch_lines(const std::vector<BatchRow>& rows,
                                     const std::map<size_t, ProgressLine>& progress, size_t width,
                                     size_t height, const Translator& translate) {
    std::vector<const BatchRow*> shown;
    for (const BatchRow& row : rows)
        if (is_shown(row.drive)) shown.push_back(&row);
    const size_t room = std::max<size_t>(height, 2) - 1;
    if (shown.size() > room) {
        // The latest of those that have ended are of more interest than the first ones.
        std::stable_sort(shown.begin(), shown.end(), [](const BatchRow* one, const BatchRow* other) {
            const int left = rank_of(one->drive);
            const int right = rank_of(other->drive);
            if (left != right) return left < right;
            return left >= 3 && one->drive.number > other->drive.number;
        });
        shown.resize(room);
        std::sort(shown.begin(), shown.end(), [](const BatchRow* one, const BatchRow* other) {
            return one->drive.number < other->drive.number;
        });
    }
    std::vector<std::string> lines;
    lines.reserve(shown.size() + 1);
    for (const BatchRow* row : shown) lines.push_back(line_of(*row, progress, width, translate));
    lines.push_back(clip_text(counts_in_words(rows, translate), width - 1));
    return lines;
}

BatchDisplay::~BatchDisplay() {
    finish();
}

void BatchDisplay::finish() {
    const std::lock_guard lock(mutex_);
    if (has_bars()) erase_drawn();
    has_finished_ = true;
}

void BatchDisplay::show(const BatchDesk& desk) {
    std::vector<BatchRow> rows;
    for (const BatchDrive& drive : desk.drives()) rows.push_back({drive, desk.confirmation_of(drive)});
    const std::lock_guard lock(mutex_);
    rows_ = std::move(rows);
    if (has_bars()) draw();
}

void BatchDisplay::update(size_t number, ProgressLine line) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    // Every drive has lines of its own in JSON, however many there are; a screen is drawn as a whole.
    const bool is_json = progress_mode_ == ProgressMode::json;
    std::chrono::steady_clock::time_point& next = is_json ? next_json_[number] : next_drawing_;
    ProgressLine& before = progress_[number];
    const bool step_changed = before.step_code != line.step_code;
    before = std::move(line);
    if (!step_changed && now < next) return;
    if (is_json && !has_finished_) {
        next = now + between_json_lines;
        put(stderr, progress_json(before).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    } else if (has_bars()) {
        next = now + between_drawings;
        draw();
    }
}

void BatchDisplay::forget(size_t number) {
    const std::lock_guard lock(mutex_);
    progress_.erase(number);
    next_json_.erase(number);
}

void BatchDisplay::typing(const std::string& text, bool is_closing) {
    const std::lock_guard lock(mutex_);
    if (!has_bars() || (typed_ == text && is_closing_ == is_closing)) return;
    typed_ = text;
    is_closing_ = is_closing;
    draw();
}

void BatchDisplay::speak(Voice voice, const std::string& text) {
    const std::lock_guard lock(mutex_);
    std::FILE* stream = voice == Voice::warning || is_json_ ? stderr : stdout;
    const std::string words = is_terminal(::fileno(stream)) ? wrap_prose(text, terminal_width()) : text;
    if (!has_bars()) return put(stream, words);
    erase_drawn();
    put(stream, words);
    draw();
}

void BatchDisplay::erase_drawn() {
    std::string text = "\r\x1b[2K";
    for (size_t i = 1; i < drawn_lines_; ++i) text += "\x1b[1A\x1b[2K";
    if (drawn_lines_ > 0) put(stderr, text);
    drawn_lines_ = 0;
}

// The cursor stays at the end of the last line, behind what is being typed.
void BatchDisplay::draw() {
    const size_t width = std::max<size_t>(20, terminal_width());
    const size_t height = std::max<size_t>(8, terminal_height());
    auto lines = batch_lines(rows_, progress_, width, height - 4, translator_);
    lines.push_back(clip_text(
        is_closing_ ? translator_(message("No further drive is taken; those at work are waited for."))
                    : translator_(message("Serial number, or q to end: ")) + typed_,
        width - 1));
    if (drawn_lines_ > 0 && lines == drawn_) return;
    drawn_ = lines;
    std::string text = "\r";
    for (size_t i = 1; i < drawn_lines_; ++i) text += "\x1b[1A";
    text += "\x1b[J";
    for (size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\n") + lines[i];
    put(stderr, text);
    drawn_lines_ = lines.size();
}

}  // namespace regain
