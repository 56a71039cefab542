#pragma once
// Block I/O with pread and pwrite, one request after the other. It stands in where the kernel refuses
// io_uring, and serves files on file systems that refuse O_DIRECT; there it drops the page cache before each
// read as far as the kernel lets it, and reads_medium() still says no. Never opens anything.

#include <deque>

#include "drives/block_io.h"

namespace regain {

/// What is known of an open device or file before its blocks are touched.
struct BlockGeometry {
    uint64_t size_bytes = 0;
    uint32_t alignment = 512;  ///< a power of two
    size_t queue_depth = 16;
    bool is_direct = true;  ///< the descriptor was opened with O_DIRECT
    bool has_medium =
        true;  ///< false: another cache lies below (a loop device's file, a file system in memory)
};

class SyncBlockIo final : public BlockIo {
  public:
    /// Borrows the descriptor.
    SyncBlockIo(int descriptor, BlockGeometry geometry) : descriptor_(descriptor), geometry_(geometry) {}

    uint64_t size_bytes() const override { return geometry_.size_bytes; }
    uint32_t alignment() const override { return geometry_.alignment; }
    size_t queue_depth() const override { return geometry_.queue_depth; }
    bool reads_medium() const override { return geometry_.is_direct && geometry_.has_medium; }
    Status submit(const IoRequest& request) override;
    /// Carries out the oldest request; may block as long as the drive does.
    Status wait(std::vector<IoCompletion>& completions) override;
    size_t in_flight() const override { return waiting_.size(); }

  private:
    IoCompletion transfer(const IoRequest& request);
    IoCompletion flush(const IoRequest& request);
    void drop_cache(const IoRequest& request);

    int descriptor_;
    BlockGeometry geometry_;
    std::deque<IoRequest> waiting_;
    bool written_since_drop_ = true;
    int sync_errno_ =
        0;  ///< of a sync before a read: the kernel tells it only once, the next flush reports it
};

}  // namespace regain
