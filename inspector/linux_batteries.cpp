#include "inspector/linux_batteries.h"

#include <string>

#include "inspector/linux_listing.h"

namespace regain {
namespace {

BatteryReading read_battery(const SystemRoot& root, const std::string& name) {
    const std::string base = "/sys/class/power_supply/" + name + "/";
    const auto number = [&](const char* file) { return number_in(root, base + file); };
    BatteryReading battery;
    battery.name = name;
    if (const auto present = number("present")) battery.present = *present != 0;
    // Energy where both figures exist, else charge: never one of each.
    battery.full = number("energy_full");
    battery.design = number("energy_full_design");
    if (!battery.full || battery.design.value_or(0) == 0) {
        const auto full = number("charge_full"), design = number("charge_full_design");
        if ((full && design) || (!battery.full && !battery.design)) {
            battery.full = full;
            battery.design = design;
        }
    }
    if (const auto cycles = number("cycle_count"); cycles && *cycles > 0) battery.cycle_count = cycles;
    battery.manufacturer = line_of(root, base + "manufacturer");
    battery.model = line_of(root, base + "model_name");
    battery.status = line_of(root, base + "status");
    return battery;
}

}  // namespace

std::vector<BatteryReading> read_batteries(const SystemRoot& root) {
    std::vector<BatteryReading> batteries;
    for (const auto& name : names_in(root, "/sys/class/power_supply")) {
        const std::string base = "/sys/class/power_supply/" + name + "/";
        if (line_of(root, base + "type") != "Battery" || line_of(root, base + "scope") == "Device") continue;
        batteries.push_back(read_battery(root, name));
    }
    return batteries;
}

}  // namespace regain
