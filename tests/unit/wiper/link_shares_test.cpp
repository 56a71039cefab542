// Drives that share a link, simulated with a clock of their own: a link that favours some of its drives, the
// way a hub with a deep and a shallow device does.

#include "wiper/link_shares.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/fakes/memory_block_io.h"
#include "wiper/shared_link_io.h"

namespace regain {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t megabyte = 1'000'000;

/// A link of `capacity` bytes a second that serves its drives in order of their greed: each takes what it can
/// before the next one gets anything, save a trickle.
struct SimulatedLink {
    struct Drive {
        std::string name;
        uint64_t speed;  ///< what it could do alone
        uint64_t bytes = 0;
        uint64_t last = 0;  ///< bytes of the last second
    };
    uint64_t capacity = 0;
    std::vector<Drive> drives;
    LinkShares* shares = nullptr;  ///< null: nobody divides
    MonotonicTime now{};

    void run(seconds length) {
        for (seconds t{0}; t < length; ++t) {
            now += seconds(1);
            uint64_t left = capacity;
            for (Drive& drive : drives) {
                uint64_t wish = drive.speed;
                if (shares != nullptr) {
                    const uint64_t limit = shares->share_of(drive.name).bytes_per_second;
                    if (limit != 0) wish = std::min(wish, limit);
                }
                drive.last = std::max(std::min(wish, left), std::min<uint64_t>(wish, megabyte));
                left -= std::min(left, drive.last);
                drive.bytes += drive.last;
            }
            if (shares == nullptr) continue;
            for (Drive& drive : drives) shares->moved(drive.name, drive.bytes, true, now);
        }
    }
    void begin() {
        for (Drive& drive : drives) {
            shares->join(drive.name, "/usb2/2-1", now);
            shares->moved(drive.name, 0, true, now);
        }
    }
    uint64_t last_of(const std::string& name) const {
        for (const Drive& drive : drives)
            if (drive.name == name) return drive.last;
        return 0;
    }
};

SimulatedLink hub_that_starves_the_last() {
    return {300 * megabyte,
            {{"/dev/sda", 150 * megabyte}, {"/dev/sdb", 150 * megabyte}, {"/dev/sdc", 100 * megabyte}}};
}

TEST(SharedLink, starves_a_drive_where_nobody_divides_it) {
    SimulatedLink link = hub_that_starves_the_last();
    link.run(seconds(300));
    EXPECT_EQ(link.last_of("/dev/sdc"), megabyte);
    EXPECT_EQ(link.last_of("/dev/sda"), 150 * megabyte);
}

TEST(SharedLink, gives_a_starving_drive_its_part_and_says_so) {
    SimulatedLink link = hub_that_starves_the_last();
    LinkShares shares;
    link.shares = &shares;
    link.begin();
    link.run(seconds(300));
    EXPECT_GE(link.last_of("/dev/sdc"), link.last_of("/dev/sda") / 2);
    EXPECT_GE(link.last_of("/dev/sdc"), 50 * megabyte);
    const auto words = shares.take_words();
    ASSERT_EQ(words.size(), 1U);
    EXPECT_NE(in_english(words[0]).find("/dev/sdc hardly got anything"), std::string::npos);
    const uint64_t sum = link.last_of("/dev/sda") + link.last_of("/dev/sdb") + link.last_of("/dev/sdc");
    EXPECT_GE(sum, link.capacity * 8 / 10) << "and the link is not left idle for it";
}

TEST(SharedLink, gives_the_others_everything_back_when_the_drive_is_slow_by_itself) {
    SimulatedLink link{
        400 * megabyte,
        {{"/dev/sda", 150 * megabyte}, {"/dev/sdb", 150 * megabyte}, {"/dev/old", 8 * megabyte}}};
    LinkShares shares;
    link.shares = &shares;
    link.begin();
    link.run(seconds(120));
    EXPECT_EQ(link.last_of("/dev/sda"), 150 * megabyte);
    EXPECT_EQ(link.last_of("/dev/old"), 8 * megabyte);
    const auto words = shares.take_words();
    ASSERT_EQ(words.size(), 1U);
    EXPECT_NE(in_english(words[0]).find("not because of them"), std::string::npos);
    link.run(seconds(600));
    EXPECT_TRUE(shares.take_words().empty()) << "and is not tried again soon";
    EXPECT_GT(link.drives[0].bytes, 700 * 150 * megabyte) << "it cost the others next to nothing";
}

TEST(SharedLink, slows_nobody_for_a_drive_that_hangs) {
    SimulatedLink link{400 * megabyte, {{"/dev/sda", 150 * megabyte}, {"/dev/sdb", 150 * megabyte}}};
    link.drives.push_back({"/dev/sdc", 0});
    LinkShares shares;
    link.shares = &shares;
    link.begin();
    link.run(seconds(200));
    EXPECT_EQ(link.drives[0].bytes, 200 * 150 * megabyte);
    EXPECT_EQ(shares.share_of("/dev/sda").bytes_per_second, 0U);
}

TEST(SharedLink, lifts_the_limits_when_the_starving_drive_has_ended) {
    SimulatedLink link = hub_that_starves_the_last();
    LinkShares shares;
    link.shares = &shares;
    link.begin();
    link.run(seconds(120));
    ASSERT_GT(shares.share_of("/dev/sda").bytes_per_second, 0U);
    shares.leave("/dev/sdc", link.now);
    EXPECT_EQ(shares.share_of("/dev/sda").bytes_per_second, 0U);
}

TEST(SharedLink, divides_what_is_in_flight_equally) {
    LinkShares shares;
    for (int i = 0; i < 8; ++i) shares.join("drive" + std::to_string(i), "hub", {});
    shares.join("alone", "", {});
    EXPECT_EQ(shares.share_of("drive0").requests, LinkShares::requests_on_a_link / 8);
    EXPECT_EQ(shares.share_of("alone"), LinkShare{});
    for (int i = 8; i < 60; ++i) shares.join("drive" + std::to_string(i), "hub", {});
    EXPECT_EQ(shares.share_of("drive0").requests, LinkShares::least_requests);
    for (int i = 1; i < 60; ++i) shares.leave("drive" + std::to_string(i), {});
    EXPECT_EQ(shares.share_of("drive0"), LinkShare{}) << "alone on its link it takes what it likes";
}

TEST(LinkGate, lets_through_as_many_bytes_a_second_as_it_may) {
    LinkGate gate;
    MonotonicTime now{seconds(100)};
    gate.charge(megabyte, now);
    EXPECT_EQ(gate.debt(now).count(), 0) << "no limit";
    gate.set({4, 10 * megabyte});
    uint64_t bytes = 0;
    const MonotonicTime end = now + seconds(10);
    while (now < end) {
        const milliseconds wait = gate.debt(now);
        now += wait;
        if (wait.count() > 0) continue;
        gate.charge(megabyte, now);
        bytes += megabyte;
    }
    EXPECT_NEAR(static_cast<double>(bytes), 100.0 * megabyte, 3.0 * megabyte);
    gate.set({});
    EXPECT_EQ(gate.debt(now).count(), 0) << "a lifted limit holds nothing back";
}

TEST(SharedLinkIo, keeps_no_more_in_flight_than_it_may_and_loses_no_completion) {
    MemoryBlockIo memory(64 << 20);
    LinkGate gate;
    gate.set({2, 0});
    const SystemClock clock;
    SharedLinkIo io(memory, gate, clock);
    std::vector<AlignedBuffer> buffers;
    for (size_t i = 0; i < 8; ++i) buffers.emplace_back(1 << 20);
    for (size_t i = 0; i < 8; ++i) {
        ASSERT_TRUE(io.submit({IoOperation::write, i << 20, buffers[i].bytes(), i}).ok());
        EXPECT_LE(memory.in_flight(), 2U);
    }
    EXPECT_EQ(io.in_flight(), 8U);
    std::vector<IoCompletion> completions;
    while (io.in_flight() > 0) ASSERT_TRUE(io.wait(completions).ok());
    ASSERT_EQ(completions.size(), 8U);
    uint64_t tags = 0;
    for (const IoCompletion& completion : completions) tags |= uint64_t{1} << completion.tag;
    EXPECT_EQ(tags, 0xFFU);
}

}  // namespace
}  // namespace regain
