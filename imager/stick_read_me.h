#pragma once
// The two text files that explain the data partition to whoever opens it on any computer. Both are always
// written, whatever language the program speaks, so they don't go through the catalogues.

#include <string>

namespace regain {

/// UTF-8 with lines that end as Windows wants them.
std::string stick_read_me_in_french();
std::string stick_read_me_in_english();

}  // namespace regain
