#include "wiper/wipe_pattern.h"

#include <algorithm>
#include <cstring>

namespace regain {
namespace {

// Small enough to stay in a core's cache between being made and being compared.
constexpr size_t piece_bytes = 64 * 1024;

}  // namespace

void WipePattern::fill(uint64_t offset, MutableByteView bytes) {
    if (bytes.empty()) return;
    if (stream_)
        stream_->fill(offset, bytes);
    else
        std::memset(bytes.data(), 0, bytes.size());
}

bool WipePattern::matches(uint64_t offset, ByteView bytes) {
    if (!stream_) return is_filled_with(bytes, 0);
    expected_.resize(piece_bytes);
    for (size_t start = 0; start < bytes.size(); start += piece_bytes) {
        const size_t length = std::min(piece_bytes, bytes.size() - start);
        stream_->fill(offset + start, MutableByteView(expected_).first(length));
        if (std::memcmp(expected_.data(), bytes.data() + start, length) != 0) return false;
    }
    return true;
}

}  // namespace regain
