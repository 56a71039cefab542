#include "drives/linux_drive_removal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/file.h"
#include "drives/block_tree.h"
#include "drives/drive_channels.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

fs::path place_of(const SystemRoot& root, const DriveNode& node) {
    return root.path(
        fmt::format("/sys/dev/block/{}:{}", major(node.device_number), minor(node.device_number)));
}

// An attribute of sysfs takes its value in one write(), and there is nothing to sync.
Status put_one(const fs::path& attribute) {
    const FileDescriptor file(::open(attribute.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open() || ::write(file.get(), "1", 1) != 1)
        return os_error(message("write {0}", attribute.string()), errno);
    return done();
}

}  // namespace

bool is_still_there(const SystemRoot& root, const DriveRecord& drive) {
    const auto is_there = [&](const DriveNode& node) {
        if (node.device_number == 0) return true;  // no block device of its own
        const fs::path place = place_of(root, node);
        return path_exists(place) && (node.diskseq == 0 || read_number(place / "diskseq") == node.diskseq);
    };
    return !drive.nodes.empty() && std::all_of(drive.nodes.begin(), drive.nodes.end(), is_there);
}

Status remove_drive(const SystemRoot& root, const DriveRecord& drive) {
    if (drive.bus == Bus::nvme) {
        const std::string controller = nvme_controller_name(root, drive);
        if (controller.empty())
            return error(ErrorKind::failed, message("find the controller of {0}", drive.path),
                         message("its controller was not found in sysfs"));
        std::error_code failed;
        const fs::path device = fs::canonical(root.path("/sys/class/nvme/" + controller) / "device", failed);
        return put_one(device / "remove");
    }
    for (const DriveNode& node : drive.nodes) {
        std::error_code failed;
        const fs::path device = fs::canonical(place_of(root, node) / "device", failed);
        if (failed) return os_error(message("find {0} in sysfs", node.path), failed.value());
        REGAIN_TRY(put_one(device / "delete"));
    }
    return done();
}

}  // namespace regain
