#include "imager/http_forward_stream.h"

#include <algorithm>
#include <utility>

namespace regain {

HttpForwardStream::HttpForwardStream(const ServedFile& file, uint64_t first, size_t window_bytes,
                                     std::unique_ptr<HttpTransport> transport, const HttpRetry& retry,
                                     ImageTroubleFunction on_trouble)
    : file_(file),
      retry_(retry),
      on_trouble_(std::move(on_trouble)),
      transport_(std::move(transport)),
      position_(first),
      window_(window_bytes),
      thread_([this](const std::stop_token& stop) { fetch(stop); }) {}

HttpForwardStream::~HttpForwardStream() {
    thread_.request_stop();
    thread_.join();
}

void HttpForwardStream::fetch(const std::stop_token& stop) {
    Status status = fetch_range(
        *transport_, file_, position_, file_.size_bytes, [&](ByteView bytes) { return put(bytes, stop); },
        retry_, on_trouble_, stop);
    const std::lock_guard lock(mutex_);
    end_ = std::move(status);
    changed_.notify_all();
}

bool HttpForwardStream::put(ByteView bytes, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!bytes.empty()) {
        if (!changed_.wait(lock, stop, [this] { return count_ < window_.size(); })) return false;
        const size_t back = (front_ + count_) % window_.size();
        const size_t room = std::min(window_.size() - count_, window_.size() - back);
        const size_t part = std::min(room, bytes.size());
        std::copy_n(bytes.begin(), part, window_.begin() + static_cast<std::ptrdiff_t>(back));
        count_ += part;
        bytes = bytes.subspan(part);
        changed_.notify_all();
    }
    return true;
}

Result<size_t> HttpForwardStream::wait_for_bytes(std::unique_lock<std::mutex>& lock, size_t wanted,
                                                 const std::stop_token& stop) {
    if (!changed_.wait(lock, stop, [this] { return count_ > 0 || end_; }))
        return error(ErrorKind::interrupted, message("read {0}", file_.url),
                     message("interrupted by the operator"));
    if (count_ == 0) {
        if (!end_->ok()) return end_->error();
        return error(ErrorKind::untrusted, message("read {0}", file_.url), message("the file is cut short"));
    }
    return std::min({wanted, count_, window_.size() - front_});
}

void HttpForwardStream::drop(size_t count) {
    front_ = (front_ + count) % window_.size();
    count_ -= count;
    position_ += count;
    changed_.notify_all();
}

Status HttpForwardStream::skip_to(uint64_t offset, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (position_ < offset) {
        const auto wanted = static_cast<size_t>(std::min<uint64_t>(offset - position_, window_.size()));
        REGAIN_ASSIGN(const size_t part, wait_for_bytes(lock, wanted, stop));
        drop(part);
    }
    return done();
}

Status HttpForwardStream::take(MutableByteView bytes, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!bytes.empty()) {
        REGAIN_ASSIGN(const size_t part, wait_for_bytes(lock, bytes.size(), stop));
        std::copy_n(window_.begin() + static_cast<std::ptrdiff_t>(front_), part, bytes.begin());
        drop(part);
        bytes = bytes.subspan(part);
    }
    return done();
}

}  // namespace regain
