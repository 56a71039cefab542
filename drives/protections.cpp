#include "drives/protections.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "base/file.h"
#include "drives/linux_blkid_probe.h"

namespace regain {
namespace {

constexpr size_t lvm_uuid_length = 32;

struct Use {
    std::string device;
    std::string reason;
    std::string detail;
};

ContentNames read_contents(const SystemRoot& root, const BlockDevice& device) {
    const auto properties = read_udev_properties(root, device.device_number);
    // Opening a drive that is busy with itself can take minutes: what udev knows is not asked again.
    if (!properties.empty() || root.is_recorded() || device.is_hidden || device.size_bytes == 0)
        return content_names(properties);
    return probe_contents(device.path());
}

bool is_boot_mount(const BootMedium& medium, const Mount& mount) {
    return std::find(medium.mount_points.begin(), medium.mount_points.end(), mount.mount_point) !=
           medium.mount_points.end();
}

void add_mounts(const SystemRoot& root, const MachineState& state, std::vector<Use>& uses) {
    for (const Mount& mount : state.mounts) {
        for (const std::string& device : devices_behind_mount(root, state.tree, state.mounts, mount)) {
            uses.push_back({device, "mounted", mount.mount_point});
            if (mount.mount_point == "/") uses.push_back({device, "system-root", mount.mount_point});
            if (is_boot_mount(state.boot_medium, mount))
                uses.push_back({device, "boot-medium", mount.mount_point});
        }
    }
}

void add_swaps(const SystemRoot& root, const MachineState& state, std::vector<Use>& uses) {
    for (const Swap& swap : state.swaps) {
        if (const BlockDevice* device = state.tree.find_path(root, swap.path)) {
            uses.push_back({device->name, "swap", swap.path});
            continue;
        }
        for (const std::string& device : devices_behind_path(root, state.tree, state.mounts, swap.path))
            uses.push_back({device, "swap", swap.path});
    }
}

void add_loop_devices(const SystemRoot& root, const MachineState& state, std::vector<Use>& uses) {
    for (const auto& [name, device] : state.tree.devices()) {
        if (device.backing_file.empty()) continue;
        if (const BlockDevice* backing = state.tree.find_path(root, device.backing_file))
            uses.push_back({backing->name, "backs-loop-device", device.path()});
    }
}

/// What a loop device stands on: the file itself where it can be looked at, else its name.
std::string file_behind(const SystemRoot& root, const BlockDevice& device) {
    struct stat status {};
    if (!root.is_recorded() && ::stat(device.backing_file.c_str(), &status) == 0)
        return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
    return device.backing_file;
}

/// Two loop devices over one file are two names of the same sectors: what is done to one happens to what is
/// mounted from the other, and the kernel holds each by itself.
void add_shared_files(const SystemRoot& root, const BlockTree& tree,
                      std::map<std::string, std::vector<Protection>>& found) {
    std::map<std::string, std::vector<const BlockDevice*>> by_file;
    for (const auto& [name, device] : tree.devices())
        if (!device.backing_file.empty()) by_file[file_behind(root, device)].push_back(&device);
    for (const auto& [file, devices] : by_file)
        for (const BlockDevice* device : devices)
            for (const BlockDevice* other : devices)
                if (device != other) found[device->name].push_back({"shares-file", other->path(), false});
}

void add_named_boot_medium(const SystemRoot& root, const MachineState& state, std::vector<Use>& uses) {
    for (const BootMediumName& name : state.boot_medium.names) {
        const BlockDevice* direct = name.key == "DEVICE" ? state.tree.find_path(root, name.value) : nullptr;
        if (direct != nullptr) uses.push_back({direct->name, "boot-medium", name.value});
        for (const auto& [device, content] : state.contents)
            if (is_named(name, content)) uses.push_back({device, "boot-medium", name.key + "=" + name.value});
    }
}

/// A live system whose medium nobody names: whatever can be carried about and may hold one.
void add_possible_boot_media(const MachineState& state, std::vector<Use>& uses) {
    if (!state.boot_medium.may_be_anywhere) return;
    for (const auto& [name, disk] : state.tree.devices()) {
        if (disk.is_partition() || disk.is_hidden || disk.size_bytes == 0) continue;
        const bool is_portable = disk.is_removable || disk.sysfs_path.find("/usb") != std::string::npos ||
                                 disk.sysfs_path.find("/mmc_host") != std::string::npos;
        if (!is_portable || disk.sysfs_path.starts_with("/sys/devices/virtual/")) continue;
        std::vector<std::string> parts = disk.partitions;
        parts.push_back(name);
        bool is_known = false;
        bool may_start = false;
        for (const std::string& part : parts) {
            const auto content = state.contents.find(part);
            if (content == state.contents.end()) continue;
            is_known = is_known || !content->second.type.empty() || !content->second.table_type.empty();
            for (const char* type : {"iso9660", "udf", "vfat", "exfat", "ext2", "ext3", "ext4", "squashfs"})
                may_start = may_start || content->second.type == type;
        }
        if (may_start || !is_known) uses.push_back({name, "boot-medium", "perhaps"});
    }
}

std::string holder_detail(const BlockDevice& holder, const std::string& kind) {
    if (kind == "md")
        return holder.array_level.empty() ? holder.name : holder.name + " (" + holder.array_level + ")";
    if (kind == "lvm") return volume_group_name(holder);
    return holder.mapper_name.empty() ? holder.name : holder.mapper_name;
}

/// A holder can be released when it, and everything upon it, is an md or LVM device that nothing uses.
bool is_releasable(const BlockTree& tree, const std::set<std::string>& used, const std::string& name) {
    std::set<std::string> upper = tree.upper_devices(name);
    const BlockDevice* holder = tree.find(name);
    if (holder == nullptr) return false;
    // A volume group is released as a whole.
    const std::string group = volume_group_uuid(*holder);
    for (const auto& [other, device] : tree.devices())
        if (!group.empty() && volume_group_uuid(device) == group) upper.merge(tree.upper_devices(other));
    return std::all_of(upper.begin(), upper.end(), [&](const std::string& each) {
        const BlockDevice* device = tree.find(each);
        if (device == nullptr || used.contains(each)) return false;
        if (device->is_partition()) return true;
        const std::string kind = holder_kind(*device);
        return kind == "md" || kind == "lvm";
    });
}

void sort_and_unite(std::vector<Protection>& protections) {
    static constexpr std::array<std::string_view, 14> order{"boot-medium",
                                                            "system-root",
                                                            "mounted",
                                                            "swap",
                                                            "dm",
                                                            "bcache",
                                                            "md",
                                                            "lvm",
                                                            "backs-loop-device",
                                                            "shares-file",
                                                            "in-use",
                                                            "read-only",
                                                            "size-zero",
                                                            "sector-size-unsupported"};
    const auto rank = [](const Protection& protection) {
        return std::make_tuple(std::find(order.begin(), order.end(), protection.reason) - order.begin(),
                               protection.detail, protection.releasable);
    };
    std::sort(protections.begin(), protections.end(),
              [&](const Protection& left, const Protection& right) { return rank(left) < rank(right); });
    // The one that can't be released comes first and stands for its twin.
    protections.erase(std::unique(protections.begin(), protections.end(),
                                  [](const Protection& left, const Protection& right) {
                                      return left.reason == right.reason && left.detail == right.detail;
                                  }),
                      protections.end());
}

void add_own_state(const BlockDevice& disk, std::vector<Protection>& protections) {
    const uint32_t sector = disk.logical_sector_bytes;
    const bool is_power_of_two = (sector & (sector - 1)) == 0;
    const bool is_boot_area = disk.name.starts_with("mmcblk") && disk.name.find("boot") != std::string::npos;
    if (disk.is_read_only && !is_boot_area) protections.push_back({"read-only", "", false});
    if (disk.size_bytes == 0) protections.push_back({"size-zero", "", false});
    if (sector < 512 || sector > 4096 || !is_power_of_two)
        protections.push_back({"sector-size-unsupported", std::to_string(sector), false});
}

}  // namespace

std::string holder_kind(const BlockDevice& holder) {
    if (holder.name.starts_with("md")) return "md";
    if (holder.name.starts_with("bcache")) return "bcache";
    return holder.mapper_uuid.starts_with("LVM-") ? "lvm" : "dm";
}

std::string volume_group_uuid(const BlockDevice& device) {
    constexpr std::string_view prefix = "LVM-";
    if (!device.mapper_uuid.starts_with(prefix) ||
        device.mapper_uuid.size() < prefix.size() + lvm_uuid_length)
        return {};
    const std::string plain = device.mapper_uuid.substr(prefix.size(), lvm_uuid_length);
    std::string uuid;
    size_t position = 0;
    for (const size_t length : std::array<size_t, 7>{6, 4, 4, 4, 4, 4, 6}) {
        if (position > 0) uuid.push_back('-');
        uuid += plain.substr(position, length);
        position += length;
    }
    return uuid;
}

std::string volume_group_name(const BlockDevice& device) {
    std::string name;
    const std::string& mapped = device.mapper_name;
    for (size_t i = 0; i < mapped.size(); ++i) {
        if (mapped[i] != '-') {
            name.push_back(mapped[i]);
        } else if (i + 1 < mapped.size() && mapped[i + 1] == '-') {
            name.push_back('-');
            ++i;
        } else {
            break;
        }
    }
    return name;
}

Result<MachineState> read_machine_state(const SystemRoot& root) {
    return read_machine_state(root, [](const BlockDevice&, const BlockTree&) { return true; });
}

Result<MachineState> read_machine_state(
    const SystemRoot& root, const std::function<bool(const BlockDevice&, const BlockTree&)>& concerns) {
    MachineState state;
    REGAIN_ASSIGN(state.tree, BlockTree::read(root));
    REGAIN_ASSIGN(state.mounts, read_mounts(root));
    REGAIN_ASSIGN(state.swaps, read_swaps(root));
    state.boot_medium = read_boot_medium(root, state.mounts);
    const bool needs_all = state.boot_medium.may_be_anywhere || !state.boot_medium.names.empty();
    for (const auto& [name, device] : state.tree.devices())
        if (!device.is_hidden && device.slaves.empty() && (needs_all || concerns(device, state.tree)))
            state.contents[name] = read_contents(root, device);
    return state;
}

std::map<std::string, std::vector<Protection>> find_protections(const SystemRoot& root,
                                                                const MachineState& state) {
    std::vector<Use> uses;
    add_mounts(root, state, uses);
    add_swaps(root, state, uses);
    add_loop_devices(root, state, uses);
    const size_t uses_before = uses.size();
    add_named_boot_medium(root, state, uses);
    // A name that fits nothing that is here protects nothing: then the medium may be any of those that could
    // be it.
    if (uses.size() == uses_before) add_possible_boot_media(state, uses);

    std::set<std::string> used;
    std::map<std::string, std::vector<Protection>> found;
    for (const Use& use : uses) {
        used.insert(use.device);
        for (const std::string& lower : lower_devices(root, state.tree, state.mounts, use.device))
            found[lower].push_back({use.reason, use.detail, false});
    }
    add_shared_files(root, state.tree, found);
    for (const auto& [name, device] : state.tree.devices()) {
        std::vector<Protection>& protections = found[name];
        for (const std::string& upper : state.tree.upper_devices(name)) {
            const BlockDevice* holder = state.tree.find(upper);
            if (upper == name || holder == nullptr || holder->is_partition()) continue;
            const std::string kind = holder_kind(*holder);
            protections.push_back(
                {kind, holder_detail(*holder, kind), is_releasable(state.tree, used, upper)});
        }
        if (!device.is_partition()) add_own_state(device, protections);
        sort_and_unite(protections);
    }
    return found;
}

std::vector<Protection> protections_of_part(const MachineState& state,
                                            const std::map<std::string, std::vector<Protection>>& found,
                                            const std::string& disk, uint64_t first, uint64_t end) {
    const auto of_device = [&](const std::string& name) {
        const auto entry = found.find(name);
        return entry == found.end() ? std::vector<Protection>{} : entry->second;
    };
    std::vector<Protection> elsewhere;
    std::vector<Protection> inside;
    const BlockDevice* device = state.tree.find(disk);
    for (const std::string& name : device == nullptr ? std::vector<std::string>{} : device->partitions) {
        const BlockDevice* partition = state.tree.find(name);
        if (partition == nullptr) continue;
        const bool overlaps =
            partition->start_bytes < end && partition->start_bytes + partition->size_bytes > first;
        for (Protection& protection : of_device(name)) (overlaps ? inside : elsewhere).push_back(protection);
    }
    const auto holds = [](const std::vector<Protection>& list, const Protection& wanted) {
        return std::find(list.begin(), list.end(), wanted) != list.end();
    };
    std::vector<Protection> remaining;
    for (const Protection& protection : of_device(disk)) {
        const bool is_mount = protection.reason == "mounted" || protection.reason == "backs-loop-device" ||
                              protection.reason == "system-root";
        const bool is_elsewhere = holds(elsewhere, protection) && !holds(inside, protection);
        if (protection.reason == "boot-medium" || (is_mount && (first == end || is_elsewhere))) continue;
        remaining.push_back(protection);
    }
    return remaining;
}

}  // namespace regain
