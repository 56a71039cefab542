#include "console/text_lines.h"

#include <algorithm>

#include "console/terminal.h"

namespace regain {
namespace {

bool is_bullet(const std::string& words) {
    return words.starts_with("- ") || words.starts_with("* ") || words.starts_with("→ ");
}

// The line without its end, or as several.
std::string wrap_line(const std::string& line, size_t columns) {
    if (display_width(line) <= columns) return line;
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string words = line.substr(indent);
    const size_t below = indent + (is_bullet(words) ? 2 : 0);
    if (words.find("  ") != std::string::npos || below + 20 > columns) return line;
    std::string text;
    for (const auto& part : wrap_text(words, columns - below))
        text += text.empty() ? std::string(indent, ' ') + part : "\n" + std::string(below, ' ') + part;
    return text;
}

}  // namespace

std::string clip_text(const std::string& text, size_t columns) {
    if (display_width(text) <= columns) return text;
    std::string clipped = text;
    while (!clipped.empty() && display_width(clipped) > columns) {
        while (!clipped.empty() && (static_cast<unsigned char>(clipped.back()) & 0xC0) == 0x80)
            clipped.pop_back();
        if (!clipped.empty()) clipped.pop_back();
    }
    return clipped;
}

std::vector<std::string> wrap_text(const std::string& text, size_t columns) {
    std::vector<std::string> lines{""};
    size_t position = 0;
    while (position < text.size()) {
        const size_t space = std::min(text.find(' ', position), text.size());
        std::string word = text.substr(position, space - position);
        position = space + 1;
        const std::string joined = lines.back().empty() ? word : lines.back() + " " + word;
        if (display_width(joined) <= columns) {
            lines.back() = joined;
            continue;
        }
        if (!lines.back().empty()) lines.emplace_back();
        while (display_width(word) > columns && columns > 0) {
            const std::string part = clip_text(word, columns);
            if (part.empty()) break;
            lines.back() = part;
            lines.emplace_back();
            word.erase(0, part.size());
        }
        lines.back() = word;
    }
    return lines;
}

std::string wrap_prose(const std::string& text, size_t columns) {
    std::string wrapped;
    for (size_t position = 0; position < text.size();) {
        const size_t end = std::min(text.find('\n', position), text.size());
        wrapped += wrap_line(text.substr(position, end - position), columns);
        if (end < text.size()) wrapped += '\n';
        position = end + 1;
    }
    return wrapped;
}

std::string first_names(const std::vector<std::string>& names) {
    constexpr size_t most = 6;
    std::string text;
    for (size_t i = 0; i < std::min(most, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > most ? text + " ..." : text;
}

}  // namespace regain
