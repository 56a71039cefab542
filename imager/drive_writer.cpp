#include "imager/drive_writer.h"

#include <cerrno>
#include <utility>

namespace regain {

DriveWriter::DriveWriter(BlockIo& io, const AlignedBuffer& zeros, ZeroWrites zero_writes)
    : io_(io), zeros_(zeros), zero_writes_(zero_writes), thread_([this] { work(); }) {}

DriveWriter::~DriveWriter() {
    if (thread_.joinable()) give_up();
}

void DriveWriter::put(ImageChunk chunk) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return queue_.size() < max_queued || failure_; });
    if (failure_) return;
    queue_.push_back(std::move(chunk));
    changed_.notify_all();
}

Status DriveWriter::finish() {
    {
        const std::lock_guard lock(mutex_);
        is_complete_ = true;
        changed_.notify_all();
    }
    thread_.join();
    if (failure_) return *failure_;
    return flush_blocks(io_);
}

void DriveWriter::give_up() {
    {
        const std::lock_guard lock(mutex_);
        is_complete_ = true;
        queue_.clear();
        changed_.notify_all();
    }
    thread_.join();
}

bool DriveWriter::has_failed() const {
    const std::lock_guard lock(mutex_);
    return failure_.has_value();
}

uint64_t DriveWriter::bytes_written() const {
    const std::lock_guard lock(mutex_);
    return bytes_written_;
}

uint64_t DriveWriter::bytes_skipped() const {
    const std::lock_guard lock(mutex_);
    return bytes_skipped_;
}

void DriveWriter::fail(Error failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    queue_.clear();
    changed_.notify_all();
}

void DriveWriter::work() {
    for (;;) {
        std::unique_lock lock(mutex_);
        if (under_way_.empty())
            changed_.wait(lock, [&] { return is_complete_ || failure_ || !queue_.empty(); });
        while (start_next(lock)) {
        }
        const bool is_over = queue_.empty() && (is_complete_ || failure_);
        lock.unlock();
        if (!under_way_.empty())
            collect();
        else if (is_over)
            return;
    }
}

// Takes one chunk off the queue, without the lock while the request is started.
bool DriveWriter::start_next(std::unique_lock<std::mutex>& lock) {
    if (failure_ || queue_.empty() || under_way_.size() >= io_.queue_depth()) return false;
    ImageChunk chunk = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    if (chunk.kind == ChunkKind::zeros && zero_writes_ == ZeroWrites::skip) {
        bytes_skipped_ += chunk.length_bytes;
        return true;
    }
    lock.unlock();
    start_write(std::move(chunk));
    lock.lock();
    return true;
}

void DriveWriter::start_write(ImageChunk chunk) {
    IoRequest request;
    request.operation = IoOperation::write;
    request.offset = chunk.offset_bytes;
    request.tag = chunk.index;
    if (chunk.buffer) {
        request.buffer = chunk.content();
    } else {
        // A write does not change its buffer; the request's type serves reads as well.
        const ByteView zeros = zeros_.bytes().first(chunk.length_bytes);
        request.buffer = {const_cast<uint8_t*>(zeros.data()), zeros.size()};
    }
    const uint64_t index = chunk.index;
    under_way_.emplace(index, std::move(chunk));
    const Status started = io_.submit(request);
    if (started.ok()) return;
    under_way_.erase(index);
    fail(started.error());
}

void DriveWriter::collect() {
    std::vector<IoCompletion> completions;
    const Status waited = io_.wait(completions);
    for (const auto& completion : completions) {
        const auto found = under_way_.find(completion.tag);
        if (found == under_way_.end()) continue;
        const ImageChunk chunk = std::move(found->second);
        under_way_.erase(found);
        if (completion.os_errno != 0 || completion.bytes != chunk.length_bytes) {
            fail(os_error(message("write at byte {0} of the drive", chunk.offset_bytes),
                          completion.os_errno != 0 ? completion.os_errno : EIO));
            continue;
        }
        const std::lock_guard lock(mutex_);
        bytes_written_ += chunk.length_bytes;
    }
    if (waited.ok()) return;
    fail(waited.error());
    // Nothing more will be told about what is under way: a buffer that the kernel may still read is not given
    // back.
    abandoned_.merge(under_way_);
    under_way_.clear();
}

}  // namespace regain
