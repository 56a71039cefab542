#include "drives/block_tree.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <system_error>
#include <utility>

#include "base/file.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t sysfs_sector_bytes = 512;  // the unit of "size", whatever the drive's own sectors are
constexpr int max_links = 16;

std::vector<std::string> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code failed;
    for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
         entry.increment(failed))
        names.push_back(entry->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

uint64_t parse_device_number(const std::string& text) {
    unsigned major_number = 0;
    unsigned minor_number = 0;
    const size_t colon = text.find(':');
    if (colon == std::string::npos) return 0;
    std::from_chars(text.data(), text.data() + colon, major_number);
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), minor_number);
    return makedev(major_number, minor_number);
}

/// "/mnt/disk.img (deleted)" is what the kernel says of a file that lost its name.
std::string without_deleted(std::string file) {
    constexpr std::string_view suffix = " (deleted)";
    if (file.ends_with(suffix)) file.resize(file.size() - suffix.size());
    return file;
}

std::string canonical_in(const SystemRoot& root, const fs::path& directory) {
    if (!root.is_recorded()) return directory.string();
    const fs::path top = root.path("/");
    std::error_code failed;
    const fs::path relative = fs::relative(directory, fs::canonical(top, failed), failed);
    return failed ? directory.string() : "/" + relative.string();
}

BlockDevice read_device(const SystemRoot& root, const std::string& name, const fs::path& directory) {
    BlockDevice device;
    device.name = name;
    device.directory = directory;
    device.sysfs_path = canonical_in(root, directory);
    device.device_number = parse_device_number(read_line(directory / "dev"));
    device.holders = names_in(directory / "holders");
    device.slaves = names_in(directory / "slaves");
    device.size_bytes = read_number(directory / "size") * sysfs_sector_bytes;
    device.start_bytes = read_number(directory / "start") * sysfs_sector_bytes;
    device.diskseq = read_number(directory / "diskseq");
    device.is_read_only = read_number(directory / "ro") != 0;
    device.is_removable = read_number(directory / "removable") != 0;
    device.is_hidden = read_number(directory / "hidden") != 0;
    device.is_rotational = read_number(directory / "queue/rotational") != 0;
    if (const uint64_t bytes = read_number(directory / "queue/logical_block_size"); bytes != 0)
        device.logical_sector_bytes = static_cast<uint32_t>(bytes);
    if (const uint64_t bytes = read_number(directory / "queue/physical_block_size"); bytes != 0)
        device.physical_sector_bytes = static_cast<uint32_t>(bytes);
    device.backing_file = without_deleted(read_line(directory / "loop/backing_file"));
    device.mapper_name = read_line(directory / "dm/name");
    device.mapper_uuid = read_line(directory / "dm/uuid");
    device.array_level = read_line(directory / "md/level");
    device.array_metadata = read_line(directory / "md/metadata_version");
    return device;
}

/// Follows links inside the root's /dev without ever leaving the root.
std::string follow_links(const SystemRoot& root, std::string path) {
    for (int i = 0; i < max_links; ++i) {
        std::error_code failed;
        const fs::path target = fs::read_symlink(root.path(path), failed);
        if (failed) return path;
        path = (target.is_absolute() ? target : fs::path(path).parent_path() / target)
                   .lexically_normal()
                   .string();
    }
    return path;
}

}  // namespace

uint64_t read_number(const fs::path& path) {
    const std::string text = read_line(path);
    uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string BlockDevice::path() const {
    std::string node = "/dev/" + name;
    std::replace(node.begin(), node.end(), '!', '/');
    return node;
}

Result<BlockTree> BlockTree::read(const SystemRoot& root) {
    const fs::path blocks = root.path("/sys/block");
    if (!path_exists(blocks))
        return error(ErrorKind::environment, message("list the drives"),
                     message("{0} is missing", blocks.string()), message("Mount sysfs on /sys."));
    BlockTree tree;
    for (const std::string& name : names_in(blocks)) {
        std::error_code failed;
        const fs::path directory = fs::canonical(blocks / name, failed);
        if (failed) continue;  // it went away meanwhile
        BlockDevice disk = read_device(root, name, directory);
        for (const std::string& part : names_in(directory)) {
            if (!path_exists(directory / part / "partition")) continue;
            BlockDevice partition = read_device(root, part, directory / part);
            partition.disk = name;
            partition.logical_sector_bytes = disk.logical_sector_bytes;
            partition.physical_sector_bytes = disk.physical_sector_bytes;
            disk.partitions.push_back(part);
            tree.add(std::move(partition));
        }
        tree.add(std::move(disk));
    }
    return tree;
}

std::optional<BlockDevice> BlockTree::read_one(const SystemRoot& root, uint64_t device_number) {
    const fs::path blocks = root.path("/sys/block");
    for (const std::string& name : names_in(blocks)) {
        if (parse_device_number(read_line(blocks / name / "dev")) != device_number) continue;
        std::error_code failed;
        const fs::path directory = fs::canonical(blocks / name, failed);
        if (failed) return std::nullopt;
        BlockDevice device = read_device(root, name, directory);
        // Another one may have come to its place between the two looks.
        if (device.device_number == device_number && device_number != 0) return device;
    }
    return std::nullopt;
}

void BlockTree::add(BlockDevice device) {
    std::string name = device.name;
    devices_.insert_or_assign(std::move(name), std::move(device));
}

const BlockDevice* BlockTree::find(std::string_view name) const {
    const auto found = devices_.find(name);
    return found == devices_.end() ? nullptr : &found->second;
}

const BlockDevice* BlockTree::find_number(uint64_t device_number) const {
    for (const auto& [name, device] : devices_)
        if (device.device_number == device_number && device_number != 0) return &device;
    return nullptr;
}

const BlockDevice* BlockTree::find_path(const SystemRoot& root, const std::string& path) const {
    if (!path.starts_with('/')) return nullptr;
    if (!root.is_recorded()) {
        struct stat status {};
        if (::stat(path.c_str(), &status) == 0)
            return S_ISBLK(status.st_mode) ? find_number(status.st_rdev) : nullptr;
    }
    const std::string target = follow_links(root, path);
    for (const auto& [name, device] : devices_) {
        if (target == device.path()) return &device;
        if (!device.mapper_name.empty() && target == "/dev/mapper/" + device.mapper_name) return &device;
    }
    return nullptr;
}

std::set<std::string> BlockTree::upper_devices(const std::string& name) const {
    std::set<std::string> found;
    std::vector<std::string> waiting{name};
    while (!waiting.empty()) {
        const std::string next = waiting.back();
        waiting.pop_back();
        const BlockDevice* device = find(next);
        if (device == nullptr || !found.insert(next).second) continue;
        waiting.insert(waiting.end(), device->partitions.begin(), device->partitions.end());
        waiting.insert(waiting.end(), device->holders.begin(), device->holders.end());
    }
    return found;
}

}  // namespace regain
