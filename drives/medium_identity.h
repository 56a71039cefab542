#pragma once
// Which medium a directory lies on, so that a station that was copied to another stick can notice. Used by
// the console when it opens the station; opens no device.

#include <filesystem>
#include <string>

#include "base/system_root.h"

namespace regain {

/// WWN or serial of each drive that the directory rests on ("wwn:...", "serial:...", of a USB drive
/// "usb:SERIAL/MODEL/SIZE" whatever of it is known), joined by "+"; empty when nothing tells (a virtual disk
/// without a serial, RAM, a network). Two sticks of one model and size without serials are the same to it.
std::string medium_identity(const SystemRoot& root, const std::filesystem::path& directory);

}  // namespace regain
