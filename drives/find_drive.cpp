#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "drives/block_tree.h"
#include "drives/discovery.h"
#include "drives/linux_block_device.h"
#include "drives/mounts.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t virtual_sector_bytes = 512;

Message choosing(const std::string& name) {
    return message("choose drive {0}", name);
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

const DriveRecord* drive_with_node(const std::vector<DriveRecord>& drives, const std::string& path) {
    for (const DriveRecord& drive : drives) {
        if (drive.path == path) return &drive;
        for (const DriveNode& node : drive.nodes)
            if (node.path == path) return &drive;
    }
    return nullptr;
}

Result<DriveRecord> drive_by_serial(const std::vector<const DriveRecord*>& matches,
                                    const std::string& serial) {
    if (matches.size() == 1) return *matches.front();
    std::vector<std::string> paths;
    for (const DriveRecord* drive : matches) paths.push_back(drive->path);
    return error(ErrorKind::refused, choosing(serial),
                 message("several drives have this serial: {0}", joined(paths)),
                 message("Name the drive by its path."));
}

/// A block device that is no drive: a partition, or something that was built upon drives.
Error not_a_drive(const SystemRoot& root, const BlockTree& tree, const BlockDevice& device,
                  const std::string& name) {
    if (const BlockDevice* disk = tree.find(device.disk))
        return error(ErrorKind::refused, choosing(name), message("it is a partition of {0}", disk->path()),
                     message("Drives are wiped and deployed as a whole: name {0}.", disk->path()));
    std::vector<std::string> paths;
    const auto mounts = read_mounts(root);
    const auto lower = lower_devices(root, tree, mounts.ok() ? *mounts : std::vector<Mount>{}, device.name);
    for (const std::string& each : lower)
        if (const BlockDevice* below = tree.find(each);
            below != nullptr && each != device.name && !below->is_partition() && below->slaves.empty())
            paths.push_back(below->path());
    if (paths.empty())
        return error(ErrorKind::refused, choosing(name), message("it is not a drive"),
                     message("'regain drives' lists what can be named."));
    return error(ErrorKind::refused, choosing(name),
                 message("it is not a drive but is built upon {0}", joined(paths)),
                 message("Name the drives themselves."));
}

Error no_such_drive(const std::string& name) {
    return error(ErrorKind::environment, choosing(name), message("there is no such drive"),
                 message("'regain drives' lists the drives with their paths and serials."));
}

Result<DriveRecord> drive_by_file_type(const SystemRoot& root, const std::string& name,
                                       VirtualFiles virtual_files) {
    std::error_code failed;
    const fs::path path = name.starts_with('/') ? root.path(name) : fs::path(name);
    const fs::file_status status = fs::status(path, failed);
    if (status.type() == fs::file_type::not_found || status.type() == fs::file_type::none)
        return no_such_drive(name);
    if (status.type() == fs::file_type::directory)
        return error(ErrorKind::usage, choosing(name), message("it is a directory"),
                     message("'regain drives' lists the drives with their paths and serials."));
    if (status.type() != fs::file_type::regular)
        return error(ErrorKind::usage, choosing(name), message("it is neither a drive nor a file"),
                     message("'regain drives' lists the drives with their paths and serials."));
    if (virtual_files == VirtualFiles::refused)
        return error(ErrorKind::usage, choosing(name), message("it is a file, not a drive"),
                     message("With --virtual a file can stand in for a drive."));
    return virtual_drive_from_file(root, path.string());
}

Status check_not_behind_loop(const BlockTree& tree, const std::string& path, const struct stat& file) {
    for (const auto& [name, device] : tree.devices()) {
        if (!name.starts_with("loop") || device.is_partition() || device.backing_file.empty()) continue;
        bool is_same = device.backing_file == path;
        // Names can differ (links, another mount point): the kernel knows the inode.
        const FileDescriptor loop(::open(device.path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        const auto backing = loop.is_open() ? loop_backing(loop.get()) : std::nullopt;
        is_same = is_same ||
                  (backing && backing->inode == file.st_ino && backing->file_device_number == file.st_dev);
        if (is_same)
            return error(ErrorKind::refused, choosing(path),
                         message("it backs the loop device {0}", device.path()),
                         message("Name {0}, or detach it first: losetup --detach {0}", device.path()));
    }
    return done();
}

Status check_no_swap(const SystemRoot& root, const std::string& path, const struct stat& file) {
    REGAIN_ASSIGN(const std::vector<Swap> swaps, read_swaps(root));
    for (const Swap& swap : swaps) {
        struct stat status {};
        const bool is_same_file = swap.is_file && ::stat(swap.path.c_str(), &status) == 0 &&
                                  status.st_ino == file.st_ino && status.st_dev == file.st_dev;
        if (swap.path == path || is_same_file)
            return error(ErrorKind::refused, choosing(path), message("the system swaps to it"),
                         message("Stop that first: swapoff {0}", swap.path));
    }
    return done();
}

/// What protects a drive, as a sentence's predicate.
Message reason_of(const Protection& protection) {
    const std::string& detail = protection.detail;
    const std::string& reason = protection.reason;
    if (reason == "boot-medium") return message("the running system was started from it ({0})", detail);
    if (reason == "system-root") return message("the running system is on it");
    if (reason == "mounted") return message("it is mounted at {0}", detail);
    if (reason == "swap") return message("the system swaps to it ({0})", detail);
    if (reason == "md") return message("the md array {0} is built upon it", detail);
    if (reason == "lvm") return message("the LVM volume group {0} is built upon it", detail);
    if (reason == "bcache") return message("the cache device {0} is built upon it", detail);
    if (reason == "dm") return message("the mapped device {0} is built upon it", detail);
    if (reason == "backs-loop-device") return message("the loop device {0} is built upon it", detail);
    if (reason == "shares-file") return message("{0} stands on the same file", detail);
    if (reason == "read-only") return message("it is read-only");
    if (reason == "size-zero")
        return message(
            "its size reads as zero: the kernel can't use its sectors (such as 520 bytes), or it is "
            "defective");
    if (reason == "sector-size-unsupported") return message("its sectors have {0} bytes", detail);
    if (reason == "remapped-nvme")
        return message("the firmware hides {0} NVMe drives behind a RAID controller", detail);
    return message("it is in use ({0})", reason + (detail.empty() ? "" : " " + detail));
}

Message advice_for(const Protection& protection) {
    const std::string& reason = protection.reason;
    if (reason == "mounted") return message("Unmount it first, if it is the right drive.");
    if (reason == "swap") return message("Stop swapping to it first (swapoff), if it is the right drive.");
    if (reason == "remapped-nvme")
        return message(
            "Set the storage controller to AHCI (not RAID, not RST, not Optane) in the firmware's setup.");
    if (reason == "boot-medium" && protection.detail == "perhaps")
        return message(
            "It can't be told which drive this live system came from; write its UUID into "
            "/run/regain/boot-medium, or start from the medium without copying it to RAM.");
    if (protection.releasable) return message("It is in no use: it can be released when that is asked for.");
    return {};
}

}  // namespace

Result<DriveRecord> virtual_drive_from_file(const SystemRoot& root, const std::string& path) {
    std::error_code failed;
    const std::string canonical = fs::canonical(path, failed).string();
    struct stat file {};
    if (failed || ::stat(canonical.c_str(), &file) != 0)
        return os_error(choosing(path), failed ? failed.value() : errno, ErrorKind::environment);
    if (!S_ISREG(file.st_mode))
        return error(ErrorKind::usage, choosing(path), message("it is not a regular file"));
    const auto size_bytes = static_cast<uint64_t>(file.st_size);
    if (size_bytes == 0 || size_bytes % virtual_sector_bytes != 0)
        return error(ErrorKind::usage, choosing(path),
                     message("its size ({0} bytes) is not a whole number of sectors of {1} bytes", size_bytes,
                             virtual_sector_bytes));
    REGAIN_ASSIGN(const BlockTree tree, BlockTree::read(root));
    REGAIN_TRY(check_not_behind_loop(tree, canonical, file));
    REGAIN_TRY(check_no_swap(root, canonical, file));
    DriveRecord drive;
    drive.path = canonical;
    drive.model = "File";
    drive.bus = Bus::virtual_drive;
    drive.protocol = drive.attachment = "file";
    drive.size_bytes = size_bytes;
    drive.inode = file.st_ino;
    drive.device_number = file.st_dev;
    drive.nodes.push_back({canonical, "main", size_bytes, 0, 0});
    if (::access(canonical.c_str(), W_OK) != 0) drive.protection.push_back({"read-only", "", false});
    return drive;
}

Result<DriveRecord> find_drive(const SystemRoot& root, const std::vector<DriveRecord>& drives,
                               const std::string& name, VirtualFiles virtual_files) {
    if (name.empty()) return error(ErrorKind::usage, choosing(name), message("its name is empty"));
    if (const DriveRecord* drive = drive_with_node(drives, name)) return *drive;
    std::vector<const DriveRecord*> matches;
    for (const DriveRecord& drive : drives)
        if (drive.serial == name) matches.push_back(&drive);
    if (!matches.empty()) return drive_by_serial(matches, name);

    REGAIN_ASSIGN(const BlockTree tree, BlockTree::read(root));
    std::error_code failed;
    const std::string path = root.is_recorded() ? name : fs::absolute(name, failed).string();
    const BlockDevice* device = tree.find_path(root, path);
    if (device == nullptr) return drive_by_file_type(root, name, virtual_files);
    if (const DriveRecord* drive = drive_with_node(drives, device->path())) return *drive;
    return not_a_drive(root, tree, *device, name);
}

Status check_unprotected(const DriveRecord& drive, Message doing) {
    if (drive.protection.empty()) return done();
    // One sentence can be put into a language: the weightiest reason, which stands first. The others' places
    // are named behind it.
    Protection first = drive.protection.front();
    Message advice = advice_for(first);
    std::vector<std::string> places, other_places;
    for (const Protection& protection : drive.protection) {
        const bool is_first_kind = protection.reason == first.reason;
        const bool is_named = std::find(places.begin(), places.end(), protection.detail) != places.end();
        if (protection.detail.empty() || is_named) continue;
        (is_first_kind ? places : other_places).push_back(protection.detail);
    }
    first.detail = joined(places);
    if (advice.empty() && !other_places.empty())
        advice = message("It is in use for this too: {0}.", joined(other_places));
    return error(ErrorKind::refused, std::move(doing), reason_of(first), std::move(advice));
}

}  // namespace regain
