#pragma once
// One page of the technician's screen as data, and how it becomes text for a terminal of any size: a title,
// sentences, choices or a line to type on, and what the keys do. Plain characters and the colours that every
// console has; no glyph that a console font may lack. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace regain {

enum class Tone { plain, strong, good, bad, quiet };

struct PageLine {
    std::string text;
    Tone tone = Tone::plain;
};

struct PageChoice {
    std::string text;
    std::string refusal = {};         ///< why it can't be chosen; empty: it can
    std::optional<bool> ticked = {};  ///< for choosing several
};

struct Page {
    std::string title;
    Tone title_tone = Tone::plain;
    std::vector<std::string> banner;  ///< rows of '#' and ' ': shown as blocks of colour
    Tone banner_tone = Tone::plain;
    std::vector<PageLine> lines;
    std::vector<PageChoice> choices;
    std::optional<std::string> typed;  ///< there is a line to type on, and this stands on it
    std::string keys;                  ///< what the keys do: the bottom line
};

struct ScreenSize {
    size_t columns = 80;
    size_t rows = 25;
};

/// The page's rows, without colours: at most size.rows, each at most size.columns wide. Choices scroll so
/// that the one at `selected` is seen; sentences give way to them. Without choices `selected` is the first
/// row of sentences that is seen. Sentences that don't fit leave a sign: "... (+3)".
struct DrawnRow {
    std::string text;
    Tone tone = Tone::plain;
    bool reversed = false;
    bool blocks = false;  ///< '#' is a block of the tone's colour
};
std::vector<DrawnRow> lay_out(const Page& page, size_t selected, ScreenSize size);

/// How many values of `selected` show something else on a page without choices: 1 where all sentences fit.
size_t scroll_positions(const Page& page, ScreenSize size);

/// What is written to the terminal.
std::string draw(const std::vector<DrawnRow>& rows, ScreenSize size);

}  // namespace regain
