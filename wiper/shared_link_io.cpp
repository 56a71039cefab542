#include "wiper/shared_link_io.h"

#include <algorithm>

#include "base/waiting.h"

namespace regain {
namespace {

// A limit that is lifted meanwhile is noticed after this long.
constexpr std::chrono::milliseconds longest_nap{200};
// An idle moment does not earn a burst that would starve the neighbour again.
constexpr std::chrono::milliseconds most_saved{100};

}  // namespace

void LinkGate::set(const LinkShare& share) {
    const std::lock_guard lock(mutex_);
    share_ = share;
}

LinkShare LinkGate::share() const {
    const std::lock_guard lock(mutex_);
    return share_;
}

void LinkGate::charge(uint64_t bytes, MonotonicTime now) {
    const std::lock_guard lock(mutex_);
    if (share_.bytes_per_second == 0) return;
    next_ = std::max(next_, now - most_saved) +
            std::chrono::nanoseconds(bytes * 1'000'000'000 / share_.bytes_per_second);
}

std::chrono::milliseconds LinkGate::debt(MonotonicTime now) const {
    const std::lock_guard lock(mutex_);
    if (share_.bytes_per_second == 0 || next_ <= now) return {};
    return std::chrono::ceil<std::chrono::milliseconds>(next_ - now);
}

void LinkGate::wait_for_turn(const Clock& clock, const std::stop_token& stop) const {
    for (;;) {
        const auto wait = debt(clock.monotonic());
        if (wait.count() == 0 || !wait_unless_stopped(std::min(wait, longest_nap), stop)) return;
    }
}

Status SharedLinkIo::submit(const IoRequest& request) {
    const LinkShare share = gate_.share();
    if (request.operation == IoOperation::flush || share == LinkShare{}) return inner_.submit(request);
    while (share.requests != 0 && inner_.in_flight() >= share.requests) REGAIN_TRY(inner_.wait(early_));
    // It may be long until the next one: this one is to start now.
    IoRequest at_once = request;
    at_once.may_linger = false;
    REGAIN_TRY(inner_.submit(at_once));
    gate_.charge(request.buffer.size(), clock_.monotonic());
    return done();
}

Status SharedLinkIo::wait(std::vector<IoCompletion>& completions) {
    if (early_.empty()) return inner_.wait(completions);
    completions.insert(completions.end(), early_.begin(), early_.end());
    early_.clear();
    return done();
}

}  // namespace regain
