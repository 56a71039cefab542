#pragma once
// What of a node an overwrite has written: everything that succeeded, across interruptions. Used by
// node_run.cpp.

#include <cstdint>
#include <vector>

#include "wiper/range_set.h"
#include "wiper/resume_check.h"
#include "wiper/resume_point.h"

namespace regain {

class WriteProgress {
  public:
    /// `before`: where it goes on; null: from the start.
    WriteProgress(uint64_t size_bytes, uint32_t alignment, const WipeMark* before) : size_bytes_(size_bytes) {
        if (before != nullptr) done_ = done_without(size_bytes, before->remaining, alignment);
    }
    void add(const ByteRange& range) {
        done_.add(range);
        recent_.add(range);
    }
    uint64_t bytes() const { return done_.bytes(); }
    std::vector<ByteRange> remaining() const { return done_.missing(size_bytes_); }
    std::vector<ByteRange> recent() const { return coarsened(recent_.ranges(), most_recent_ranges); }

  private:
    /// More would make a mark long; what lies between them is looked at too, where it is done.
    static constexpr size_t most_recent_ranges = 64;

    uint64_t size_bytes_;
    RangeSet done_;
    RecentWrites recent_;
};

}  // namespace regain
