#include "wiper/wipe_pattern.h"

#include <cstring>

namespace regain {

void WipePattern::fill(uint64_t offset, MutableByteView bytes) {
    if (bytes.empty()) return;
    if (stream_)
        stream_->fill(offset, bytes);
    else
        std::memset(bytes.data(), 0, bytes.size());
}

bool WipePattern::matches(uint64_t offset, ByteView bytes) {
    return stream_ ? stream_->matches(offset, bytes) : is_filled_with(bytes, 0);
}

}  // namespace regain
