#include "wiper/drive_capabilities.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wiper/erase_methods.h"

namespace regain {

uint64_t HiddenSectors::native_sectors() const {
    uint64_t most = addressable_sectors;
    for (const auto& native : {host_protected_native, configuration_native, accessible_native})
        if (native) most = std::max(most, *native);
    return most;
}

uint64_t hidden_bytes_of(const DriveCapabilities& capabilities) {
    if (!capabilities.hidden) return 0;
    const HiddenSectors& hidden = *capabilities.hidden;
    const uint64_t native = hidden.native_sectors() * hidden.sector_bytes;
    const uint64_t by_the_drive = hidden.hidden_sectors() * hidden.sector_bytes;
    const uint64_t shown = capabilities.drive.size_bytes;
    return std::max(by_the_drive, native > shown ? native - shown : 0);
}

std::optional<uint32_t> sanitize_progress_of(const DriveCapabilities& capabilities) {
    const auto& ata = capabilities.ata_sanitize;
    if (ata && ata->in_progress) return ata->progress;
    const auto& nvme = capabilities.nvme_sanitize;
    if (nvme && nvme->state == NvmeSanitizeState::in_progress) return nvme->progress;
    if (capabilities.scsi_sanitize_state == ScsiSanitizeState::in_progress) return 0;
    return std::nullopt;
}

DriveCapabilities capabilities_of(const DriveRecord& drive, std::optional<uint64_t> reallocated_sectors) {
    DriveCapabilities capabilities;
    capabilities.drive = drive;
    capabilities.reallocated_sectors = reallocated_sectors;
    if (drive.native_size_bytes != 0) capabilities.native_size_bytes = drive.native_size_bytes;
    const auto add = [&](std::string fact, std::string value, std::string source) {
        capabilities.facts.push_back({std::move(fact), std::move(value), std::move(source), {}});
    };
    add("medium", std::string(medium_name(drive.medium)), "DriveRecord.medium");
    add("rotational", drive.rotational ? "yes" : "no", "sysfs queue/rotational");
    const bool is_link_known = !drive.attachment.empty();
    add("attachment", is_link_known ? drive.attachment : std::string(bus_name(drive.bus)),
        is_link_known ? "DriveRecord.attachment" : "DriveRecord.bus");
    add("protocol", drive.protocol, "DriveRecord.protocol");
    add("addressable-bytes", fmt::format("{}", drive.size_bytes), "DriveRecord.size_bytes");
    add("native-bytes",
        drive.native_size_bytes != 0 ? fmt::format("{}", drive.native_size_bytes) : "not-examined",
        "DriveRecord.native_size_bytes");
    if (reallocated_sectors)
        add("reallocated-sectors", fmt::format("{}", *reallocated_sectors), "SMART, given by the caller");
    return capabilities;
}

std::vector<DriveNode> user_data_nodes(const DriveRecord& drive) {
    std::vector<DriveNode> nodes{{drive.path, "main", drive.size_bytes, drive.diskseq, drive.device_number,
                                  drive.logical_sector_bytes}};
    for (const DriveNode& node : drive.nodes) {
        const bool holds_no_user_data =
            node.kind == "boot-area" || node.kind == "rpmb" || node.kind == "path";
        if (node.path != drive.path && node.kind != "main" && !holds_no_user_data) nodes.push_back(node);
    }
    return nodes;
}

namespace {

Json hidden_to_json(const HiddenSectors& hidden) {
    const auto number = [](const std::optional<uint64_t>& sectors) {
        return sectors ? Json(*sectors) : Json();
    };
    return Json{{"examined", hidden.is_examined},
                {"sector_bytes", hidden.sector_bytes},
                {"addressable_sectors", hidden.addressable_sectors},
                {"native_sectors", hidden.native_sectors()},
                {"hidden_sectors", hidden.hidden_sectors()},
                {"hpa_native_sectors", number(hidden.host_protected_native)},
                {"dco_native_sectors", number(hidden.configuration_native)},
                {"ama_native_sectors", number(hidden.accessible_native)}};
}

Json namespace_to_json(const NvmeNamespaceState& state) {
    Json json{{"nsid", state.nsid}, {"attached", state.is_attached}};
    if (!state.identify) return json;
    json["size_bytes"] = state.identify->size_blocks * state.identify->block_bytes;
    json["block_bytes"] = state.identify->block_bytes;
    json["metadata_bytes"] = state.identify->metadata_bytes;
    json["write_protected"] = state.identify->is_write_protected;
    return json;
}

Json method_to_json(const EraseMethod& method) {
    Json json{{"method", method.method},
              {"support", support_name(method.support)},
              {"obstacles", method.obstacles}};
    if (method.minutes) json["minutes"] = *method.minutes;
    if (method.minutes_is_lower_bound) json["minutes_at_least"] = true;
    return json;
}

}  // namespace

Json capabilities_to_json(const DriveCapabilities& capabilities) {
    Json facts = Json::array();
    for (const CapabilityFact& fact : capabilities.facts)
        facts.push_back(
            {{"fact", fact.fact}, {"value", fact.value}, {"source", fact.source}, {"raw", fact.raw}});
    Json methods = Json::array();
    for (const EraseMethod& method : erase_methods(capabilities)) methods.push_back(method_to_json(method));
    Json namespaces = Json::array();
    for (const NvmeNamespaceState& state : capabilities.namespaces)
        namespaces.push_back(namespace_to_json(state));
    Json commands = Json::array();
    for (const CommandLogEntry& entry : capabilities.commands) commands.push_back(to_json(entry));
    Json json{{"facts", facts},
              {"methods", methods},
              {"namespaces", namespaces},
              {"not_known", to_json(capabilities.not_known)},
              {"errors", to_json(capabilities.errors)},
              {"commands", commands}};
    if (capabilities.hidden) json["hidden"] = hidden_to_json(*capabilities.hidden);
    return json;
}

}  // namespace regain
