#pragma once
// What `regain drives --capabilities` shows of a drive on a terminal: its own erase methods, every fact with
// the field that it came from, and what could not be read. Pure.

#include <string>

#include "base/translation.h"
#include "wiper/drive_capabilities.h"

namespace regain {

std::string capabilities_text(const DriveCapabilities& capabilities, const Translator& translate);

}  // namespace regain
