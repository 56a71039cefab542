// The time left of a pass, tried on drives whose speed over the sectors is known.

#include "wiper/time_left.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace regain {
namespace {

using Speed = std::function<double(double part)>;  // bytes a second
constexpr uint64_t drive_bytes = 500'000'000'000;

struct Guess {
    double part;
    double said;  ///< seconds left
    double real;
};

/// What was said all along a pass, and what was true.
std::vector<Guess> run_pass(TimeLeft& left, const Speed& speed) {
    constexpr double step = 5;  // seconds between two looks
    std::vector<Guess> guesses;
    double done = 0;
    double seconds = 0;
    while (done < static_cast<double>(drive_bytes)) {
        const double part = done / static_cast<double>(drive_bytes);
        done += speed(part) * step;
        seconds += step;
        left.note(static_cast<uint64_t>(std::min(done, static_cast<double>(drive_bytes))),
                  std::chrono::milliseconds(std::llround(seconds * 1000)));
        if (const auto said = left.left())
            guesses.push_back({std::min(1.0, done / static_cast<double>(drive_bytes)),
                               static_cast<double>(said->count()), seconds});
    }
    for (Guess& guess : guesses) guess.real = seconds - guess.real;
    return guesses;
}

/// The largest error after `from`, as a part of the whole pass's time.
double worst_error(const std::vector<Guess>& guesses, double from) {
    double worst = 0;
    for (const Guess& guess : guesses)
        if (guess.part >= from)
            worst = std::max(worst, std::abs(guess.said - guess.real) / guesses.front().real);
    return worst;
}

double of_a_disk(double part) {
    return 180e6 * std::sqrt(1 - 0.75 * part);
}

/// As disks have it: some twenty zones, and a rate that trembles.
Speed in_zones(unsigned seed) {
    return [random = std::mt19937(seed)](double part) mutable {
        const double zone = std::floor(part * 20) / 20;
        return of_a_disk(zone) * std::uniform_real_distribution<double>(0.93, 1.03)(random);
    };
}

TEST(TimeLeft, of_a_disk_can_be_believed_from_the_first_minutes) {
    TimeLeft left(drive_bytes, usual_curve(Medium::hdd));
    const auto guesses = run_pass(left, in_zones(1));
    EXPECT_LT(worst_error(guesses, 0.02), 0.06);
    EXPECT_LT(worst_error(guesses, 0.5), 0.03);
}

TEST(TimeLeft, of_flash_is_what_the_rate_says) {
    TimeLeft left(drive_bytes, usual_curve(Medium::ssd));
    const auto guesses = run_pass(left, [](double) { return 450e6; });
    EXPECT_LT(worst_error(guesses, 0.0), 0.01);
}

TEST(TimeLeft, learns_the_curve_of_a_drive_that_was_taken_for_another) {
    TimeLeft disk_taken_for_flash(drive_bytes, usual_curve(Medium::ssd));
    EXPECT_LT(worst_error(run_pass(disk_taken_for_flash, in_zones(2)), 0.5), 0.05);
    TimeLeft flash_taken_for_disk(drive_bytes, usual_curve(Medium::hdd));
    EXPECT_LT(worst_error(run_pass(flash_taken_for_disk, [](double) { return 200e6; }), 0.5), 0.05);
}

TEST(TimeLeft, of_the_second_pass_knows_what_the_first_one_learned) {
    TimeLeft first(drive_bytes, usual_curve(Medium::unknown));
    run_pass(first, in_zones(3));
    TimeLeft second(drive_bytes, first.curve());
    EXPECT_LT(worst_error(run_pass(second, in_zones(4)), 0.02), 0.06);
}

TEST(TimeLeft, follows_a_bus_that_is_slower_than_the_disk) {
    // USB 2: 35 MB/s everywhere.
    TimeLeft left(drive_bytes, usual_curve(Medium::hdd));
    const auto guesses = run_pass(left, [](double part) { return std::min(35e6, of_a_disk(part)); });
    EXPECT_LT(worst_error(guesses, 0.3), 0.12);
    EXPECT_LT(worst_error(guesses, 0.7), 0.05);
}

TEST(TimeLeft, follows_a_drive_that_becomes_slow_in_the_middle) {
    TimeLeft left(drive_bytes, usual_curve(Medium::hdd));
    const auto guesses =
        run_pass(left, [](double part) { return of_a_disk(part) * (part > 0.4 ? 0.25 : 1); });
    EXPECT_LT(worst_error(guesses, 0.5), 0.15);
}

TEST(TimeLeft, says_nothing_before_it_knows) {
    TimeLeft left(drive_bytes, usual_curve(Medium::hdd));
    EXPECT_FALSE(left.left());
    left.note(0, std::chrono::milliseconds(5000));
    EXPECT_FALSE(left.left());
    left.note(1'000'000, std::chrono::milliseconds(5100));
    EXPECT_TRUE(left.left());
    TimeLeft nothing(0, usual_curve(Medium::hdd));
    nothing.note(0, std::chrono::milliseconds(5000));
    EXPECT_FALSE(nothing.left());
}

}  // namespace
}  // namespace regain
