#pragma once
// Words for plans: why a method was not chosen, what a plan will not reach, how long a method would take.
// Beside wording.h because the list is long. Used by the console and, through word_remark(), by every
// rendering.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/message.h"
#include "reports/remark.h"
#include "reports/wipe_report.h"

namespace regain {

/// Nothing when the code is not one of a plan's.
std::optional<Message> word_plan_remark(const Remark& remark);
/// Why a method was rejected: what stands in its way, or any other remark.
Message word_rejection(const Remark& reason);
/// `duration` is the time's minutes in words; it is not shown when the time is not known.
Message word_expected_time(const ExpectedTime& time, const std::string& duration);

/// For the test that compares the sources with the table.
std::vector<std::string> worded_plan_codes();

}  // namespace regain
