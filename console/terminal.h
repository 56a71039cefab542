#pragma once
// What the console knows of the terminal: whether there is one, how wide it is, and reading one line from it.

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>

namespace regain {

bool is_terminal(int descriptor);
/// Columns of the terminal on standard error; 80 when it does not say.
size_t terminal_width();
/// Rows of the terminal on standard error; 25 when it does not say.
size_t terminal_height();
/// Reads one line from standard input; nothing at the end of input or when a stop was asked for meanwhile.
std::optional<std::string> read_line_from_terminal(const std::stop_token& stop);
/// The same without showing what is typed, where standard input is a terminal.
std::optional<std::string> read_secret_from_terminal(const std::stop_token& stop);
/// How many columns a text takes: UTF-8 characters, wide ones as two, combining ones as none.
size_t display_width(const std::string& text);

}  // namespace regain
