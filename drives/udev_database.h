#pragma once
// What udev noted about a block device in /run/udev/data: a second source where sysfs is silent (serials,
// file systems). Its format is not a stable interface of udev: what is not understood is skipped, and a
// missing database is an ordinary answer.

#include <cstdint>
#include <map>
#include <string>

#include "base/system_root.h"

namespace regain {

/// The properties ("ID_SERIAL_SHORT" → "S1234"); empty when udev knows nothing.
std::map<std::string, std::string> read_udev_properties(const SystemRoot& root, uint64_t device_number);

/// How a file system or a partition table can be recognised.
struct ContentNames {
    std::string table_type;  ///< "gpt", "dos"
    std::string type;        ///< "ext4", "iso9660", "LVM2_member"
    std::string uuid;
    std::string label;
    std::string partition_uuid;
};
ContentNames content_names(const std::map<std::string, std::string>& udev_properties);

}  // namespace regain
