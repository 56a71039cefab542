#pragma once
// What must stand on a node after it was erased, as a question about the bytes that were read. Used by the
// markers' check and the verification; it does no I/O.

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/bytes.h"

namespace regain {

class ExpectedContent {
  public:
    virtual ~ExpectedContent() = default;
    /// As in a plan's step: "zero", "random", "erased", "changed".
    virtual std::string_view name() const = 0;
    /// True when all bytes are as they must be at `offset` (bytes from the node's start).
    virtual bool matches(uint64_t offset, ByteView bytes) = 0;
    /// Calls `found` with the offset of each sector that holds any wrong byte; returns their number. `offset`
    /// and the length are multiples of `sector_bytes`.
    virtual uint64_t find_mismatches(uint64_t offset, ByteView bytes, uint32_t sector_bytes,
                                     const std::function<void(uint64_t offset)>& found);
};

/// True when the bytes are one unit of 4 bytes, repeated: zeros, ones, or the fixed pattern that some drives
/// leave.
bool is_uniform(ByteView bytes);

/// What a drive's own block erase, overwrite or SECURITY ERASE leaves: each sector is uniform, whatever the
/// unit. The unit may differ from sector to sector.
class ErasedContent final : public ExpectedContent {
  public:
    std::string_view name() const override { return "erased"; }
    /// True only when all bytes are one unit; find_mismatches() looks at each sector for itself.
    bool matches(uint64_t, ByteView bytes) override { return is_uniform(bytes); }
};

}  // namespace regain
