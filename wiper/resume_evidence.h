#pragma once
// The evidence "resumption": what was looked at after an interruption, before a wipe went on, and what was
// found. Made by wipe_run.cpp, judged by record_judge.cpp. Pure.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "reports/drive_record.h"
#include "wiper/resume_check.h"
#include "wiper/resume_point.h"

namespace regain {

/// Facts of one check. `run`: the first time that the wipe was resumed is 1.
Json resumption_facts(uint64_t run, const Clock& clock, const DriveNode& node, const StandingPart& part,
                      const ResumeCheck& check);
/// Nothing was written before but markers, if at all. `completed`: the run may go on.
Json nothing_to_check(uint64_t run, const Clock& clock, bool completed);

/// How often the wipe was resumed so far.
uint64_t runs_resumed(const WipeJournalContent& content);

/// Whether the facts of a "resumption" show for each time that what was done before was looked at, and was
/// there or was done anew.
bool shows_what_stood(const Json& facts);

}  // namespace regain
