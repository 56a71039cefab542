// A drive that is overwritten is kept below the limit that it gives itself.

#include "wiper/heat_guard.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "wiper/drive_thermometer.h"

namespace regain {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Asks as the run does, for so long; a request takes 100 ms.
class Oven {
  public:
    std::function<std::optional<DriveTemperature>(bool is_writing, seconds since)> drive;
    void run(seconds length) {
        const MonotonicTime end = clock.monotonic() + length;
        while (clock.monotonic() < end) {
            const auto since = std::chrono::duration_cast<seconds>(clock.monotonic() - MonotonicTime{});
            if (guard.is_due(clock.monotonic())) {
                ++asked;
                guard.take(drive(!guard.is_pausing(), since), clock.monotonic());
            }
            const milliseconds pause = guard.wait(clock.monotonic());
            if (guard.is_pausing()) {
                clock.advance(pause);
                continue;
            }
            clock.advance(pause + milliseconds(100));
            ++requests;
        }
    }
    ManualClock clock{WallTime{}};
    HeatGuard guard;
    uint64_t requests = 0;
    uint64_t asked = 0;
};

TEST(HeatGuard, lets_a_cool_drive_run) {
    Oven oven;
    oven.drive = [](bool, seconds) { return DriveTemperature{35, 60, 85}; };
    oven.run(minutes(10));
    EXPECT_EQ(oven.requests, 6000U);
    const HeatFacts facts = oven.guard.facts().value();
    EXPECT_EQ(facts.pauses, 0U);
    EXPECT_EQ(facts.highest, 35);
    EXPECT_EQ(facts.limit, 60);
    EXPECT_LE(oven.asked, 31U) << "asking costs the drive a command";
}

TEST(HeatGuard, slows_down_near_the_limit) {
    Oven oven;
    oven.drive = [](bool, seconds) { return DriveTemperature{58, 60, {}}; };
    oven.run(seconds(60));
    EXPECT_LT(oven.requests, 600U);
    EXPECT_EQ(oven.guard.facts()->pauses, 0U);
}

TEST(HeatGuard, pauses_at_the_limit_and_goes_on_when_it_is_some_degrees_cooler) {
    Oven oven;
    double degrees = 50;
    oven.drive = [&](bool is_writing, seconds) {
        degrees += is_writing ? 2 : -1;
        return DriveTemperature{degrees, 60, {}};
    };
    oven.run(minutes(60));
    const HeatFacts facts = oven.guard.facts().value();
    EXPECT_GT(facts.pauses, 2U);
    EXPECT_LT(facts.highest, 63) << "one interval beyond the limit at most";
    EXPECT_GT(facts.paused, minutes(5));
    EXPECT_FALSE(facts.was_left_hot);
    EXPECT_GT(oven.requests, 6000U);
}

TEST(HeatGuard, does_not_wait_for_ever_for_a_drive_that_stays_hot) {
    Oven oven;
    oven.drive = [](bool, seconds) { return DriveTemperature{75, 60, {}}; };
    oven.run(minutes(60));
    const HeatFacts facts = oven.guard.facts().value();
    EXPECT_TRUE(facts.was_left_hot);
    EXPECT_EQ(facts.pauses, 1U);
    EXPECT_GE(facts.paused, HeatGuard::longest_pause);
    EXPECT_LE(facts.paused, HeatGuard::longest_pause + HeatGuard::interval_in_pause);
    EXPECT_GT(oven.requests, 15000U);
}

TEST(HeatGuard, ends_a_pause_when_the_sensor_falls_silent) {
    Oven oven;
    oven.drive = [](bool, seconds since) {
        return since < seconds(30) ? std::optional(DriveTemperature{75, 60, {}}) : std::nullopt;
    };
    oven.run(minutes(60));
    EXPECT_TRUE(oven.guard.facts()->was_left_hot);
    EXPECT_GT(oven.requests, 15000U);
}

TEST(HeatGuard, keeps_well_below_a_critical_limit_that_stands_alone) {
    Oven oven;
    oven.drive = [](bool, seconds) { return DriveTemperature{66, {}, 70}; };
    oven.run(seconds(30));
    EXPECT_EQ(oven.guard.facts()->limit, 65);
    EXPECT_EQ(oven.guard.facts()->pauses, 1U);
}

TEST(HeatGuard, does_not_ask_a_drive_without_a_sensor_again_and_again) {
    Oven oven;
    oven.drive = [](bool, seconds) { return std::nullopt; };
    oven.run(minutes(60));
    EXPECT_LE(oven.asked, 3U);
    EXPECT_FALSE(oven.guard.facts().has_value());
    EXPECT_EQ(oven.requests, 36000U);
}

TEST(HeatGuard, of_a_drive_without_limits_only_tells_what_it_saw) {
    Oven oven;
    oven.drive = [](bool, seconds) { return DriveTemperature{90, {}, {}}; };
    oven.run(minutes(5));
    EXPECT_EQ(oven.guard.facts()->pauses, 0U);
    EXPECT_EQ(to_json(*oven.guard.facts())["limit_millicelsius"], nullptr);
    EXPECT_EQ(to_json(*oven.guard.facts())["highest_millicelsius"], 90000);
}

TEST(HeatGuard, only_looks_while_the_drive_erases_itself) {
    HeatGuard guard;
    ManualClock clock{WallTime{}};
    guard.look({75, 60, {}, "nvme-log"}, clock.monotonic());
    EXPECT_FALSE(guard.is_pausing());
    EXPECT_EQ(guard.facts()->highest, 75);
    EXPECT_EQ(guard.facts()->pauses, 0U);
    EXPECT_FALSE(guard.is_due(clock.monotonic()));
    EXPECT_EQ(to_json(*guard.facts())["source"], "nvme-log");
}

/// A SCSI device that counts how often it is asked, and has nothing to say.
class SilentDevice final : public ScsiTransport {
  public:
    Result<ScsiReply> send(const ScsiCommand&) override {
        ++asked;
        return ScsiReply{scsi_check_condition, {}, {}};
    }
    int asked = 0;
};

TEST(DriveThermometer, believes_the_kernel_first_and_asks_the_drive_in_vain_only_once) {
    std::optional<DriveTemperature> kernel = DriveTemperature{40, {}, {}};
    SilentDevice device;
    EraseChannels channels;
    channels.scsi = &device;
    DriveThermometer thermometer([&] { return kernel; }, channels);
    EXPECT_EQ(thermometer.read()->now, 40);
    EXPECT_EQ(device.asked, 0);
    kernel.reset();
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(thermometer.read());
    EXPECT_EQ(device.asked, 1);
    kernel = DriveTemperature{45, {}, {}};
    EXPECT_EQ(thermometer.read()->now, 45) << "the module was loaded in between";
    const EraseChannels none;
    EXPECT_FALSE(DriveThermometer([] { return std::nullopt; }, none).read());
}

}  // namespace
}  // namespace regain
