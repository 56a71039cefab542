#include "wiper/wipe_pattern.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace regain {

std::optional<WipePattern> WipePattern::named(std::string_view name) {
    if (name == "zero") return zero();
    if (name == "random") return random(RandomStream::fresh());
    const size_t length = name.starts_with("byte-") ? 1 : name.starts_with("bytes-") ? 3 : 0;
    if (length == 0) return std::nullopt;
    const std::string_view digits = name.substr(name.find('-') + 1);
    Bytes unit;
    if (!from_hex(digits, unit) || unit.size() != length || digits != to_hex(unit)) return std::nullopt;
    return WipePattern(std::string(name), std::move(unit));
}

void WipePattern::fill(uint64_t offset, MutableByteView bytes) {
    if (bytes.empty()) return;
    if (stream_) return stream_->fill(offset, bytes);
    if (unit_.size() == 1) {
        std::memset(bytes.data(), unit_.front(), bytes.size());
        return;
    }
    size_t filled = std::min(unit_.size(), bytes.size());
    for (size_t i = 0; i < filled; ++i) bytes[i] = unit_[(offset + i) % unit_.size()];
    // Twice as much each time; always whole units, but for the end.
    while (filled < bytes.size()) {
        const size_t length = std::min(filled, bytes.size() - filled);
        std::memcpy(bytes.data() + filled, bytes.data(), length);
        filled += length;
    }
}

/// The first unit is compared, and then all bytes with those one unit before them.
bool WipePattern::is_unit(uint64_t offset, ByteView bytes) const {
    const size_t length = unit_.size();
    if (length == 1) return is_filled_with(bytes, unit_.front());
    for (size_t i = 0; i < std::min(length, bytes.size()); ++i)
        if (bytes[i] != unit_[(offset + i) % length]) return false;
    return bytes.size() <= length ||
           std::memcmp(bytes.data(), bytes.data() + length, bytes.size() - length) == 0;
}

bool WipePattern::matches(uint64_t offset, ByteView bytes) {
    return stream_ ? stream_->matches(offset, bytes) : is_unit(offset, bytes);
}

}  // namespace regain
