#include "inspector/firmware_locks.h"

#include <utility>

#include "inspector/check_making.h"

namespace regain {
namespace {

Check judge_smbios_lock(SmbiosLock lock, const std::string& component, const char* code_when_set) {
    const std::string name = "firmware-password";
    switch (lock) {
        case SmbiosLock::enabled:
            return make_check(name, component, CheckResult::warn, "set", "not set", {code_when_set, {}});
        case SmbiosLock::disabled:
            return make_check(name, component, CheckResult::pass, "not set", "not set", {"none", {}});
        case SmbiosLock::not_implemented:
            return make_check(name, component, CheckResult::pass, "not implemented", "not set",
                              {"password-not-implemented", {}});
        case SmbiosLock::unknown:
            break;
    }
    return make_untested(name, component, {"firmware-does-not-say", {}});
}

bool is_administrator(const FirmwarePassword& password) {
    return password.role == "bios-admin" || password.name.find("dmin") != std::string::npos ||
           password.name.find("Setup") != std::string::npos;
}

Check judge_password(const FirmwarePassword& password) {
    const std::string component = password.provider + "/" + password.name;
    if (!password.is_set) return make_untested("firmware-password", component, {"firmware-does-not-say", {}});
    if (!*password.is_set)
        return make_check("firmware-password", component, CheckResult::pass, "not set", "not set",
                          {"none", {}});
    const char* code = is_administrator(password)    ? "ask-donor-for-administrator-password"
                       : password.role == "power-on" ? "ask-donor-for-power-on-password"
                                                     : "ask-donor-for-firmware-password";
    return make_check("firmware-password", component, CheckResult::warn, "set", "not set",
                      {code, {{"password", password.name}}});
}

Check judge_secure_boot(const FirmwareReadings& readings) {
    if (!readings.uefi) return make_untested("secure-boot", "firmware", {"booted-without-uefi", {}});
    if (!readings.secure_boot) return make_untested("secure-boot", "firmware", {"firmware-does-not-say", {}});
    if (*readings.secure_boot)
        return make_check("secure-boot", "firmware", CheckResult::pass, "on", "", {"secure-boot-on", {}});
    const bool setup = readings.setup_mode.value_or(false);
    return make_check("secure-boot", "firmware", CheckResult::pass, setup ? "off, setup mode" : "off", "",
                      {setup ? "secure-boot-setup-mode" : "secure-boot-off", {}});
}

Check judge_agent(const FirmwareReadings& readings) {
    if (!readings.has_acpi_tables)
        return make_untested("firmware-agent", "firmware", {"acpi-tables-not-readable", {}});
    if (readings.has_wpbt)
        return make_check("firmware-agent", "firmware", CheckResult::warn, "WPBT", "none",
                          {"wpbt-may-be-an-anti-theft-agent", {}});
    return make_check("firmware-agent", "firmware", CheckResult::pass, "none", "none", {"none", {}});
}

Check judge_tpm(const FirmwareReadings& readings) {
    if (!readings.tpm_version) return make_untested("tpm", "firmware", {"none-found", {}});
    return make_check("tpm", "firmware", CheckResult::pass, *readings.tpm_version, "",
                      {"tpm-found", {{"version", *readings.tpm_version}}});
}

}  // namespace

std::vector<Check> judge_firmware_locks(const FirmwareReadings& readings) {
    std::vector<Check> checks;
    if (readings.security) {
        const SmbiosSecurity& security = *readings.security;
        checks.push_back(judge_smbios_lock(security.power_on, "power-on", "ask-donor-for-power-on-password"));
        checks.push_back(judge_smbios_lock(security.administrator, "administrator",
                                           "ask-donor-for-administrator-password"));
        if (security.keyboard == SmbiosLock::enabled)
            checks.push_back(
                judge_smbios_lock(security.keyboard, "keyboard", "ask-donor-for-keyboard-password"));
    }
    for (const auto& password : readings.passwords) checks.push_back(judge_password(password));
    if (checks.empty())
        checks.push_back(make_untested("firmware-password", "firmware", {"firmware-does-not-say", {}}));
    checks.push_back(judge_agent(readings));
    checks.push_back(judge_secure_boot(readings));
    checks.push_back(judge_tpm(readings));
    return checks;
}

}  // namespace regain
