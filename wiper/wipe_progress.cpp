#include "wiper/wipe_progress.h"

#include <algorithm>

namespace regain {
namespace {

constexpr std::chrono::seconds rate_window{10};

std::optional<uint64_t> seconds_for(uint64_t bytes, uint64_t bytes_per_second) {
    if (bytes_per_second == 0) return std::nullopt;
    return bytes / bytes_per_second + (bytes % bytes_per_second != 0 ? 1 : 0);
}

}  // namespace

void ProgressMeter::plan(uint64_t step_count, uint64_t bulk_bytes) {
    progress_.step_count = step_count;
    progress_.plan_bytes_total = bulk_bytes;
}

void ProgressMeter::begin(std::string step, std::string node, uint64_t bytes_total, StepWeight weight,
                          std::optional<uint64_t> expected_minutes) {
    progress_.step = std::move(step);
    progress_.node = std::move(node);
    ++progress_.step_number;
    progress_.bytes_done = 0;
    progress_.bytes_total = bytes_total;
    progress_.failed_requests = 0;
    progress_.bytes_per_second = 0;
    progress_.expected_minutes = expected_minutes;
    weight_ = weight;
    readings_.clear();
    measure();
    report();
}

void ProgressMeter::update(uint64_t bytes_done, uint64_t failed_requests) {
    progress_.bytes_done = bytes_done;
    progress_.failed_requests = failed_requests;
    if (weight_ == StepWeight::bulk) progress_.plan_bytes_done = plan_bytes_before_ + bytes_done;
    if (reported_ && clock_.monotonic() - *reported_ < interval_) return;
    measure();
    report();
}

void ProgressMeter::end() {
    if (weight_ == StepWeight::bulk) plan_bytes_before_ += progress_.bytes_total;
    progress_.plan_bytes_done = plan_bytes_before_;
    measure();
    report();
}

void ProgressMeter::measure() {
    const MonotonicTime now = clock_.monotonic();
    readings_.push_back({now, progress_.bytes_done});
    while (readings_.size() > 2 && now - readings_.front().at > rate_window) readings_.pop_front();
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - readings_.front().at).count();
    if (elapsed > 0)
        progress_.bytes_per_second =
            (progress_.bytes_done - readings_.front().bytes) * 1000 / static_cast<uint64_t>(elapsed);
}

void ProgressMeter::report() {
    reported_ = clock_.monotonic();
    const uint64_t rate = progress_.bytes_per_second;
    progress_.seconds_left =
        seconds_for(progress_.bytes_total - std::min(progress_.bytes_done, progress_.bytes_total), rate);
    progress_.plan_seconds_left = seconds_for(
        progress_.plan_bytes_total - std::min(progress_.plan_bytes_done, progress_.plan_bytes_total), rate);
    if (weight_ == StepWeight::small) progress_.plan_seconds_left.reset();
    if (callback_) callback_(progress_);
}

}  // namespace regain
