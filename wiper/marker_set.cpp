#include "wiper/marker_set.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

// Random numbers for the places come from the marker stream itself, far beyond any drive's end.
constexpr uint64_t places_offset = uint64_t{1} << 62;
constexpr size_t requests_for_blocks = 32;
constexpr std::chrono::minutes time_for_failures{3};

uint64_t random_below(RandomStream& stream, uint64_t index, uint64_t bound) {
    std::array<uint8_t, 8> bytes{};
    stream.fill(places_offset + index * bytes.size(), bytes);
    return read_le64(bytes, 0) % bound;
}

uint64_t block_size_for(const MarkerSet::Geometry& geometry) {
    const uint64_t physical = std::max(geometry.physical_sector_bytes, geometry.alignment);
    const bool fits = physical % geometry.alignment == 0 && geometry.size_bytes % physical == 0;
    return fits ? physical : geometry.alignment;
}

/// That too much fails is told by the counts; the run ends where the drive is gone.
PumpOutcome going_on(PumpOutcome outcome) {
    if (!outcome.too_much_failed) return outcome;
    outcome.end = PumpEnd::completed;
    outcome.error.reset();
    return outcome;
}

}  // namespace

MarkerSet MarkerSet::choose(const Geometry& geometry, uint64_t count, RandomStream stream) {
    MarkerSet set(std::move(stream));
    const uint64_t block = block_size_for(geometry);
    const uint64_t blocks = geometry.size_bytes / block;
    const uint64_t regions = std::min(count, blocks);
    for (uint64_t region = 0; region < regions; ++region) {
        // Not first * blocks / regions: the product overflows on large drives.
        const auto start_of = [&](uint64_t i) {
            return blocks / regions * i + blocks % regions * i / regions;
        };
        const uint64_t start = start_of(region);
        const uint64_t length = start_of(region + 1) - start;
        uint64_t place = start + random_below(set.stream_, region, length);
        if (region + 1 == regions) place = blocks - 1;
        if (region == 0) place = 0;
        set.places_.push_back({place * block, block});
    }
    if (regions == 1 && blocks > 1) set.places_.push_back({(blocks - 1) * block, block});
    set.old_hashes_.resize(set.places_.size());
    set.facts_.planned = set.places_.size();
    set.facts_.block_bytes = block;
    return set;
}

MarkerSet MarkerSet::restored(RandomStream stream, std::vector<ByteRange> places, const MarkerFacts& facts) {
    MarkerSet set(std::move(stream));
    set.places_ = std::move(places);
    set.old_hashes_.resize(set.places_.size());
    set.facts_ = facts;
    return set;
}

size_t MarkerSet::index_at(uint64_t offset) const {
    const auto found =
        std::lower_bound(places_.begin(), places_.end(), offset,
                         [](const ByteRange& place, uint64_t at) { return place.offset < at; });
    return static_cast<size_t>(found - places_.begin());
}

Bytes MarkerSet::marker(uint64_t offset) {
    Bytes bytes(facts_.block_bytes);
    stream_.fill(offset, bytes);
    return bytes;
}

/// Small places all over the drive: many of them at a time, so that it can choose its way. A part of one is
/// worth nothing, and a drive with many bad ones has its data to lose first: they are not tried for long.
PumpLimits MarkerSet::for_blocks(PumpLimits limits) const {
    limits.chunk_bytes = facts_.block_bytes;
    limits.smallest_unit_bytes = facts_.block_bytes;
    limits.requests = std::max(limits.requests, requests_for_blocks);
    limits.retry_time = std::min<std::chrono::milliseconds>(limits.retry_time, time_for_failures);
    limits.without_success = std::min<std::chrono::milliseconds>(limits.without_success, time_for_failures);
    return limits;
}

PumpJob MarkerSet::job_for(IoOperation operation, std::stop_token stop) const {
    PumpJob job;
    job.operation = operation;
    job.next = listed_ranges(places_);
    job.on_progress = on_progress_;
    job.rest = rest_;
    job.stop = std::move(stop);
    return job;
}

