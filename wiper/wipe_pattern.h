#pragma once
// What an overwrite writes and a verification expects: zeros, or a random stream. Used by the overwrite, the
// markers' check and the verification. It does no I/O.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "wiper/random_stream.h"

namespace regain {

class WipePattern {
  public:
    static WipePattern zero() { return WipePattern(std::nullopt); }
    static WipePattern random(RandomStream stream) { return WipePattern(std::move(stream)); }

    std::string_view name() const { return stream_ ? "random" : "zero"; }
    /// The stream of the random pattern, null for zeros.
    const RandomStream* stream() const { return stream_ ? &*stream_ : nullptr; }

    /// Writes what belongs at `offset` (bytes from the node's start).
    void fill(uint64_t offset, MutableByteView bytes);
    /// True when every byte is what belongs at `offset`.
    bool matches(uint64_t offset, ByteView bytes);
    /// Calls `found` with the offset of each sector that holds any wrong byte; returns their number. `offset`
    /// and the length are multiples of `sector_bytes`.
    uint64_t find_mismatches(uint64_t offset, ByteView bytes, uint32_t sector_bytes,
                             const std::function<void(uint64_t offset)>& found);

  private:
    explicit WipePattern(std::optional<RandomStream> stream) : stream_(std::move(stream)) {}

    std::optional<RandomStream> stream_;
    Bytes expected_;  ///< scratch for comparing
};

}  // namespace regain
