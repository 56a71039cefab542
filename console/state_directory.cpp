#include "console/state_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/file.h"

namespace regain {
namespace {

// A certificate takes some 100 KB as PDF, some 30 KB as JWS, and the registry's copy and index.
constexpr size_t bytes_for_each_record = 512U << 10;

Error cannot_store(const std::filesystem::path& path, int os_errno) {
    Error result = os_error(message("store records in {0}", path.string()), os_errno, ErrorKind::environment);
    result.advice =
        os_errno == ENOSPC || os_errno == EDQUOT
            ? message("Free some space or choose another place with --state-dir; nothing was erased.")
            : message("Choose another place with --state-dir; nothing was erased.");
    return result;
}

Status prove_room(const std::filesystem::path& directory, size_t bytes) {
    const std::filesystem::path probe = directory / ".room";
    const FileDescriptor file(::open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.is_open()) return cannot_store(directory, errno);
    const std::vector<char> block(1U << 16, 'r');
    int failure = 0;
    for (size_t written = 0; written < bytes && failure == 0; written += block.size())
        if (::write(file.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()))
            failure = errno != 0 ? errno : ENOSPC;
    if (failure == 0 && ::fsync(file.get()) != 0) failure = errno;
    ::unlink(probe.c_str());
    if (failure != 0) return cannot_store(directory, failure);
    return done();
}

}  // namespace

Result<StateDirectory> StateDirectory::open_for_records(const std::filesystem::path& path,
                                                        size_t record_count) {
    StateDirectory state(path);
    for (const auto& [directory, mode] : {std::pair{state.path_, 0755U},
                                          {state.certificates(), 0755U},
                                          {state.keys(), 0700U},
                                          {state.journals(), 0755U},
                                          {state.images(), 0755U},
                                          {state.trust(), 0755U}}) {
        const Status made = make_directories(directory, mode);
        if (!made.ok()) return cannot_store(path, made.error().os_errno);
    }
    REGAIN_TRY(prove_room(state.path_, bytes_for_each_record * (record_count + 2)));
    return state;
}

}  // namespace regain
