#pragma once
// Asks a drive over its command channels what it can do, sending nothing but harmless commands (a guard sees
// to it), and keeps every command and reply. Used by `drives --capabilities`, and by the planner's callers.
// Writes nothing to any drive; what is remembered of USB bridges goes through BridgeMemory.

#include "base/clock.h"
#include "drives/drive_channels.h"
#include "drives/usb_bridge.h"
#include "wiper/drive_capabilities.h"

namespace regain {

struct CapabilitySources {
    DriveChannels& channels;
    BridgeMemory& bridges;
    const Clock& clock;
};

/// Never fails: what could not be asked stands in `not_known` with the reason. May take as long as the
/// timeouts of the commands (15 seconds each).
DriveCapabilities read_capabilities(const DriveRecord& drive, const CapabilitySources& sources);

}  // namespace regain
