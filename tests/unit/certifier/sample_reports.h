#pragma once
// Reports as the other rooms make them, for tests of certificates.

#include <string>

#include "reports/deploy_report.h"
#include "reports/inspection_report.h"
#include "reports/job_context.h"
#include "reports/wipe_report.h"

namespace regain {

JobContext sample_job();
DriveRecord sample_drive();
/// A hard disk overwritten with zeros, fully read back.
WipeRecord sample_wipe();
/// A scan of that drive with two slow places, a stall and a failed read; how warm it was.
std::vector<EvidenceItem> sample_scan();
/// An SSD that was block-erased by SANITIZE after a crypto erase; a SECURITY ERASE before had failed.
WipeRecord sample_firmware_wipe();
/// The same drive, with unwritable sectors and `errors` errors.
WipeRecord sample_failed_wipe(size_t errors);
InspectionReport sample_inspection();
DeployRecord sample_deployment();

}  // namespace regain
