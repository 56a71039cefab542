#include "wiper/link_shares.h"

#include <algorithm>
#include <utility>

namespace regain {
namespace {

// The others give way by a half at first, so that a drive that is held back by them shows it at once.
constexpr uint64_t trial_numerator = 1;
constexpr uint64_t trial_denominator = 2;
// What a starving drive has to gain by that, to count as held back.
constexpr uint64_t gain_numerator = 3;
constexpr uint64_t gain_denominator = 2;
// A few bytes more or less say nothing.
constexpr uint64_t least_speed = 64 << 10;

}  // namespace

void LinkShares::join(const std::string& drive, const std::string& link, MonotonicTime now) {
    Rider& rider = riders_[drive] = Rider{};
    rider.link = link;
    if (!link.empty()) restart(link, now);
}

void LinkShares::leave(const std::string& drive, MonotonicTime now) {
    const auto found = riders_.find(drive);
    if (found == riders_.end()) return;
    const std::string link = found->second.link;
    riders_.erase(found);
    if (link.empty()) return;
    // Who is there now shares anew: what was learned with the other one holds no more.
    lift_limits(link, links_[link]);
    if (count_on(link) == 0)
        links_.erase(link);
    else
        restart(link, now);
}

void LinkShares::moved(const std::string& drive, uint64_t bytes, bool is_moving_data, MonotonicTime now) {
    const auto found = riders_.find(drive);
    if (found == riders_.end()) return;
    Rider& rider = found->second;
    // A step that begins or ends within the window makes its speed one of a part of it.
    if (rider.is_moving_data != is_moving_data) rider.speed.reset();
    const bool has_changed = rider.is_moving_data != is_moving_data;
    rider.is_moving_data = is_moving_data;
    rider.bytes = bytes;
    if (rider.link.empty()) return;
    if (has_changed) {
        lift_limits(rider.link, links_[rider.link]);
        restart(rider.link, now);
        return;
    }
    Link& link = links_[rider.link];
    if (now - link.mark >= window) close_window(rider.link, link, now);
}

LinkShare LinkShares::share_of(const std::string& drive) const {
    const auto found = riders_.find(drive);
    if (found == riders_.end() || found->second.link.empty()) return {};
    const size_t count = std::max<size_t>(1, count_on(found->second.link));
    if (count == 1) return {};
    return {std::clamp(requests_on_a_link / count, least_requests, most_requests), found->second.limit};
}

std::vector<Message> LinkShares::take_words() {
    return std::exchange(words_, {});
}

size_t LinkShares::count_on(const std::string& link) const {
    return static_cast<size_t>(std::count_if(riders_.begin(), riders_.end(),
                                             [&](const auto& entry) { return entry.second.link == link; }));
}

void LinkShares::restart(const std::string& link, MonotonicTime now) {
    links_[link].mark = now;
    for (auto& [name, rider] : riders_) {
        if (rider.link != link) continue;
        rider.bytes_at_mark = rider.bytes;
        rider.slow_since.reset();
    }
}

void LinkShares::close_window(const std::string& name, Link& link, MonotonicTime now) {
    const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(now - link.mark).count();
    for (auto& [drive, rider] : riders_) {
        if (rider.link != name) continue;
        const uint64_t bytes = rider.bytes - std::min(rider.bytes, rider.bytes_at_mark);
        rider.speed.reset();
        if (rider.is_moving_data)
            rider.speed = bytes * 1000 / static_cast<uint64_t>(std::max<int64_t>(1, length));
        rider.bytes_at_mark = rider.bytes;
    }
    link.mark = now;
    ++link.windows;
    switch (link.state) {
        case State::even:
            return look_for_starvation(name, link, now);
        case State::trial:
            return look_at_trial(name, link, now);
        case State::giving_way:
            return look_at_limits(name, link);
    }
}

uint64_t LinkShares::median_of_others(const std::string& name, const std::string& but) const {
    std::vector<uint64_t> speeds;
    for (const auto& [drive, rider] : riders_)
        if (rider.link == name && drive != but && rider.speed) speeds.push_back(*rider.speed);
    if (speeds.empty()) return 0;
    std::sort(speeds.begin(), speeds.end());
    return speeds[speeds.size() / 2];
}

void LinkShares::look_for_starvation(const std::string& name, Link& link, MonotonicTime now) {
    for (auto& [drive, rider] : riders_) {
        if (rider.link != name || !rider.speed) continue;
        const uint64_t others = median_of_others(name, drive);
        // One that moves nothing at all hangs: the others must not be slowed for it.
        const bool is_slow =
            others > least_speed && *rider.speed > 0 && *rider.speed < others / starving_part;
        const bool is_left_alone = rider.left_alone_until && now < *rider.left_alone_until;
        if (!is_slow || is_left_alone) {
            rider.slow_since.reset();
            continue;
        }
        if (!rider.slow_since) rider.slow_since = now - window;  // the whole window was slow
        if (now - *rider.slow_since < patience) continue;
        link.state = State::trial;
        link.starving = drive;
        link.speed_before = *rider.speed;
        link.windows = 0;
        limit_others(name, link, trial_numerator, trial_denominator);
        return;
    }
}

void LinkShares::look_at_trial(const std::string& name, Link& link, MonotonicTime now) {
    // What was in flight when the limits came is still in the first window.
    if (link.windows < 2) return;
    Rider& rider = riders_[link.starving];
    const uint64_t speed = rider.speed.value_or(0);
    if (speed >= least_speed && speed >= link.speed_before * gain_numerator / gain_denominator) {
        words_.push_back(
            message("{0} hardly got anything of the link that it shares with others: they are slowed for it.",
                    link.starving));
        link.state = State::giving_way;
        link.windows = 0;
        return;
    }
    rider.left_alone_until = now + rest;
    words_.push_back(
        message("{0} is much slower than the others on its link, and not because of them.", link.starving));
    lift_limits(name, link);
}

// The starving drive is to reach at least half of what the others do; what it does not use is given back.
void LinkShares::look_at_limits(const std::string& name, Link& link) {
    const uint64_t speed = riders_[link.starving].speed.value_or(0);
    const uint64_t others = median_of_others(name, link.starving);
    if (others == 0) return lift_limits(name, link);
    if (speed < others / 2)
        limit_others(name, link, 3, 4);
    else if (speed >= others)
        limit_others(name, link, 9, 8);
}

void LinkShares::limit_others(const std::string& name, const Link& link, uint64_t numerator,
                              uint64_t denominator) {
    for (auto& [drive, rider] : riders_) {
        if (rider.link != name || drive == link.starving || !rider.speed) continue;
        const uint64_t from = rider.limit != 0 ? rider.limit : *rider.speed;
        rider.limit = std::max<uint64_t>(from * numerator / denominator, least_speed);
    }
}

void LinkShares::lift_limits(const std::string& name, Link& link) {
    for (auto& [drive, rider] : riders_)
        if (rider.link == name) rider.limit = 0;
    link.state = State::even;
    link.starving.clear();
    link.windows = 0;
}

}  // namespace regain
