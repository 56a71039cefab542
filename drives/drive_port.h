#pragma once
// Where a drive is plugged in: a name of the port that stays the same whatever is in it, and the link that it
// shares with others. From sysfs and udev's database alone. Used by `regain batch` and by the supervisor.

#include <string>

#include "base/system_root.h"
#include "reports/drive_record.h"

namespace regain {

/// The stable part of /dev/disk/by-path ("pci-0000:00:14.0-usb-0:1.3:1.0-scsi-0:0:0:0"), as udev names it; of
/// a virtual drive its path. Empty where udev names none.
std::string port_of(const SystemRoot& root, const DriveRecord& drive);

/// What carries this drive's data together with those of its neighbours, as a place in sysfs: the host
/// controller of a SATA, SAS or SCSI disk; for USB the whole bus where that is slow (USB 2 and older), else
/// the port of the root hub, with every hub behind it. Empty where nothing is shared (NVMe) or known
/// (virtual drives): such a drive shares with nobody.
std::string shared_link_of(const SystemRoot& root, const DriveRecord& drive);

}  // namespace regain
