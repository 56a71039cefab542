#include "wiper/read_back.h"

#include <algorithm>
#include <utility>

#include "wiper/range_set.h"

namespace regain {
namespace {

constexpr size_t mismatches_kept = 16;

std::vector<ByteRange> places_to_read(const BlockIo& io, const ReadBackRequest& request, ReadBack& result) {
    if (request.kind == VerifyKind::full && request.remaining) return *request.remaining;
    if (request.kind == VerifyKind::full) return {{0, io.size_bytes()}};
    SamplePlan plan =
        plan_samples(io.size_bytes(), io.alignment(), request.sample_share_ppm, RandomStream::fresh());
    std::vector<ByteRange> places = std::move(plan.places);
    plan.places.clear();
    result.sample = std::move(plan);
    return places;
}

/// Before each request, as the run wants it; the scan is told where that took time.
std::function<void()> paced(const std::function<void()>& pace, SurfaceScan& scan, const Clock& clock) {
    if (!pace) return {};
    return [&] {
        const MonotonicTime before = clock.monotonic();
        pace();
        const MonotonicTime after = clock.monotonic();
        if (after - before >= std::chrono::milliseconds(1)) scan.disturb(after);
    };
}

}  // namespace

void ReadBack::note_mismatch(uint64_t offset) {
    if (first_mismatches.size() < mismatches_kept) first_mismatches.push_back(offset);
}

void ReadBack::take(PumpOutcome outcome, uint32_t sector_bytes) {
    for (const ByteRange& range : outcome.failed) {
        note_mismatch(range.offset);
        unreadable_sectors += range.length / sector_bytes;
    }
    mismatching_sectors += unreadable_sectors;
    bytes_read += outcome.bytes;
    end = outcome.end;
    error = std::move(outcome.error);
}

ReadBack read_back(BlockIo& io, ExpectedContent& expected, const ReadBackRequest& request,
                   const Clock& clock) {
    ReadBack result = request.found_before.value_or(ReadBack{});
    uint64_t bytes_done = 0;
    std::vector<ByteRange> places = places_to_read(io, request, result);
    if (request.on_start) request.on_start(length_of(places));
    const auto note_mismatch = [&](uint64_t offset) { result.note_mismatch(offset); };
    PumpJob job;
    job.operation = IoOperation::read;
    job.next = listed_ranges(std::move(places));
    job.inspect = [&](uint64_t offset, ByteView bytes) {
        result.mismatching_sectors +=
            expected.find_mismatches(offset, bytes, request.sector_bytes, note_mismatch);
        bytes_done += bytes.size();
        if (request.on_done) request.on_done({offset, bytes.size()}, result, bytes_done);
    };
    job.is_remainder = request.remaining.has_value();
    job.on_progress = request.on_progress;
    job.pace = request.pace;
    job.rest = request.rest;
    // Of what was read before an interruption nobody knows any more how fast it came.
    if (request.kind == VerifyKind::full && !request.remaining) {
        SurfaceScan& scan = result.surface.emplace(io.size_bytes());
        job.on_transfer = [&scan](const PumpTransfer& transfer) { scan.take(transfer); };
        job.pace = paced(request.pace, scan, clock);
    }
    job.stop = request.stop;
    result.take(pump_blocks(io, job, request.limits, clock), request.sector_bytes);
    return result;
}

}  // namespace regain
