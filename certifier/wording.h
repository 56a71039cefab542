#pragma once
// From codes to words: every stable code of the reports has its sentence, and only one. A code that has
// none is shown as itself, never swallowed; a test looks for such codes in the sources.

#include <string>
#include <string_view>
#include <vector>

#include "base/message.h"
#include "reports/drive_record.h"
#include "reports/inspection_report.h"
#include "reports/remark.h"
#include "reports/wipe_report.h"

namespace regain {

/// "unknown remark: code" when the code has no wording.
Message word_remark(const Remark& remark);
/// For the test that compares the sources with the table.
std::vector<std::string> worded_remark_codes();
std::vector<std::string> worded_check_names();

Message word_verdict(Verdict verdict);         ///< "purged", "cleared", "not erased"
Message word_bus(std::string_view bus);        ///< by bus_name()
Message word_medium(std::string_view medium);  ///< by medium_name()
Message word_method(std::string_view method);  ///< "zero" → "overwriting with zeros"
Message word_step(std::string_view step);
/// What hides a drive's sectors: "host-protected-area" ...
Message word_mechanism(std::string_view mechanism);
Message word_step_result(std::string_view result);
Message word_verification_kind(std::string_view kind);
Message word_check(std::string_view check);  ///< "drive-health" → "health of the drive"
Message word_check_result(std::string_view result);
Message word_protection(const Protection& protection);
Message word_grade(std::string_view grade);

}  // namespace regain
