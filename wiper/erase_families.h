#pragma once
// The families behind erase_by_firmware(): each carries out its methods over one command channel and fills in
// the log. Called by firmware_erase.cpp alone, which has chosen the family by the method's name and has made
// sure that the channel is there; the method itself is checked here.

#include <string>

#include "wiper/drive_log.h"
#include "wiper/firmware_erase.h"

namespace regain {

void erase_by_ata_sanitize(ScsiTransport& scsi, PassThroughSize size, const EraseWatch& watch, DriveLog& log);
void erase_by_ata_security(ScsiTransport& scsi, PassThroughSize size, const EraseWatch& watch,
                           PasswordJournal& passwords, DriveLog& log);
void erase_by_nvme(NvmeTransport& nvme, const EraseWatch& watch, DriveLog& log);
void erase_by_scsi_sanitize(ScsiTransport& scsi, const EraseWatch& watch, DriveLog& log);
/// Finds its way to the drive's security processor by itself.
void erase_by_psid(const EraseChannels& channels, const EraseWatch& watch, DriveLog& log);
void erase_by_mmc(MmcTransport& mmc, const EraseWatch& watch, DriveLog& log);

}  // namespace regain
