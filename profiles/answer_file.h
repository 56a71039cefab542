#pragma once
// Holds an answer file for the first start (docs/profile-format.md) against the rules that the first start
// itself applies, so that a mistake is found before a drive is touched and not on the bench afterwards. Used
// by the console; what only the deployed system knows (its time zones, its users) stays to it.

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace regain {

/// A longer file is none.
inline constexpr size_t max_answers_bytes = size_t{64} << 10;

/// ErrorKind::untrusted with the line of the first fault. `languages`: codes that the image offers; empty:
/// any. Never repeats a value: one of them is a password's hash.
Status check_answers(const std::string& path, const std::string& content,
                     const std::vector<std::string>& languages);

}  // namespace regain