PumpJob MarkerSet::reading(std::function<void(size_t index, ByteView bytes)> inspect,
                           std::stop_token stop) const {
    PumpJob job = job_for(IoOperation::read, std::move(stop));
    job.inspect = [this, inspect = std::move(inspect)](uint64_t offset, ByteView bytes) {
        const size_t index = index_at(offset);
        if (index < places_.size() && places_[index] == ByteRange{offset, bytes.size()})
            inspect(index, bytes);
    };
    return job;
}

PumpOutcome MarkerSet::write(BlockIo& io, const PumpLimits& limits, const Clock& clock,
                             std::stop_token stop) {
    uint64_t readable = 0;
    const PumpJob before = reading(
        [&](size_t index, ByteView bytes) {
            ++readable;
            old_hashes_[index] = sha256(bytes);
        },
        stop);
    PumpOutcome outcome = going_on(pump_blocks(io, before, for_blocks(limits), clock));
    facts_.unreadable_before = facts_.planned - readable;
    if (outcome.end != PumpEnd::completed) return outcome;

    PumpJob job = job_for(IoOperation::write, std::move(stop));
    job.fill = [this](uint64_t offset, MutableByteView bytes) { stream_.fill(offset, bytes); };
    outcome = going_on(pump_blocks(io, job, for_blocks(limits), clock));
    facts_.written = outcome.bytes / facts_.block_bytes;
    return outcome;
}

PumpOutcome MarkerSet::confirm(BlockIo& io, const PumpLimits& limits, const Clock& clock,
                               std::stop_token stop) {
    facts_.stored = 0;
    const PumpJob job = reading(
        [&](size_t index, ByteView bytes) {
            const Bytes expected = marker(places_[index].offset);
            if (std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end())) ++facts_.stored;
        },
        std::move(stop));
    return going_on(pump_blocks(io, job, for_blocks(limits), clock));
}

MarkerSet::Found MarkerSet::compare(size_t index, ByteView bytes) {
    const Bytes expected = marker(places_[index].offset);
    if (std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end())) return Found::still_there;
    const bool is_old = old_hashes_[index] && *old_hashes_[index] == sha256(bytes);
    return is_old ? Found::old_content : Found::unexpected;
}

PumpOutcome MarkerSet::check_with(const std::function<Found(size_t index, ByteView bytes)>& sort, BlockIo& io,
                                  const PumpLimits& limits, const Clock& clock, std::stop_token stop) {
    facts_.checked = facts_.gone = facts_.still_there = facts_.old_content = facts_.unexpected = 0;
    const PumpJob job = reading(
        [&](size_t index, ByteView bytes) {
            ++facts_.checked;
            const Found found = sort(index, bytes);
            if (found == Found::gone) ++facts_.gone;
            if (found == Found::still_there) ++facts_.still_there;
            if (found == Found::old_content) ++facts_.old_content;
            if (found == Found::unexpected) ++facts_.unexpected;
        },
        std::move(stop));
    return going_on(pump_blocks(io, job, for_blocks(limits), clock));
}

PumpOutcome MarkerSet::check(BlockIo& io, ExpectedContent& expected, const PumpLimits& limits,
                             const Clock& clock, std::stop_token stop) {
    // What must stand there comes first: where zeros stood before and are to stand now, nothing came back.
    const auto sort = [&](size_t index, ByteView bytes) {
        return expected.matches(places_[index].offset, bytes) ? Found::gone : compare(index, bytes);
    };
    return check_with(sort, io, limits, clock, std::move(stop));
}

PumpOutcome MarkerSet::check_anything_else(BlockIo& io, const PumpLimits& limits, const Clock& clock,
                                           std::stop_token stop) {
    const auto sort = [&](size_t index, ByteView bytes) {
        if (is_uniform(bytes)) return Found::gone;
        const Found found = compare(index, bytes);
        return found == Found::unexpected ? Found::gone : found;
    };
    return check_with(sort, io, limits, clock, std::move(stop));
}

Json to_json(const MarkerFacts& facts) {
    return Json{{"planned", facts.planned},
                {"block_bytes", facts.block_bytes},
                {"written", facts.written},
                {"unreadable_before", facts.unreadable_before},
                {"stored", facts.stored},
                {"checked", facts.checked},
                {"gone", facts.gone},
                {"still_there", facts.still_there},
                {"old_content", facts.old_content},
                {"unexpected", facts.unexpected}};
}

}  // namespace regain
