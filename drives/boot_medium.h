#pragma once
// From which drive a live system was started, also when it was copied to RAM and its medium is not mounted
// any more. Decided from what the system says of itself, in this order; each source that speaks counts:
//  1. the mount points where live systems keep their medium (/run/live/medium and its relatives);
//  2. names of the medium's file system: in /run/regain/boot-medium (written by Regain's live system before
//  it
//     lets go of the medium: lines UUID=, LABEL=, PARTUUID=, or NONE=network), in the kernel's command line;
//  3. nothing known, but it is a live system and was not started from the network: every drive that could be
//     carried to another machine and holds what a live system can start from may be it.
// Pure apart from reading those files; opens no device.

#include <string>
#include <string_view>
#include <vector>

#include "base/system_root.h"
#include "drives/mounts.h"
#include "drives/udev_database.h"

namespace regain {

struct BootMediumName {
    std::string key;  ///< "UUID", "LABEL", "PARTUUID" or "DEVICE" (a path)
    std::string value;
};

struct BootMedium {
    std::vector<std::string> mount_points;  ///< the mounts that are the medium
    std::vector<BootMediumName> names;      ///< file systems that it is known by
    bool may_be_anywhere = false;           ///< a live system whose medium nothing names for certain
};

BootMedium read_boot_medium(const SystemRoot& root, const std::vector<Mount>& mounts);

/// What the kernel's command line says of the medium. `is_live` and `from_network` are set when it says so.
std::vector<BootMediumName> names_on_command_line(std::string_view command_line, bool& is_live,
                                                  bool& from_network);

/// UUIDs are compared without regard to case.
bool is_named(const BootMediumName& name, const ContentNames& content);

}  // namespace regain
