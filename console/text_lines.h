#pragma once
// Long texts in lines that a terminal has room for. Pure; used by the session and the technician's screen.

#include <cstddef>
#include <string>
#include <vector>

namespace regain {

/// Words of `text` in lines of at most `columns`; a word that is longer is cut. Never empty.
std::vector<std::string> wrap_text(const std::string& text, size_t columns);
/// The text's beginning, as many columns as there is room for.
std::string clip_text(const std::string& text, size_t columns);
/// Lines of prose that are wider than `columns` are broken between words; what goes on below a bullet ("- ",
/// "* ") stands under its text. A line with two spaces in a row is a row of a table and stays as it is.
std::string wrap_prose(const std::string& text, size_t columns);

/// The first few names with commas between them, and "..." where there are more.
std::string first_names(const std::vector<std::string>& names);

}  // namespace regain
