#pragma once
// What an overwrite writes and a verification expects: zeros, or a random stream. Used by the overwrite, the
// markers' check and the verification. It does no I/O.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "wiper/expected_content.h"
#include "wiper/random_stream.h"

namespace regain {

class WipePattern final : public ExpectedContent {
  public:
    static WipePattern zero() { return WipePattern(std::nullopt); }
    static WipePattern random(RandomStream stream) { return WipePattern(std::move(stream)); }

    std::string_view name() const override { return stream_ ? "random" : "zero"; }
    /// The stream of the random pattern, null for zeros.
    const RandomStream* stream() const { return stream_ ? &*stream_ : nullptr; }

    /// Writes what belongs at `offset` (bytes from the node's start).
    void fill(uint64_t offset, MutableByteView bytes);
    bool matches(uint64_t offset, ByteView bytes) override;

  private:
    explicit WipePattern(std::optional<RandomStream> stream) : stream_(std::move(stream)) {}

    std::optional<RandomStream> stream_;
};

}  // namespace regain
