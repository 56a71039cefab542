#include "drives/discovery.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/file.h"
#include "drives/block_tree.h"
#include "drives/drive_identity.h"
#include "drives/protections.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

bool has_prefix_and_digit(std::string_view name, std::string_view prefix) {
    return name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] >= '0' &&
           name[prefix.size()] <= '9';
}

/// What stores data by itself. Everything that hangs on a real device does, save optical drives, floppies,
/// raw flash and empty card readers; of what the kernel made up only NVMe subsystems and fabrics, loop
/// devices with a file, and connected network block devices.
bool is_drive(const BlockDevice& device) {
    if (device.is_partition() || device.is_hidden) return false;
    for (const char* prefix : {"sr", "fd", "mtdblock", "ubiblock", "ram", "zram", "md", "dm-", "bcache"})
        if (has_prefix_and_digit(device.name, prefix)) return false;
    if (device.size_bytes == 0 && device.is_removable) return false;
    if (!device.sysfs_path.starts_with("/sys/devices/virtual/")) return true;
    if (device.name.starts_with("loop")) return !device.backing_file.empty() && device.size_bytes > 0;
    if (device.name.starts_with("nbd")) return device.size_bytes > 0 && path_exists(device.directory / "pid");
    return device.name.starts_with("nvme");
}

uint64_t nvme_namespace_id(const BlockDevice& device) {
    return read_number(device.directory / "nsid");
}

/// The order inside a drive: the user area before its boot areas, namespaces by their identifiers.
bool comes_first(const BlockDevice* left, const BlockDevice* right) {
    const auto rank = [](const BlockDevice* device) {
        return std::make_tuple(device->name.starts_with("nvme") ? nvme_namespace_id(*device) : 0,
                               device->name.size(), device->name);
    };
    return rank(left) < rank(right);
}

std::string node_kind(const DriveRecord& drive, const BlockDevice& device, bool is_first) {
    if (drive.bus == Bus::nvme) return "namespace";
    if (drive.bus == Bus::mmc && device.name.find("boot") != std::string::npos) return "boot-area";
    if (drive.bus == Bus::mmc && device.name.find("gp") != std::string::npos) return "general-purpose";
    if (drive.bus == Bus::mmc && device.name.find("rpmb") != std::string::npos) return "rpmb";
    return is_first ? "main" : "path";
}

/// Newer kernels show an eMMC's replay-protected area as a character device below its disk.
void add_replay_protected_area(const BlockDevice& disk, DriveRecord& drive) {
    if (drive.bus != Bus::mmc) return;
    std::error_code failed;
    for (fs::directory_iterator entry(disk.directory, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        const bool is_listed =
            std::any_of(drive.nodes.begin(), drive.nodes.end(),
                        [&](const DriveNode& node) { return node.path == "/dev/" + name; });
        if (name.starts_with(disk.name + "rpmb") && !is_listed)
            drive.nodes.push_back({"/dev/" + name, "rpmb", 0, 0, 0});
    }
}

void add_contents(const MachineState& state, const BlockDevice& device, DriveRecord& drive) {
    std::vector<std::string> names = device.partitions;
    names.insert(names.begin(), device.name);
    for (const std::string& name : names) {
        const auto content = state.contents.find(name);
        if (content == state.contents.end()) continue;
        for (const std::string& each : {content->second.table_type, content->second.type})
            if (!each.empty() &&
                std::find(drive.contents.begin(), drive.contents.end(), each) == drive.contents.end())
                drive.contents.push_back(each);
    }
}

void add_protections(const std::vector<Protection>& found, DriveRecord& drive) {
    for (const Protection& protection : found)
        if (std::find(drive.protection.begin(), drive.protection.end(), protection) == drive.protection.end())
            drive.protection.push_back(protection);
}

DriveRecord assemble_drive(const SystemRoot& root, const MachineState& state,
                           std::vector<const BlockDevice*> devices,
                           const std::map<std::string, std::vector<Protection>>& protections) {
    std::sort(devices.begin(), devices.end(), comes_first);
    DriveRecord drive = identify_drive(root, *devices.front());
    for (const BlockDevice* device : devices) {
        drive.nodes.push_back({device->path(), node_kind(drive, *device, device == devices.front()),
                               device->size_bytes, device->diskseq, device->device_number,
                               device->logical_sector_bytes});
        add_contents(state, *device, drive);
        if (const auto found = protections.find(device->name); found != protections.end())
            add_protections(found->second, drive);
    }
    add_replay_protected_area(*devices.front(), drive);
    return drive;
}

/// An ahci controller in RAID mode hides NVMe drives behind itself; the kernel only counts them.
void add_remapped_drives(const SystemRoot& root, std::vector<DriveRecord>& drives) {
    const fs::path controllers = root.path("/sys/bus/pci/devices");
    std::error_code failed;
    for (fs::directory_iterator entry(controllers, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        const uint64_t count = read_number(entry->path() / "remapped_nvme");
        if (count == 0) continue;
        const std::string address = entry->path().filename().string();
        DriveRecord drive;
        drive.path = "/sys/bus/pci/devices/" + address;
        drive.bus = Bus::nvme;
        drive.protocol = "nvme";
        drive.attachment = "pcie";
        drive.medium = Medium::ssd;
        drive.protection.push_back({"remapped-nvme", std::to_string(count), false});
        drives.push_back(std::move(drive));
    }
}

Result<std::vector<DriveRecord>> drives_in(const SystemRoot& root, const MachineState& state) {
    const auto protections = find_protections(root, state);
    std::map<std::string, std::vector<const BlockDevice*>> groups;
    for (const auto& [name, device] : state.tree.devices())
        if (is_drive(device)) groups[drive_key(device, identify_drive(root, device))].push_back(&device);
    std::vector<DriveRecord> drives;
    for (auto& [key, devices] : groups)
        drives.push_back(assemble_drive(root, state, std::move(devices), protections));
    add_remapped_drives(root, drives);
    std::sort(drives.begin(), drives.end(),
              [](const DriveRecord& left, const DriveRecord& right) { return left.path < right.path; });
    return drives;
}

}  // namespace

Result<std::vector<DriveRecord>> discover_drives(const SystemRoot& root) {
    REGAIN_ASSIGN(const MachineState state, read_machine_state(root));
    return drives_in(root, state);
}

Result<std::vector<DriveRecord>> discover_drives_for(const SystemRoot& root, const DriveRecord& drive) {
    std::set<std::string> paths{drive.path};
    for (const DriveNode& node : drive.nodes) paths.insert(node.path);
    const auto concerns = [&](const BlockDevice& device, const BlockTree& tree) {
        const BlockDevice* disk = device.is_partition() ? tree.find(device.disk) : &device;
        return disk != nullptr && paths.contains(disk->path());
    };
    REGAIN_ASSIGN(const MachineState state, read_machine_state(root, concerns));
    return drives_in(root, state);
}

DriveRecord record_of_node(const DriveRecord& drive, const DriveNode& node) {
    DriveRecord record = drive;
    record.path = node.path;
    record.size_bytes = node.size_bytes;
    record.device_number = node.device_number;
    record.diskseq = node.diskseq;
    record.logical_sector_bytes = node.logical_sector_bytes;
    record.nodes = {node};
    return record;
}

}  // namespace regain
