#include "wiper/block_pump.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace regain {
namespace {

constexpr uint64_t parts_of_a_failed_request = 8;

Message doing_of(IoOperation operation) {
    return operation == IoOperation::write ? message("write to the drive") : message("read from the drive");
}

// Adjoining ranges become one, so that a bad region is one line of the report.
std::vector<ByteRange> merged(std::vector<ByteRange> ranges) {
    std::sort(ranges.begin(), ranges.end(),
              [](const ByteRange& left, const ByteRange& right) { return left.offset < right.offset; });
    std::vector<ByteRange> result;
    for (const ByteRange& range : ranges) {
        if (!result.empty() && result.back().offset + result.back().length == range.offset)
            result.back().length += range.length;
        else
            result.push_back(range);
    }
    return result;
}

class Pump {
  public:
    Pump(BlockIo& io, const PumpJob& job, const PumpLimits& limits, const Clock& clock)
        : io_(io), job_(job), limits_(limits), clock_(clock), unit_(io.alignment()) {
        const size_t count = std::max<size_t>(1, std::min(limits.requests, io.queue_depth()));
        chunk_ = std::max<uint64_t>(limits.chunk_bytes / unit_ * unit_, unit_);
        slots_ = std::make_unique<std::vector<Slot>>();
        for (size_t i = 0; i < count; ++i) {
            slots_->push_back({AlignedBuffer(chunk_), {}});
            free_.push_back(i);
        }
        last_success_ = clock.monotonic();
    }

    PumpOutcome run() {
        while (!ending()) {
            const bool started = start_one();
            if (started && !free_.empty()) continue;
            if (io_.in_flight() == 0 && !started) break;
            complete_some();
        }
        drain();
        if (!outcome_.error && !exhausted() && job_.stop.stop_requested())
            outcome_.end = PumpEnd::interrupted;
        outcome_.failed = merged(std::move(outcome_.failed));
        return std::move(outcome_);
    }

  private:
    struct Slot {
        AlignedBuffer buffer;
        ByteRange range;
    };

    bool ending() const { return outcome_.error.has_value() || job_.stop.stop_requested(); }

    std::optional<ByteRange> next_range() {
        if (!retries_.empty()) {
            const ByteRange range = retries_.front();
            retries_.pop_front();
            return range;
        }
        if (rest_.length == 0) {
            if (source_ended_) return std::nullopt;
            const auto next = job_.next();
            if (!next || next->length == 0) {
                source_ended_ = true;
                return std::nullopt;
            }
            rest_ = *next;
        }
        const ByteRange range{rest_.offset, std::min(rest_.length, chunk_)};
        rest_ = {rest_.offset + range.length, rest_.length - range.length};
        return range;
    }

    // Whether nothing is left: a stop that comes with the last completion interrupted nothing.
    bool exhausted() {
        if (!retries_.empty() || rest_.length != 0) return false;
        if (source_ended_) return true;
        const auto next = job_.next();
        source_ended_ = !next || next->length == 0;
        if (!source_ended_) rest_ = *next;
        return source_ended_;
    }

    bool start_one() {
        if (free_.empty()) return true;
        const auto range = next_range();
        if (!range) return false;
        const size_t index = free_.back();
        Slot& slot = (*slots_)[index];
        slot.range = *range;
        const MutableByteView bytes = slot.buffer.bytes().first(range->length);
        if (job_.operation == IoOperation::write) job_.fill(range->offset, bytes);
        const Status status = io_.submit({job_.operation, range->offset, bytes, index});
        if (!status.ok()) {
            give_up(status.error());
            return false;
        }
        free_.pop_back();
        return true;
    }

    void complete_some() {
        completions_.clear();
        const Status status = io_.wait(completions_);
        for (const IoCompletion& completion : completions_) take(completion);
        if (!status.ok()) give_up(status.error());
        if (job_.on_progress) job_.on_progress(outcome_.bytes, outcome_.failed_requests);
    }

    void take(const IoCompletion& completion) {
        Slot& slot = (*slots_)[completion.tag];
        const ByteRange range = slot.range;
        if (completion.os_errno == 0 && completion.bytes == range.length) {
            if (job_.operation == IoOperation::read)
                job_.inspect(range.offset, slot.buffer.bytes().first(range.length));
            outcome_.bytes += range.length;
            failures_in_a_row_ = 0;
            last_success_ = clock_.monotonic();
        } else {
            take_failure(range, completion.os_errno != 0 ? completion.os_errno : EIO);
        }
        free_.push_back(completion.tag);
    }

    void take_failure(const ByteRange& range, int os_errno) {
        ++outcome_.failed_requests;
        ++failures_in_a_row_;
        if (means_device_gone(os_errno)) return give_up(os_error(doing_of(job_.operation), os_errno));
        if (range.length > unit_) {
            split(range);
        } else {
            outcome_.failed.push_back(range);
        }
        if (failures_in_a_row_ >= limits_.failures_in_a_row ||
            outcome_.failed.size() >= limits_.failed_units ||
            clock_.monotonic() - last_success_ >= limits_.without_success) {
            Error fault = error(ErrorKind::failed, doing_of(job_.operation),
                                message("too much of it fails ({0} requests)", outcome_.failed_requests),
                                message("The drive is defective; destroy it physically."));
            fault.os_errno = os_errno;
            give_up(std::move(fault));
        }
    }

    void split(const ByteRange& range) {
        const uint64_t units = range.length / unit_;
        const uint64_t units_of_part = (units + parts_of_a_failed_request - 1) / parts_of_a_failed_request;
        for (uint64_t start = 0; start < range.length; start += units_of_part * unit_)
            retries_.push_back({range.offset + start, std::min(units_of_part * unit_, range.length - start)});
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
            completions_.clear();
            const Status status = io_.wait(completions_);
            for (const IoCompletion& completion : completions_) take(completion);
            if (status.ok()) continue;
            give_up(status.error());
            static_cast<void>(slots_.release());
            return;
        }
        if (job_.on_progress) job_.on_progress(outcome_.bytes, outcome_.failed_requests);
    }

    BlockIo& io_;
    const PumpJob& job_;
    const PumpLimits& limits_;
    const Clock& clock_;
    const uint64_t unit_;
    uint64_t chunk_ = 0;
    std::unique_ptr<std::vector<Slot>> slots_;
    std::vector<size_t> free_;
    std::deque<ByteRange> retries_;
    ByteRange rest_;
    bool source_ended_ = false;
    uint64_t failures_in_a_row_ = 0;
    MonotonicTime last_success_;
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
