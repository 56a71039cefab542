#pragma once
// Names in a directory of /sys or /proc, through SystemRoot. Used by the linux_*.cpp files of this room; a
// directory that is missing has no names.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/system_root.h"

namespace regain {

/// Sorted names of the entries.
std::vector<std::string> names_in(const SystemRoot& root, std::string_view directory);
/// One line of a small file as valid UTF-8 without blanks around it; empty when it is missing.
std::string line_of(const SystemRoot& root, std::string_view file);
/// A decimal number in a small file; absent when the file is missing, negative or says something else.
std::optional<uint64_t> number_in(const SystemRoot& root, std::string_view file);

}  // namespace regain
