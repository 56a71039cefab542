#include "drives/lasting_storage.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "drives/block_tree.h"
#include "drives/mounts.h"

namespace regain {
namespace {

constexpr int max_depth = 16;

bool is_below(std::string_view path, std::string_view directory) {
    if (directory == "/") return true;
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

/// The one that is seen there: the deepest, and the last of those that cover each other.
const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path) {
    const Mount* found = nullptr;
    for (const Mount& mount : mounts)
        if (is_below(path, mount.mount_point) &&
            (found == nullptr || mount.mount_point.size() >= found->mount_point.size()))
            found = &mount;
    return found;
}

bool is_in_memory_by_type(const Mount& mount) {
    constexpr std::array<std::string_view, 9> types{"tmpfs", "ramfs",   "rootfs",    "devtmpfs", "overlay",
                                                    "aufs",  "unionfs", "hugetlbfs", "fuse"};
    return std::find(types.begin(), types.end(), mount.type) != types.end() ||
           mount.type.starts_with("fuse.");
}

/// zram0, ram1 (brd); no partition of another disk is called so.
bool is_in_memory_by_name(std::string_view name) {
    return name.starts_with("zram") || name.starts_with("ram");
}

struct Storage {
    const SystemRoot& root;
    const BlockTree& tree;
    const std::vector<Mount>& mounts;

    bool lasts(const std::string& path, int depth) const {
        const Mount* mount = depth < max_depth ? mount_of(mounts, path) : nullptr;
        if (mount == nullptr || is_in_memory_by_type(*mount)) return false;
        const auto devices = devices_behind_mount(root, tree, mounts, *mount);
        return std::all_of(devices.begin(), devices.end(),
                           [&](const std::string& name) { return is_device_lasting(name, depth); });
    }

    bool is_device_lasting(const std::string& name, int depth) const {
        const std::set<std::string> below = lower_devices(root, tree, mounts, name);
        return std::all_of(below.begin(), below.end(), [&](const std::string& lower) {
            const BlockDevice* device = tree.find(lower);
            if (device == nullptr || is_in_memory_by_name(lower)) return false;
            if (device->backing_file.empty() || tree.find_path(root, device->backing_file) != nullptr)
                return true;
            return lasts(device->backing_file, depth + 1);
        });
    }
};

}  // namespace

bool lies_on_lasting_storage(const SystemRoot& root, const std::string& path) {
    const auto mounts = read_mounts(root);
    const auto tree = BlockTree::read(root);
    if (!mounts.ok() || !tree.ok() || !path.starts_with('/')) return false;
    return Storage{root, *tree, *mounts}.lasts(path, 0);
}

}  // namespace regain
