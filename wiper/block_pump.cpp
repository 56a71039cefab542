#include "wiper/block_pump.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace regain {
namespace {

constexpr size_t requests_while_retrying = 1;
/// Such requests cost more in being handed to the kernel than in being made or looked at.
constexpr uint64_t small_chunk = 64 * 1024;
constexpr uint64_t flush_tag = UINT64_MAX;

Message doing_of(IoOperation operation) {
    return operation == IoOperation::write ? message("write to the drive") : message("read from the drive");
}

/// The job's ranges in chunks, each once. After a failure it jumps ahead, farther each time.
class FirstPass {
  public:
    FirstPass(const RangeSource& source, uint64_t chunk, uint64_t unit)
        : source_(source), chunk_(chunk), unit_(unit) {}

    std::optional<ByteRange> next() {
        if (rest_.length == 0 && !take_from_source()) return std::nullopt;
        const ByteRange range{rest_.offset, std::min(rest_.length, chunk_)};
        rest_ = {rest_.offset + range.length, rest_.length - range.length};
        return range;
    }
    /// Whether everything was given out.
    bool has_ended() { return rest_.length == 0 && !take_from_source(); }

    /// What is jumped over now; of length 0 at the end of a range.
    ByteRange jump(uint64_t longest) {
        longest = std::max(longest / unit_ * unit_, chunk_);
        jump_ = jump_ == 0 ? chunk_ : std::min(jump_ * 2, longest);
        const ByteRange skipped{rest_.offset, std::min(jump_, rest_.length)};
        rest_ = {rest_.offset + skipped.length, rest_.length - skipped.length};
        return skipped;
    }
    void succeeded() { jump_ = 0; }

  private:
    bool take_from_source() {
        if (has_source_ended_) return false;
        const auto next = source_();
        has_source_ended_ = !next || next->length == 0;
        if (!has_source_ended_) rest_ = *next;
        return !has_source_ended_;
    }

    const RangeSource& source_;
    const uint64_t chunk_;
    const uint64_t unit_;
    ByteRange rest_;
    uint64_t jump_ = 0;
    bool has_source_ended_ = false;
};

class Pump {
  public:
    Pump(BlockIo& io, const PumpJob& job, const PumpLimits& limits, const Clock& clock)
        : io_(io),
          job_(job),
          limits_(limits),
          clock_(clock),
          unit_(std::max<uint64_t>(io.alignment(), limits.smallest_unit_bytes)),
          chunk_(std::max<uint64_t>(limits.chunk_bytes / unit_ * unit_, unit_)),
          may_linger_(job.is_constant || chunk_ <= small_chunk),
          first_pass_(job.next, chunk_, unit_),
          retries_(unit_, chunk_, limits.pieces_to_retry),
          last_success_(clock.monotonic()) {
        const size_t count = std::max<size_t>(1, std::min(limits.requests, io.queue_depth()));
        memory_ = std::make_unique<Memory>((job.is_constant ? 1 : count) * chunk_, count);
        if (job.is_constant) job.fill(0, memory_->buffers.bytes());
        io_.register_memory(memory_->buffers.bytes());
        submitted_.resize(count);
        for (size_t i = 0; i < count; ++i) free_.push_back(i);
    }

    PumpOutcome run() {
        while (!ending()) {
            flush_if_asked();
            const bool started = start_one();
            if (started && has_room()) continue;
            if (io_.in_flight() == 0 && !started) {
                if (!begin_retries()) break;
                continue;
            }
            complete_some();
        }
        drain();
        if (memory_) io_.unregister_memory();
        const bool has_all = first_pass_.has_ended() && retries_.is_empty();
        if (!outcome_.error && !has_all && job_.stop.stop_requested()) outcome_.end = PumpEnd::interrupted;
        close();
        return std::move(outcome_);
    }

  private:
    /// Given to the kernel; outlives us when it does not let go of it.
    struct Memory {
        Memory(size_t bytes, size_t requests) : buffers(bytes), ranges(requests) {}
        AlignedBuffer buffers;          ///< one after the other; one for all requests of a constant job
        std::vector<ByteRange> ranges;  ///< of the requests, by their tags
    };

    bool ending() const { return outcome_.error.has_value() || job_.stop.stop_requested(); }
    bool has_room() const {
        return !free_.empty() && (!is_retrying_ || io_.in_flight() < requests_while_retrying);
    }

    MutableByteView bytes_of(size_t index, uint64_t length) {
        return memory_->buffers.bytes().subspan(job_.is_constant ? 0 : index * chunk_, length);
    }

