#pragma once
// The network half of reading an image from front to back: a thread that fetches ahead into a bounded window,
// so that network and disk work at the same time. Owned by HttpImageBytes; one reader.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/bytes.h"
#include "base/http.h"
#include "base/result.h"
#include "imager/http_range_fetch.h"

namespace regain {

class HttpForwardStream {
  public:
    /// Begins to fetch at `first`. `transport` is this one's alone.
    HttpForwardStream(const ServedFile& file, uint64_t first, size_t window_bytes,
                      std::unique_ptr<HttpTransport> transport, const HttpRetry& retry,
                      ImageTroubleFunction on_trouble);
    /// Ends the thread and the connection at once.
    ~HttpForwardStream();
    HttpForwardStream(const HttpForwardStream&) = delete;
    HttpForwardStream& operator=(const HttpForwardStream&) = delete;

    /// Of the next byte that take() gives.
    uint64_t position() const { return position_; }
    /// Passes over bytes up to `offset`, which is not behind position().
    Status skip_to(uint64_t offset, const std::stop_token& stop);
    /// Fills `bytes`, which may be larger than the window. What was fetched before a failure is given first.
    Status take(MutableByteView bytes, const std::stop_token& stop);

  private:
    void fetch(const std::stop_token& stop);
    bool put(ByteView bytes, const std::stop_token& stop);
    /// Waits until something is there; gives how much of it lies in one piece, `wanted` at most.
    Result<size_t> wait_for_bytes(std::unique_lock<std::mutex>& lock, size_t wanted,
                                  const std::stop_token& stop);
    void drop(size_t count);

    const ServedFile file_;
    const HttpRetry retry_;
    const ImageTroubleFunction on_trouble_;
    std::unique_ptr<HttpTransport> transport_;
    uint64_t position_;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    Bytes window_;  ///< a ring
    size_t front_ = 0;
    size_t count_ = 0;
    std::optional<Status> end_;  ///< the thread is done, and why
    std::jthread thread_;
};

}  // namespace regain
