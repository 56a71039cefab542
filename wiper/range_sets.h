#pragma once
// Sets of byte ranges, as the passes of an overwrite leave them behind. Pure. Used by node_run.cpp.

#include <vector>

#include "wiper/retry_queue.h"

namespace regain {

/// What is in either, in the order of the offsets, adjoining and overlapping ranges as one.
std::vector<ByteRange> united(const std::vector<ByteRange>& left, const std::vector<ByteRange>& right);
/// What is in both. Each list is in the order of its offsets and without overlaps.
std::vector<ByteRange> common(const std::vector<ByteRange>& left, const std::vector<ByteRange>& right);

}  // namespace regain
