#pragma once
// Which drives the machine has and what protects each: read from sysfs, procfs and libblkid, never by opening
// for writing. One device with several nodes (NVMe namespaces, eMMC areas, multipath) is one drive.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/system_root.h"
#include "reports/drive_record.h"

namespace regain {

/// All drives, those that can't be used included (they say why in `protection`), sorted by path. Loop devices
/// that have a backing file are drives with bus "virtual". Partitions are not drives.
Result<std::vector<DriveRecord>> discover_drives(const SystemRoot& root);

/// The same for somebody who wants to know of this one drive alone: what stands on the others is not looked
/// at where that can't matter (each of twenty workers would read from twenty drives).
Result<std::vector<DriveRecord>> discover_drives_for(const SystemRoot& root, const DriveRecord& drive);

/// One node of a drive as a record of its own, to hold and write that node: its path, size, device number,
/// diskseq and sector size, the drive's identity and protection, and itself as the only node.
DriveRecord record_of_node(const DriveRecord& drive, const DriveNode& node);

/// A regular file as a virtual drive (`--virtual`): refused (ErrorKind::refused) when it backs a loop device
/// or lies under an active swap; ErrorKind::environment when it does not exist; usage when it is not a
/// regular file.
Result<DriveRecord> virtual_drive_from_file(const SystemRoot& root, const std::string& path);

enum class VirtualFiles { refused, accepted };

/// Turns what the operator typed (a path, a link under /dev/disk, a serial) into one drive. A serial that
/// several drives share is ErrorKind::refused with their paths; a partition is refused with the name of its
/// drive; a directory is usage; a regular file without `accepted` is usage and the advice names --virtual;
/// nothing found is environment.
Result<DriveRecord> find_drive(const SystemRoot& root, const std::vector<DriveRecord>& drives,
                               const std::string& name, VirtualFiles virtual_files);

/// ErrorKind::refused with the weightiest reason when something protects the drive; done() otherwise.
Status check_unprotected(const DriveRecord& drive, Message doing);

}  // namespace regain
