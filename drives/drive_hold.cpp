#include "drives/drive_hold.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <string>

#include "drives/block_tree.h"
#include "drives/discovery.h"
#include "drives/drive_identity.h"
#include "drives/identity_proof.h"
#include "drives/linux_block_device.h"
#include "drives/protections.h"
#include "drives/uring_block_io.h"

namespace regain {
namespace {

Message holding(const std::string& path) {
    return message("take hold of {0}", path);
}

Error gone(const std::string& path) {
    return error(ErrorKind::environment, holding(path), message("the drive is gone"),
                 message("Look at its cable and power, and list the drives again."));
}

Error open_error(const std::string& path, int os_errno) {
    switch (os_errno) {
        case EBUSY:
        case EWOULDBLOCK:
            return error(ErrorKind::refused, holding(path), message("something uses it"),
                         message("Find out what does (lsblk, fuser), and whether it is the right drive."));
        case EROFS:
            return error(ErrorKind::refused, holding(path), message("it is read-only"));
        case ENOENT:
        case ENODEV:
        case ENXIO:
        case ENOMEDIUM:
            return gone(path);
        case EACCES:
        case EPERM: {
            Error denied = os_error(holding(path), os_errno, ErrorKind::environment);
            denied.advice = message("Run it as root; a write-protected drive says the same.");
            return denied;
        }
        default:
            return os_error(holding(path), os_errno, ErrorKind::environment);
    }
}

int open_exclusively(const std::string& path, int mode) {
    return ::open(path.c_str(), mode | O_EXCL | O_DIRECT | O_CLOEXEC | O_NOCTTY);
}

/// The alignment for O_DIRECT on this file; 0: it can't be used.
uint32_t direct_alignment(int descriptor, uint64_t size_bytes) {
    if (const auto told = direct_io_alignment(descriptor)) {
        const uint32_t alignment = *told == 0 ? 0 : std::max(*told, 512U);
        return alignment != 0 && size_bytes % alignment == 0 ? alignment : 0;
    }
    // Nobody says: a page suits every drive. A try would prove little, since holes are not checked.
    return size_bytes % 4096 == 0 ? 4096 : 0;
}

/// Newer kernels accept O_DIRECT on tmpfs, where there is no medium to read.
bool lies_in_memory(int descriptor) {
    struct statfs status {};
    return ::fstatfs(descriptor, &status) != 0 || status.f_type == TMPFS_MAGIC ||
           status.f_type == RAMFS_MAGIC;
}

/// A loop device reaches its file through the page cache unless it was set up with --direct-io=on.
bool loop_reads_medium(const SystemRoot& root, uint64_t device_number) {
    const std::string number =
        std::to_string(major(device_number)) + ":" + std::to_string(minor(device_number));
    return read_number(root.path("/sys/dev/block/" + number + "/loop/dio")) == 1;
}

/// What still protects the drive when only a part of it is written, looked at now.
Status check_part_unprotected(const SystemRoot& root, const DriveRecord& drive, DrivePart part) {
    if (drive.protocol == "file") {
        REGAIN_ASSIGN(const DriveRecord fresh, virtual_drive_from_file(root, drive.path));
        return check_unprotected(fresh, holding(drive.path));
    }
    REGAIN_ASSIGN(const MachineState state, read_machine_state(root));
    const BlockDevice* device = state.tree.find_path(root, drive.path);
    if (device == nullptr) return gone(drive.path);
    DriveRecord fresh = drive;
    fresh.protection = protections_of_part(state, find_protections(root, state), device->name,
                                           part.offset_bytes, part.offset_bytes + part.size_bytes);
    return check_unprotected(fresh, holding(drive.path));
}

Status stop_direct(int descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags & ~O_DIRECT) != 0)
        return os_error(message("read and write a file through the page cache"), errno,
                        ErrorKind::environment);
    return done();
}

}  // namespace

