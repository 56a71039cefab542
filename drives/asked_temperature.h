#pragma once
// How warm a drive is, asked of the drive itself where the kernel has no sensor for it (a USB adapter, a SAS
// disk, a kernel without drivetemp). Each call is one or two commands that only read; they may be sent while
// the drive is written. Used by the worker through wiper/drive_thermometer.h.
//
// Ref: Linux drivers/hwmon/drivetemp.c (SCT status and attributes 194, 190); smartmontools atacmds.h
// (ata_sct_status_response); sg3_utils src/sg_logs.c (temperature page 0Dh); Linux include/linux/nvme.h
// (nvme_smart_log, nvme_id_ctrl: wctemp, cctemp).

#include <optional>

#include "drives/ata_transport.h"
#include "drives/drive_temperature.h"
#include "drives/nvme_transport.h"
#include "drives/scsi_transport.h"

namespace regain {

/// The status of SMART Command Transport, else the attribute 194 or 190. Nothing when it does not say.
std::optional<DriveTemperature> ask_temperature(AtaTransport& ata);
/// Log page 0Dh, of a disk that speaks SCSI itself.
std::optional<DriveTemperature> ask_temperature(ScsiTransport& scsi);
/// The health log, with the limits of Identify Controller.
std::optional<DriveTemperature> ask_temperature(NvmeTransport& nvme);

}  // namespace regain
