// What the reads of a verification tell of a drive's surface: drives whose speed over the sectors is known.

#include "wiper/surface_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <functional>

#include "tests/unit/wiper/wipe_fixtures.h"
#include "wiper/read_back.h"

namespace regain {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t gigabyte = 1'000'000'000;

/// Reads a drive from its first byte to its last one, eight requests in flight, as the pump does.
class Reader {
  public:
    explicit Reader(uint64_t size_bytes) : scan(size_bytes), size_(size_bytes) {}
    std::function<double(double part)> bytes_per_second = [](double) { return 100e6; };
    /// Beside its usual time; for a request at this offset.
    std::function<nanoseconds(uint64_t offset)> delay = [](uint64_t) { return nanoseconds(0); };
    std::function<bool(uint64_t offset)> fails = [](uint64_t) { return false; };
    /// What the run itself waits before it gives out a request.
    std::function<nanoseconds(uint64_t offset)> pause = [](uint64_t) { return nanoseconds(0); };

    void read() {
        struct Request {
            ByteRange range;
            MonotonicTime submitted;
        };
        std::deque<Request> under_way;
        MonotonicTime now;
        uint64_t next = 0;
        while (next < size_ || !under_way.empty()) {
            while (under_way.size() < 8 && next < size_) {
                if (const nanoseconds waited = pause(next); waited.count() != 0) scan.disturb(now += waited);
                under_way.push_back({{next, std::min(mebibyte, size_ - next)}, now});
                next += under_way.back().range.length;
            }
            const Request request = under_way.front();
            under_way.pop_front();
            const double part = static_cast<double>(request.range.offset) / static_cast<double>(size_);
            const double took = static_cast<double>(request.range.length) / bytes_per_second(part);
            now += nanoseconds(std::llround(took * 1e9)) + delay(request.range.offset);
            scan.take({request.range, request.submitted, now, !fails(request.range.offset), false});
        }
    }
    SurfaceScan scan;

