#pragma once
// Any BlockIo with a fault in it, for tests: errors, hangs, short transfers, a drive that disappears, a
// volatile cache, a drive that acknowledges writes and drops them, reads that come back changed. Faults can
// be added while it runs, also from another thread. Never linked into the product.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "drives/block_io.h"

namespace regain {

/// Where a fault sits, in bytes; a request that touches it is hit.
struct FaultyRange {
    uint64_t offset = 0;
    uint64_t length = UINT64_MAX;

    bool touches(const IoRequest& request) const {
        if (request.buffer.empty()) return false;
        const uint64_t end = length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
        return request.offset < end && request.offset + request.buffer.size() > offset;
    }
};

class FaultyBlockIo final : public BlockIo {
  public:
    /// Owns nothing: `inner` must outlive it and be idle.
    explicit FaultyBlockIo(BlockIo& inner);
    /// Owns what it wraps.
    explicit FaultyBlockIo(std::unique_ptr<BlockIo> inner);

    // Faults. `times`: how many requests are hit before the fault heals.
    static constexpr size_t always = SIZE_MAX;
    /// The request fails with `os_errno` and transfers nothing.
    void fail(IoOperation operation, FaultyRange range, int os_errno, size_t times = always);
    void fail_flush(int os_errno, size_t times = always);
    /// Only the first `bytes` of the request are transferred, without an errno.
    void shorten(IoOperation operation, FaultyRange range, uint64_t bytes, size_t times = always);
    /// The completion doesn't come before release_hung(); wait() blocks when nothing else is under way.
    void hang(IoOperation operation, FaultyRange range, size_t times = always);
    void release_hung();
    size_t hung() const;
    /// Writes are acknowledged and dropped: the old data stays.
    void drop_writes(FaultyRange range);
    /// Reads come back with every byte of the range xor-ed with `mask`.
    void corrupt_reads(FaultyRange range, uint8_t mask, size_t times = always);
    /// Every request from now on, and those under way, end with ENODEV.
    void disappear();
    /// disappear() after this many more completions.
    void disappear_after(size_t completions);
    /// Completed writes are lost by cut_power() unless a flush followed.
    void use_volatile_cache();
    /// Loses what is in the volatile cache; the drive goes on as after power-on.
    void cut_power();
    /// Called with each request before it is carried out (to count, or to pull a plug at a certain place).
    void on_submit(std::function<void(const IoRequest&)> callback) { on_submit_ = std::move(callback); }

    uint64_t size_bytes() const override { return inner_->size_bytes(); }
    uint32_t alignment() const override { return inner_->alignment(); }
    size_t queue_depth() const override { return inner_->queue_depth(); }
    bool reads_medium() const override { return inner_->reads_medium(); }
    Status submit(const IoRequest& request) override;
    Status wait(std::vector<IoCompletion>& completions) override;
    size_t in_flight() const override;

  private:
    enum class FaultKind { fail, shorten, hang, drop, corrupt };
    struct Fault {
        FaultKind kind;
        IoOperation operation;
        FaultyRange range;
        int os_errno = 0;
        uint64_t bytes = 0;
        uint8_t mask = 0;
        size_t times = always;
    };
    Fault* find_fault(const IoRequest& request);
    void add(Fault fault);
    Status start(const IoRequest& request);
    Status carry_out(IoRequest request, uint64_t bytes_wanted);
    Status collect();
    void write_cached(const IoRequest& request);
    void read_cached(const IoRequest& request);
    Status write_back();
    void corrupt(const IoRequest& request);

    std::unique_ptr<BlockIo> owned_;
    BlockIo* inner_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Fault> faults_;
    std::deque<IoRequest> hung_;
    std::map<uint64_t, IoRequest> under_way_;  ///< what the inner one carries out, by the tag it was given
    std::vector<IoCompletion> ready_;
    std::map<uint64_t, Bytes> cache_;  ///< sectors that are written but not flushed, by offset
    uint64_t next_tag_ = 0;
    size_t completions_left_ = always;
    bool is_gone_ = false;
    bool is_volatile_ = false;
    std::function<void(const IoRequest&)> on_submit_;
};

}  // namespace regain
