#include "console/text_table.h"

#include <algorithm>

#include "console/terminal.h"

namespace regain {

std::string TextTable::text() const {
    std::vector<std::string> headings;
    for (const auto& column : columns_) headings.push_back(column.heading);
    std::vector<std::vector<std::string>> lines{headings};
    lines.insert(lines.end(), rows_.begin(), rows_.end());

    std::vector<size_t> widths(columns_.size(), 0);
    for (const auto& line : lines)
        for (size_t i = 0; i < std::min(line.size(), widths.size()); ++i)
            widths[i] = std::max(widths[i], display_width(line[i]));

    std::string result;
    for (const auto& line : lines) {
        std::string text;
        for (size_t i = 0; i < widths.size(); ++i) {
            const std::string cell = i < line.size() ? line[i] : "";
            const std::string padding(widths[i] - display_width(cell), ' ');
            if (i > 0) text += ' ';
            text += columns_[i].align == Align::right ? padding + cell : cell + padding;
        }
        while (!text.empty() && text.back() == ' ') text.pop_back();
        result += text + "\n";
    }
    return result;
}

}  // namespace regain
