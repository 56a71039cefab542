#pragma once
// Reads what the kernel shows of the firmware's locks: firmware-attributes, EFI variables, the TPM, ACPI
// tables. Through SystemRoot; writes nothing. Judged by firmware_locks.h.

#include "base/system_root.h"
#include "inspector/firmware_locks.h"
#include "inspector/smbios.h"

namespace regain {

FirmwareReadings read_firmware(const SystemRoot& root, const SmbiosTables& smbios);

}  // namespace regain
