#include "imager/file_range.h"

#include <unistd.h>

#include <cerrno>

namespace regain {

Status read_range(int descriptor, uint64_t offset, MutableByteView bytes, const Message& doing) {
    while (!bytes.empty()) {
        const ssize_t count = ::pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_error(doing, errno, ErrorKind::environment);
        if (count == 0) return error(ErrorKind::untrusted, doing, message("the file is cut short"));
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return done();
}

Status write_range(int descriptor, uint64_t offset, ByteView bytes, const Message& doing) {
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            Error failure = os_error(doing, count < 0 ? errno : EIO, ErrorKind::environment);
            if (failure.os_errno == ENOSPC)
                failure.advice = message("Make room on that disk, then start again.");
            return failure;
        }
        bytes = bytes.subspan(static_cast<size_t>(count));
        offset += static_cast<uint64_t>(count);
    }
    return done();
}

}  // namespace regain
