#include "imager/stick_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/hash.h"
#include "imager/file_range.h"

namespace regain {
namespace {

constexpr uint64_t piece_bytes = 1U << 20;
// Between two syncs, so that what is told as written is not all in memory, and Ctrl-C is heard.
constexpr uint64_t synced_bytes = 64U << 20;

Status check_stop(const std::stop_token& stop, const std::string& name) {
    if (!stop.stop_requested()) return done();
    return error(ErrorKind::interrupted, message("put {0} onto the stick", name),
                 message("interrupted by the operator"));
}

Status sync(int descriptor, const std::string& name) {
    if (::fsync(descriptor) == 0) return done();
    return os_error(message("put {0} onto the stick", name), errno);
}

uint64_t length_of(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

}  // namespace

Result<std::string> put_stick_file(const StickFile& file, const std::filesystem::path& top,
                                   const std::function<void(uint64_t bytes)>& on_bytes,
                                   std::stop_token stop) {
    const Message doing = message("put {0} onto the stick", file.target);
    const auto path = top / file.target;
    REGAIN_TRY(make_directories(path.parent_path()));
    FileDescriptor source;
    if (!file.source.empty()) {
        source = FileDescriptor(::open(file.source.c_str(), O_RDONLY | O_CLOEXEC));
        if (!source.is_open()) return os_error(message("open {0}", file.source.string()), errno);
        if (length_of(source.get()) != file.size_bytes)
            return error(ErrorKind::failed, doing, message("the file changed while it was being written"));
    }
    const FileDescriptor target(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!target.is_open()) return os_error(doing, errno);
    Hasher hasher(HashAlgorithm::sha256);
    Bytes piece(std::min(piece_bytes, file.size_bytes));
    for (uint64_t offset = 0; offset < file.size_bytes; offset += piece.size()) {
        REGAIN_TRY(check_stop(stop, file.target));
        const MutableByteView part{piece.data(), std::min<uint64_t>(piece.size(), file.size_bytes - offset)};
        if (file.source.empty())
            std::copy_n(as_bytes(file.text).begin() + static_cast<ptrdiff_t>(offset), part.size(),
                        part.begin());
        else
            REGAIN_TRY(read_range(source.get(), offset, part, message("read {0}", file.source.string())));
        hasher.update(part);
        REGAIN_TRY(write_range(target.get(), offset, part, doing));
        if ((offset + part.size()) % synced_bytes == 0) REGAIN_TRY(sync(target.get(), file.target));
        on_bytes(offset + part.size());
    }
    REGAIN_TRY(sync(target.get(), file.target));
    return to_hex(hasher.finish());
}

Status prove_stick_file(const StickFileRecord& file, const std::filesystem::path& top,
                        const std::function<void(uint64_t bytes)>& on_bytes, std::stop_token stop) {
    const Message doing = message("read {0} back from the stick", file.path);
    const FileDescriptor source(::open((top / file.path).c_str(), O_RDONLY | O_CLOEXEC));
    if (!source.is_open()) return os_error(doing, errno);
    bool is_same = length_of(source.get()) == file.size_bytes;
    Hasher hasher(HashAlgorithm::sha256);
    Bytes piece(std::min(piece_bytes, file.size_bytes));
    for (uint64_t offset = 0; is_same && offset < file.size_bytes; offset += piece.size()) {
        REGAIN_TRY(check_stop(stop, file.path));
        const MutableByteView part{piece.data(), std::min<uint64_t>(piece.size(), file.size_bytes - offset)};
        Status read = read_range(source.get(), offset, part, doing);
        if (!read.ok() && read.error().kind != ErrorKind::untrusted) {
            Error failure = std::move(read).error();
            failure.kind = ErrorKind::failed;
            return failure;
        }
        is_same = read.ok();
        hasher.update(part);
        on_bytes(offset + part.size());
    }
    if (is_same && to_hex(hasher.finish()) == file.sha256) return done();
    return error(ErrorKind::failed, doing, message("it reads back differently from what was written"),
                 message("Do not use this stick."));
}

}  // namespace regain
