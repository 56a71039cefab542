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

/// What was said at a part of the pass is wrong by this part of the whole pass's time.
double error_at(const std::vector<Guess>& guesses, double part) {
    for (const Guess& guess : guesses)
        if (guess.part >= part) return std::abs(guess.said - guess.real) / (guesses.front().real + 5);
    ADD_FAILURE() << "nothing was said at " << part;
    return 1;
}

struct Bounds {
    double at_10, at_25, at_50;
};

void expect_within(const std::vector<Guess>& guesses, const Bounds& bounds, const char* what) {
    EXPECT_LT(error_at(guesses, 0.10), bounds.at_10) << what;
    EXPECT_LT(error_at(guesses, 0.25), bounds.at_25) << what;
    EXPECT_LT(error_at(guesses, 0.50), bounds.at_50) << what;
}

/// In zones, with another ratio of the last sectors' speed to the first ones'.
Speed disk_with_ratio(double ratio, unsigned seed) {
    return [=, random = std::mt19937(seed)](double part) mutable {
        const double zone = std::floor(part * 20) / 20;
        const double slowing = 1 - 1 / (ratio * ratio);
        return 180e6 * std::sqrt(1 - slowing * zone) *
               std::uniform_real_distribution<double>(0.95, 1.05)(random);
    };
}

// The bounds that docs/wiping.md states.
TEST(TimeLeft, keeps_its_bounds_on_disks) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        TimeLeft left(drive_bytes, usual_curve(Medium::hdd));
        expect_within(run_pass(left, disk_with_ratio(2, seed)), {0.05, 0.04, 0.03},
                      "half as fast at the end");
        for (const double ratio : {1.6, 2.4}) {
            TimeLeft other(drive_bytes, usual_curve(Medium::hdd));
            expect_within(run_pass(other, disk_with_ratio(ratio, seed)), {0.12, 0.08, 0.03},
                          "1.6 to 2.4 times");
        }
        TimeLeft unknown(drive_bytes, usual_curve(Medium::unknown));
        expect_within(run_pass(unknown, disk_with_ratio(2, seed)), {0.16, 0.08, 0.03}, "an unknown medium");
    }
}

TEST(TimeLeft, keeps_its_bounds_behind_a_slow_bus) {
    for (const double bus : {35e6, 120e6}) {
        TimeLeft left(drive_bytes, usual_curve(Medium::hdd));
        expect_within(run_pass(left, [=](double part) { return std::min(bus, of_a_disk(part)); }),
                      {0.35, 0.08, 0.05}, "a disk that could be faster");
    }
}

TEST(TimeLeft, keeps_its_bounds_when_the_cache_of_an_ssd_is_full) {
    for (const double full_at : {0.04, 0.15, 0.40}) {
        TimeLeft left(drive_bytes, usual_curve(Medium::ssd));
        const auto guesses = run_pass(left, [=](double part) { return part < full_at ? 450e6 : 120e6; });
        for (const Guess& guess : guesses) {
            if (guess.part > full_at + 0.07) {
                ASSERT_LT(std::abs(guess.said - guess.real) / guesses.front().real, 0.03)
                    << "full at " << full_at << ", said at " << guess.part;
            }
        }
    }
}

TEST(TimeLeft, keeps_its_bounds_behind_a_slow_zone) {
    struct Zone {
        double from, to, part_of_speed;
    };
    for (const Zone& zone : {Zone{0.05, 0.10, 0.25}, Zone{0.20, 0.22, 0.1}, Zone{0.40, 0.45, 0.25}}) {
        TimeLeft left(drive_bytes, usual_curve(Medium::hdd));
        const auto guesses = run_pass(left, [&](double part) {
            return of_a_disk(part) * (part > zone.from && part < zone.to ? zone.part_of_speed : 1);
        });
        for (const Guess& guess : guesses) {
            if (guess.part > zone.to + 0.07) {
                ASSERT_LT(std::abs(guess.said - guess.real) / guesses.front().real, 0.05)
                    << "zone from " << zone.from << ", said at " << guess.part;
            }
        }
    }
}

TEST(TimeLeft, learns_nothing_wrong_from_a_pass_without_a_curve) {
    TimeLeft first(drive_bytes, usual_curve(Medium::ssd));
    run_pass(first, [](double part) { return part < 0.3 ? 450e6 : 120e6; });
    EXPECT_EQ(first.curve().slowing, usual_curve(Medium::ssd).slowing);
}

}  // namespace
}  // namespace regain
