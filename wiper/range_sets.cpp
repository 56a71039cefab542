#include "wiper/range_sets.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace regain {
namespace {

uint64_t end_of(const ByteRange& range) {
    return range.offset + range.length;
}

}  // namespace

std::vector<ByteRange> united(const std::vector<ByteRange>& left, const std::vector<ByteRange>& right) {
    std::vector<ByteRange> all = left;
    all.insert(all.end(), right.begin(), right.end());
    std::sort(all.begin(), all.end(),
              [](const ByteRange& one, const ByteRange& other) { return one.offset < other.offset; });
    std::vector<ByteRange> result;
    for (const ByteRange& range : all) {
        if (!result.empty() && range.offset <= end_of(result.back()))
            result.back().length = std::max(end_of(result.back()), end_of(range)) - result.back().offset;
        else
            result.push_back(range);
    }
    return result;
}

std::vector<ByteRange> common(const std::vector<ByteRange>& left, const std::vector<ByteRange>& right) {
    std::vector<ByteRange> result;
    for (size_t i = 0, k = 0; i < left.size() && k < right.size();) {
        const uint64_t start = std::max(left[i].offset, right[k].offset);
        const uint64_t end = std::min(end_of(left[i]), end_of(right[k]));
        if (start < end) result.push_back({start, end - start});
        if (end_of(left[i]) < end_of(right[k]))
            ++i;
        else
            ++k;
    }
    return result;
}

}  // namespace regain
