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

void ProgressMeter::plan(uint64_t step_count, uint64_t bulk_bytes, Medium medium) {
    medium_ = medium;
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
    step_began_ = clock_.monotonic();
    cooled_ = {};
    progress_.is_cooling = false;
    time_left_.reset();
    if (weight == StepWeight::bulk && !expected_minutes)
        time_left_.emplace(bytes_total, curve_.value_or(usual_curve(medium_)));
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
    if (time_left_) curve_ = time_left_->curve();
    if (weight_ == StepWeight::bulk) plan_bytes_before_ += progress_.bytes_total;
    progress_.plan_bytes_done = plan_bytes_before_;
    measure();
    report();
}

void ProgressMeter::set_cooling(bool is_cooling) {
    if (!is_cooling && !progress_.is_cooling) return;
    const MonotonicTime now = clock_.monotonic();
    if (!progress_.is_cooling) cooling_began_ = now;
    if (!is_cooling) {
        cooled_ += now - cooling_began_;
        readings_.clear();
        readings_.push_back({now, progress_.bytes_done});
    }
    progress_.is_cooling = is_cooling;
    report();
}

/// Of this step, without the pauses.
std::chrono::milliseconds ProgressMeter::working_time() const {
    const MonotonicTime until = progress_.is_cooling ? cooling_began_ : clock_.monotonic();
    return std::chrono::duration_cast<std::chrono::milliseconds>(until - step_began_ - cooled_);
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
    tell_time_left();
    if (callback_) callback_(progress_);
}

/// The steps that follow are taken to be as fast as this one, over as many bytes.
void ProgressMeter::tell_time_left() {
    const uint64_t rate = progress_.bytes_per_second;
    const uint64_t step_bytes = progress_.bytes_total - std::min(progress_.bytes_done, progress_.bytes_total);
    const uint64_t plan_bytes =
        progress_.plan_bytes_total - std::min(progress_.plan_bytes_done, progress_.plan_bytes_total);
    progress_.seconds_left = seconds_for(step_bytes, rate);
    progress_.plan_seconds_left = seconds_for(plan_bytes, rate);
    if (weight_ == StepWeight::small) return progress_.plan_seconds_left.reset();
    if (!time_left_) return;
    time_left_->note(progress_.bytes_done, working_time());
    const auto left = time_left_->left();
    const auto whole = time_left_->whole();
    if (!left || !whole || progress_.bytes_total == 0) return;
    progress_.seconds_left = static_cast<uint64_t>(left->count());
    const uint64_t later_bytes = plan_bytes - std::min(plan_bytes, step_bytes);
    const double later = static_cast<double>(later_bytes) / static_cast<double>(progress_.bytes_total);
    progress_.plan_seconds_left =
        *progress_.seconds_left + static_cast<uint64_t>(later * static_cast<double>(whole->count()));
}

}  // namespace regain
