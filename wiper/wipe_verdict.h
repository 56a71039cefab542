#pragma once
// The verdict, computed from evidence and coverage in one pure function. Unknown is never success: a fact
// that is missing counts as one that speaks against it. Used by the run and the supervisor; a certificate can
// be checked with it again, because a record holds everything that it looks at.

#include <vector>

#include "reports/wipe_report.h"

namespace regain {

struct Judgement {
    Verdict verdict = Verdict::not_erased;
    std::vector<Remark>
        remarks;  ///< when not erased: each thing that is missing; else what the level does not cover
};

/// Looks at everything in the record but its verdict, standard and remarks.
Judgement judge_wipe(const WipeRecord& record);

/// Puts the judgement into the record: the only place that sets a verdict.
void apply_verdict(WipeRecord& record);

}  // namespace regain
