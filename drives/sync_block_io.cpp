#include "drives/sync_block_io.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "drives/linux_device_gone.h"

namespace regain {
namespace {

/// EAGAIN on a blocking descriptor is rare (memory pressure); beyond this it is an error like any other.
constexpr int max_retries = 1000;

}  // namespace

Status SyncBlockIo::submit(const IoRequest& request) {
    REGAIN_TRY(check_request(*this, request));
    waiting_.push_back(request);
    return done();
}

Status SyncBlockIo::wait(std::vector<IoCompletion>& completions) {
    if (waiting_.empty()) return done();
    const IoRequest request = waiting_.front();
    waiting_.pop_front();
    completions.push_back(request.operation == IoOperation::flush ? flush(request) : transfer(request));
    return done();
}

IoCompletion SyncBlockIo::transfer(const IoRequest& request) {
    const bool is_read = request.operation == IoOperation::read;
    if (is_read && !geometry_.is_direct) drop_cache(request);
    if (!is_read) written_since_drop_ = true;
    size_t transferred = 0;
    int retries = 0;
    while (transferred < request.buffer.size()) {
        uint8_t* data = request.buffer.data() + transferred;
        const size_t length = request.buffer.size() - transferred;
        const auto offset = static_cast<off_t>(request.offset + transferred);
        const ssize_t count = is_read ? ::pread(descriptor_, data, length, offset)
                                      : ::pwrite(descriptor_, data, length, offset);
        if (count < 0 && (errno == EINTR || errno == EAGAIN) && retries++ < max_retries) continue;
        if (count < 0) return {request.tag, transferred, errno_if_gone(descriptor_, errno)};
        if (count == 0) return {request.tag, transferred, errno_if_gone(descriptor_, EIO)};
        // A transfer that stopped between two sectors starts again at the last whole one.
        const size_t reached = transferred + static_cast<size_t>(count);
        const size_t whole = reached == request.buffer.size() ? reached : reached / alignment() * alignment();
        if (whole == transferred && retries++ >= max_retries) return {request.tag, transferred, EIO};
        transferred = whole;
    }
    return {request.tag, transferred, 0};
}

IoCompletion SyncBlockIo::flush(const IoRequest& request) {
    int result = 0;
    do {
        result = ::fsync(descriptor_);
    } while (result != 0 && errno == EINTR);
    const int sync_errno = std::exchange(sync_errno_, 0);
    return {request.tag, 0, result == 0 ? sync_errno : errno};
}

/// Only clean pages can be dropped, so what was written is synced first. A failure is kept for the next
/// flush.
void SyncBlockIo::drop_cache(const IoRequest& request) {
    if (written_since_drop_) {
        if (::fdatasync(descriptor_) != 0) {
            sync_errno_ = errno;
            return;
        }
        written_since_drop_ = false;
    }
    ::posix_fadvise(descriptor_, static_cast<off_t>(request.offset),
                    static_cast<off_t>(request.buffer.size()), POSIX_FADV_DONTNEED);
}

}  // namespace regain
