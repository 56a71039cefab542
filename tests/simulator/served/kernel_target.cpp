#include "tests/simulator/served/kernel_target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"

namespace regain::simulator {
namespace {

namespace fs = std::filesystem;

const fs::path configuration = "/sys/kernel/config";
const fs::path adapter = configuration / "target/core/user_0";
const fs::path fabrics = configuration / "target/loopback";

Status write_attribute(const fs::path& path, const std::string& value) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    const bool is_written = file.is_open() && ::write(file.get(), value.data(), value.size()) ==
                                                  static_cast<ssize_t>(value.size());
    if (is_written) return done();
    return os_error(message("write {0} to {1}", value, path.string()), errno);
}

Status make_directory(const fs::path& path) {
    std::error_code failed;
    fs::create_directory(path, failed);
    if (!failed) return done();
    return os_error(message("make {0}", path.string()), failed.value());
}

Status prepare_kernel() {
    if (!path_exists(configuration / "target") &&
        ::mount("configfs", configuration.c_str(), "configfs", 0, nullptr) != 0 && errno != EBUSY)
        return os_error(message("mount {0}", configuration.string()), errno);
    // The directory of the fabric makes the target core look for its module.
    for (const fs::path& path : {adapter, fabrics}) REGAIN_TRY(make_directory(path));
    return done();
}

}  // namespace

Result<KernelTarget> KernelTarget::make(const std::string& name, unsigned number, uint64_t bytes) {
    REGAIN_TRY(prepare_kernel());
    KernelTarget target(name, (fabrics / fmt::format("naa.60014050000000{:02x}", number)).string());
    const fs::path store = adapter / name;
    REGAIN_TRY(make_directory(store));
    REGAIN_TRY(write_attribute(
        store / "control",
        fmt::format("dev_config=regain/{},dev_size={},hw_block_size=512,nl_reply_supported=-1", name,
                    bytes)));
    REGAIN_TRY(write_attribute(store / "enable", "1"));
    // An answer may take as long as an erase.
    REGAIN_TRY(write_attribute(store / "attrib/cmd_time_out", "0"));
    const fs::path group = fs::path(target.fabric_) / "tpgt_1";
    REGAIN_TRY(make_directory(target.fabric_));
    REGAIN_TRY(make_directory(group));
    REGAIN_TRY(write_attribute(group / "nexus", fmt::format("naa.60014051000000{:02x}", number)));
    REGAIN_TRY(make_directory(group / "lun/lun_0"));
    return target;
}

Status KernelTarget::plug_in() const {
    const fs::path link = fs::path(fabric_) / "tpgt_1/lun/lun_0/disk";
    std::error_code failed;
    fs::create_symlink(adapter / name_, link, failed);
    if (failed) return os_error(message("plug {0} in", name_), failed.value());
    return done();
}

void KernelTarget::unplug() const {
    std::error_code ignored;
    fs::remove(fs::path(fabric_) / "tpgt_1/lun/lun_0/disk", ignored);
}

std::string KernelTarget::node() const {
    const std::string address =
        read_line(fs::path(fabric_) / "tpgt_1/address");  // "2:0:1": host, channel, target
    const fs::path block = "/sys/bus/scsi/devices/" + address + ":0/block";
    std::error_code failed;
    for (fs::directory_iterator entry(block, failed), end; !failed && entry != end; entry.increment(failed))
        return "/dev/" + entry->path().filename().string();
    return {};
}

KernelTarget::~KernelTarget() {
    if (name_.empty()) return;
    unplug();
    const fs::path group = fs::path(fabric_) / "tpgt_1";
    std::error_code ignored;
    fs::remove(group / "lun/lun_0", ignored);
    static_cast<void>(write_attribute(group / "nexus", "NULL"));
    for (const fs::path& path : {group, fs::path(fabric_), adapter / name_}) ::rmdir(path.c_str());
}

}  // namespace regain::simulator
