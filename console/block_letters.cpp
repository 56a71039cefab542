#include "console/block_letters.h"

#include <array>
#include <string_view>

namespace regain {
namespace {

constexpr size_t letter_rows = 5;
constexpr size_t accent_rows = 2;

struct Glyph {
    std::string_view letter;  // UTF-8
    std::array<std::string_view, letter_rows> rows;
};

constexpr Glyph glyphs[] = {
    {"A", {" ## ", "#  #", "####", "#  #", "#  #"}},
    {"B", {"### ", "#  #", "### ", "#  #", "### "}},
    {"C", {" ###", "#   ", "#   ", "#   ", " ###"}},
    {"D", {"### ", "#  #", "#  #", "#  #", "### "}},
    {"E", {"###", "#  ", "## ", "#  ", "###"}},
    {"F", {"###", "#  ", "## ", "#  ", "#  "}},
    {"G", {" ###", "#   ", "# ##", "#  #", " ###"}},
    {"H", {"#  #", "#  #", "####", "#  #", "#  #"}},
    {"I", {"#", "#", "#", "#", "#"}},
    {"J", {"  #", "  #", "  #", "# #", " # "}},
    {"K", {"#  #", "# # ", "##  ", "# # ", "#  #"}},
    {"L", {"#  ", "#  ", "#  ", "#  ", "###"}},
    {"M", {"#   #", "## ##", "# # #", "#   #", "#   #"}},
    {"N", {"#  #", "## #", "# ##", "#  #", "#  #"}},
    {"O", {" ## ", "#  #", "#  #", "#  #", " ## "}},
    {"P", {"### ", "#  #", "### ", "#   ", "#   "}},
    {"Q", {" ## ", "#  #", "#  #", "# ##", " ###"}},
    {"R", {"### ", "#  #", "### ", "# # ", "#  #"}},
    {"S", {" ###", "#   ", " ## ", "   #", "### "}},
    {"T", {"###", " # ", " # ", " # ", " # "}},
    {"U", {"#  #", "#  #", "#  #", "#  #", " ## "}},
    {"V", {"#   #", "#   #", "#   #", " # # ", "  #  "}},
    {"W", {"#   #", "#   #", "# # #", "## ##", "#   #"}},
    {"X", {"#   #", " # # ", "  #  ", " # # ", "#   #"}},
    {"Y", {"#   #", " # # ", "  #  ", "  #  ", "  #  "}},
    {"Z", {"####", "  # ", " #  ", "#   ", "####"}},
    {" ", {"  ", "  ", "  ", "  ", "  "}},
};

// The letter that carries the accent, and the accent's row above it.
struct Accented {
    std::string_view letter;
    std::string_view base;
    std::string_view accent;
};
constexpr Accented accented[] = {
    {"\xC3\x80", "A", " #  "}, {"\xC3\x89", "E", "  #"},  {"\xC3\x88", "E", "#  "},
    {"\xC3\x8A", "E", " # "},  {"\xC3\x94", "O", " ## "}, {"\xC3\x99", "U", " #  "},
};

using Cells = std::array<std::string, letter_rows + accent_rows>;

constexpr std::array<std::string_view, letter_rows + accent_rows> check_cells{
    "       ", "      #", "     ##", "#   ## ", "## ##  ", " ###   ", "  #    "};
constexpr std::array<std::string_view, letter_rows + accent_rows> exclamation_cells{"##", "##", "##", "##",
                                                                                    "##", "  ", "##"};

const Glyph* glyph_of(std::string_view letter) {
    for (const auto& glyph : glyphs)
        if (glyph.letter == letter) return &glyph;
    return nullptr;
}

bool add_letter(Cells& cells, std::string_view letter) {
    std::string_view accent;
    for (const auto& candidate : accented) {
        if (candidate.letter != letter) continue;
        letter = candidate.base;
        accent = candidate.accent;
        break;
    }
    const Glyph* const glyph = glyph_of(letter);
    if (glyph == nullptr) return false;
    const size_t width = glyph->rows[0].size();
    cells[0] += (accent.empty() ? std::string(width, ' ') : std::string(accent)) + " ";
    cells[1] += std::string(width + 1, ' ');
    for (size_t row = 0; row < letter_rows; ++row)
        cells[row + accent_rows] += std::string(glyph->rows[row]) + " ";
    return true;
}

size_t character_bytes(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

std::vector<std::string> block_letters(BlockSymbol symbol, const std::string& word, size_t columns) {
    Cells cells;
    const auto& sign = symbol == BlockSymbol::check_mark ? check_cells : exclamation_cells;
    for (size_t row = 0; row < cells.size(); ++row) cells[row] = std::string(sign[row]) + "  ";
    for (size_t i = 0; i < word.size(); i += character_bytes(word[i]))
        if (!add_letter(cells, std::string_view(word).substr(i, character_bytes(word[i])))) return {};
    for (auto& row : cells) row.pop_back();  // the gap after the last letter
    const size_t width = cells[0].size();
    if (width > columns) return {};
    const size_t repeated = 2 * width <= columns ? 2 : 1;
    std::vector<std::string> rows;
    for (const auto& row : cells) {
        std::string wide;
        for (const char cell : row) wide.append(repeated, cell);
        rows.push_back(wide);
    }
    return rows;
}

}  // namespace regain
