#include "tests/fakes/volatile_cache_block_io.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace regain {
namespace {

// Of what may complete at once only some do: requests overtake each other.
constexpr unsigned most_at_once = 4;
// Nothing waits for ever: a flush is done after so many writes at the latest.
constexpr uint64_t longest_flush = 8;

}  // namespace

Status VolatileCacheBlockIo::submit(const IoRequest& request) {
    REGAIN_TRY(check_request(*this, request));
    waiting_.push_back({request, completions_});
    return done();
}

Status VolatileCacheBlockIo::wait(std::vector<IoCompletion>& completions) {
    for (size_t count = 1 + random_() % most_at_once; count > 0 && !waiting_.empty(); --count) {
        auto chosen = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
            return waiting.request.operation == IoOperation::flush &&
                   completions_ - waiting.completed_before > longest_flush;
        });
        if (chosen == waiting_.end())
            chosen = waiting_.begin() + static_cast<std::ptrdiff_t>(random_() % waiting_.size());
        const IoRequest request = chosen->request;
        if (!is_cut_ && on_request_ && !on_request_(request)) cut_power();
        if (is_cut_) {
            completions.push_back({request.tag, 0, ENODEV});
        } else if (std::exchange(loses_cache_, false)) {
            cache_.clear();
            completions.push_back({request.tag, 0, EIO});
        } else if (request.operation == IoOperation::flush) {
            for (auto entry = cache_.begin(); entry != cache_.end();) {
                const bool is_flushed =
                    honesty_ == CacheHonesty::honest && entry->second.number <= chosen->completed_before;
                if (is_flushed) medium_->write(entry->first, entry->second.bytes);
                entry = is_flushed ? cache_.erase(entry) : std::next(entry);
            }
            completions.push_back({request.tag, 0, 0});
        } else {
            completions.push_back(carry_out(request));
        }
        waiting_.erase(chosen);
    }
    return done();
}

IoCompletion VolatileCacheBlockIo::carry_out(const IoRequest& request) {
    const uint64_t sector = options_.alignment;
    const uint64_t end = request.offset + request.buffer.size();
    if (request.operation == IoOperation::read) {
        read(request);
        bytes_read_ += request.buffer.size();
        return {request.tag, request.buffer.size(), 0};
    }
    const auto bad = bad_.lower_bound(request.offset);
    if (bad != bad_.end() && bad->first < end) {
        if (--bad->second == 0) bad_.erase(bad);
        return {request.tag, 0, EIO};
    }
    ++completions_;
    for (uint64_t at = request.offset; at < end; at += sector) {
        const ByteView bytes = ByteView(request.buffer).subspan(at - request.offset, sector);
        keep_for_flush(at);
        cache_[at] = {Bytes(bytes.begin(), bytes.end()), completions_};
    }
    bytes_written_ += request.buffer.size();
    return {request.tag, request.buffer.size(), 0};
}

/// What is written over while a flush is under way that promised it.
void VolatileCacheBlockIo::keep_for_flush(uint64_t offset) {
    const auto before = cache_.find(offset);
    if (before == cache_.end() || honesty_ != CacheHonesty::honest) return;
    for (const Waiting& waiting : waiting_)
        if (waiting.request.operation == IoOperation::flush &&
            before->second.number <= waiting.completed_before)
            medium_->write(offset, before->second.bytes);
}

void VolatileCacheBlockIo::read(const IoRequest& request) {
    medium_->read(request.offset, request.buffer);
    const uint64_t end = request.offset + request.buffer.size();
    for (auto entry = cache_.lower_bound(request.offset); entry != cache_.end() && entry->first < end;
         ++entry)
        std::copy(entry->second.bytes.begin(), entry->second.bytes.end(),
                  request.buffer.begin() + static_cast<std::ptrdiff_t>(entry->first - request.offset));
}

void VolatileCacheBlockIo::lose_cache_with_this_flush() {
    loses_cache_ = true;
}

void VolatileCacheBlockIo::cut_power() {
    if (std::exchange(is_cut_, true)) return;
    // What was on its way may have arrived, too.
    for (const Waiting& waiting : waiting_) {
        if (waiting.request.operation != IoOperation::write || random_() % 2 == 0) continue;
        static_cast<void>(carry_out(waiting.request));
    }
    for (const auto& [offset, cached] : cache_)
        if (random_() % 2 == 0) medium_->write(offset, cached.bytes);
    cache_.clear();
}

}  // namespace regain
