#pragma once
// Whether what is written under a path is still there after the power went: what is mounted there, and what
// lies below its block device, down to the files of loop devices. Asked before a password is set that only a
// note there tells of. Opens no device.

#include <string>

#include "base/system_root.h"

namespace regain {

/// `path` is absolute and without links. False for file systems in memory, for overlays (a live system's lie
/// upon memory) and FUSE without a block device, for block devices in memory (zram, brd, also below LVM or
/// LUKS), for a loop device whose file lies on such, and where it can't be found out. Network file systems
/// are kept by somebody else.
bool lies_on_lasting_storage(const SystemRoot& root, const std::string& path);

}  // namespace regain
