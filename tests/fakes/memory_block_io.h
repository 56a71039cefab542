#pragma once
// A drive in memory, for tests: sparse, so that it may have terabytes. The medium outlives the I/O object, so
// that a test can look at what is on it and open it again after a "power cut". Never linked into the product.

#include <deque>
#include <map>
#include <memory>

#include "drives/block_io.h"

namespace regain {

/// The bytes of a drive; what was never written reads as `fill`.
class MemoryMedium {
  public:
    explicit MemoryMedium(uint64_t size_bytes, uint8_t fill = 0) : size_bytes_(size_bytes), fill_(fill) {}

    uint64_t size_bytes() const { return size_bytes_; }
    void read(uint64_t offset, MutableByteView buffer) const;
    void write(uint64_t offset, ByteView bytes);
    /// Convenience for tests.
    Bytes bytes(uint64_t offset, size_t length) const;
    /// How much memory the written parts take, in bytes.
    uint64_t held_bytes() const { return pages_.size() * page_bytes; }

  private:
    static constexpr uint64_t page_bytes = 64 * 1024;
    uint64_t size_bytes_;
    uint8_t fill_;
    std::map<uint64_t, Bytes> pages_;
};

enum class CompletionOrder { as_submitted, reversed };

struct MemoryBlockIoOptions {
    uint32_t alignment = 512;
    size_t queue_depth = 16;
    bool reads_medium = true;
    CompletionOrder order = CompletionOrder::as_submitted;
};

/// Requests are carried out when they are waited for: all that are under way complete in one wait().
class MemoryBlockIo final : public BlockIo {
  public:
    explicit MemoryBlockIo(std::shared_ptr<MemoryMedium> medium, MemoryBlockIoOptions options = {})
        : medium_(std::move(medium)), options_(options) {}
    explicit MemoryBlockIo(uint64_t size_bytes, MemoryBlockIoOptions options = {})
        : MemoryBlockIo(std::make_shared<MemoryMedium>(size_bytes), options) {}

    uint64_t size_bytes() const override { return medium_->size_bytes(); }
    uint32_t alignment() const override { return options_.alignment; }
    size_t queue_depth() const override { return options_.queue_depth; }
    bool reads_medium() const override { return options_.reads_medium; }
    Status submit(const IoRequest& request) override;
    Status wait(std::vector<IoCompletion>& completions) override;
    size_t in_flight() const override { return waiting_.size(); }

    MemoryMedium& medium() { return *medium_; }
    uint64_t flushes() const { return flushes_; }
    uint64_t bytes_written() const { return bytes_written_; }
    uint64_t bytes_read() const { return bytes_read_; }

  private:
    IoCompletion carry_out(const IoRequest& request);

    std::shared_ptr<MemoryMedium> medium_;
    MemoryBlockIoOptions options_;
    std::deque<IoRequest> waiting_;
    uint64_t flushes_ = 0;
    uint64_t bytes_written_ = 0;
    uint64_t bytes_read_ = 0;
};

}  // namespace regain
