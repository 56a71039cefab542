#include "wiper/sample_memory.h"

#include <algorithm>

#include "base/hash.h"

namespace regain {
namespace {

constexpr uint64_t unit_bytes = 4096;
constexpr uint64_t max_sampled_bytes = uint64_t{8} << 30;

}  // namespace

SampleMemory::SampleMemory(SamplePlan plan) : plan_(std::move(plan)), key_(random_bytes(32)) {
    for (const ByteRange& place : plan_.places) bytes_ += place.length;
}

uint64_t SampleMemory::bounded_share_ppm(uint64_t size_bytes, uint64_t share_ppm) {
    const uint64_t millionth = std::max<uint64_t>(1, size_bytes / 1'000'000);
    return std::max<uint64_t>(1, std::min(share_ppm, max_sampled_bytes / millionth));
}

SampleMemory SampleMemory::choose(const BlockIo& io, uint64_t share_ppm) {
    return SampleMemory(plan_samples(io.size_bytes(), io.alignment(),
                                     bounded_share_ppm(io.size_bytes(), share_ppm), RandomStream::fresh()));
}

uint64_t SampleMemory::hash_of(ByteView unit) const {
    Hasher hasher(HashAlgorithm::sha256);
    hasher.update(key_);
    hasher.update(unit);
    return read_le64(hasher.finish(), 0);
}

PumpOutcome SampleMemory::read(BlockIo& io, const ReadBackRequest& request, const Clock& clock,
                               const std::function<void(uint64_t offset, ByteView unit)>& each) const {
    if (request.on_start) request.on_start(bytes_);
    PumpJob job;
    job.operation = IoOperation::read;
    job.next = listed_ranges(plan_.places);
    job.inspect = [&](uint64_t offset, ByteView bytes) {
        // Units have the grid of the node, whatever parts the pump reads them in: a part of one says nothing.
        for (size_t start = (unit_bytes - offset % unit_bytes) % unit_bytes;
             start + unit_bytes <= bytes.size(); start += unit_bytes)
            each(offset + start, bytes.subspan(start, unit_bytes));
    };
    job.on_progress = request.on_progress;
    job.stop = request.stop;
    return pump_blocks(io, job, request.limits, clock);
}

PumpOutcome SampleMemory::remember(BlockIo& io, const ReadBackRequest& request, const Clock& clock) {
    units_.clear();
    PumpOutcome outcome = read(io, request, clock, [this](uint64_t offset, ByteView unit) {
        if (!is_uniform(unit)) units_.push_back({offset, hash_of(unit)});
    });
    std::sort(units_.begin(), units_.end(), [](const Unit& a, const Unit& b) { return a.offset < b.offset; });
    return outcome;
}

ReadBack SampleMemory::compare(BlockIo& io, const ReadBackRequest& request, const Clock& clock) {
    ReadBack result;
    uint64_t informative = 0;
    PumpOutcome outcome = read(io, request, clock, [&](uint64_t offset, ByteView unit) {
        const auto before = std::lower_bound(units_.begin(), units_.end(), offset,
                                             [](const Unit& each, uint64_t at) { return each.offset < at; });
        if (before == units_.end() || before->offset != offset) return;
        ++informative;
        if (before->hash != hash_of(unit)) return;
        result.mismatching_sectors += std::max<uint64_t>(1, unit_bytes / request.sector_bytes);
        result.note_mismatch(offset);
    });
    result.take(std::move(outcome), request.sector_bytes);
    result.informative_places = informative;
    result.sample = plan_;
    result.sample->places.clear();
    return result;
}

}  // namespace regain
