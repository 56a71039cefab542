#pragma once
// Gives a drive's hidden sectors back before it is erased: after the confirmation, on a drive that is held,
// in the console's own process, because the drive may come back as another device. Used by `regain wipe` and
// `process`. Erases nothing, plans nothing.

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "base/system_root.h"
#include "drives/drive_channels.h"
#include "wiper/hidden_sectors.h"

namespace regain {

/// Holds the drive, proves that it is the one, makes at most one change (hidden_sectors.h) and lets it go.
/// Errors of the hold and of the channel: nothing was sent then that changes anything.
Result<HiddenSectorsLog> restore_hidden_sectors_of(const SystemRoot& root, DriveChannels& channels,
                                                   const DriveRecord& drive, const Clock& clock,
                                                   std::stop_token stop);

}  // namespace regain
