#pragma once
// Which bytes of a node are done, as ranges: what an overwrite or a verification that was interrupted need
// not do again. Kept by the steps that are journaled (node_run.cpp). Pure.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "wiper/retry_queue.h"

namespace regain {

class RangeSet {
  public:
    RangeSet() = default;
    /// Everything below `size` but what is `missing`.
    RangeSet(uint64_t size, const std::vector<ByteRange>& missing);

    void add(const ByteRange& range);
    bool is_empty() const { return ends_.empty(); }
    uint64_t bytes() const { return bytes_; }
    /// In ascending order; no two touch each other.
    std::vector<ByteRange> ranges() const;
    /// What of [0, size) is not in it, in ascending order.
    std::vector<ByteRange> missing(uint64_t size) const;
    /// The parts of `ranges` that are in it.
    std::vector<ByteRange> common(const std::vector<ByteRange>& ranges) const;

  private:
    std::map<uint64_t, uint64_t> ends_;  ///< by their starts
    uint64_t bytes_ = 0;
};

uint64_t length_of(const std::vector<ByteRange>& ranges);

/// At most `most` ranges that cover all of these: the nearest neighbours become one. Ascending.
std::vector<ByteRange> coarsened(std::vector<ByteRange> ranges, size_t most);

}  // namespace regain