Result<DriveHold> DriveHold::acquire(const SystemRoot& root, const DriveRecord& drive) {
    REGAIN_TRY(check_unprotected(drive, holding(drive.path)));
    DriveHold hold(root, drive);
    if (drive.protocol == "file") {
        REGAIN_TRY(hold.open_file());
    } else {
        REGAIN_TRY(hold.open_nodes());
    }
    REGAIN_TRY(hold.prove_identity());
    REGAIN_TRY(hold.check_protections());
    return hold;
}

Result<DriveHold> DriveHold::acquire_part(const SystemRoot& root, const DriveRecord& drive, DrivePart part) {
    REGAIN_TRY(check_part_unprotected(root, drive, part));
    DriveHold hold(root, drive);
    if (drive.protocol == "file") {
        REGAIN_TRY(hold.open_file());
    } else {
        REGAIN_TRY(hold.open_part(part));
    }
    REGAIN_TRY(hold.prove_identity());
    // Again, now that nothing more can come between.
    REGAIN_TRY(check_part_unprotected(root, drive, part));
    return hold;
}

/// Exclusively where that can be had; else shared, with a claim on each partition that the part touches.
Status DriveHold::open_part(DrivePart part) {
    FileDescriptor descriptor(open_exclusively(drive_.path, O_RDWR));
    const bool is_exclusive = descriptor.is_open();
    if (!is_exclusive && errno == EBUSY)
        descriptor = FileDescriptor(::open(drive_.path.c_str(), O_RDWR | O_DIRECT | O_CLOEXEC | O_NOCTTY));
    if (!descriptor.is_open()) return open_error(drive_.path, errno);
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0 || !S_ISBLK(status.st_mode))
        return error(ErrorKind::refused, holding(drive_.path), message("it is no block device"));
    const bool has_medium = drive_.protocol != "loop" || loop_reads_medium(root_, status.st_rdev);
    const DriveNode node{drive_.path,          "main",
                         drive_.size_bytes,    drive_.diskseq,
                         drive_.device_number, drive_.logical_sector_bytes};
    nodes_.push_back({node, std::move(descriptor), drive_.logical_sector_bytes, true, has_medium});
    return is_exclusive || part.size_bytes == 0 ? done() : claim_partitions(part);
}

Status DriveHold::claim_partitions(DrivePart part) {
    REGAIN_ASSIGN(const BlockTree tree, BlockTree::read(root_));
    const BlockDevice* disk = tree.find_number(drive_.device_number);
    if (disk == nullptr) return gone(drive_.path);
    // Something that keeps the disk busy but is no partition of it would be the disk itself.
    if (disk->partitions.empty()) return open_error(drive_.path, EBUSY);
    for (const std::string& name : disk->partitions) {
        const BlockDevice* partition = tree.find(name);
        if (partition == nullptr || partition->start_bytes >= part.offset_bytes + part.size_bytes ||
            partition->start_bytes + partition->size_bytes <= part.offset_bytes)
            continue;
        FileDescriptor claim(open_exclusively(partition->path(), O_RDONLY));
        if (!claim.is_open()) return open_error(partition->path(), errno);
        claims_.push_back(std::move(claim));
    }
    return done();
}

Status DriveHold::show_partition(uint32_t number, uint64_t offset_bytes, uint64_t size_bytes) const {
    if (drive_.protocol == "file") return done();
    REGAIN_ASSIGN(const BlockTree tree, BlockTree::read(root_));
    const BlockDevice* disk = tree.find_number(drive_.device_number);
    if (disk == nullptr) return gone(drive_.path);
    for (const std::string& name : disk->partitions) {
        const BlockDevice* partition = tree.find(name);
        if (partition == nullptr || read_number(partition->directory / "partition") != number) continue;
        if (partition->start_bytes == offset_bytes && partition->size_bytes == size_bytes) return done();
        REGAIN_TRY(remove_partition(descriptor(), number));
    }
    const Status added = add_partition(descriptor(), number, offset_bytes, size_bytes);
    // A loop device that was set up without partitions has no room for them.
    if (!added.ok() && drive_.protocol == "loop" && added.error().os_errno == EINVAL) return done();
    return added;
}

