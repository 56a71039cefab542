#include "wiper/resume_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"

namespace regain {
namespace {

constexpr std::chrono::minutes time_for_unreadable{2};
constexpr size_t most_recent_writes = 1024;  // of a drive with bad sectors they are small

uint64_t random_below(uint64_t bound) {
    std::array<uint8_t, 8> bytes{};
    fill_random(bytes);
    return read_le64(bytes, 0) % bound;
}

/// In whole blocks, none that is not wholly in it.
ByteRange shrunk(const ByteRange& range, uint64_t alignment) {
    const uint64_t start = (range.offset + alignment - 1) / alignment * alignment;
    const uint64_t end = (range.offset + range.length) / alignment * alignment;
    return {start, end > start ? end - start : 0};
}

std::vector<ByteRange> places_of(const RangeSet& done, const std::vector<ByteRange>& recent,
                                 const ResumeCheckRequest& request, uint64_t alignment) {
    const std::vector<ByteRange> all = done.ranges();
    RangeSet places;
    for (const ByteRange& range : done.common(recent)) places.add(shrunk(range, alignment));
    for (const ByteRange& range : done.common(request.always)) places.add(shrunk(range, alignment));
    if (done.bytes() <= places.bytes() + request.places * request.place_bytes) return all;
    for (uint64_t i = 0; i < request.places; ++i) {
        uint64_t at = random_below(done.bytes());
        const auto within = std::find_if(all.begin(), all.end(), [&](const ByteRange& range) {
            if (at < range.length) return true;
            at -= range.length;
            return false;
        });
        const uint64_t start = (within->offset + at) / alignment * alignment;
        const uint64_t end = std::min(within->offset + within->length, start + request.place_bytes);
        places.add(
            shrunk({std::max(start, within->offset), end - std::max(start, within->offset)}, alignment));
    }
    return places.ranges();
}

}  // namespace

ResumeCheck check_what_stands(BlockIo& io, const RangeSet& done, const std::vector<ByteRange>& recent,
                              ExpectedContent& expected, const ResumeCheckRequest& request,
                              const Clock& clock) {
    ResumeCheck result;
    result.done_bytes = done.bytes();
    PumpJob job;
    job.operation = IoOperation::read;
    job.next = listed_ranges(places_of(done, recent, request, io.alignment()));
    job.inspect = [&](uint64_t offset, ByteView bytes) {
        result.mismatching_sectors +=
            expected.find_mismatches(offset, bytes, request.sector_bytes, [](uint64_t) {});
    };
    job.on_progress = request.on_progress;
    job.stop = request.stop;
    PumpLimits limits = request.limits;
    limits.retry_time = std::min<std::chrono::milliseconds>(limits.retry_time, time_for_unreadable);
    PumpOutcome outcome = pump_blocks(io, job, limits, clock);
    result.checked_bytes = outcome.bytes;
    result.mismatching_sectors += outcome.failed_bytes() / request.sector_bytes;
    result.end = outcome.end;
    result.error = std::move(outcome.error);
    return result;
}

void RecentWrites::add(const ByteRange& range) {
    ranges_.push_back(range);
    bytes_ += range.length;
    while (ranges_.size() > 1 &&
           (ranges_.size() > most_recent_writes || bytes_ - ranges_.front().length >= recent_bytes)) {
        bytes_ -= ranges_.front().length;
        ranges_.pop_front();
    }
}

}  // namespace regain
