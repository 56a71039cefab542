#include "drives/release_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "drives/discovery.h"
#include "drives/drive_hold.h"

namespace regain {
namespace {

Message freeing(const DriveRecord& drive) {
    return message("release what is built upon {0}", drive.path);
}

/// Devices that are let go in one step: one md array, or all volumes of a volume group.
std::string group_key(const BlockDevice& holder) {
    const std::string uuid = volume_group_uuid(holder);
    return uuid.empty() ? holder.name : "lvm " + uuid;
}

ReleaseStep step_for(const BlockDevice& holder) {
    const std::string uuid = volume_group_uuid(holder);
    if (uuid.empty()) return {"mdadm", {"--stop", holder.path()}, "mdadm", holder.path()};
    // By UUID: two donors' volume groups often have the same name.
    return {
        "vgchange", {"--activate", "n", "--select", "vg_uuid=" + uuid}, "lvm2", volume_group_name(holder)};
}

/// Every holder upon the drive, with the volumes of the same volume groups that lie elsewhere.
std::map<std::string, std::set<std::string>> groups_upon(const BlockTree& tree,
                                                         const std::set<std::string>& nodes) {
    std::map<std::string, std::set<std::string>> groups;
    for (const std::string& node : nodes)
        for (const std::string& upper : tree.upper_devices(node))
            if (const BlockDevice* holder = tree.find(upper);
                !nodes.contains(upper) && !holder->is_partition())
                groups[group_key(*holder)].insert(upper);
    for (auto& [key, members] : groups)
        for (const auto& [name, device] : tree.devices())
            if (key.starts_with("lvm ") && group_key(device) == key) members.insert(name);
    return groups;
}

/// What must be gone before the group can go: all that lies upon its members, and a container's volumes.
std::set<std::string> upon_group(const BlockTree& tree, const std::set<std::string>& members) {
    std::set<std::string> upon;
    for (const std::string& member : members) {
        upon.merge(tree.upper_devices(member));
        for (const auto& [name, device] : tree.devices())
            if (device.array_metadata.starts_with("external:/" + member + "/"))
                upon.merge(tree.upper_devices(name));
    }
    for (const std::string& member : members) upon.erase(member);
    std::erase_if(upon, [&](const std::string& name) { return tree.find(name)->is_partition(); });
    return upon;
}

std::set<std::string> node_names(const BlockTree& tree, const DriveRecord& drive) {
    std::set<std::string> names;
    for (const auto& [name, device] : tree.devices())
        for (const DriveNode& node : drive.nodes)
            if (device.path() == node.path) names.insert(name);
    return names;
}

Status check_releasable(const SystemRoot& root, const MachineState& state, const std::set<std::string>& nodes,
                        const DriveRecord& drive) {
    const auto found = find_protections(root, state);
    DriveRecord hindered = drive;
    hindered.protection.clear();
    for (const std::string& node : nodes)
        for (const Protection& protection : found.at(node))
            if (!protection.releasable) hindered.protection.push_back(protection);
    return check_unprotected(hindered, freeing(drive));
}

}  // namespace

Result<std::vector<ReleaseStep>> plan_release(const SystemRoot& root, const MachineState& state,
                                              const DriveRecord& drive) {
    const std::set<std::string> nodes = node_names(state.tree, drive);
    if (nodes.empty()) return error(ErrorKind::environment, freeing(drive), message("the drive is gone"));
    REGAIN_TRY(check_releasable(root, state, nodes, drive));
    auto groups = groups_upon(state.tree, nodes);
    std::vector<ReleaseStep> steps;
    std::set<std::string> gone;
    while (!groups.empty()) {
        const auto ready = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
            const std::set<std::string> upon = upon_group(state.tree, group.second);
            return std::includes(gone.begin(), gone.end(), upon.begin(), upon.end());
        });
        if (ready == groups.end())
            return error(ErrorKind::refused, freeing(drive),
                         message("what is built upon it lies in a circle"));
        steps.push_back(step_for(*state.tree.find(*ready->second.begin())));
        gone.insert(ready->second.begin(), ready->second.end());
        groups.erase(ready);
    }
    return steps;
}

Status release_holders_with(const ProgramRunner& runner, const SystemRoot& root, const DriveRecord& drive) {
    REGAIN_ASSIGN(const MachineState before, read_machine_state(root));
    REGAIN_ASSIGN(const std::vector<ReleaseStep> steps, plan_release(root, before, drive));
    for (const ReleaseStep& step : steps) {
        ProgramRequest request;
        request.program = step.program;
        request.arguments = step.arguments;
        request.package = step.package;
        REGAIN_TRY(runner(request, message("release {0}", step.holder)));
    }
    REGAIN_ASSIGN(const BlockTree after, BlockTree::read(root));
    const auto left = groups_upon(after, node_names(after, drive));
    if (left.empty()) return done();
    return error(ErrorKind::refused, freeing(drive),
                 message("{0} is still built upon it", after.find(*left.begin()->second.begin())->path()),
                 message("Something holds it open, or assembled it again at once."));
}

Status release_holders(const SystemRoot& root, const DriveRecord& drive) {
    return release_holders_with([](const ProgramRequest& request,
                                   Message doing) { return run_program_or_fail(request, std::move(doing)); },
                                root, drive);
}

}  // namespace regain
