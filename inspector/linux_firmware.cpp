#include "inspector/linux_firmware.h"

#include <optional>
#include <string>

#include "base/file.h"
#include "inspector/linux_listing.h"

namespace regain {
namespace {

constexpr const char* global_variable = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";

// Four bytes of attributes, then one byte that is 0 or 1.
std::optional<bool> read_efi_flag(const SystemRoot& root, const std::string& name) {
    const auto content = read_file(root.path("/sys/firmware/efi/efivars/" + name + global_variable), 4096);
    if (!content.ok() || content->size() != 5 || static_cast<unsigned char>((*content)[4]) > 1)
        return std::nullopt;
    return (*content)[4] == 1;
}

std::vector<FirmwarePassword> read_passwords(const SystemRoot& root) {
    std::vector<FirmwarePassword> passwords;
    const std::string base = "/sys/class/firmware-attributes/";
    for (const auto& provider : names_in(root, base)) {
        const std::string directory = base + provider + "/authentication/";
        for (const auto& name : names_in(root, directory)) {
            FirmwarePassword password{provider, name, line_of(root, directory + name + "/role"),
                                      std::nullopt};
            const auto enabled = number_in(root, directory + name + "/is_enabled");
            if (enabled && *enabled <= 1) password.is_set = *enabled == 1;
            passwords.push_back(password);
        }
    }
    return passwords;
}

std::optional<std::string> read_tpm_version(const SystemRoot& root) {
    const auto names = names_in(root, "/sys/class/tpm");
    if (names.empty()) return std::nullopt;
    const std::string version = line_of(root, "/sys/class/tpm/" + names.front() + "/tpm_version_major");
    return version.empty() ? "unknown" : version;
}

}  // namespace

FirmwareReadings read_firmware(const SystemRoot& root, const SmbiosTables& smbios) {
    FirmwareReadings readings;
    readings.security = smbios.security;
    readings.passwords = read_passwords(root);
    readings.uefi = path_exists(root.path("/sys/firmware/efi"));
    readings.secure_boot = read_efi_flag(root, "SecureBoot");
    readings.setup_mode = read_efi_flag(root, "SetupMode");
    readings.tpm_version = read_tpm_version(root);
    readings.has_acpi_tables = !names_in(root, "/sys/firmware/acpi/tables").empty();
    readings.has_wpbt = path_exists(root.path("/sys/firmware/acpi/tables/WPBT"));
    return readings;
}

}  // namespace regain
