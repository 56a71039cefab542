#include "dmidecode_text.h"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace regain {
namespace {

using Fields = std::map<std::string, std::string>;

std::string trimmed(const std::string& text) {
    const size_t first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string text_of(const Fields& fields, const char* key) {
    const auto found = fields.find(key);
    if (found == fields.end() || found->second == "Not Specified") return {};
    return trimmed(found->second);
}

std::optional<uint64_t> size_of(const std::string& text) {
    if (text == "No Module Installed") return 0;
    std::istringstream words(text);
    uint64_t number = 0;
    std::string unit;
    if (!(words >> number >> unit)) return std::nullopt;
    const std::map<std::string, int> shifts = {{"bytes", 0}, {"kB", 10}, {"MB", 20}, {"GB", 30}, {"TB", 40}};
    const auto shift = shifts.find(unit);
    return shift == shifts.end() ? std::nullopt : std::optional<uint64_t>(number << shift->second);
}

unsigned number_named(const std::map<std::string, unsigned>& names, const std::string& name) {
    const auto found = names.find(name);
    return found == names.end() ? 2 : found->second;
}

unsigned chassis_number(const std::string& name) {
    return number_named({{"Desktop", 3},
                         {"Low Profile Desktop", 4},
                         {"Mini Tower", 6},
                         {"Tower", 7},
                         {"Portable", 8},
                         {"Laptop", 9},
                         {"Notebook", 10},
                         {"All In One", 13},
                         {"Mini PC", 35}},
                        name);
}

unsigned memory_type_number(const std::string& name) {
    return number_named({{"DRAM", 3}, {"Flash", 9}, {"DDR", 18}, {"DDR2", 19}, {"DDR3", 24}, {"DDR4", 26}},
                        name);
}

SmbiosLock lock_named(const std::string& name) {
    if (name == "Disabled") return SmbiosLock::disabled;
    if (name == "Enabled") return SmbiosLock::enabled;
    return name == "Not Implemented" ? SmbiosLock::not_implemented : SmbiosLock::unknown;
}

unsigned count_of(const Fields& fields, const char* key) {
    return static_cast<unsigned>(std::atoi(text_of(fields, key).c_str()));
}

void take_module(const Fields& fields, SmbiosTables& tables) {
    SmbiosMemoryModule module;
    module.array = static_cast<uint16_t>(std::strtoul(text_of(fields, "Array Handle").c_str(), nullptr, 16));
    module.size_bytes = size_of(text_of(fields, "Size"));
    module.type = memory_type_number(text_of(fields, "Type"));
    module.locator = text_of(fields, "Locator");
    module.manufacturer = text_of(fields, "Manufacturer");
    module.part_number = text_of(fields, "Part Number");
    tables.modules.push_back(module);
}

void take(unsigned type, uint16_t handle, const Fields& fields, SmbiosTables& tables) {
    const auto text = [&](const char* key) { return text_of(fields, key); };
    if (type == 0 && !tables.firmware)
        tables.firmware = SmbiosFirmware{text("Vendor"), text("Version"), text("Release Date")};
    if (type == 1 && !tables.system)
        tables.system =
            SmbiosSystem{text("Manufacturer"), text("Product Name"), text("Version"), text("Serial Number"),
                         text("UUID"),         text("SKU Number"),   text("Family")};
    if (type == 2 && !tables.board)
        tables.board =
            SmbiosBoard{text("Manufacturer"), text("Product Name"), text("Version"), text("Serial Number")};
    if (type == 3 && !tables.chassis)
        tables.chassis = SmbiosChassis{text("Manufacturer"), text("Version"), text("Serial Number"),
                                       text("Asset Tag"), chassis_number(text("Type"))};
    if (type == 4)
        tables.processors.push_back({text("Manufacturer"), text("Version"),
                                     text("Status").starts_with("Populated"), count_of(fields, "Core Count"),
                                     count_of(fields, "Thread Count")});
    if (type == 16)
        tables.arrays.push_back({handle,
                                 number_named({{"System Memory", 3}, {"Flash Memory", 5}}, text("Use")),
                                 size_of(text("Maximum Capacity")), count_of(fields, "Number Of Devices")});
    if (type == 17) take_module(fields, tables);
    if (type == 24 && !tables.security)
        tables.security = SmbiosSecurity{lock_named(text("Power-On Password Status")),
                                         lock_named(text("Keyboard Password Status")),
                                         lock_named(text("Administrator Password Status"))};
}

}  // namespace

SmbiosTables parse_dmidecode_text(const std::string& text) {
    SmbiosTables tables;
    Fields fields;
    unsigned type = 127, handle = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("Handle 0x")) {
            take(type, static_cast<uint16_t>(handle), fields, tables);
            fields.clear();
            handle = static_cast<unsigned>(std::strtoul(line.c_str() + 7, nullptr, 16));
            type = static_cast<unsigned>(std::atoi(line.c_str() + line.find("DMI type ") + 9));
        }
        const size_t colon = line.find(": ");
        if (line.size() > 1 && line[0] == '\t' && line[1] != '\t' && colon != std::string::npos)
            fields.emplace(line.substr(1, colon - 1), line.substr(colon + 2));
    }
    take(type, static_cast<uint16_t>(handle), fields, tables);
    return tables;
}

}  // namespace regain
