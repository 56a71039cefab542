#pragma once
// Makes the kernel let go of a drive (sysfs "delete" and "remove"): the nodes disappear, and no program can
// wake it. Only power_down.h uses it.

#include "base/result.h"
#include "base/system_root.h"
#include "reports/drive_record.h"

namespace regain {

/// Whether the device numbers of all its nodes still belong to what was plugged in then (diskseq, where the
/// kernel counts).
bool is_still_there(const SystemRoot& root, const DriveRecord& drive);

/// SCSI, SATA and USB: the disk alone, not its dock, which may hold another one. NVMe: its controller, which
/// is shut down for that. Blocks until the kernel has done so. ErrorKind::failed.
Status remove_drive(const SystemRoot& root, const DriveRecord& drive);

}  // namespace regain
