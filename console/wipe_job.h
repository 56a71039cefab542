#pragma once
// The parts of a wipe that `regain wipe` and `regain process` share: policy from options, plans, running the
// workers under a progress display, and saying what came of it.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "console/label_numbers.h"
#include "console/progress_display.h"
#include "console/session.h"
#include "reports/inspection_report.h"
#include "reports/wipe_report.h"
#include "wiper/drive_capabilities.h"
#include "wiper/link_board.h"

namespace regain {

/// --policy, --method, --verify; what is not given comes from `fallback` (the profile's policy).
/// ErrorKind::usage.
Result<WipePolicy> policy_from_options(const Session& session, const WipePolicy& fallback);

/// What a drive can do; from its record alone, or by asking it.
using CapabilitySource = std::function<DriveCapabilities(const DriveRecord&)>;
/// The drive itself is asked, with harmless commands only: what --plan shows is what a wipe does. `numbers`
/// tells for which drives the number on the label is known.
CapabilitySource capability_source(const Session& session, const LabelNumbers& numbers);

/// A plan for each drive; one that can't be made refuses all, and then it is said in words why. `inspection`
/// tells of reallocated sectors; may be null.
Result<std::vector<WipePlan>> plan_wipes(const Session& session, const std::vector<DriveCapabilities>& drives,
                                         const WipePolicy& policy, const InspectionReport* inspection);

/// The plans in words; with --plan also what was not chosen.
void say_plans(const Session& session, const std::vector<WipePlan>& plans);

/// Runs one worker for each plan and shows how far they are. `evidence_before`: for each plan, or empty; it
/// goes into its record. `record_intent` is called once, when every drive is held and nothing is written yet;
/// `certify` for each drive as soon as its record is final, while others may be at work: it gives a line to
/// show, or nothing. An error means that nothing was written; otherwise there is a record for each plan.
/// `view` and `links` are those of a batch; without them it has its own. `resumed`: the plans that go on with
/// what was interrupted (wipe_resumption.h).
Result<WipeReport> run_planned_wipes(const Session& session, const std::vector<WipePlan>& plans,
                                     const LabelNumbers& numbers,
                                     std::vector<std::vector<EvidenceItem>> evidence_before,
                                     const std::function<Status()>& record_intent,
                                     const std::function<std::optional<Message>(const WipeRecord&)>& certify,
                                     ProgressView* view = nullptr, LinkBoard* links = nullptr,
                                     const std::vector<bool>& resumed = {});

/// One line for each drive: verdict, method, verification; and why, where it fell short.
void say_wipes(const Session& session, const WipeReport& report);

/// 0 when each drive reached what its policy asks for (at least Clear; Purge for purge), 130 when the
/// operator interrupted, 1 otherwise.
int wipe_exit_status(const WipeReport& report);

/// The reallocated sectors that an inspection found on this drive.
std::optional<uint64_t> reallocated_sectors_of(const InspectionReport* inspection, const DriveRecord& drive);

}  // namespace regain
