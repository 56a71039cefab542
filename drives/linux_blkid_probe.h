#pragma once
// Looks at a block device with libblkid's low-level probing: which partition table or file system is on it.
// Used where udev's database says nothing. Opens read-only; never used on recorded trees.

#include <string>

#include "drives/udev_database.h"

namespace regain {

/// Empty names when nothing is found, or when the device cannot be opened or read: an answer for the
/// operator, not a proof that it is blank.
ContentNames probe_contents(const std::string& device_path);

}  // namespace regain
