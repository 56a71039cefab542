#include "drives/medium_identity.h"

#include <set>
#include <system_error>
#include <utility>

#include "base/json.h"
#include "drives/block_tree.h"
#include "drives/drive_identity.h"
#include "drives/mounts.h"

namespace regain {
namespace {

/// Empty when nothing tells this drive from another one. Sticks often have no serial number, or share one
/// with their whole batch: what they call themselves and their exact size tell more of them apart.
std::string identity_of(const DriveRecord& drive) {
    if (drive.is_virtual()) return {};
    if (!drive.wwn.empty()) return "wwn:" + drive.wwn;
    if (drive.bus == Bus::usb)
        return "usb:" + drive.serial + "/" + drive.model + "/" + std::to_string(drive.size_bytes);
    return drive.serial.empty() ? "" : "serial:" + drive.serial;
}

}  // namespace

std::string medium_identity(const SystemRoot& root, const std::filesystem::path& directory) {
    const auto tree = BlockTree::read(root);
    const auto mounts = read_mounts(root);
    std::error_code failure;
    const auto path = std::filesystem::canonical(directory, failure);
    if (!tree.ok() || !mounts.ok() || failure) return {};
    std::set<std::string> devices;
    for (const auto& name : devices_behind_path(root, *tree, *mounts, path.string()))
        devices.merge(lower_devices(root, *tree, *mounts, name));
    std::set<std::string> identities;
    for (const auto& name : devices) {
        const BlockDevice* device = tree->find(name);
        if (device == nullptr || device->is_partition() || !device->slaves.empty()) continue;
        if (std::string identity = identity_of(identify_drive(root, *device)); !identity.empty())
            identities.insert(std::move(identity));
    }
    std::string text;
    for (const auto& identity : identities) text += (text.empty() ? "" : "+") + identity;
    // What is stored is valid text: another spelling would look like another medium.
    return to_utf8(text);
}

}  // namespace regain
