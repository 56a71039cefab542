#pragma once
// The parts of a drive that failed, or were jumped over, and the order in which they are tried again: the
// largest pieces first, so that a drive that dies while it is retried has given up as much as it could by
// then. A piece that fails comes back in parts, down to the smallest unit; a unit is tried twice, the second
// time after everything else. Pure; used by block_pump.cpp only, which decides how long it goes on.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace regain {

struct ByteRange {
    uint64_t offset = 0;
    uint64_t length = 0;
    bool operator==(const ByteRange&) const = default;
};

/// Adjoining ranges become one, so that a bad region is one line of a report. In the order of their offsets.
std::vector<ByteRange> merged(std::vector<ByteRange> ranges);

class RetryQueue {
  public:
    /// `unit`: nothing is cut smaller than this. `chunk`: what is given out at most. `most_pieces`: beyond
    /// this many, failed pieces are no longer cut (memory).
    RetryQueue(uint64_t unit, uint64_t chunk, size_t most_pieces)
        : unit_(unit), chunk_(chunk), most_pieces_(most_pieces) {}

    /// Jumped over: never tried so far. Any length.
    void postpone(const ByteRange& range);
    /// Tried in vain; at most a chunk.
    void put_failed(const ByteRange& range);
    /// What to try next; nothing when all was tried as often as it may be.
    std::optional<ByteRange> next();

    /// Tried in vain as often as it may be.
    bool has_given_up(const ByteRange& range) const;
    /// As if these had never been tried a second time: the drive may have been out of order just then.
    void give_again(const std::vector<ByteRange>& units);
    bool was_given_again(const ByteRange& range) const { return given_again_.contains(range.offset); }
    /// Of those that have failed, the ones that can't be cut any more.
    std::vector<ByteRange> failed_units() const;

    bool is_empty() const { return pieces_.empty() && second_tries_.empty() && rest_.length == 0; }
    /// Everything that is not known to have succeeded; what was given out and did not come back is left out.
    std::vector<ByteRange> remaining() const;
    /// Of that, what was tried as often as it may be.
    std::vector<ByteRange> failed() const { return merged(failed_); }

  private:
    struct LargestFirst {
        bool operator()(const ByteRange& left, const ByteRange& right) const {
            return left.length != right.length ? left.length > right.length : left.offset < right.offset;
        }
    };
    void put_piece(const ByteRange& range);
    void halve_rest();

    uint64_t unit_;
    uint64_t chunk_;
    size_t most_pieces_;
    std::set<ByteRange, LargestFirst> pieces_;
    ByteRange rest_;                      ///< of the piece that is being given out, chunk by chunk
    std::deque<ByteRange> second_tries_;  ///< units that failed once
    std::set<uint64_t> tried_twice_;      ///< offsets of units whose second try was given out
    std::set<uint64_t> given_again_;
    std::vector<ByteRange> failed_;
};

}  // namespace regain
