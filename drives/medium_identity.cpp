#include "drives/medium_identity.h"

#include <set>
#include <system_error>

#include "drives/block_tree.h"
#include "drives/drive_identity.h"
#include "drives/mounts.h"

namespace regain {

std::string medium_identity(const SystemRoot& root, const std::filesystem::path& directory) {
    const auto tree = BlockTree::read(root);
    const auto mounts = read_mounts(root);
    std::error_code failure;
    const auto path = std::filesystem::canonical(directory, failure);
    if (!tree.ok() || !mounts.ok() || failure) return {};
    std::set<std::string> identities;
    for (const auto& name : devices_behind_path(root, *tree, *mounts, path.string())) {
        const BlockDevice* device = tree->find(name);
        if (device == nullptr || device->is_partition() || !device->slaves.empty()) continue;
        const DriveRecord drive = identify_drive(root, *device);
        if (drive.is_virtual()) continue;
        if (!drive.wwn.empty())
            identities.insert("wwn:" + drive.wwn);
        else if (!drive.serial.empty())
            identities.insert("serial:" + drive.serial);
    }
    std::string text;
    for (const auto& identity : identities) text += (text.empty() ? "" : "+") + identity;
    return text;
}

}  // namespace regain
