#include "base/clock.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

TEST(Clock, writes_rfc_3339_in_utc) {
    EXPECT_EQ(to_rfc3339(WallTime{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339(WallTime{std::chrono::milliseconds{951782400999}}), "2000-02-29T00:00:00Z");
}

TEST(Clock, reads_back_only_its_own_form) {
    WallTime time;
    ASSERT_TRUE(from_rfc3339("2026-11-22T04:22:48Z", time));
    EXPECT_EQ(to_rfc3339(time), "2026-11-22T04:22:48Z");
    for (const char* wrong : {"2026-11-22", "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z",
                              "2026-11-22T04:22:48+01:00", "2026-11-22 04:22:48Z", "2026-11-22T04:22:48Z "})
        EXPECT_FALSE(from_rfc3339(wrong, time)) << wrong;
}

TEST(Clock, monotonic_time_does_not_go_back) {
    const SystemClock clock;
    const auto before = clock.monotonic();
    EXPECT_GE(clock.monotonic(), before);
}

}  // namespace
}  // namespace regain
