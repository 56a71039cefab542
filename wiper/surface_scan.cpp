#include "wiper/surface_scan.h"

#include <algorithm>

namespace regain {
namespace {

constexpr uint64_t mebibyte = uint64_t{1} << 20;
constexpr int64_t ns_in_second = 1'000'000'000;
constexpr int64_t ns_in_microsecond = 1'000;
constexpr uint64_t us_in_second = 1'000'000;
constexpr size_t fewest_neighbours = 8;

int64_t ns_between(MonotonicTime from, MonotonicTime to) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

int64_t in_ns(std::chrono::seconds time) {
    return std::chrono::nanoseconds(time).count();
}

uint64_t region_size(uint64_t size_bytes) {
    const uint64_t part = (size_bytes + SurfaceScan::most_regions - 1) / SurfaceScan::most_regions;
    // Whole requests: they begin at multiples of a mebibyte.
    return std::max((part + mebibyte - 1) / mebibyte * mebibyte, SurfaceScan::smallest_region_bytes);
}

/// Of the two in the middle the smaller one, so that the middle of a step is not slow; 0 for none.
uint64_t median_of(std::vector<uint64_t> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

SurfaceScan::SurfaceScan(uint64_t size_bytes)
    : size_bytes_(size_bytes),
      region_bytes_(region_size(size_bytes)),
      regions_(std::max<uint64_t>(1, (size_bytes + region_bytes_ - 1) / region_bytes_)) {}

// Several requests are under way, and a drive works on one after the other: the time of a request is that
// since the one before it ended. Where nothing was under way then, since it was given out.
void SurfaceScan::take(const PumpTransfer& transfer) {
    Region& region = regions_[std::min(transfer.range.offset / region_bytes_, regions_.size() - 1)];
    const int64_t ns = ns_between(std::max(transfer.submitted, last_), transfer.completed);
    last_ = transfer.completed;
    if (!transfer.succeeded) {
        // What waited behind a failure waited for it, not for the drive's own speed.
        ++region.failed_requests;
        disturb(transfer.completed);
        return;
    }
    region.bytes += transfer.range.length;
    if (transfer.is_retry || transfer.submitted < disturbed_until_ || ns >= in_ns(asleep)) return;
    region.timed_bytes += transfer.range.length;
    region.timed_ns += ns;
    region.slowest_ns = std::max(region.slowest_ns, ns_between(transfer.submitted, transfer.completed));
    if (usual_ns_ == 0) usual_ns_ = ns;
    if (is_stall(ns))
        ++region.stalls;
    else
        usual_ns_ += (ns - usual_ns_) / 64;
}

bool SurfaceScan::is_stall(int64_t ns) const {
    return ns >= in_ns(stall) && ns >= times_longer * usual_ns_;
}

SurfaceRecord SurfaceScan::record(const std::string& not_judged) const {
    SurfaceRecord record;
    record.size_bytes = size_bytes_;
    record.region_bytes = region_bytes_;
    std::vector<uint64_t> speeds;
    for (const Region& region : regions_) {
        SurfaceRegion& found = record.regions.emplace_back();
        found.bytes = region.bytes;
        found.slowest_us = static_cast<uint64_t>(region.slowest_ns / ns_in_microsecond);
        found.stalls = region.stalls;
        found.failed_requests = region.failed_requests;
        if (region.timed_bytes == 0) continue;
        // In microseconds: a region of terabytes does not overflow.
        const auto us = static_cast<uint64_t>(std::max<int64_t>(1, region.timed_ns / ns_in_microsecond));
        found.bytes_per_second = std::max<uint64_t>(1, region.timed_bytes * us_in_second / us);
        speeds.push_back(found.bytes_per_second);
    }
    record.median_bytes_per_second = median_of(speeds);
    if (!speeds.empty()) record.minimum_bytes_per_second = *std::min_element(speeds.begin(), speeds.end());
    record.not_judged = not_judged;
    if (record.not_judged.empty() && regions_.size() < fewest_regions) record.not_judged = "too-small";
    if (record.not_judged.empty() && speeds.size() * 2 < regions_.size())
        record.not_judged = "hardly-measured";
    if (record.not_judged.empty()) record.slow_regions = slow_regions(record.regions);
    return record;
}

std::vector<uint64_t> SurfaceScan::slow_regions(const std::vector<SurfaceRegion>& regions) const {
    std::vector<uint64_t> slow;
    for (size_t i = 0; i < regions.size(); ++i) {
        if (regions[i].bytes_per_second == 0) continue;
        std::vector<uint64_t> around;
        const size_t end = std::min(regions.size(), i + neighbours + 1);
        for (size_t j = i - std::min(i, neighbours); j < end; ++j)
            if (j != i && regions[j].bytes_per_second != 0) around.push_back(regions[j].bytes_per_second);
        if (around.size() < fewest_neighbours) continue;
        const uint64_t usual = median_of(std::move(around));
        const auto expected_ns = static_cast<int64_t>(static_cast<double>(regions_[i].timed_bytes) /
                                                      static_cast<double>(usual) * ns_in_second);
        const bool is_slow = regions[i].bytes_per_second * times_slower < usual;
        if (is_slow && regions_[i].timed_ns - expected_ns >= in_ns(lost)) slow.push_back(i);
    }
    return slow;
}

}  // namespace regain
