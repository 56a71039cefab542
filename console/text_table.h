#pragma once
// A table in lsblk's manner: a line of headings, columns as wide as they need to be, numbers to the right.

#include <string>
#include <vector>

namespace regain {

class TextTable {
  public:
    enum class Align { left, right };
    struct Column {
        std::string heading;
        Align align = Align::left;
    };

    explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
    /// One cell for each column; missing cells are empty.
    void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// Lines that end in a newline, without trailing spaces.
    std::string text() const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace regain