    std::optional<ByteRange> next_range() {
        if (!is_retrying_) return first_pass_.next();
        const bool has_time = clock_.monotonic() - retries_began_ < limits_.retry_time;
        if (!has_time || in_vain_ >= limits_.retries_in_vain) return std::nullopt;
        if (given_up_since_rest_.size() >= limits_.failures_before_rest) rest(rests_, limits_.rests);
        if (const auto range = retries_.next()) return range;
        // Those that failed for good may have met the drive while it was out: likely where it did come back.
        std::vector<ByteRange> failed = retries_.failed_units();
        if (std::exchange(has_come_back_, false) || failed.size() <= limits_.few_failures)
            given_up_since_rest_ = std::move(failed);
        else if (given_up_since_rest_.size() > limits_.few_failures)
            given_up_since_rest_.clear();
        if (given_up_since_rest_.empty() || !rest(rests_at_the_end_, limits_.rests_at_the_end))
            return std::nullopt;
        return retries_.next();
    }

    /// One request at a time is under way now: all that failed since the last success or rest is known.
    bool rest(uint64_t& count, uint64_t most) {
        if (!job_.rest || limits_.rest.count() == 0 || count >= most || ending()) return false;
        ++count;
        job_.rest(limits_.rest);
        if (ending()) return false;
        retries_.give_again(given_up_since_rest_);
        forget_failures();
        return true;
    }

    // It is worth waiting for, as long as there is time for retries.
    void came_back() {
        has_come_back_ = true;
        rests_ = rests_at_the_end_ = 0;
    }

    void forget_failures() { given_up_since_rest_.clear(); }

    /// True when there is something to try again, and this is the moment.
    bool begin_retries() {
        if (is_retrying_ || ending() || retries_.is_empty()) return false;
        is_retrying_ = true;
        retries_began_ = clock_.monotonic();
        in_vain_ = 0;
        return true;
    }

    /// One at a time; the queue may have no place for it before something completes.
    void flush_if_asked() {
        if (!job_.begin_checkpoint || is_flushing_ || io_.in_flight() >= io_.queue_depth()) return;
        if (!job_.begin_checkpoint()) return;
        const Status status = io_.submit({IoOperation::flush, 0, {}, flush_tag});
        if (status.ok())
            is_flushing_ = true;
        else
            job_.end_checkpoint(status.error().os_errno != 0 ? status.error().os_errno : EIO);
    }

    /// What it waits for, a drive that has to cool down or its turn, is no failure of the drive.
    void wait_for_turn() {
        if (!job_.pace) return;
        const MonotonicTime before = clock_.monotonic();
        job_.pace();
        const auto waited = clock_.monotonic() - before;
        last_success_ += waited;
        retries_began_ += waited;
    }

    bool start_one() {
        if (!has_room()) return true;
        wait_for_turn();
        const auto range = next_range();
        if (!range) return false;
        const size_t index = free_.back();
        memory_->ranges[index] = *range;
        const MutableByteView bytes = bytes_of(index, range->length);
        if (job_.operation == IoOperation::write && !job_.is_constant) job_.fill(range->offset, bytes);
        if (job_.on_transfer) submitted_[index] = clock_.monotonic();
        const Status status = io_.submit({job_.operation, range->offset, bytes, index, may_linger_});
        if (!status.ok()) {
            retries_.postpone(*range);
            give_up(status.error());
            return false;
        }
        free_.pop_back();
        return true;
    }

    Status wait_for_some() {
        completions_.clear();
        Status status = io_.wait(completions_);
        if (job_.on_transfer) seen_ = clock_.monotonic();
        return status;
    }

    void complete_some() {
        const Status status = wait_for_some();
        for (const IoCompletion& completion : completions_) {
            take(completion);
            // The next one is under way while the others are looked at.
            if (!ending()) start_one();
        }
        if (!status.ok()) give_up(status.error());
        if (job_.on_progress) job_.on_progress(outcome_.bytes, outcome_.failed_requests);
    }

    void take(const IoCompletion& completion) {
        if (completion.tag == flush_tag) {
            is_flushing_ = false;
            return job_.end_checkpoint(completion.os_errno);
        }
        const ByteRange range = memory_->ranges[completion.tag];
        const bool succeeded = completion.os_errno == 0 && completion.bytes == range.length;
        if (job_.on_transfer)
            job_.on_transfer({range, submitted_[completion.tag], seen_, succeeded, is_retrying_});
        if (succeeded) {
            if (job_.operation == IoOperation::read)
                job_.inspect(range.offset, bytes_of(completion.tag, range.length));
            outcome_.bytes += range.length;
            if (job_.on_done) job_.on_done(range);
            last_success_ = clock_.monotonic();
            in_vain_ = 0;
            forget_failures();
            if (is_retrying_ && retries_.was_given_again(range)) came_back();
            first_pass_.succeeded();
        } else {
            take_failure(range, completion.os_errno != 0 ? completion.os_errno : EIO);
        }
        free_.push_back(completion.tag);
    }

