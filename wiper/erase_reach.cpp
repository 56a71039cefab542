#include "wiper/erase_reach.h"

#include <algorithm>
#include <string>
#include <utility>

namespace regain {
namespace {

void add_hidden_sectors(const DriveCapabilities& capabilities, EraseReach& reach) {
    if (!capabilities.ata) return;
    if (!capabilities.hidden || !capabilities.hidden->is_examined)
        reach.forbids_purge.push_back({"hidden-areas-not-examined", {}});
    const uint64_t hidden = hidden_bytes_of(capabilities);
    if (hidden == 0) return;
    reach.hides_sectors = true;
    reach.forbids_purge.push_back({"hidden-areas-will-not-be-reached",
                                   {{"sectors", std::to_string(hidden / capabilities.hidden->sector_bytes)},
                                    {"bytes", std::to_string(hidden)}}});
}

/// Sizes of the attached namespaces; one that did not describe itself counts as 0 and so matches no node.
std::vector<uint64_t> attached_sizes(const DriveCapabilities& capabilities) {
    std::vector<uint64_t> sizes;
    for (const NvmeNamespaceState& state : capabilities.namespaces)
        if (state.is_attached)
            sizes.push_back(state.identify ? state.identify->size_blocks * state.identify->block_bytes : 0);
    std::sort(sizes.begin(), sizes.end());
    return sizes;
}

std::vector<uint64_t> node_sizes(const DriveCapabilities& capabilities) {
    std::vector<uint64_t> sizes;
    for (const DriveNode& node : user_data_nodes(capabilities.drive)) sizes.push_back(node.size_bytes);
    std::sort(sizes.begin(), sizes.end());
    return sizes;
}

bool are_all_listed(const DriveCapabilities& capabilities) {
    return std::none_of(capabilities.not_known.begin(), capabilities.not_known.end(), [](const Remark& each) {
        return each.code == "namespaces-not-listed" || each.code == "unattached-namespaces-not-listed";
    });
}

void add_namespaces(const DriveCapabilities& capabilities, EraseReach& reach) {
    if (!capabilities.nvme) return;
    const auto forbid = [&](const char* code, uint64_t count) {
        reach.forbids_purge.push_back({code, {{"count", std::to_string(count)}}});
        reach.hides_namespaces = true;
    };
    const std::vector<uint64_t> attached = attached_sizes(capabilities);
    if (attached != node_sizes(capabilities)) forbid("namespaces-differ-from-nodes", attached.size());
    const auto unattached = std::count_if(capabilities.namespaces.begin(), capabilities.namespaces.end(),
                                          [](const NvmeNamespaceState& state) { return !state.is_attached; });
    if (unattached != 0) forbid("namespaces-not-attached", static_cast<uint64_t>(unattached));
    reach.has_other_namespaces = reach.hides_namespaces;
    if (!are_all_listed(capabilities)) forbid("namespaces-not-all-known", capabilities.namespaces.size());
    if (capabilities.nvme->unallocated_bytes == 0) return;
    reach.remarks.push_back(
        {"capacity-in-no-namespace", {{"bytes", std::to_string(capabilities.nvme->unallocated_bytes)}}});
    reach.hides_namespaces = true;
}

/// Whether all namespaces are known is the controller's to say: one that was not heard may have more.
void add_unexamined(const DriveCapabilities& capabilities, EraseReach& reach) {
    if (capabilities.drive.protocol != "nvme") return;
    if (!capabilities.nvme || reach.has_other_namespaces || !are_all_listed(capabilities))
        reach.not_examined.push_back({"other-namespaces", {}});
    constexpr uint32_t unit_count = 0x7;  // bits 2:0 of RPMBS
    if (!capabilities.nvme || (capabilities.nvme->rpmb & unit_count) == 0) return;
    reach.not_examined.push_back(
        {"rpmb-units", {{"count", std::to_string(capabilities.nvme->rpmb & unit_count)}}});
}

}  // namespace

EraseReach erase_reach(const DriveCapabilities& capabilities) {
    EraseReach reach;
    add_hidden_sectors(capabilities, reach);
    add_namespaces(capabilities, reach);
    add_unexamined(capabilities, reach);
    return reach;
}

}  // namespace regain