  private:
    uint64_t size_;
};

double of_a_disk(double part) {
    return 180e6 * std::sqrt(1 - 0.75 * part);
}

uint64_t sum_of_bytes(const SurfaceRecord& record) {
    uint64_t sum = 0;
    for (const SurfaceRegion& region : record.regions) sum += region.bytes;
    return sum;
}

TEST(SurfaceScan, tells_the_curve_of_a_disk_and_calls_none_of_it_slow) {
    Reader reader(1000 * gigabyte);
    reader.bytes_per_second = of_a_disk;
    reader.read();
    const SurfaceRecord record = reader.scan.record();
    EXPECT_LE(record.regions.size(), SurfaceScan::most_regions);
    EXPECT_GT(record.regions.size(), 250U);
    EXPECT_EQ(sum_of_bytes(record), 1000 * gigabyte);
    EXPECT_EQ(record.not_judged, "");
    EXPECT_THAT(record.slow_regions, IsEmpty()) << "half as fast at the inner edge is no defect";
    for (size_t i = 0; i < record.regions.size(); ++i) {
        const double middle =
            (static_cast<double>(i) + 0.5) * static_cast<double>(record.region_bytes) / 1e12;
        EXPECT_NEAR(static_cast<double>(record.regions[i].bytes_per_second), of_a_disk(std::min(middle, 1.0)),
                    2e6);
    }
    EXPECT_NEAR(static_cast<double>(record.median_bytes_per_second), of_a_disk(0.5), 2e6);
    EXPECT_NEAR(static_cast<double>(record.minimum_bytes_per_second), 90e6, 2e6);
    EXPECT_EQ(record.stalls(), 0U);
    // Eight in flight: each waits for the seven before it.
    EXPECT_NEAR(static_cast<double>(record.slowest_us()), 8 * 1048576 / 90e6 * 1e6, 4e3);
}

TEST(SurfaceScan, finds_a_slow_zone_of_any_width_up_to_an_eighth) {
    for (const size_t width : {1U, 5U, 30U}) {
        Reader reader(500 * gigabyte);
        reader.bytes_per_second = [&](double part) {
            const bool is_zone = part >= 100.0 / 256 && part < (100.0 + static_cast<double>(width)) / 256;
            return of_a_disk(part) * (is_zone ? 0.3 : 1);
        };
        reader.read();
        const SurfaceRecord record = reader.scan.record();
        ASSERT_GE(record.slow_regions.size(), width) << width;
        ASSERT_LE(record.slow_regions.size(), width + 1) << width;
        EXPECT_EQ(record.slow_regions.front(), 100U);
    }
}

TEST(SurfaceScan, takes_no_step_for_a_defect) {
    // Another drive on the same bus from the middle on.
    Reader reader(500 * gigabyte);
    reader.bytes_per_second = [](double part) { return part < 0.5 ? 30e6 : 13e6; };
    reader.read();
    EXPECT_THAT(reader.scan.record().slow_regions, IsEmpty());
}

TEST(SurfaceScan, does_not_take_a_short_hiccup_of_a_fast_drive_for_a_slow_place) {
    // A region comes in half a second here.
    Reader reader(256 * gigabyte);
    reader.bytes_per_second = [](double) { return 2000e6; };
    reader.delay = [](uint64_t offset) {
        return offset / mebibyte == 5000 ? milliseconds(900) : milliseconds(0);
    };
    reader.read();
    const SurfaceRecord record = reader.scan.record();
    EXPECT_THAT(record.slow_regions, IsEmpty());
    EXPECT_EQ(record.stalls(), 0U);
    EXPECT_GE(record.slowest_us(), 900'000U);
}

TEST(SurfaceScan, counts_the_moments_in_which_nothing_came) {
    Reader reader(500 * gigabyte);
    reader.bytes_per_second = of_a_disk;
    reader.delay = [](uint64_t offset) { return seconds(offset / mebibyte % 100'000 == 70'000 ? 3 : 0); };
    reader.read();
    const SurfaceRecord record = reader.scan.record();
    EXPECT_EQ(record.stalls(), 5U);
    EXPECT_EQ(record.regions[70'000 * mebibyte / record.region_bytes].stalls, 1U);
    EXPECT_THAT(record.slow_regions, IsEmpty()) << "three seconds of twenty";
    EXPECT_GE(record.slowest_us(), 3'000'000U);
}

TEST(SurfaceScan, calls_no_slow_bus_a_stall) {
    // Twenty drives behind one hub: a second for each request.
    Reader reader(32 * gigabyte);
    reader.bytes_per_second = [](double) { return 0.9e6; };
    reader.read();
    EXPECT_EQ(reader.scan.record().stalls(), 0U);
}

TEST(SurfaceScan, leaves_out_what_the_run_waited_for_itself) {
    Reader reader(100 * gigabyte);
    reader.pause = [](uint64_t offset) {
        if (offset == 50'000 * mebibyte) return nanoseconds(std::chrono::minutes(8));
        return nanoseconds(offset > 80'000 * mebibyte ? milliseconds(6) : milliseconds(0));
    };
    reader.read();
    const SurfaceRecord record = reader.scan.record();
    EXPECT_EQ(sum_of_bytes(record), 100 * gigabyte);
    EXPECT_THAT(record.slow_regions, IsEmpty());
    EXPECT_EQ(record.stalls(), 0U);
    EXPECT_LT(record.slowest_us(), 100'000U);
    EXPECT_EQ(record.regions[record.regions.size() - 3].bytes_per_second, 0U)
        << "slowed down on purpose: not measured";
    EXPECT_NEAR(static_cast<double>(record.minimum_bytes_per_second), 100e6, 1e6);
}

TEST(SurfaceScan, leaves_out_the_time_in_which_the_machine_slept) {
    Reader reader(100 * gigabyte);
    reader.delay = [](uint64_t offset) { return std::chrono::hours(offset == 50'000 * mebibyte ? 7 : 0); };
    reader.read();
    const SurfaceRecord record = reader.scan.record();
    EXPECT_THAT(record.slow_regions, IsEmpty());
    EXPECT_EQ(record.stalls(), 0U);
}

TEST(SurfaceScan, counts_failures_and_not_what_waited_behind_them) {
    Reader reader(100 * gigabyte);
    const auto is_bad = [](uint64_t offset) { return offset == 30'000 * mebibyte; };
    reader.fails = is_bad;
    reader.delay = [&](uint64_t offset) { return seconds(is_bad(offset) ? 30 : 0); };
    reader.read();
    const SurfaceRecord record = reader.scan.record();
    EXPECT_EQ(record.failed_requests(), 1U);
    EXPECT_EQ(record.regions[30'000 * mebibyte / record.region_bytes].failed_requests, 1U);
    EXPECT_EQ(record.stalls(), 0U);
    EXPECT_THAT(record.slow_regions, IsEmpty());
    EXPECT_EQ(sum_of_bytes(record), 100 * gigabyte - mebibyte);
}

TEST(SurfaceScan, judges_nothing_it_was_told_not_to_or_that_is_too_small) {
    Reader reader(100 * gigabyte);
    reader.bytes_per_second = [](double part) { return part > 0.5 && part < 0.51 ? 1e6 : 100e6; };
    reader.read();
    EXPECT_GE(reader.scan.record().slow_regions.size(), 3U);
    EXPECT_EQ(reader.scan.record("virtual-drive").not_judged, "virtual-drive");
    EXPECT_THAT(reader.scan.record("virtual-drive").slow_regions, IsEmpty());
    Reader small(100 * mebibyte);
    small.read();
    EXPECT_EQ(small.scan.record().not_judged, "too-small");
    EXPECT_EQ(small.scan.record().regions.size(), 7U);
    Reader slowed_down(100 * gigabyte);
    slowed_down.pause = [](uint64_t) { return milliseconds(6); };
    slowed_down.read();
    EXPECT_EQ(slowed_down.scan.record().not_judged, "hardly-measured");
}

TEST(SurfaceScan, keeps_no_more_regions_for_a_huge_drive) {
    const SurfaceScan scan(uint64_t{1} << 60);
    EXPECT_EQ(scan.record().regions.size(), SurfaceScan::most_regions);
    EXPECT_EQ(SurfaceScan(0).record().regions.size(), 1U);
}

TEST(SurfaceRecord, comes_back_from_json_and_refuses_what_does_not_fit) {
    Reader reader(10 * gigabyte);
    reader.read();
    const SurfaceRecord record = reader.scan.record();
    const Json json = to_json(record);
    ASSERT_TRUE(canonical_json(json).ok());
    EXPECT_EQ(surface_record_from_json(json).value(), record);
    Json shorter = json;
    shorter["stalls"].erase(0);
    EXPECT_FALSE(surface_record_from_json(shorter).ok());
    Json beyond = json;
    beyond["slow_regions"] = Json::array({record.regions.size()});
    EXPECT_FALSE(surface_record_from_json(beyond).ok());
    Json negative = json;
    negative["bytes"][0] = -1;
    EXPECT_FALSE(surface_record_from_json(negative).ok());
    Json endless = json;
    for (int i = 0; i < 5000; ++i) endless["bytes"].push_back(1);
    EXPECT_FALSE(surface_record_from_json(endless).ok());
}

class SurfaceRun : public testing::Test {
  protected:
    static constexpr uint64_t size = 320 * mebibyte;
    WipeRecord run(const WipePolicy& policy) {
        DriveRecord drive = hard_disk(size);
        MemoryTarget target(size);
        target.faults().on_submit([this](const IoRequest&) { clock_.advance(milliseconds(10)); });
        WipeRunOptions options{clock_, {}, {}, {}, {}};
        return run_wipe(plan_for(drive, policy), {&target}, options);
    }
    static std::vector<SurfaceRecord> surfaces(const WipeRecord& record) {
        std::vector<SurfaceRecord> found;
        for (const EvidenceItem& item : record.evidence)
            if (item.kind == "surface") found.push_back(surface_record_from_json(item.facts).value());
        return found;
    }
    ManualClock clock_{WallTime(milliseconds(1795000000000))};
};

TEST_F(SurfaceRun, a_full_verification_leaves_the_curve_of_the_drive) {
    const WipeRecord record = run({});
    EXPECT_EQ(record.verdict, Verdict::cleared);
    const auto found = surfaces(record);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].node, "/dev/sda");
    EXPECT_EQ(sum_of_bytes(found[0]), size);
    ASSERT_EQ(found[0].regions.size(), 20U);
    for (const SurfaceRegion& region : found[0].regions) {
        EXPECT_EQ(region.bytes, 16 * mebibyte);
        EXPECT_NEAR(static_cast<double>(region.bytes_per_second), 104.9e6, 60e6);
    }
    EXPECT_EQ(found[0].not_judged, "");
}

TEST_F(SurfaceRun, a_sample_leaves_none) {
    EXPECT_THAT(surfaces(run({WipeLevel::best, "", VerifyKind::sample})), IsEmpty());
    EXPECT_THAT(surfaces(run({WipeLevel::best, "", VerifyKind::none})), IsEmpty());
}

}  // namespace
}  // namespace regain
