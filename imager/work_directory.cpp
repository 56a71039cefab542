#include "imager/work_directory.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>

#include "base/program.h"

namespace regain {

Result<WorkDirectory> WorkDirectory::create(const std::filesystem::path& parent) {
    std::string name = (parent / "regain-build-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr || ::chmod(name.c_str(), 0755) != 0)
        return os_error(message("make a directory in {0}", parent.string()), errno, ErrorKind::environment);
    return WorkDirectory(name);
}

WorkDirectory::~WorkDirectory() {
    if (path_.empty()) return;
    // A build that was killed can leave /proc or /dev mounted in its root: rm stays on its own file system.
    // It needs seconds and is not interrupted: what it would leave is worth gigabytes.
    ProgramRequest request;
    request.program = "rm";
    request.package = "coreutils";
    request.arguments = {"-rf", "--one-file-system", "--", path_.string()};
    (void)run_program(request);
}

Status check_room(const std::filesystem::path& directory, uint64_t bytes) {
    struct statvfs status {};
    if (::statvfs(directory.c_str(), &status) != 0)
        return os_error(message("look at {0}", directory.string()), errno, ErrorKind::environment);
    const uint64_t free_bytes = uint64_t{status.f_bavail} * status.f_frsize;
    if (free_bytes >= bytes) return done();
    return error(ErrorKind::environment, message("work in {0}", directory.string()),
                 message("it has room for {0} MiB, and {1} MiB are needed", free_bytes >> 20, bytes >> 20),
                 message("Make room, or choose another directory with more of it."));
}

}  // namespace regain
