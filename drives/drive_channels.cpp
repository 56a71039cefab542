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

}  // namespace

std::string nvme_controller_name(const SystemRoot& root, const DriveRecord& drive) {
    const std::string number =
        std::to_string(major(drive.device_number)) + ":" + std::to_string(minor(drive.device_number));
    std::error_code failed;
    const fs::path owner = fs::canonical(root.path("/sys/dev/block/" + number) / "device", failed);
    if (failed) return {};
    if (path_exists(owner / "transport")) return owner.filename().string();
    // Native multipath: the namespace hangs on the subsystem, which links to its controllers.
    std::vector<std::string> names;
    for (fs::directory_iterator entry(owner, failed), end; !failed && entry != end; entry.increment(failed))
        if (path_exists(entry->path() / "transport")) names.push_back(entry->path().filename().string());
    std::sort(names.begin(), names.end());
    return names.empty() ? std::string() : names.front();
}

Result<std::unique_ptr<ScsiTransport>> MachineDriveChannels::open_scsi(const DriveRecord& drive) {
    REGAIN_ASSIGN(FileDescriptor node, open_block_node(root_, drive));
    return std::unique_ptr<ScsiTransport>(std::make_unique<SgIoTransport>(std::move(node)));
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
