#include "drives/linux_drive_rescan.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "base/file.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

// An attribute of sysfs takes its value in one write(), and there is nothing to sync.
void put(const fs::path& attribute, std::string_view value) {
    const FileDescriptor file(::open(attribute.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.is_open()) static_cast<void>(::write(file.get(), value.data(), value.size()) < 0);
}

/// ".../ata3/host2/target2:0:0/2:0:0:0": "host2"; empty where it does not hang on libata.
std::string libata_host(const fs::path& device) {
    std::string before;
    for (const fs::path& part : device) {
        const std::string name = part.string();
        if (name.starts_with("host") && before.starts_with("ata")) return name;
        before = name;
    }
    return {};
}

}  // namespace

void rescan_drive(const SystemRoot& root, const DriveRecord& drive) {
    const std::string number = fmt::format("{}:{}", major(drive.device_number), minor(drive.device_number));
    std::error_code failed;
    const fs::path device = fs::canonical(root.path("/sys/dev/block/" + number) / "device", failed);
    if (failed) return;
    if (const std::string host = libata_host(device); !host.empty())
        put(root.path("/sys/class/scsi_host/" + host + "/scan"), "- - -");
    put(device / "rescan", "1");
}

}  // namespace regain
