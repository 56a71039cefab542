#pragma once
// A drive whose cache dies with the power, for tests: writes complete into the cache, a flush makes durable
// what had completed before it was submitted; at the cut a random part of the rest survives, sector by sector
// and in any order, so that requests are torn. After the cut every call fails with ENODEV; a new one on the
// same medium is the drive after the next start. Deterministic by its seed. Never linked into the product.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "tests/fakes/memory_block_io.h"

namespace regain {

/// How the drive keeps its promises.
enum class CacheHonesty {
    honest,
    lies_about_flushes,  ///< a flush does nothing: all since the last start is in the cache
};

class VolatileCacheBlockIo final : public BlockIo {
  public:
    VolatileCacheBlockIo(std::shared_ptr<MemoryMedium> medium, uint64_t seed,
                         MemoryBlockIoOptions options = {}, CacheHonesty honesty = CacheHonesty::honest)
        : medium_(std::move(medium)), options_(options), honesty_(honesty), random_(seed) {}

    /// Sectors that can't be written, by their offsets, and how often that fails; they can be read.
    void fail_writes(std::map<uint64_t, uint64_t> sectors) { bad_ = std::move(sectors); }
    /// Called for each request before it is carried out; false cuts the power there.
    void on_request(std::function<bool(const IoRequest&)> callback) { on_request_ = std::move(callback); }
    /// In on_request() of a flush: it fails, and what is in the cache is gone; the drive stays.
    void lose_cache_with_this_flush();
    void cut_power();
    bool is_cut() const { return is_cut_; }

    uint64_t bytes_written() const { return bytes_written_; }
    uint64_t bytes_read() const { return bytes_read_; }

    uint64_t size_bytes() const override { return medium_->size_bytes(); }
    uint32_t alignment() const override { return options_.alignment; }
    size_t queue_depth() const override { return options_.queue_depth; }
    bool reads_medium() const override { return true; }
    Status submit(const IoRequest& request) override;
    Status wait(std::vector<IoCompletion>& completions) override;
    size_t in_flight() const override { return waiting_.size(); }

  private:
    IoCompletion carry_out(const IoRequest& request);
    void keep_for_flush(uint64_t offset);
    void read(const IoRequest& request);

    std::shared_ptr<MemoryMedium> medium_;
    MemoryBlockIoOptions options_;
    CacheHonesty honesty_;
    std::mt19937_64 random_;
    std::map<uint64_t, uint64_t> bad_;
    std::function<bool(const IoRequest&)> on_request_;
    struct Waiting {
        IoRequest request;
        uint64_t completed_before = 0;  ///< flush: what it makes durable
    };
    std::vector<Waiting> waiting_;
    struct Cached {
        Bytes bytes;
        uint64_t number = 0;  ///< of the completion that put it there
    };
    std::map<uint64_t, Cached> cache_;  ///< by sector
    uint64_t completions_ = 0;
    uint64_t bytes_written_ = 0;
    uint64_t bytes_read_ = 0;
    bool is_cut_ = false;
    bool loses_cache_ = false;
};

}  // namespace regain
