#pragma once
// After the confirmation and before the wipe: drives that hide sectors give them back, the kernel looks
// again, and their plans are made anew for what they show then. Used by `regain wipe` and `process`.

#include <vector>

#include "console/session.h"
#include "console/wipe_job.h"
#include "reports/wipe_report.h"

namespace regain {

/// Replaces those of `drives` and `plans` (same order) that have preparations, and gives for each drive the
/// evidence of it ("hidden-sectors": hidden_sectors.h), to go into its record. A drive that refuses gets the
/// plan that is possible without. ErrorKind::refused where more sectors can only be had after a power cycle,
/// where the kernel does not show them, where another drive came back, and where no plan reaches the policy
/// any more: nothing was erased then.
Result<std::vector<std::vector<EvidenceItem>>> restore_hidden_sectors_first(
    const Session& session, std::vector<DriveRecord>& drives, std::vector<WipePlan>& plans,
    const InspectionReport* inspection, const CapabilitySource& source);

/// Their evidence stands in these records now.
void forget_hidden_sectors(const Session& session, const WipeReport& report);

}  // namespace regain
