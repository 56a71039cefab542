#include "wiper/watched_io.h"

#include <chrono>
#include <cstddef>

namespace regain {
namespace {

const char* name_of(IoOperation operation) {
    return operation == IoOperation::read ? "read" : operation == IoOperation::write ? "write" : "flush";
}

}  // namespace

uint64_t RequestWatch::begin(const std::string& node, const IoRequest& request) {
    const std::lock_guard lock(mutex_);
    under_way_[next_] = {{node, name_of(request.operation), request.offset, request.buffer.size(), 0},
                         clock_.monotonic()};
    return next_++;
}

void RequestWatch::end(uint64_t number) {
    const std::lock_guard lock(mutex_);
    under_way_.erase(number);
}

std::optional<PendingRequest> RequestWatch::oldest() const {
    const std::lock_guard lock(mutex_);
    if (under_way_.empty()) return std::nullopt;
    const Entry& entry = under_way_.begin()->second;
    PendingRequest request = entry.request;
    request.milliseconds = static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - entry.since).count());
    return request;
}

Status WatchedIo::submit(const IoRequest& request) {
    // Before the drive has it: starting it may be what never returns.
    const uint64_t number = watch_.begin(node_, request);
    Status status = inner_.submit(request);
    if (status.ok())
        numbers_[request.tag] = number;
    else
        watch_.end(number);
    return status;
}

Status WatchedIo::wait(std::vector<IoCompletion>& completions) {
    const size_t before = completions.size();
    Status status = inner_.wait(completions);
    for (size_t i = before; i < completions.size(); ++i) {
        const auto found = numbers_.find(completions[i].tag);
        if (found == numbers_.end()) continue;
        watch_.end(found->second);
        numbers_.erase(found);
    }
    return status;
}

}  // namespace regain
