#pragma once
// Makes the kernel ask a drive again how large it is: after its hidden sectors were given back. The drive may
// come back under another name, or only after a power cycle; whoever calls this discovers it anew.

#include "base/system_root.h"
#include "reports/drive_record.h"

namespace regain {

/// Behind libata the port is reset, because its size is remembered there (scsi_host/hostN/scan); then the
/// SCSI device is asked (device/rescan). Blocks until the kernel has done so, seconds at most. What can't be
/// written is left: the drive then simply shows what it showed before. The drive must not be held.
void rescan_drive(const SystemRoot& root, const DriveRecord& drive);

}  // namespace regain
