#include "wiper/time_left.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace regain {
namespace {

constexpr double disk_slowing = 0.75;  // half as fast at the end
constexpr double unknown_slowing = 0.4;
constexpr double most_slowing = 0.95;
constexpr double reading_step = 0.01;
constexpr double recent_part = 0.05;
// How much of the pass must disagree with what was expected before that is given up.
constexpr double trust_in_expected = 0.012;
// Readings that no curve comes nearer to: a cache that was full, another drive on the bus, a bad zone. Then
// only the pace of the last minutes counts.
constexpr double no_curve = 0.009;

}  // namespace

double SpeedCurve::work(double from, double to) const {
    if (slowing < 1e-6) return to - from;
    return 2 / slowing * (std::sqrt(1 - slowing * from) - std::sqrt(1 - slowing * to));
}

SpeedCurve usual_curve(Medium medium) {
    if (medium == Medium::hdd) return {disk_slowing};
    const bool is_flash = medium == Medium::ssd || medium == Medium::emmc || medium == Medium::flash;
    return {is_flash ? 0 : unknown_slowing};
}

void TimeLeft::note(uint64_t bytes_done, std::chrono::milliseconds since_start) {
    if (total_ == 0) return;
    const double part = std::min(1.0, static_cast<double>(bytes_done) / static_cast<double>(total_));
    const Reading now{part, static_cast<double>(since_start.count()) / 1000};
    // The last one moves with the pass; a hundredth after the one before it, it stays.
    const bool is_last_fixed =
        readings_.size() < 2 || readings_.back().part - readings_[readings_.size() - 2].part >= reading_step;
    if (is_last_fixed)
        readings_.push_back(now);
    else
        readings_.back() = now;
}

double TimeLeft::pace(const SpeedCurve& curve) const {
    const Reading& last = readings_.back();
    auto first = readings_.rbegin();
    while (first + 1 != readings_.rend() && last.part - first->part < recent_part) ++first;
    const double work = curve.work(first->part, last.part);
    return work > 0 ? (last.seconds - first->seconds) / work : 0;
}

SpeedCurve TimeLeft::curve() const {
    const Reading& last = readings_.back();
    if (last.part < 3 * reading_step) return expected_;
    SpeedCurve best = expected_;
    double least = std::numeric_limits<double>::max();
    double misfit_of_best = 0;
    for (double slowing = 0; slowing <= most_slowing; slowing += 0.05) {
        const SpeedCurve curve{slowing};
        const double whole = curve.work(0, last.part);
        double misfit = 0;
        for (const Reading& reading : readings_) {
            const double off = curve.work(0, reading.part) / whole - reading.seconds / last.seconds;
            misfit += off * off;
        }
        misfit = std::sqrt(misfit / static_cast<double>(readings_.size()));
        const double doubt = trust_in_expected * std::abs(slowing - expected_.slowing) * (1 - last.part);
        if (misfit + doubt >= least) continue;
        least = misfit + doubt;
        misfit_of_best = misfit;
        best = curve;
    }
    return misfit_of_best > no_curve ? expected_ : best;
}

std::optional<std::chrono::seconds> TimeLeft::left() const {
    const Reading& last = readings_.back();
    if (last.seconds < 1 || last.part <= 0) return std::nullopt;
    const SpeedCurve learned = curve();
    return std::chrono::seconds(std::llround(std::ceil(pace(learned) * learned.work(last.part, 1))));
}

std::optional<std::chrono::seconds> TimeLeft::whole() const {
    const auto rest = left();
    if (!rest) return std::nullopt;
    return *rest + std::chrono::seconds(std::llround(readings_.back().seconds));
}

}  // namespace regain
