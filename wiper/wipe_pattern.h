#pragma once
// What a pass of an overwrite writes and a verification expects: zeros, one or three bytes repeated, or a
// random stream. Any part of it can be made from its offset alone. Used by the overwrite, the markers' check
// and the verification. It does no I/O.

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
    static WipePattern zero() { return WipePattern("zero", Bytes(1, 0)); }
    static WipePattern random(RandomStream stream) { return WipePattern(std::move(stream)); }
    /// By the name in a plan's step: "zero", "random" (a fresh stream), "byte-ff", "bytes-924924" (those
    /// three bytes, repeated from the node's start on). Nothing for any other name.
    static std::optional<WipePattern> named(std::string_view name);

    std::string_view name() const override { return name_; }
    /// The stream of the random pattern, null for the others.
    const RandomStream* stream() const { return stream_ ? &*stream_ : nullptr; }
    /// The same everywhere, so that all requests can share one buffer. Three bytes are not: no sector is a
    /// multiple of them.
    bool is_constant() const { return unit_.size() == 1; }

    /// Writes what belongs at `offset` (bytes from the node's start).
    void fill(uint64_t offset, MutableByteView bytes);
    bool matches(uint64_t offset, ByteView bytes) override;

  private:
    WipePattern(std::string name, Bytes unit) : name_(std::move(name)), unit_(std::move(unit)) {}
    explicit WipePattern(RandomStream stream) : name_("random"), stream_(std::move(stream)) {}
    bool is_unit(uint64_t offset, ByteView bytes) const;

    std::string name_;
    Bytes unit_;  ///< repeated; empty: the stream
    std::optional<RandomStream> stream_;
};

}  // namespace regain
