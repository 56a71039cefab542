#include "imager/stick_file_systems.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/program.h"
#include "imager/ext_programs.h"
#include "imager/needed_programs.h"
#include "imager/stick_layout.h"

namespace regain {
namespace {

ProgramRequest request_for(const char* program, const char* package, std::vector<std::string> arguments,
                           std::stop_token stop = {}) {
    ProgramRequest request;
    request.program = program;
    request.package = package;
    request.arguments = std::move(arguments);
    request.stop = std::move(stop);
    return request;
}

Status run(const ProgramRequest& request, Message doing) {
    const auto outcome = run_program_or_fail(request, std::move(doing));
    return outcome.ok() ? done() : Status(outcome.error());
}

}  // namespace

Status check_stick_programs() {
    return check_programs({{"mke2fs", "e2fsprogs"},
                           {"e2fsck", "e2fsprogs"},
                           {"mkfs.exfat", "exfatprogs"},
                           {"fsck.exfat", "exfatprogs"},
                           {"mount", "mount"},
                           {"umount", "mount"}});
}

Status make_records_file_system(const std::string& device, const std::filesystem::path& content,
                                std::stop_token stop) {
    // Few files of some 100 KB: blocks of 4 KiB, 8192 inodes. Everything is written now, so that nothing is
    // left for the kernel to do in the background of a stick that may be pulled out. It never grows.
    const std::vector<std::string> arguments{
        "-q",  "-F",
        "-t",  "ext4",
        "-L",  stick_records_label,
        "-b",  "4096",
        "-I",  "256",
        "-N",  "8192",
        "-m",  "0",
        "-e",  "remount-ro",
        "-J",  "size=8",
        "-O",  "has_journal,extent,metadata_csum,64bit,^resize_inode",
        "-E",  "lazy_itable_init=0,lazy_journal_init=0,nodiscard,root_owner=0:0",
        "-d",  content.string(),
        device};
    REGAIN_TRY(run(request_for("mke2fs", "e2fsprogs", arguments, stop),
                   message("make the file system of the records")));
    return check_file_system(device, stop);
}

uint32_t exfat_cluster_bytes(uint64_t data_bytes) {
    if (data_bytes <= uint64_t{256} << 20) return 4U << 10;
    return data_bytes <= uint64_t{32} << 30 ? 32U << 10 : 128U << 10;
}

Status make_data_file_system(const std::string& device, uint32_t cluster_bytes, std::stop_token stop) {
    return run(
        request_for("mkfs.exfat", "exfatprogs",
                    {"-L", stick_data_label, "-c", std::to_string(cluster_bytes), device}, std::move(stop)),
        message("make the file system of the data"));
}

Status check_data_file_system(const std::string& device, std::stop_token stop) {
    return run(request_for("fsck.exfat", "exfatprogs", {"-n", device}, std::move(stop)),
               message("check the file system of the data"));
}

Result<std::unique_ptr<MountedData>> MountedData::mount(const std::string& device, Access access) {
    std::string name = (std::filesystem::temp_directory_path() / "regain-stick-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        return os_error(message("make a directory in {0}", std::filesystem::temp_directory_path().string()),
                        errno, ErrorKind::environment);
    std::unique_ptr<MountedData> mounted(new MountedData(name));
    const std::string options = std::string("nosuid,nodev,noexec") + (access == Access::read ? ",ro" : ",rw");
    std::string complaint;
    // Not interruptible: a half-made mount would stay.
    for (const char* type : {"exfat", "exfat-fuse"}) {
        REGAIN_ASSIGN(const auto outcome,
                      run_program(request_for("mount", "mount", {"-t", type, "-o", options, device, name})));
        if (outcome.exit_status == 0) {
            mounted->is_mounted_ = true;
            return mounted;
        }
        if (complaint.empty()) complaint = outcome.errors.substr(0, outcome.errors.find('\n'));
    }
    return error(ErrorKind::environment, message("mount the data partition"), message("{0}", complaint),
                 message("Where the kernel has no exFAT, install the package exfat-fuse."));
}

Status MountedData::unmount() {
    REGAIN_TRY(run(request_for("umount", "mount", {path_.string()}), message("unmount the data partition")));
    is_mounted_ = false;
    return done();
}

MountedData::~MountedData() {
    if (is_mounted_) (void)unmount();
    ::rmdir(path_.c_str());
}

}  // namespace regain
