#pragma once
// A table from codes to sentences, and its look-up. Used by the wordings (wording.h, remark_wording.cpp,
// plan_wording.h, verdict_wording.h, capability_wording.h), each with tables of its own. It translates
// nothing.

#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/message.h"
#include "reports/remark.h"

namespace regain {

/// One line of a table. Codes are never renamed; a sentence may be.
struct Words {
    std::string_view code;
    const char* sentence;
    std::array<std::string_view, 3> arguments = {};  ///< names of {0}, {1}, {2}
};

/// The sentence of `code` with `values` in it, "?" for one that is not there; nothing when the table does not
/// have the code.
std::optional<Message> find_sentence(std::span<const Words> table, std::string_view code,
                                     const std::map<std::string, std::string>& values);
std::optional<Message> find_sentence(std::span<const Words> table, const Remark& remark);

/// For words without arguments; the code itself when the table does not have it.
Message word_or_code(std::span<const Words> table, std::string_view code);

/// All codes of these tables.
std::vector<std::string> codes_of(std::initializer_list<std::span<const Words>> tables);

}  // namespace regain