    void take_failure(const ByteRange& range, int os_errno) {
        ++outcome_.failed_requests;
        ++in_vain_;
        last_errno_ = os_errno;
        if (is_retrying_ && retries_.has_given_up(range)) given_up_since_rest_.push_back(range);
        retries_.put_failed(range);
        if (means_device_gone(os_errno)) return give_up(os_error(doing_of(job_.operation), os_errno));
        if (is_retrying_) return;
        const ByteRange skipped = first_pass_.jump(io_.size_bytes() / limits_.longest_jump_part);
        retries_.postpone(skipped);
        if (clock_.monotonic() - last_success_ >= limits_.without_success) give_up(too_much_fails());
    }

    Error too_much_fails() {
        outcome_.too_much_failed = true;
        Error fault = error(ErrorKind::failed, doing_of(job_.operation),
                            message("too much of it fails ({0} requests)", outcome_.failed_requests),
                            message("The drive is defective; destroy it physically."));
        fault.os_errno = last_errno_;
        return fault;
    }

    void give_up(Error reason) {
        if (outcome_.error) return;
        outcome_.end = PumpEnd::gave_up;
        outcome_.error = std::move(reason);
    }

    // The kernel owns the buffers of what is under way. If even waiting fails they must outlive us: they are
    // given up on purpose rather than freed under a running transfer.
    void drain() {
        while (io_.in_flight() > 0) {
            const Status status = wait_for_some();
            for (const IoCompletion& completion : completions_) take(completion);
            if (status.ok()) continue;
            give_up(status.error());
            static_cast<void>(memory_.release());
            return;
        }
        if (job_.on_progress) job_.on_progress(outcome_.bytes, outcome_.failed_requests);
    }

    void close() {
        // Of a run that did not come to its end only what failed for good: the rest was not at its turn.
        outcome_.failed = outcome_.end == PumpEnd::completed ? retries_.remaining() : retries_.failed();
        outcome_.retries_cut_short = !retries_.is_empty();
        if (outcome_.end == PumpEnd::completed && outcome_.bytes == 0 && !outcome_.failed.empty() &&
            !job_.is_remainder)
            give_up(too_much_fails());
    }

    BlockIo& io_;
    const PumpJob& job_;
    const PumpLimits& limits_;
    const Clock& clock_;
    const uint64_t unit_;
    const uint64_t chunk_;
    const bool may_linger_;
    FirstPass first_pass_;
    RetryQueue retries_;
    std::unique_ptr<Memory> memory_;
    std::vector<size_t> free_;
    std::vector<MonotonicTime> submitted_;  ///< by their tags, for on_transfer
    MonotonicTime seen_;                    ///< the last completions
    bool is_retrying_ = false;
    bool is_flushing_ = false;
    MonotonicTime retries_began_;
    uint64_t in_vain_ = 0;
    std::vector<ByteRange> given_up_since_rest_;
    uint64_t rests_ = 0;
    uint64_t rests_at_the_end_ = 0;
    bool has_come_back_ = false;  ///< something that had failed for good could be done after a rest
    MonotonicTime last_success_;
    int last_errno_ = 0;
    std::vector<IoCompletion> completions_;
    PumpOutcome outcome_;
};

}  // namespace

RangeSource whole_range(uint64_t size_bytes) {
    return listed_ranges({{0, size_bytes}});
}

RangeSource listed_ranges(std::vector<ByteRange> ranges) {
    return [ranges = std::move(ranges), index = size_t{0}]() mutable -> std::optional<ByteRange> {
        if (index == ranges.size()) return std::nullopt;
        return ranges[index++];
    };
}

uint64_t PumpOutcome::failed_bytes() const {
    uint64_t sum = 0;
    for (const ByteRange& range : failed) sum += range.length;
    return sum;
}

PumpOutcome pump_blocks(BlockIo& io, const PumpJob& job, const PumpLimits& limits, const Clock& clock) {
    return Pump(io, job, limits, clock).run();
}

bool means_device_gone(int os_errno) {
    return os_errno == ENODEV || os_errno == ENXIO || os_errno == ENOMEDIUM || os_errno == ESHUTDOWN ||
           os_errno == EBADF;
}

}  // namespace regain
