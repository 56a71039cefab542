#pragma once
// Words for what a drive can do: facts, their values, what stands in the way of an erase method, and what
// could not be read. Beside wording.h because the list is long. Used by the console and, through
// word_remark(), by every rendering.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/message.h"
#include "reports/remark.h"

namespace regain {

/// "security-frozen" → "security is frozen"; one that has no words is shown as itself.
Message word_fact(std::string_view fact);
/// "yes", "in-progress" ...; numbers and names as they are.
Message word_fact_value(std::string_view value);
/// Why an erase method can't be used as things are.
Message word_obstacle(std::string_view obstacle);
/// What could not be read of a drive; nothing when the code is not one of those.
std::optional<Message> word_not_known(const Remark& remark);

/// For the tests that compare the sources with the tables.
std::vector<std::string> worded_capability_codes();
std::vector<std::string> worded_not_known_codes();

}  // namespace regain
