#include "wiper/wipe_progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace regain {
namespace {

using std::chrono::milliseconds;

TEST(ProgressMeter, tells_rate_and_time_left_from_the_clock) {
    ManualClock clock{WallTime{}};
    std::vector<WipeProgress> seen;
    ProgressMeter meter(clock, [&](const WipeProgress& progress) { seen.push_back(progress); });
    meter.plan(2, 2000, Medium::ssd);
    meter.begin("overwrite", "", 1000, ProgressMeter::StepWeight::bulk);
    clock.advance(milliseconds(1000));
    meter.update(100, 0);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[1].bytes_per_second, 100U);
    EXPECT_EQ(seen[1].seconds_left, 9U);
    EXPECT_EQ(seen[1].plan_seconds_left, 19U);
    EXPECT_EQ(seen[1].step_number, 1U);
    EXPECT_EQ(seen[1].step_count, 2U);
}

TEST(ProgressMeter, knows_that_a_disk_becomes_slower_towards_its_end) {
    ManualClock clock{WallTime{}};
    WipeProgress last;
    ProgressMeter meter(clock, [&](const WipeProgress& progress) { last = progress; });
    meter.plan(2, 2'000'000, Medium::hdd);
    meter.begin("overwrite", "", 1'000'000, ProgressMeter::StepWeight::bulk);
    for (uint64_t i = 1; i <= 20; ++i) {
        clock.advance(milliseconds(1000));
        meter.update(i * 1000, 0);
    }
    // 980 seconds at this rate; a third more at the rates that will come, and then everything once more.
    EXPECT_GT(last.seconds_left.value(), 1250U);
    EXPECT_LT(last.seconds_left.value(), 1400U);
    EXPECT_GT(last.plan_seconds_left.value(), 2550U);
    EXPECT_LT(last.plan_seconds_left.value(), 2850U);
}

TEST(ProgressMeter, does_not_know_the_rate_before_time_has_passed) {
    ManualClock clock{WallTime{}};
    WipeProgress last;
    ProgressMeter meter(clock, [&](const WipeProgress& progress) { last = progress; });
    meter.begin("verify", "", 1000, ProgressMeter::StepWeight::bulk);
    EXPECT_EQ(last.bytes_per_second, 0U);
    EXPECT_FALSE(last.seconds_left.has_value());
}

TEST(ProgressMeter, speaks_only_now_and_then) {
    ManualClock clock{WallTime{}};
    int calls = 0;
    ProgressMeter meter(clock, [&](const WipeProgress&) { ++calls; });
    meter.begin("overwrite", "", 1000, ProgressMeter::StepWeight::bulk);
    for (uint64_t i = 0; i < 100; ++i) {
        clock.advance(milliseconds(10));
        meter.update(i, 0);
    }
    EXPECT_EQ(calls, 1 + 2);
}

TEST(ProgressMeter, follows_a_drive_that_slows_down) {
    ManualClock clock{WallTime{}};
    WipeProgress last;
    ProgressMeter meter(clock, [&](const WipeProgress& progress) { last = progress; });
    meter.begin("overwrite", "", 1'000'000, ProgressMeter::StepWeight::bulk);
    uint64_t bytes = 0;
    for (int i = 0; i < 60; ++i) {
        clock.advance(milliseconds(1000));
        bytes += i < 30 ? 1000 : 10;
        meter.update(bytes, 0);
    }
    EXPECT_EQ(last.bytes_per_second, 10U);
}

TEST(ProgressMeter, of_several_passes_knows_from_the_first_one_what_the_others_take) {
    // Three passes over a disk whose last sectors are half as fast, in real time 1333 s each.
    ManualClock clock{WallTime{}};
    WipeProgress last;
    ProgressMeter meter(clock, [&](const WipeProgress& progress) { last = progress; });
    constexpr uint64_t bytes = 1'000'000'000;
    meter.plan(3, 3 * bytes, Medium::hdd);
    double seconds = 0;
    std::vector<std::pair<double, double>> said;  // and when
    for (int pass = 0; pass < 3; ++pass) {
        meter.begin(pass == 2 ? "verify" : "overwrite", "", bytes, ProgressMeter::StepWeight::bulk);
        double done = 0;
        while (done < bytes) {
            done += 1e6 * std::sqrt(1 - 0.75 * done / bytes);
            seconds += 1;
            clock.advance(milliseconds(1000));
            meter.update(std::min<uint64_t>(bytes, static_cast<uint64_t>(done)), 0);
            if (last.plan_seconds_left)
                said.push_back({seconds, static_cast<double>(*last.plan_seconds_left)});
        }
        meter.end();
    }
    for (const auto& [at, left] : said) {
        if (at < 0.1 * seconds / 3) continue;
        ASSERT_LT(std::abs(left - (seconds - at)) / seconds, 0.05) << at << " of " << seconds;
    }
}

TEST(ProgressMeter, counts_no_pause_for_the_rate_and_the_time_left) {
    ManualClock clock{WallTime{}};
    std::vector<WipeProgress> seen;
    ProgressMeter meter(clock, [&](const WipeProgress& progress) { seen.push_back(progress); });
    meter.plan(1, 1000, Medium::ssd);
    meter.begin("verify", "", 1000, ProgressMeter::StepWeight::bulk);
    for (uint64_t i = 1; i <= 5; ++i) {
        clock.advance(milliseconds(1000));
        meter.update(i * 100, 0);
    }
    meter.set_cooling(false);
    EXPECT_FALSE(seen.back().is_cooling);
    const size_t before = seen.size();
    meter.set_cooling(true);
    EXPECT_TRUE(seen.back().is_cooling);
    for (int i = 0; i < 60; ++i) {
        clock.advance(milliseconds(10'000));
        meter.set_cooling(true);
        EXPECT_NEAR(static_cast<double>(seen.back().seconds_left.value()), 5, 1) << "of work";
    }
    EXPECT_GT(seen.size(), before + 50) << "the supervisor hears of it";
    meter.set_cooling(false);
    EXPECT_FALSE(seen.back().is_cooling);
    clock.advance(milliseconds(1000));
    meter.update(600, 0);
    EXPECT_EQ(seen.back().bytes_per_second, 100U);
    EXPECT_NEAR(static_cast<double>(seen.back().seconds_left.value()), 4, 1);
}

}  // namespace
}  // namespace regain
