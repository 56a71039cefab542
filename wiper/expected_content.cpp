#include "wiper/expected_content.h"

#include <algorithm>
#include <cstring>

namespace regain {

bool is_uniform(ByteView bytes) {
    constexpr size_t unit = 4;
    if (bytes.size() < unit || bytes.size() % unit != 0) return false;
    // Equal to itself one unit further on: every unit equals the first.
    return std::memcmp(bytes.data(), bytes.data() + unit, bytes.size() - unit) == 0;
}

uint64_t ExpectedContent::find_mismatches(uint64_t offset, ByteView bytes, uint32_t sector_bytes,
                                          const std::function<void(uint64_t offset)>& found) {
    if (matches(offset, bytes)) return 0;
    uint64_t count = 0;
    for (size_t start = 0; start < bytes.size(); start += sector_bytes) {
        const size_t length = std::min<size_t>(sector_bytes, bytes.size() - start);
        if (matches(offset + start, bytes.subspan(start, length))) continue;
        ++count;
        if (found) found(offset + start);
    }
    return count;
}

}  // namespace regain
