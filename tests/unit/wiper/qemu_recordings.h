#pragma once
// Drives that were asked in a software PC (tests/vm/erase_run.py --record): their records and what they
// answered to each command, from tests/fixtures/qemu. The product's own reader asks the recording again. A
// command that was not recorded is an error, never an invented answer. Used by golden_drives.cpp.

#include <string>

#include "wiper/drive_capabilities.h"

namespace regain {

struct QemuRecording {
    std::string provenance;
    DriveCapabilities capabilities;
    size_t commands_not_recorded = 0;  ///< that the reader sent all the same
};

/// Throws std::runtime_error when the file is not there or not what the recorder writes.
QemuRecording qemu_recording(const std::string& name);

}  // namespace regain
