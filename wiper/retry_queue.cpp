#include "wiper/retry_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace regain {
namespace {

constexpr uint64_t parts_of_a_failed_piece = 8;

}  // namespace

std::vector<ByteRange> merged(std::vector<ByteRange> ranges) {
    std::sort(ranges.begin(), ranges.end(),
              [](const ByteRange& left, const ByteRange& right) { return left.offset < right.offset; });
    std::vector<ByteRange> result;
    for (const ByteRange& range : ranges) {
        if (!result.empty() && result.back().offset + result.back().length == range.offset)
            result.back().length += range.length;
        else
            result.push_back(range);
    }
    return result;
}

void RetryQueue::put_piece(const ByteRange& range) {
    if (range.length != 0) pieces_.insert(range);
}

void RetryQueue::postpone(const ByteRange& range) {
    put_piece(range);
}

/// What follows a failure is likely to fail as well: the farther half of what is left may come first.
void RetryQueue::halve_rest() {
    const uint64_t near = rest_.length / 2 / unit_ * unit_;
    put_piece({rest_.offset, near});
    put_piece({rest_.offset + near, rest_.length - near});
    rest_ = {};
}

void RetryQueue::put_failed(const ByteRange& range) {
    halve_rest();
    if (range.length <= unit_) {
        if (tried_twice_.contains(range.offset))
            failed_.push_back(range);
        else
            second_tries_.push_back(range);
        return;
    }
    if (pieces_.size() >= most_pieces_) {
        failed_.push_back(range);
        return;
    }
    const uint64_t units = (range.length + unit_ - 1) / unit_;
    const uint64_t step = (units + parts_of_a_failed_piece - 1) / parts_of_a_failed_piece * unit_;
    for (uint64_t start = 0; start < range.length; start += step)
        put_piece({range.offset + start, std::min(step, range.length - start)});
}

std::optional<ByteRange> RetryQueue::next() {
    if (rest_.length == 0 && !pieces_.empty()) {
        rest_ = *pieces_.begin();
        pieces_.erase(pieces_.begin());
    }
    if (rest_.length != 0) {
        const ByteRange range{rest_.offset, std::min(rest_.length, chunk_)};
        rest_ = {rest_.offset + range.length, rest_.length - range.length};
        return range;
    }
    if (second_tries_.empty()) return std::nullopt;
    const ByteRange range = second_tries_.front();
    second_tries_.pop_front();
    tried_twice_.insert(range.offset);
    return range;
}

bool RetryQueue::has_given_up(const ByteRange& range) const {
    return range.length <= unit_ && tried_twice_.contains(range.offset);
}

void RetryQueue::give_again(const std::vector<ByteRange>& units) {
    std::set<uint64_t> offsets;
    for (const ByteRange& unit : units) {
        tried_twice_.erase(unit.offset);
        offsets.insert(unit.offset);
        second_tries_.push_back(unit);
    }
    std::erase_if(failed_, [&](const ByteRange& range) {
        return range.length <= unit_ && offsets.contains(range.offset);
    });
    given_again_.merge(offsets);
}

std::vector<ByteRange> RetryQueue::failed_units() const {
    std::vector<ByteRange> units;
    std::copy_if(failed_.begin(), failed_.end(), std::back_inserter(units),
                 [this](const ByteRange& range) { return range.length <= unit_; });
    return units;
}

std::vector<ByteRange> RetryQueue::remaining() const {
    std::vector<ByteRange> all = failed_;
    all.insert(all.end(), pieces_.begin(), pieces_.end());
    all.insert(all.end(), second_tries_.begin(), second_tries_.end());
    if (rest_.length != 0) all.push_back(rest_);
    return merged(std::move(all));
}

}  // namespace regain
