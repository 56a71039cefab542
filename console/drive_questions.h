#pragma once
// Asks a drive what it can do by its own commands, through the kernel, with what is remembered of USB bridges
// in the state directory. Only harmless commands go out. Used by `drives --capabilities` and by `--plan`.

#include "console/session.h"
#include "drives/drive_channels.h"
#include "drives/usb_bridge.h"
#include "wiper/drive_capabilities.h"

namespace regain {

class DriveQuestions {
  public:
    explicit DriveQuestions(const Session& session);
    /// What can't be asked is listed in the answer: all, for the drives of a recorded machine.
    DriveCapabilities ask(const DriveRecord& drive);

  private:
    const Session& session_;
    MachineDriveChannels channels_;
    BridgeMemory bridges_;
};

}  // namespace regain
