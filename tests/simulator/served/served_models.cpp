#include "tests/simulator/served/served_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace regain::simulator {
namespace {

/// As libata and SAS adapters show an ATA drive: page 89h and all registers.
BridgeModel whole_bridge() {
    BridgeModel bridge;
    bridge.lacks_page_89 = false;
    return bridge;
}

std::optional<AtaDriveModel> ata_model(const std::string& name) {
    AtaDriveModel model;
    model.model = "SIMULATED " + name;
    if (name.starts_with("ata-hdd")) {
        model.sanitize_overwrite = !name.starts_with("ata-hdd-old");  // -old: SECURITY ERASE is all it has
    } else if (name.starts_with("ata-ssd")) {
        model.medium = MediumKind::flash;
        model.sanitize_block = model.sanitize_crypto = model.encrypts_always = name != "ata-ssd-old";
        model.has_host_protected_area = model.has_configuration_overlay = false;
    } else {
        return std::nullopt;
    }
    const std::string kind = name.substr(7);
    if (kind == "-normal") model.has_enhanced_erase = model.sanitize_overwrite = false;
    if (kind == "-crypto") model.sanitize_block = false;
    if (kind.ends_with("-frozen")) model.firmware_freezes_security = true;
    if (kind == "-hpa") model.area_sectors = 4096;
    if (kind == "-dco") model.overlay_sectors = 4096;
    const auto kinds = {"",     "-old", "-normal", "-crypto", "-frozen", "-old-frozen",
                        "-hpa", "-dco", "-dropped"};
    const bool is_known = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    return is_known ? std::optional(model) : std::nullopt;
}

std::optional<ScsiDiskModel> scsi_model(const std::string& name) {
    ScsiDiskModel model;
    model.product = "SIM " + name;
    model.sanitize_overwrite = name == "sas-hdd" || name == "sas-ssd";
    model.sanitize_block = name == "sas-ssd";
    model.sanitize_crypto = name == "sas-ssd";
    if (name == "sas-ssd") model.medium = MediumKind::flash;
    const bool is_known = name == "sas-hdd" || name == "sas-ssd" || name == "sas-hdd-old";
    return is_known ? std::optional(model) : std::nullopt;
}

}  // namespace

std::unique_ptr<SimulatedMachine> served_model(const std::string& name, unsigned number, uint64_t sectors) {
    if (auto ata = ata_model(name)) {
        ata->native_sectors = sectors;
        ata->serial = fmt::format("SIMATA{:02}", number);
        ata->wwn += number;
        BridgeModel bridge = whole_bridge();
        if (name.ends_with("-dropped")) bridge.registers = BridgeModel::Registers::dropped;
        return simulated_ata(*ata, bridge);
    }
    if (auto scsi = scsi_model(name)) {
        scsi->blocks = sectors;
        scsi->serial = fmt::format("SIMSAS{:02}", number);
        scsi->wwn += number;
        return simulated_scsi(*scsi);
    }
    return nullptr;
}

}  // namespace regain::simulator
