#include "drives/drive_channels.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "drives/mmc_ioctl_transport.h"
#include "drives/nvme_ioctl_transport.h"
#include "drives/sg_io_transport.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

Result<FileDescriptor> open_node(const fs::path& path) {
    // O_NONBLOCK: neither wait for a medium nor spin a drive up.
    FileDescriptor node(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!node.is_open()) return os_error(message("open {0}", path.string()), errno, ErrorKind::environment);
    return node;
}

/// The node must still be the device that discovery saw under this path.
Result<FileDescriptor> open_block_node(const SystemRoot& root, const DriveRecord& drive) {
    const Message doing = message("open {0}", drive.path);
    if (root.is_recorded())
        return error(ErrorKind::environment, doing,
                     message("this is a recording of a machine, not a machine"));
    REGAIN_ASSIGN(FileDescriptor node, open_node(root.path(drive.path)));
    struct stat status {};
    if (::fstat(node.get(), &status) != 0) return os_error(doing, errno, ErrorKind::environment);
    if (!S_ISBLK(status.st_mode) || status.st_rdev != drive.device_number)
        return error(ErrorKind::environment, doing, message("it is another device by now"));
    return node;
}

std::string numbers_of(dev_t device) {
    return std::to_string(major(device)) + ":" + std::to_string(minor(device));
}

fs::path owner_of(const SystemRoot& root, const DriveRecord& drive) {
    std::error_code failed;
    const fs::path node = root.path("/sys/dev/block/" + numbers_of(drive.device_number));
    const fs::path owner = fs::canonical(node / "device", failed);
    return failed ? fs::path() : owner;
}

/// While a SCSI drive sanitizes, its block device can't be opened when the kernel looks for partitions on it:
/// that waits until the operation has ended. The character device can.
Result<FileDescriptor> open_generic_node(const SystemRoot& root, const DriveRecord& drive,
                                         const std::string& name) {
    const Message doing = message("open {0}", drive.path);
    struct stat status {};
    if (::stat(root.path(drive.path).c_str(), &status) != 0)
        return os_error(doing, errno, ErrorKind::environment);
    const bool is_same = S_ISBLK(status.st_mode) && status.st_rdev == drive.device_number;
    REGAIN_ASSIGN(FileDescriptor node, open_node(root.path("/dev/" + name)));
    if (::fstat(node.get(), &status) != 0) return os_error(doing, errno, ErrorKind::environment);
    const std::string numbers = read_line(owner_of(root, drive) / "scsi_generic" / name / "dev");
    if (!is_same || !S_ISCHR(status.st_mode) || numbers_of(status.st_rdev) != numbers)
        return error(ErrorKind::environment, doing, message("it is another device by now"));
    return node;
}

}  // namespace

std::string scsi_generic_name(const SystemRoot& root, const DriveRecord& drive) {
    const fs::path owner = owner_of(root, drive);
    if (owner.empty()) return {};
    std::error_code failed;
    for (fs::directory_iterator entry(owner / "scsi_generic", failed), end; !failed && entry != end;
         entry.increment(failed))
        return entry->path().filename().string();
    return {};
}

std::string nvme_controller_name(const SystemRoot& root, const DriveRecord& drive) {
    std::error_code failed;
    const fs::path owner = owner_of(root, drive);
    if (owner.empty()) return {};
    if (path_exists(owner / "transport")) return owner.filename().string();
    // Native multipath: the namespace hangs on the subsystem, which links to its controllers.
    std::vector<std::string> names;
    for (fs::directory_iterator entry(owner, failed), end; !failed && entry != end; entry.increment(failed))
        if (path_exists(entry->path() / "transport")) names.push_back(entry->path().filename().string());
    std::sort(names.begin(), names.end());
    return names.empty() ? std::string() : names.front();
}

Result<std::unique_ptr<ScsiTransport>> MachineDriveChannels::open_scsi(const DriveRecord& drive) {
    const std::string generic = root_.is_recorded() ? std::string() : scsi_generic_name(root_, drive);
    auto node = generic.empty() ? open_block_node(root_, drive) : open_generic_node(root_, drive, generic);
    if (!node.ok()) return std::move(node).error();
    return std::unique_ptr<ScsiTransport>(std::make_unique<SgIoTransport>(std::move(*node)));
}

Result<std::unique_ptr<NvmeTransport>> MachineDriveChannels::open_nvme(const DriveRecord& drive) {
    const Message doing = message("open {0}", drive.path);
    if (root_.is_recorded())
        return error(ErrorKind::environment, doing,
                     message("this is a recording of a machine, not a machine"));
    const std::string name = nvme_controller_name(root_, drive);
    if (name.empty())
        return error(ErrorKind::environment, doing, message("its controller was not found in sysfs"));
    REGAIN_ASSIGN(FileDescriptor controller, open_node(root_.path("/dev/" + name)));
    return std::unique_ptr<NvmeTransport>(std::make_unique<NvmeIoctlTransport>(std::move(controller)));
}

Result<std::unique_ptr<MmcTransport>> MachineDriveChannels::open_mmc(const DriveRecord& drive) {
    REGAIN_ASSIGN(FileDescriptor node, open_block_node(root_, drive));
    return std::unique_ptr<MmcTransport>(std::make_unique<MmcIoctlTransport>(std::move(node)));
}

std::optional<UsbBridge> MachineDriveChannels::bridge_of(const DriveRecord& drive) {
    return usb_bridge_of(root_, drive);
}

}  // namespace regain
