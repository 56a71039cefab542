#include "wiper/sample_plan.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

RandomStream numbered_stream(uint8_t number) {
    RandomStream::Key key;
    key.key[0] = number;
    key.key[1] = static_cast<uint8_t>(number >> 4);
    return RandomStream(key);
}

TEST(SamplePlan, reads_all_of_a_small_drive) {
    const SamplePlan plan = plan_samples(8 << 20, 512, 10'000, numbered_stream(1));
    ASSERT_EQ(plan.places.size(), 1U);
    EXPECT_EQ(plan.places[0], (ByteRange{0, 8 << 20}));
    EXPECT_EQ(plan.share_ppm, 1'000'000U);
    EXPECT_EQ(plan.detectable_leftover_bytes, 1U);
}

TEST(SamplePlan, gives_every_region_its_places_and_always_reads_the_ends) {
    const uint64_t size = 500'107'862'016;
    const SamplePlan plan = plan_samples(size, 512, 10'000, numbered_stream(2));
    EXPECT_EQ(plan.places.front().offset, 0U);
    EXPECT_EQ(plan.places.back().offset + plan.places.back().length, size);
    EXPECT_GE(plan.share_ppm, 10'000U);
    EXPECT_LT(plan.share_ppm, 11'000U);
    EXPECT_EQ(plan.random_places, plan.regions * 4);
    uint64_t end = 0;
    for (const ByteRange& place : plan.places) {
        EXPECT_EQ(place.offset % 512, 0U);
        EXPECT_EQ(place.length % 512, 0U);
        EXPECT_GE(place.offset, end) << "places overlap";
        EXPECT_LT(place.offset - end, 2 * plan.region_bytes) << "a region without a place";
        end = place.offset + place.length;
    }
}

TEST(SamplePlan, chooses_other_places_each_time) {
    const SamplePlan first = plan_samples(uint64_t{64} << 30, 512, 10'000, RandomStream::fresh());
    const SamplePlan second = plan_samples(uint64_t{64} << 30, 512, 10'000, RandomStream::fresh());
    EXPECT_NE(first.places, second.places);
}

TEST(SamplePlan, states_the_left_over_in_whole_bytes_rounded_up) {
    // S ln(100) / n with S = 1000 regions of 1 MiB and 4000 places
    EXPECT_EQ(detectable_leftover(1000, 1 << 20, 4000), 1'207'218U);
    EXPECT_EQ(detectable_leftover(1, 4096, 1), 4096U) << "never more than the drive";
    EXPECT_EQ(detectable_leftover(uint64_t{1} << 32, uint64_t{1} << 31, 1000000),
              static_cast<uint64_t>(42475205426335))
        << "no overflow on the largest drive";
}

// The promise of 99 % put to the test with left-overs of exactly the stated size, scattered evenly (the worst
// arrangement), for many drawings of places: fixed keys, so the outcome is always the same.
TEST(SamplePlan, finds_the_stated_left_over_in_99_of_100_drawings) {
    const uint64_t size = uint64_t{1} << 30;
    int missed = 0;
    constexpr int drawings = 250;
    for (int i = 0; i < drawings; ++i) {
        const SamplePlan plan = plan_samples(size, 512, 1'000, numbered_stream(static_cast<uint8_t>(i)));
        ASSERT_GT(plan.random_places, 1000U);
        const uint64_t place_bytes = plan.places[1].length;
        const uint64_t pieces = plan.detectable_leftover_bytes / place_bytes;
        ASSERT_GT(pieces, 10U);
        bool found = false;
        for (uint64_t piece = 0; piece < pieces && !found; ++piece) {
            const uint64_t left_over = (piece * (size / pieces) / place_bytes + 7) * place_bytes;
            for (const ByteRange& place : plan.places) found = found || place.offset == left_over;
        }
        missed += found ? 0 : 1;
    }
    EXPECT_LE(missed, drawings * 2 / 100);
    EXPECT_GE(drawings - missed, 1);
}

}  // namespace
}  // namespace regain
