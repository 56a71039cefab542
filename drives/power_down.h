#pragma once
// Takes a drive out of service after its last use: its cache is flushed, its spindle stands, the system lets
// go of it. Only then it may be pulled out. Used by `regain batch`; the drive must not be held any more.

#include <memory>

#include "base/result.h"
#include "base/system_root.h"
#include "drives/drive_channels.h"
#include "reports/drive_record.h"

namespace regain {

/// Whether powering down is for a drive like this: not for virtual drives, memory cards and those that are
/// reached through a network.
bool can_power_down(const DriveRecord& drive);

/// SYNCHRONIZE CACHE and START STOP UNIT, which libata and USB bridges turn into FLUSH CACHE and STANDBY
/// IMMEDIATE; then the kernel removes the device, so that nothing wakes it again. NVMe: the kernel shuts the
/// controller down and removes it. ErrorKind::refused when another drive is there by now; failed when one of
/// them did not succeed: then it may not be pulled out.
Status power_down(const SystemRoot& root, DriveChannels& channels, const DriveRecord& drive);

}  // namespace regain