Status DriveHold::open_nodes() {
    std::vector<DriveNode> nodes = drive_.nodes;
    if (nodes.empty())
        nodes.push_back({drive_.path, "main", drive_.size_bytes, drive_.diskseq, drive_.device_number,
                         drive_.logical_sector_bytes});
    for (const DriveNode& node : nodes) {
        if (node.kind == "rpmb") continue;  // no block device
        FileDescriptor descriptor(open_exclusively(node.path, O_RDWR));
        // Boot areas of an eMMC are write-protected until they are unlocked: held all the same.
        if (!descriptor.is_open() && node.kind == "boot-area" &&
            (errno == EACCES || errno == EROFS || errno == EPERM))
            descriptor = FileDescriptor(open_exclusively(node.path, O_RDONLY));
        if (!descriptor.is_open()) return open_error(node.path, errno);
        struct stat status {};
        if (::fstat(descriptor.get(), &status) != 0 || !S_ISBLK(status.st_mode))
            return error(ErrorKind::refused, holding(node.path), message("it is no block device"));
        const bool has_medium = drive_.protocol != "loop" || loop_reads_medium(root_, status.st_rdev);
        nodes_.push_back({node, std::move(descriptor), node.logical_sector_bytes, true, has_medium});
    }
    return done();
}

Status DriveHold::open_file() {
    int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
    bool is_direct = true;
    FileDescriptor file(::open(drive_.path.c_str(), flags | O_DIRECT));
    if (!file.is_open() && errno == EINVAL) {
        is_direct = false;
        file = FileDescriptor(::open(drive_.path.c_str(), flags));
    }
    if (!file.is_open()) return open_error(drive_.path, errno);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return open_error(drive_.path, errno);
    uint32_t alignment = is_direct ? direct_alignment(file.get(), drive_.size_bytes) : 0;
    if (is_direct && alignment == 0) {
        REGAIN_TRY(stop_direct(file.get()));
        is_direct = false;
    }
    if (alignment == 0) alignment = drive_.logical_sector_bytes;
    const DriveNode node{drive_.path, "main", drive_.size_bytes, 0, 0, drive_.logical_sector_bytes};
    const bool has_medium = !lies_in_memory(file.get());
    nodes_.push_back({node, std::move(file), alignment, is_direct, has_medium});
    return done();
}

Status DriveHold::prove_identity() const {
    if (drive_.protocol == "file") return prove_file();
    for (const HeldNode& held : nodes_) REGAIN_TRY(prove_node(held));
    return done();
}

Status DriveHold::prove_node(const HeldNode& held) const {
    struct stat status {};
    if (::fstat(held.descriptor.get(), &status) != 0) return gone(held.node.path);
    const auto device = BlockTree::read_one(root_, status.st_rdev);
    if (!device) return gone(held.node.path);
    const auto answer = ask_block_device(held.descriptor.get());
    if (!answer.ok()) return gone(held.node.path);
    DriveRecord found = identify_drive(root_, *device);
    found.device_number = status.st_rdev;
    found.size_bytes = answer->size_bytes;
    found.logical_sector_bytes = answer->logical_sector_bytes;
    found.diskseq = answer->diskseq;
    DriveRecord expected = record_of_node(drive_, held.node);
    // Each namespace has a name of its own; the drive's is the first one's.
    if (held.node.path != drive_.path) expected.wwn = found.wwn;
    const auto differences = compare_identity(expected, found);
    if (!differences.empty()) return not_the_same_drive(expected, differences);
    return done();
}

