#include "console/screen_page.h"

#include <algorithm>
#include <string_view>

#include "console/terminal.h"
#include "console/text_lines.h"

namespace regain {
namespace {

constexpr size_t margin = 2;

// Ref: console_codes(4), "ECMA-48 Select Graphic Rendition".
std::string_view colours(Tone tone) {
    switch (tone) {
        case Tone::strong:
            return "\x1b[1m";
        case Tone::good:
            return "\x1b[1;32m";
        case Tone::bad:
            return "\x1b[1;31m";
        case Tone::quiet:
            return "\x1b[36m";
        case Tone::plain:
            break;
    }
    return "";
}

// Title bars in colour: white on green or red, black on white otherwise.
std::string_view bar_colours(Tone tone) {
    if (tone == Tone::good) return "\x1b[1;37;42m";
    if (tone == Tone::bad) return "\x1b[1;37;41m";
    return "\x1b[7m";
}

// Coloured spaces: no console font lacks them.
std::string block_text(const DrawnRow& row) {
    std::string text;
    bool is_filled = false;
    for (const char cell : row.text) {
        if ((cell == '#') != is_filled) text += is_filled ? "\x1b[0m" : std::string(bar_colours(row.tone));
        is_filled = cell == '#';
        text += ' ';
    }
    return text;
}

std::string padded(std::string text, size_t columns) {
    const size_t width = display_width(text);
    if (width < columns) text.append(columns - width, ' ');
    return text;
}

std::string choice_text(const PageChoice& choice, size_t number, bool is_selected) {
    std::string text = is_selected ? "> " : "  ";
    text += number <= 9 ? std::to_string(number) + "  " : "   ";
    if (choice.ticked) text += *choice.ticked ? "[x] " : choice.refusal.empty() ? "[ ] " : " -  ";
    return text + choice.text;
}

// A choice takes a second row when there is a reason why it can't be chosen.
std::vector<DrawnRow> choice_rows(const Page& page, size_t index, size_t selected, size_t columns) {
    const PageChoice& choice = page.choices[index];
    const size_t width = columns - 2 * margin;
    std::vector<DrawnRow> rows;
    DrawnRow row;
    row.text = std::string(margin, ' ') +
               padded(clip_text(choice_text(choice, index + 1, index == selected), width), width);
    row.reversed = index == selected;
    row.tone = choice.refusal.empty() ? Tone::plain : Tone::quiet;
    rows.push_back(row);
    if (!choice.refusal.empty())
        rows.push_back({std::string(margin + 9, ' ') + clip_text(choice.refusal, width - 9), Tone::quiet});
    return rows;
}

std::vector<DrawnRow> sentence_rows(const Page& page, size_t columns) {
    std::vector<DrawnRow> rows;
    for (const auto& line : page.lines) {
        const size_t indent = line.text.find_first_not_of(' ');
        const size_t left = margin + (indent == std::string::npos ? 0 : indent);
        const std::string words = indent == std::string::npos ? "" : line.text.substr(indent);
        for (const auto& part : wrap_text(words, columns - left - margin))
            rows.push_back({std::string(left, ' ') + part, line.tone});
    }
    return rows;
}

// As many choices around the selected one as there is room for.
std::vector<DrawnRow> visible_choices(const Page& page, size_t selected, size_t columns, size_t room) {
    std::vector<DrawnRow> rows =
        choice_rows(page, std::min(selected, page.choices.size() - 1), selected, columns);
    size_t first = std::min(selected, page.choices.size() - 1);
    size_t last = first;
    for (bool grown = true; grown;) {
        grown = false;
        if (last + 1 < page.choices.size()) {
            const auto more = choice_rows(page, last + 1, selected, columns);
            if (rows.size() + more.size() <= room) {
                rows.insert(rows.end(), more.begin(), more.end());
                ++last;
                grown = true;
            }
        }
        if (first > 0) {
            const auto more = choice_rows(page, first - 1, selected, columns);
            if (rows.size() + more.size() <= room) {
                rows.insert(rows.begin(), more.begin(), more.end());
                --first;
                grown = true;
            }
        }
    }
    if (first > 0) rows.front().text = clip_text(rows.front().text, columns - 4) + " ...";
    if (last + 1 < page.choices.size()) rows.back().text = clip_text(rows.back().text, columns - 4) + " ...";
    return rows;
}

// What stands above the sentences: the title and, where there is room, the banner.
std::vector<DrawnRow> head_rows(const Page& page, size_t columns, size_t rows_in_all) {
    std::vector<DrawnRow> rows{
        {padded(clip_text("  " + page.title, columns), columns), page.title_tone, true}, {""}};
    if (page.banner.empty() || page.banner.size() + 12 > rows_in_all) return rows;
    for (const auto& row : page.banner)
        rows.push_back({std::string(margin, ' ') + row, page.banner_tone, false, true});
    rows.push_back({""});
    return rows;
}

// The rows between the head and the keys, and how many of them the sentences may take.
struct Room {
    size_t rows = 0;
    size_t for_sentences = 0;
};

Room room_below(size_t head, const Page& page, size_t rows_in_all) {
    Room room{rows_in_all - 2 - head, 0};  // an empty row and the keys
    size_t needed = page.typed ? 2 : 0;
    if (!page.choices.empty()) needed = 1 + std::min<size_t>(room.rows / 2, 2 * page.choices.size());
    room.for_sentences = room.rows - needed;
    return room;
}

// What does not fit is never left out without a sign: "..." and how many rows are missing.
std::vector<DrawnRow> visible_sentences(std::vector<DrawnRow> sentences, size_t first, size_t room,
                                        size_t columns) {
    if (sentences.size() <= room) return sentences;
    first = std::min(first, sentences.size() - room);
    const size_t hidden = sentences.size() - room - first;
    sentences.erase(sentences.begin(), sentences.begin() + static_cast<std::ptrdiff_t>(first));
    sentences.resize(room);
    const auto mark = [&](DrawnRow& row, size_t count) {
        const std::string sign = " ... (+" + std::to_string(count) + ")";
        row.text = clip_text(row.text, columns - sign.size()) + sign;
    };
    if (first > 0) mark(sentences.front(), first);
    if (hidden > 0) mark(sentences.back(), hidden);
    return sentences;
}

}  // namespace

size_t scroll_positions(const Page& page, ScreenSize size) {
    const size_t columns = std::max<size_t>(size.columns, 40);
    const size_t rows_in_all = std::max<size_t>(size.rows, 12);
    const size_t room =
        room_below(head_rows(page, columns, rows_in_all).size(), page, rows_in_all).for_sentences;
    return 1 + std::max(room, sentence_rows(page, columns).size()) - room;
}

std::vector<DrawnRow> lay_out(const Page& page, size_t selected, ScreenSize size) {
    const size_t columns = std::max<size_t>(size.columns, 40);
    const size_t rows_in_all = std::max<size_t>(size.rows, 12);
    std::vector<DrawnRow> rows = head_rows(page, columns, rows_in_all);
    const auto [room, for_sentences] = room_below(rows.size(), page, rows_in_all);
    const auto sentences = visible_sentences(sentence_rows(page, columns),
                                             page.choices.empty() ? selected : 0, for_sentences, columns);
    rows.insert(rows.end(), sentences.begin(), sentences.end());
    if (!page.choices.empty()) {
        rows.push_back({""});
        const auto choices =
            visible_choices(page, selected, columns, room - std::min(room, sentences.size() + 1));
        rows.insert(rows.end(), choices.begin(), choices.end());
    }
    if (page.typed) {
        rows.push_back({""});
        rows.push_back({"  > " + clip_text(*page.typed, columns - 6) + "_", Tone::strong});
    }
    while (rows.size() + 1 < rows_in_all) rows.push_back({""});
    rows.push_back({clip_text("  " + page.keys, columns), Tone::quiet});
    return rows;
}

std::string draw(const std::vector<DrawnRow>& rows, ScreenSize size) {
    // Cursor hidden, each row rewritten: no flicker on a slow console.
    std::string text = "\x1b[?25l\x1b[H";
    for (size_t i = 0; i < rows.size() && i < std::max<size_t>(size.rows, 12); ++i) {
        const DrawnRow& row = rows[i];
        text += "\x1b[0m\x1b[" + std::to_string(i + 1) + ";1H\x1b[2K";
        if (row.blocks) {
            text += block_text(row);
            continue;
        }
        text += row.reversed ? bar_colours(row.tone) : colours(row.tone);
        text += row.text;
    }
    return text + "\x1b[0m\x1b[J";
}

}  // namespace regain
