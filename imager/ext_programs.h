#pragma once
// e2fsprogs' programs on a file system that is not mounted: check, grow, new UUID. Each takes the path of a
// device that holds nothing but the file system.

#include <stop_token>
#include <string>

#include "base/result.h"
#include "imager/disk_uuid.h"

namespace regain {

/// e2fsck -fp: repairs what can be repaired without a question. ErrorKind::failed when something is left.
Status repair_file_system(const std::string& path, std::stop_token stop);
/// e2fsck -fn: success only when there is nothing to repair.
Status check_file_system(const std::string& path, std::stop_token stop);
/// tune2fs -U; the file system must have been checked just before.
Status set_file_system_uuid(const std::string& path, const DiskUuid& uuid, std::stop_token stop);
/// resize2fs to the size of the device.
Status grow_file_system(const std::string& path, std::stop_token stop);

}  // namespace regain
