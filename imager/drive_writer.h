#pragma once
// The back half of a deployment for one drive: a thread that takes chunks in order and keeps several writes
// under way. Its first failure ends it; it goes on taking chunks and letting them go, so that the other
// drives are not held up. Owned by the deployer; knows nothing of images.

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "drives/block_io.h"
#include "imager/chunk_pipeline.h"

namespace regain {

enum class ZeroWrites { skip, write };

class DriveWriter {
  public:
    /// `zeros` is a buffer of zeros as long as a chunk, shared by all writers. Both outlive this.
    DriveWriter(BlockIo& io, const AlignedBuffer& zeros, ZeroWrites zero_writes);
    ~DriveWriter();
    DriveWriter(const DriveWriter&) = delete;
    DriveWriter& operator=(const DriveWriter&) = delete;

    /// Queues a chunk; blocks while the queue is full.
    void put(ImageChunk chunk);
    /// Waits until everything that was put is written and flushed. Call it once, last.
    Status finish();
    /// Drops what is queued, waits for what is under way. Instead of finish(), when the deployment was given
    /// up.
    void give_up();

    bool has_failed() const;
    uint64_t bytes_written() const;
    uint64_t bytes_skipped() const;

  private:
    static constexpr size_t max_queued =
        64;  ///< zeros take no memory; chunks with content are bounded by their pool

    void work();
    bool start_next(std::unique_lock<std::mutex>& lock);
    void start_write(ImageChunk chunk);
    void collect();
    void fail(Error failure);

    BlockIo& io_;
    const AlignedBuffer& zeros_;
    ZeroWrites zero_writes_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<ImageChunk> queue_;
    bool is_complete_ = false;
    uint64_t bytes_written_ = 0;
    uint64_t bytes_skipped_ = 0;
    std::optional<Error> failure_;

    // Only the thread touches these.
    std::map<uint64_t, ImageChunk> under_way_;
    std::map<uint64_t, ImageChunk> abandoned_;  ///< the kernel may still read their buffers
    std::jthread thread_;
};

}  // namespace regain
