#include "inspector/linux_machine.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/json.h"
#include "inspector/lenient_json.h"
#include "inspector/linux_listing.h"

namespace regain {
namespace {

constexpr size_t largest_smbios_table = 1U << 20;
constexpr const char* dmi_files[] = {"sys_vendor",   "product_name", "product_version", "product_serial",
                                     "product_uuid", "product_sku",  "product_family",  "board_vendor",
                                     "board_name",   "board_serial", "chassis_type",    "chassis_serial",
                                     "bios_vendor",  "bios_version", "bios_date"};

SmbiosTables read_smbios(const SystemRoot& root) {
    const auto table = read_file(root.path("/sys/firmware/dmi/tables/DMI"), largest_smbios_table);
    if (!table.ok()) return {};
    const auto entry = read_file(root.path("/sys/firmware/dmi/tables/smbios_entry_point"), 4096);
    return decode_smbios(as_bytes(*table), entry.ok() ? smbios_version(as_bytes(*entry)) : 0);
}

/// "key : value" of /proc/cpuinfo; empty when the line is none.
std::pair<std::string, std::string> key_and_value(const std::string& line) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) return {};
    const size_t key_end = line.find_last_not_of(" \t", colon - (colon == 0 ? 0 : 1));
    const size_t value_start = line.find_first_not_of(" \t", colon + 1);
    return {key_end == std::string::npos ? "" : line.substr(0, key_end + 1),
            value_start == std::string::npos ? "" : line.substr(value_start)};
}

void read_cpuinfo(const SystemRoot& root, MachineReadings& readings) {
    const auto text = read_file(root.path("/proc/cpuinfo"), 16U << 20);
    if (!text.ok()) return;
    std::set<std::pair<std::string, std::string>> cores;
    std::string package, hardware;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        const auto [key, value] = key_and_value(line);
        if (key == "processor") ++readings.processor_threads;
        if (key == "model name" && readings.processor.empty()) readings.processor = to_utf8(value);
        if (key == "Hardware" || key == "Model") hardware = to_utf8(value);
        if (key == "physical id") package = value;
        if (key == "core id") cores.emplace(package, value);
    }
    if (readings.processor.empty()) readings.processor = hardware;
    readings.processor_cores = cores.size();
}

bool is_processor_name(std::string_view name) {
    return name.starts_with("cpu") && digits(name.substr(3)).has_value();
}

void read_topology(const SystemRoot& root, MachineReadings& readings) {
    std::set<std::pair<std::string, std::string>> cores;
    const std::string base = "/sys/devices/system/cpu/";
    for (const auto& name : names_in(root, base)) {
        if (!is_processor_name(name)) continue;
        const std::string topology = base + name + "/topology/";
        const std::string core = line_of(root, topology + "core_id");
        if (!core.empty()) cores.emplace(line_of(root, topology + "physical_package_id"), core);
    }
    if (!cores.empty()) readings.processor_cores = cores.size();
}

uint64_t read_memory_total(const SystemRoot& root) {
    const auto text = read_file(root.path("/proc/meminfo"), 1U << 20);
    std::istringstream lines(text.ok() ? *text : std::string());
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("MemTotal:")) continue;
        const size_t first = line.find_first_of("0123456789");
        if (first == std::string::npos) return 0;
        const size_t end = std::min(line.find_first_not_of("0123456789", first), line.size());
        return digits(std::string_view(line).substr(first, end - first)).value_or(0) * 1024;
    }
    return 0;
}

bool is_mac_address(const std::string& text) {
    return text.size() == 17 && std::count(text.begin(), text.end(), ':') == 5 &&
           text != "00:00:00:00:00:00" && text != "ff:ff:ff:ff:ff:ff";
}

// A network adapter on a USB port leaves with the next technician: it identifies no machine.
bool is_built_in(const SystemRoot& root, const std::string& interface) {
    std::error_code fault;
    const auto device =
        std::filesystem::canonical(root.path("/sys/class/net/" + interface + "/device"), fault);
    return !fault && !contains(device.string(), "/usb");
}

std::vector<std::string> read_mac_addresses(const SystemRoot& root) {
    std::set<std::string> addresses;
    for (const auto& name : names_in(root, "/sys/class/net")) {
        const std::string base = "/sys/class/net/" + name + "/";
        const std::string address = lower_case(line_of(root, base + "address"));
        const bool permanent = number_in(root, base + "addr_assign_type").value_or(0) == 0;
        if (permanent && is_mac_address(address) && is_built_in(root, name)) addresses.insert(address);
    }
    return {addresses.begin(), addresses.end()};
}

}  // namespace

MachineReadings read_machine(const SystemRoot& root) {
    MachineReadings readings;
    for (const char* file : dmi_files) {
        const std::string value = line_of(root, std::string("/sys/class/dmi/id/") + file);
        if (!value.empty()) readings.dmi[file] = value;
    }
    readings.smbios = read_smbios(root);
    readings.mac_addresses = read_mac_addresses(root);
    read_cpuinfo(root, readings);
    read_topology(root, readings);
    readings.memory_bytes = read_memory_total(root);
    readings.boot_mode = path_exists(root.path("/sys/firmware/efi")) ? "uefi" : "bios";
    return readings;
}

std::optional<MemoryErrorCounts> read_memory_errors(const SystemRoot& root) {
    std::optional<MemoryErrorCounts> sum;
    const std::string base = "/sys/devices/system/edac/mc/";
    for (const auto& name : names_in(root, base)) {
        const auto corrected = number_in(root, base + name + "/ce_count");
        const auto uncorrected = number_in(root, base + name + "/ue_count");
        if (!corrected || !uncorrected) continue;
        if (!sum) sum.emplace();
        sum->corrected += *corrected;
        sum->uncorrected += *uncorrected;
    }
    return sum;
}

}  // namespace regain
