#pragma once
// Who a block device is: attachment, protocol, medium, model, serial and where it was read, WWN, firmware.
// Read from sysfs, with udev's database as a second source. Used by discovery and again by the hold, on the
// open descriptor's device, before the first write. Opens no device.

#include <string>

#include "base/system_root.h"
#include "drives/block_tree.h"
#include "reports/drive_record.h"

namespace regain {

/// A record with everything but nodes, protection and contents. `disk` is a whole device, not a partition.
DriveRecord identify_drive(const SystemRoot& root, const BlockDevice& disk);

/// Devices that show parts or paths of one and the same drive have the same key: NVMe namespaces by
/// subsystem, eMMC areas by card, LUN paths by WWN and serial. Every other device has a key of its own.
std::string drive_key(const BlockDevice& disk, const DriveRecord& identity);

}  // namespace regain
