#include "inspector/machine_identity.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/json.h"
#include "inspector/check_making.h"
#include "inspector/lenient_json.h"

namespace regain {
namespace {

// Lower case, blanks squeezed. Whole texts:
constexpr std::array<std::string_view, 49> dummy_texts = {"system product name",
                                                          "system manufacturer",
                                                          "system name",
                                                          "system version",
                                                          "system serial number",
                                                          "system sku",
                                                          "system sku number",
                                                          "system family",
                                                          "product name",
                                                          "product version",
                                                          "serial number",
                                                          "sku",
                                                          "sku number",
                                                          "base board serial number",
                                                          "board serial number",
                                                          "board version",
                                                          "chassis manufacture",
                                                          "chassis manufacturer",
                                                          "chassis version",
                                                          "chassis serial number",
                                                          "asset tag",
                                                          "asset-1234567890",
                                                          "no asset tag",
                                                          "no asset information",
                                                          "none",
                                                          "n/a",
                                                          "na",
                                                          "nil",
                                                          "null",
                                                          "not applicable",
                                                          "not specified",
                                                          "not available",
                                                          "not defined",
                                                          "not present",
                                                          "unknown",
                                                          "undefined",
                                                          "unspecified",
                                                          "empty",
                                                          "invalid",
                                                          "oem",
                                                          "o.e.m.",
                                                          "others",
                                                          "all series",
                                                          "all product",
                                                          "type1productconfigid",
                                                          "type1family",
                                                          "mb-1234567890",
                                                          "bsn12345678901234567",
                                                          "ssn12345678901234567"};
// Parts that give a dummy away wherever they stand:
constexpr std::array<std::string_view, 9> dummy_parts = {"to be filled",   "to be set by", "default string",
                                                         "default_string", "o.e.m.",       "oem_define",
                                                         "type2 -",        "sernum",       "123456789"};

std::string squeezed(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\0';
        if (blank && (result.empty() || result.back() == ' ')) continue;
        result += blank ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    if (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

bool repeats_one_character(std::string_view text) {
    std::string significant;
    for (const char c : text)
        if (c != ' ' && c != '-' && c != '.') significant += c;
    if (significant.empty()) return true;
    return std::all_of(significant.begin(), significant.end(), [&](char c) { return c == significant[0]; });
}

/// The sysfs file if it says something, else the SMBIOS field if that does.
std::string first_genuine(const MachineReadings& readings, const char* file, const std::string& smbios) {
    const auto found = readings.dmi.find(file);
    if (found != readings.dmi.end() && !is_dummy_identity(found->second)) return to_utf8(found->second);
    return is_dummy_identity(smbios) ? std::string() : smbios;
}

// Version and date of a firmware are what they are: nothing is a dummy there.
std::string first_present(const MachineReadings& readings, const char* file, const std::string& smbios) {
    const auto found = readings.dmi.find(file);
    return found != readings.dmi.end() && !found->second.empty() ? to_utf8(found->second) : smbios;
}

unsigned chassis_type(const MachineReadings& readings) {
    const auto found = readings.dmi.find("chassis_type");
    if (found != readings.dmi.end())
        if (const auto type = digits(found->second)) return static_cast<unsigned>(*type & 0x7F);
    return readings.smbios.chassis ? readings.smbios.chassis->type : 0;
}

void add_identifier(MachineRecord& machine, const char* kind, const std::string& value) {
    if (!value.empty()) machine.identifiers.push_back(std::string(kind) + ":" + value);
}

}  // namespace

bool is_dummy_identity(std::string_view text) {
    const std::string plain = squeezed(text);
    if (repeats_one_character(plain)) return true;
    if (std::find(dummy_texts.begin(), dummy_texts.end(), plain) != dummy_texts.end()) return true;
    return std::any_of(dummy_parts.begin(), dummy_parts.end(),
                       [&](std::string_view part) { return contains(plain, part); });
}

bool is_dummy_uuid(std::string_view uuid) {
    const std::string plain = squeezed(uuid);
    constexpr std::array<std::string_view, 4> shipped = {
        "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
        "12345678-1234-5678-90ab-cddeefaabbcc", "78563412-3412-7856-90ab-cddeefaabbcc"};
    if (plain.size() != 36 || std::find(shipped.begin(), shipped.end(), plain) != shipped.end()) return true;
    return repeats_one_character(plain);
}

MachineRecord identify_machine(const MachineReadings& readings) {
    const SmbiosFirmware firmware = readings.smbios.firmware.value_or(SmbiosFirmware{});
    const SmbiosSystem system = readings.smbios.system.value_or(SmbiosSystem{});
    const SmbiosBoard board = readings.smbios.board.value_or(SmbiosBoard{});
    const SmbiosChassis chassis = readings.smbios.chassis.value_or(SmbiosChassis{});

    MachineRecord machine;
    machine.manufacturer = first_genuine(readings, "sys_vendor", system.manufacturer);
    machine.product = first_genuine(readings, "product_name", system.product);
    machine.version = first_genuine(readings, "product_version", system.version);
    machine.serial = first_genuine(readings, "product_serial", system.serial);
    machine.family = first_genuine(readings, "product_family", system.family);
    machine.sku = first_genuine(readings, "product_sku", system.sku);
    machine.board_manufacturer = first_genuine(readings, "board_vendor", board.manufacturer);
    machine.board_product = first_genuine(readings, "board_name", board.product);
    machine.board_serial = first_genuine(readings, "board_serial", board.serial);
    machine.chassis = chassis_name(chassis_type(readings));
    machine.uuid = lower_case(first_present(readings, "product_uuid", system.uuid));
    if (is_dummy_uuid(machine.uuid)) machine.uuid.clear();
    machine.firmware_vendor = first_present(readings, "bios_vendor", firmware.vendor);
    machine.firmware_version = first_present(readings, "bios_version", firmware.version);
    machine.firmware_date = first_present(readings, "bios_date", firmware.date);

    machine.boot_mode = readings.boot_mode;
    machine.processor = readings.processor;
    if (machine.processor.empty() && !readings.smbios.processors.empty())
        machine.processor = readings.smbios.processors.front().version;
    machine.processor_cores = readings.processor_cores;
    machine.processor_threads = readings.processor_threads;
    machine.memory_bytes = readings.memory_bytes;
    machine.memory_installed_bytes = installed_memory_bytes(readings.smbios).value_or(0);

    add_identifier(machine, "dmi-serial", machine.serial);
    add_identifier(machine, "board-serial", machine.board_serial);
    add_identifier(machine, "chassis-serial", first_genuine(readings, "chassis_serial", chassis.serial));
    add_identifier(machine, "dmi-uuid", machine.uuid);
    for (const auto& address : readings.mac_addresses) add_identifier(machine, "mac", address);
    return machine;
}

Check judge_machine_identity(const MachineRecord& machine) {
    const std::string count = std::to_string(machine.identifiers.size());
    if (machine.identifiers.empty())
        return make_check("machine-identity", "machine", CheckResult::warn, count, ">= 1",
                          {"no-identifier", {}});
    return make_check("machine-identity", "machine", CheckResult::pass, count, ">= 1", {"identified", {}});
}

}  // namespace regain
