#pragma once
// A word in letters that fill a third of the screen, made of coloured spaces: no glyph that a console font
// may lack, and it is seen from the other end of the workshop. Used by the result page. Pure.

#include <cstddef>
#include <string>
#include <vector>

namespace regain {

enum class BlockSymbol { check_mark, exclamation };

/// Seven rows of '#' and ' ': the symbol, then the word. Two columns for each cell, one where that is too
/// wide; nothing when the word has a letter that is not there, or is too wide even so.
std::vector<std::string> block_letters(BlockSymbol symbol, const std::string& word, size_t columns);

}  // namespace regain
