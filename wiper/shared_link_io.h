#pragma once
// A worker's drive as far as its link lets it: no more requests in flight and no more bytes a second than the
// supervisor said. Wraps the node's BlockIo, so that overwriting and reading back know nothing of it.

#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "drives/block_io.h"
#include "wiper/link_shares.h"
#include "wiper/wipe_run.h"

namespace regain {

/// What the supervisor said last; told by one thread, heeded by another.
class LinkGate {
  public:
    void set(const LinkShare& share);
    LinkShare share() const;
    /// So many bytes went out now.
    void charge(uint64_t bytes, MonotonicTime now);
    /// How long until they are paid for, and the next request may go out.
    std::chrono::milliseconds debt(MonotonicTime now) const;
    /// Waits for that: before a request, so that it does not count as the drive's own slowness.
    void wait_for_turn(const Clock& clock, const std::stop_token& stop) const;

  private:
    mutable std::mutex mutex_;
    LinkShare share_;
    MonotonicTime next_{};  ///< when the bytes that went out are paid for
};

class SharedLinkIo final : public BlockIo {
  public:
    /// All of them outlive it.
    SharedLinkIo(BlockIo& inner, LinkGate& gate, const Clock& clock)
        : inner_(inner), gate_(gate), clock_(clock) {}

    uint64_t size_bytes() const override { return inner_.size_bytes(); }
    uint32_t alignment() const override { return inner_.alignment(); }
    size_t queue_depth() const override { return inner_.queue_depth(); }
    bool reads_medium() const override { return inner_.reads_medium(); }
    /// Waits until few enough are under way; what ends meanwhile is kept for wait().
    Status submit(const IoRequest& request) override;
    Status wait(std::vector<IoCompletion>& completions) override;
    size_t in_flight() const override { return inner_.in_flight() + early_.size(); }
    void register_memory(MutableByteView memory) override { inner_.register_memory(memory); }
    void unregister_memory() override { inner_.unregister_memory(); }

  private:
    BlockIo& inner_;
    LinkGate& gate_;
    const Clock& clock_;
    std::vector<IoCompletion> early_;
};

/// The same node behind a SharedLinkIo.
class SharedLinkTarget final : public WipeTarget {
  public:
    SharedLinkTarget(WipeTarget& inner, LinkGate& gate, const Clock& clock)
        : inner_(inner), io_(inner.io(), gate, clock) {}
    BlockIo& io() override { return io_; }
    Status prove_identity() override { return inner_.prove_identity(); }
    std::optional<BlockCounters> counters() override { return inner_.counters(); }

  private:
    WipeTarget& inner_;
    SharedLinkIo io_;
};

}  // namespace regain
