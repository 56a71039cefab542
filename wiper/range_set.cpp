#include "wiper/range_set.h"

#include <algorithm>
#include <utility>

namespace regain {

RangeSet::RangeSet(uint64_t size, const std::vector<ByteRange>& missing) {
    uint64_t start = 0;
    for (const ByteRange& hole : merged(missing)) {
        if (hole.offset > start) add({start, std::min(hole.offset, size) - start});
        start = std::max(start, hole.offset + hole.length);
        if (start >= size) return;
    }
    add({start, size - start});
}

void RangeSet::add(const ByteRange& range) {
    if (range.length == 0) return;
    uint64_t start = range.offset;
    uint64_t end = range.offset + range.length;
    auto next = ends_.upper_bound(start);
    if (next != ends_.begin() && std::prev(next)->second >= start) --next;
    while (next != ends_.end() && next->first <= end) {
        start = std::min(start, next->first);
        end = std::max(end, next->second);
        bytes_ -= next->second - next->first;
        next = ends_.erase(next);
    }
    ends_.emplace_hint(next, start, end);
    bytes_ += end - start;
}

std::vector<ByteRange> RangeSet::ranges() const {
    std::vector<ByteRange> list;
    list.reserve(ends_.size());
    for (const auto& [start, end] : ends_) list.push_back({start, end - start});
    return list;
}

std::vector<ByteRange> RangeSet::missing(uint64_t size) const {
    std::vector<ByteRange> list;
    uint64_t at = 0;
    for (const auto& [start, end] : ends_) {
        if (start >= size) break;
        if (start > at) list.push_back({at, start - at});
        at = end;
    }
    if (at < size) list.push_back({at, size - at});
    return list;
}

std::vector<ByteRange> RangeSet::common(const std::vector<ByteRange>& ranges) const {
    std::vector<ByteRange> list;
    for (const ByteRange& range : ranges) {
        const uint64_t range_end = range.offset + range.length;
        auto next = ends_.upper_bound(range.offset);
        if (next != ends_.begin()) --next;
        for (; next != ends_.end() && next->first < range_end; ++next) {
            const uint64_t start = std::max(range.offset, next->first);
            const uint64_t end = std::min(range_end, next->second);
            if (start < end) list.push_back({start, end - start});
        }
    }
    return list;
}

uint64_t length_of(const std::vector<ByteRange>& ranges) {
    uint64_t sum = 0;
    for (const ByteRange& range : ranges) sum += range.length;
    return sum;
}

std::vector<ByteRange> coarsened(std::vector<ByteRange> ranges, size_t most) {
    if (ranges.size() <= most || most == 0) return ranges;
    std::vector<uint64_t> gaps;
    const auto gap_before = [&](size_t i) {
        return ranges[i].offset - (ranges[i - 1].offset + ranges[i - 1].length);
    };
    for (size_t i = 1; i < ranges.size(); ++i) gaps.push_back(gap_before(i));
    // As many gaps are closed as have to be, the smallest first; those as large as the last one with it.
    const auto last = gaps.begin() + static_cast<std::ptrdiff_t>(ranges.size() - most - 1);
    std::nth_element(gaps.begin(), last, gaps.end());
    const uint64_t closed = *last;
    std::vector<ByteRange> result{ranges.front()};
    for (size_t i = 1; i < ranges.size(); ++i) {
        if (gap_before(i) <= closed)
            result.back().length = ranges[i].offset + ranges[i].length - result.back().offset;
        else
            result.push_back(ranges[i]);
    }
    return result;
}

}  // namespace regain