Status DriveHold::prove_file() const {
    struct stat status {};
    if (::fstat(descriptor(), &status) != 0 || status.st_nlink == 0) return gone(drive_.path);
    DriveRecord found = drive_;
    found.inode = status.st_ino;
    found.device_number = status.st_dev;
    found.size_bytes = static_cast<uint64_t>(status.st_size);
    const auto differences = compare_identity(drive_, found);
    if (!differences.empty()) return not_the_same_drive(drive_, differences);
    return done();
}

/// Looks again at what protects the drive: something may have been mounted since it was planned for.
Status DriveHold::check_protections() const {
    if (drive_.protocol == "file") {
        REGAIN_ASSIGN(const DriveRecord fresh, virtual_drive_from_file(root_, drive_.path));
        return check_unprotected(fresh, holding(drive_.path));
    }
    REGAIN_ASSIGN(const std::vector<DriveRecord> drives, discover_drives_for(root_, drive_));
    for (const HeldNode& held : nodes_) {
        const auto fresh = find_drive(root_, drives, held.node.path, VirtualFiles::refused);
        if (!fresh.ok()) return gone(held.node.path);
        REGAIN_TRY(check_unprotected(*fresh, holding(drive_.path)));
    }
    return done();
}

Result<std::unique_ptr<BlockIo>> DriveHold::block_io(size_t queue_depth) const {
    return node_block_io(nodes_.front().node.path, queue_depth);
}

Result<std::unique_ptr<BlockIo>> DriveHold::node_block_io(const std::string& node_path,
                                                          size_t queue_depth) const {
    for (const HeldNode& held : nodes_)
        if (held.node.path == node_path)
            return make_block_io(held.descriptor.get(), {held.node.size_bytes, held.alignment, queue_depth,
                                                         held.is_direct, held.has_medium});
    return error(ErrorKind::failed, message("reach the blocks of {0}", node_path), message("it is not held"));
}

std::optional<DriveHold::Counters> DriveHold::block_counters() const {
    return node_block_counters(nodes_.front().node.path);
}

std::optional<DriveHold::Counters> DriveHold::node_block_counters(const std::string& node_path) const {
    const auto held = std::find_if(nodes_.begin(), nodes_.end(),
                                   [&](const HeldNode& node) { return node.node.path == node_path; });
    if (held == nodes_.end()) return std::nullopt;
    struct stat status {};
    if (::fstat(held->descriptor.get(), &status) != 0 || !S_ISBLK(status.st_mode)) return std::nullopt;
    const std::string number =
        std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
    return parse_block_counters(read_line(root_.path("/sys/dev/block/" + number + "/stat")));
}

std::optional<DriveHold::Counters> DriveHold::parse_block_counters(const std::string& stat) {
    // Ref: Linux Documentation/block/stat.rst: the third, seventh and fourteenth number are sectors.
    std::istringstream stream(stat);
    std::vector<uint64_t> numbers;
    for (uint64_t number = 0; stream >> number;) numbers.push_back(number);
    if (numbers.size() < 7) return std::nullopt;
    return Counters{numbers[2], numbers[6], numbers.size() > 13 ? numbers[13] : 0};
}

Result<FileDescriptor> open_to_look(const DriveRecord& drive) {
    FileDescriptor device(::open(drive.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!device.is_open()) return open_error(drive.path, errno);
    return device;
}

Status reread_partitions(const DriveRecord& drive) {
    if (drive.protocol == "file") return done();
    const Message doing = message("read the partition table of {0} again", drive.path);
    const FileDescriptor device(::open(drive.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!device.is_open()) return open_error(drive.path, errno);
    const Status status = reread_partition_table(device.get());
    if (status.ok()) return done();
    if (drive.protocol == "loop" && status.error().os_errno == EINVAL) return done();
    if (status.error().os_errno != EBUSY) return status;
    return error(ErrorKind::refused, doing, message("one of its partitions is in use"),
                 message("Unmount it, and try again."));
}

}  // namespace regain
