#include "drives/block_io.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace regain {
namespace {

constexpr size_t huge_page_bytes = size_t{2} << 20;

Message doing_of(const IoRequest& request) {
    switch (request.operation) {
        case IoOperation::read:
            return message("read {0} bytes at byte {1}", request.buffer.size(), request.offset);
        case IoOperation::write:
            return message("write {0} bytes at byte {1}", request.buffer.size(), request.offset);
        case IoOperation::flush:
            break;
    }
    return message("flush the drive's cache");
}

Status run_one(BlockIo& io, const IoRequest& request) {
    if (io.in_flight() != 0)
        return error(ErrorKind::failed, doing_of(request), message("other requests are still under way"));
    REGAIN_TRY(io.submit(request));
    std::vector<IoCompletion> completions;
    while (completions.empty()) REGAIN_TRY(io.wait(completions));
    const IoCompletion& completion = completions.front();
    if (completion.os_errno != 0) return os_error(doing_of(request), completion.os_errno, ErrorKind::failed);
    if (completion.bytes != request.buffer.size())
        return error(ErrorKind::failed, doing_of(request),
                     message("only {0} bytes were transferred", completion.bytes));
    return done();
}

}  // namespace

AlignedBuffer::AlignedBuffer(size_t size_bytes, size_t alignment) : size_(size_bytes) {
    if (size_bytes == 0) return;
    const bool is_large = size_bytes >= huge_page_bytes / 2;
    void* memory = nullptr;
    if (::posix_memalign(&memory, is_large ? std::max(alignment, huge_page_bytes) : alignment, size_bytes) !=
        0)
        throw std::bad_alloc();
    data_ = static_cast<uint8_t*>(memory);
    // One page instead of 512 to take hold of for each request. Refused: as it was.
    if (is_large) ::madvise(data_, size_bytes, MADV_HUGEPAGE);
    std::memset(data_, 0, size_bytes);
}

AlignedBuffer::~AlignedBuffer() {
    std::free(data_);
}

AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
    if (this != &other) {
        std::free(data_);
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

Status check_request(const BlockIo& io, const IoRequest& request) {
    if (io.in_flight() >= io.queue_depth()) return os_error(doing_of(request), EBUSY, ErrorKind::failed);
    if (request.operation == IoOperation::flush) return done();
    const uint64_t length = request.buffer.size();
    const auto address = reinterpret_cast<uintptr_t>(request.buffer.data());
    if (length == 0 || length > max_request_bytes)
        return error(ErrorKind::failed, doing_of(request),
                     message("a request holds 1 to {0} bytes", max_request_bytes));
    if (request.offset % io.alignment() != 0 || length % io.alignment() != 0 || address % io.alignment() != 0)
        return error(ErrorKind::failed, doing_of(request),
                     message("it is not aligned to {0} bytes", io.alignment()));
    if (request.offset > io.size_bytes() || length > io.size_bytes() - request.offset)
        return error(ErrorKind::failed, doing_of(request),
                     message("the drive ends at byte {0}", io.size_bytes()));
    return done();
}

Status read_blocks(BlockIo& io, uint64_t offset, MutableByteView buffer) {
    return run_one(io, {IoOperation::read, offset, buffer, 0});
}
Status write_blocks(BlockIo& io, uint64_t offset, MutableByteView buffer) {
    return run_one(io, {IoOperation::write, offset, buffer, 0});
}
Status flush_blocks(BlockIo& io) {
    return run_one(io, {IoOperation::flush, 0, {}, 0});
}

}  // namespace regain
