#pragma once
// The judgement of what could lock the recipient out: passwords in the firmware, secure boot, anti-theft
// agents. Pure: readings come from inspector/linux_firmware.h. Nothing is ever unlocked or changed here.

#include <optional>
#include <string>
#include <vector>

#include "inspector/smbios.h"
#include "reports/inspection_report.h"

namespace regain {

/// A password that the firmware exposes through the kernel (think-lmi, dell-wmi-sysman, hp-bioscfg).
struct FirmwarePassword {
    std::string provider, name, role;  ///< "thinklmi", "Admin", "bios-admin"
    std::optional<bool> is_set;
};

struct FirmwareReadings {
    std::optional<SmbiosSecurity> security;
    std::vector<FirmwarePassword> passwords;
    bool uefi = false;
    std::optional<bool> secure_boot, setup_mode;
    std::optional<std::string> tpm_version;  ///< "1", "2"; absent: no TPM that the kernel knows
    bool has_acpi_tables = false;            ///< the directory can be read at all
    bool has_wpbt = false;                   ///< ACPI WPBT: the firmware plants a program into Windows
};

/// "firmware-password" for each password, "firmware-agent", "secure-boot", "tpm". A password that is set
/// warns, and the reason's code says what the donor has to be asked for.
std::vector<Check> judge_firmware_locks(const FirmwareReadings& readings);

}  // namespace regain
