#pragma once
// Words for erasures by a drive's own commands: why the verdict is what it is, and what went wrong inside the
// drive. Beside wording.h because the list is long. Used through word_remark() by every rendering.

#include <optional>
#include <string>
#include <vector>

#include "base/message.h"
#include "reports/remark.h"

namespace regain {

/// Nothing when the code is none of these.
std::optional<Message> word_verdict_remark(const Remark& remark);

/// For the test that compares the sources with the table.
std::vector<std::string> worded_verdict_codes();

}  // namespace regain
