#include "wiper/hidden_preparation.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace regain {
namespace {

bool takes_changes(const DriveCapabilities& capabilities) {
    const bool has_results =
        capabilities.pass_through && capabilities.pass_through->registers != AtaRegisters::none;
    if (!capabilities.ata || !has_results || capabilities.ata->security().locked) return false;
    if (capabilities.ata->checksum() == AtaIdentify::Checksum::bad) return false;
    const bool is_sanitizing = capabilities.ata_sanitize && capabilities.ata_sanitize->in_progress;
    return !is_sanitizing && user_data_nodes(capabilities.drive).size() == 1;
}

}  // namespace

std::vector<WipeStep> hidden_sector_preparations(const DriveCapabilities& capabilities) {
    std::vector<WipeStep> steps;
    if (capabilities.was_hidden_restore_tried || hidden_bytes_of(capabilities) == 0 ||
        !takes_changes(capabilities))
        return steps;
    const HiddenSectors& hidden = *capabilities.hidden;
    uint64_t shown =
        std::min(hidden.addressable_sectors, capabilities.drive.size_bytes / hidden.sector_bytes);
    const auto add = [&](const char* mechanism, const std::optional<uint64_t>& native) {
        if (!native || *native <= shown) return;
        WipeStep step;
        step.step = "restore-hidden";
        step.kind = mechanism;
        step.count = *native - shown;
        steps.push_back(std::move(step));
        shown = *native;
    };
    add("accessible-max-address", hidden.accessible_native);
    add("host-protected-area", hidden.host_protected_native);
    add("configuration-overlay", hidden.configuration_native);
    // The drive shows them all, and the system has not noticed.
    add("not-noticed", hidden.native_sectors());
    return steps;
}

DriveCapabilities as_if_restored(DriveCapabilities capabilities) {
    const uint64_t sectors = capabilities.hidden->native_sectors();
    const uint64_t bytes = sectors * capabilities.hidden->sector_bytes;
    capabilities.hidden->addressable_sectors = sectors;
    for (DriveNode& node : capabilities.drive.nodes)
        if (node.size_bytes == capabilities.drive.size_bytes) node.size_bytes = bytes;
    capabilities.drive.size_bytes = bytes;
    return capabilities;
}

}  // namespace regain
