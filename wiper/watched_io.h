#pragma once
// A node's BlockIo that remembers what is under way, so that somebody can say where a drive hangs that never
// answers again. The run's thread writes it, the worker's heartbeat reads it. Used by the worker alone.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "drives/block_io.h"
#include "wiper/wipe_protocol.h"
#include "wiper/wipe_run.h"

namespace regain {

/// The requests of all nodes of a drive that have not ended.
class RequestWatch {
  public:
    explicit RequestWatch(const Clock& clock) : clock_(clock) {}
    uint64_t begin(const std::string& node, const IoRequest& request);
    void end(uint64_t number);
    /// The one that was given out first; nothing when none is under way.
    std::optional<PendingRequest> oldest() const;

  private:
    struct Entry {
        PendingRequest request;
        MonotonicTime since;
    };
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::map<uint64_t, Entry> under_way_;  ///< in the order in which they began
    uint64_t next_ = 0;
};

class WatchedIo final : public BlockIo {
  public:
    /// All of them outlive it.
    WatchedIo(BlockIo& inner, RequestWatch& watch, std::string node)
        : inner_(inner), watch_(watch), node_(std::move(node)) {}

    uint64_t size_bytes() const override { return inner_.size_bytes(); }
    uint32_t alignment() const override { return inner_.alignment(); }
    size_t queue_depth() const override { return inner_.queue_depth(); }
    bool reads_medium() const override { return inner_.reads_medium(); }
    Status submit(const IoRequest& request) override;
    Status wait(std::vector<IoCompletion>& completions) override;
    size_t in_flight() const override { return inner_.in_flight(); }
    void register_memory(MutableByteView memory) override { inner_.register_memory(memory); }
    void unregister_memory() override { inner_.unregister_memory(); }

  private:
    BlockIo& inner_;
    RequestWatch& watch_;
    std::string node_;
    std::map<uint64_t, uint64_t> numbers_;  ///< of the watch, by the requests' tags
};

/// The same node behind a WatchedIo.
class WatchedTarget final : public WipeTarget {
  public:
    WatchedTarget(WipeTarget& inner, RequestWatch& watch, std::string node)
        : inner_(inner), io_(inner.io(), watch, std::move(node)) {}
    BlockIo& io() override { return io_; }
    Status prove_identity() override { return inner_.prove_identity(); }
    std::optional<BlockCounters> counters() override { return inner_.counters(); }

  private:
    WipeTarget& inner_;
    WatchedIo io_;
};

}  // namespace regain
