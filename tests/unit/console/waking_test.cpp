// Frozen drives before anything is confirmed: explained, offered, woken, asked again; and the numbers on
// labels. The machine, its sleep and its drives are simulated.

#include "console/waking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "console/label_numbers.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_channels.h"
#include "wiper/capability_reader.h"
#include "wiper/wipe_planner.h"

namespace regain {
namespace {

using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;
using simulator::SimulatedChannels;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const WipePolicy best{WipeLevel::best, "", {}};
const WipePolicy purge{WipeLevel::purge, "", {}};

class FakeSleep final : public MachineSleep {
  public:
    std::optional<Message> obstacle() override { return why_not; }
    Status sleep(std::chrono::seconds duration) override {
        ++times;
        slept = duration;
        if (fails) return error(ErrorKind::failed, message("put the machine to sleep"), message("busy"));
        on_wake();
        return done();
    }
    std::optional<Message> why_not;
    bool fails = false;
    int times = 0;
    std::chrono::seconds slept{0};
    std::function<void()> on_wake = [] {};
};

simulator::AtaDriveModel frozen_disk() {
    simulator::AtaDriveModel model;
    model.firmware_freezes_security = true;  // the overlay too
    return model;
}

/// One machine with one disk that the firmware froze.
class Waking : public testing::Test {
  protected:
    Waking() {
        record.path = "/dev/sda";
        record.bus = Bus::ata;
        record.protocol = "ata";
        record.medium = Medium::hdd;
        record.model = "SIMULATED DISK";
        record.serial = "SIM00001";
        record.size_bytes = disk.addressable_sectors() * 512;
        record.logical_sector_bytes = 512;
        record.device_number = 2048;
        record.nodes = {{record.path, "main", record.size_bytes, 7}};
        choice.drives = {record};
        choice.confirmations = {record.serial};
        channels.put("/dev/sda", libata);
        present = {record};
        sleep.on_wake = [this] { disk.suspend_and_wake(); };
    }

    WakingMeans means() {
        return {sleep,
                [this]() -> Result<std::vector<DriveRecord>> {
                    ++discoveries;
                    return present;
                },
                [this](const DriveRecord& drive) {
                    return read_capabilities(drive, {channels, bridges, clock});
                },
                [this](const std::vector<DriveRecord>& frozen) -> Result<bool> {
                    asked += frozen.size();
                    return answer;
                },
                [this](const Message& text) { said.push_back(fill_placeholders(text.id, text.arguments)); },
                [this]() -> Status {
                    notes.emplace_back("asleep");
                    return done();
                },
                [this] { notes.emplace_back("awake"); },
                [this](std::chrono::milliseconds) {
                    if (on_wait) on_wait();
                }};
    }
    Result<std::vector<DriveCapabilities>> run(const WipePolicy& policy = best) {
        return ask_and_wake(choice, policy, means());
    }

    SimulatedAtaDrive disk{frozen_disk()};
    SimulatedBridge libata{disk};
    SimulatedChannels channels;
    BridgeMemory bridges;
    ManualClock clock{WallTime(std::chrono::milliseconds(1795000000000))};
    FakeSleep sleep;
    DriveRecord record;
    DriveChoice choice;
    std::vector<DriveRecord> present;
    bool answer = true;
    size_t asked = 0;
    int discoveries = 0;
    std::vector<std::string> said;
    std::vector<std::string> notes;
    std::function<void()> on_wait;
};

TEST_F(Waking, turns_a_drive_that_could_only_be_overwritten_into_one_that_purges) {
    EXPECT_FALSE(plan_wipe(means().ask_drive(record), purge).ok());
    EXPECT_EQ(plan_wipe(means().ask_drive(record), best)->level, Verdict::cleared);
    const auto found = run();
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(sleep.times, 1);
    EXPECT_EQ(asked, 1U);
    EXPECT_GE(discoveries, 1);
    const auto plan = plan_wipe(found->front(), best);
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->method, "ata-security-erase-enhanced");
    EXPECT_EQ(plan->level, Verdict::purged);
    EXPECT_TRUE(plan_wipe(found->front(), purge).ok());
    EXPECT_THAT(notes, testing::ElementsAre("asleep", "awake"));
    EXPECT_THAT(said, Contains(HasSubstr("free now")));
}

TEST_F(Waking, is_not_done_against_the_operators_word) {
    answer = false;
    const auto found = run();
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(sleep.times, 0);
    EXPECT_THAT(said, Contains(HasSubstr("frozen")));
    EXPECT_EQ(plan_wipe(found->front(), best)->method, "zero") << "down the ladder";
    EXPECT_FALSE(plan_wipe(found->front(), purge).ok());
}

TEST_F(Waking, is_not_offered_where_the_machine_cannot_sleep) {
    sleep.why_not = message("This machine has no clock that could wake it.");
    ASSERT_TRUE(run().ok());
    EXPECT_EQ(asked, 0U);
    EXPECT_EQ(sleep.times, 0);
    EXPECT_THAT(said, Contains("This machine has no clock that could wake it."));
    EXPECT_THAT(said, Contains(HasSubstr("What else may help")));
}

TEST_F(Waking, is_not_offered_for_a_drive_that_is_free) {
    disk.suspend_and_wake();
    ASSERT_TRUE(run().ok());
    EXPECT_EQ(asked, 0U);
    EXPECT_THAT(said, IsEmpty());
}

TEST_F(Waking, says_what_else_to_do_where_the_firmware_freezes_again) {
    sleep.on_wake = [this] { disk.power_cycle(); };
    const auto found = run();
    ASSERT_TRUE(found.ok());
    EXPECT_THAT(said, Contains("/dev/sda is still frozen."));
    EXPECT_THAT(said, Contains(HasSubstr("What else may help")));
    EXPECT_EQ(sleep.times, 1) << "once";
    EXPECT_EQ(plan_wipe(found->front(), best)->method, "zero");
}

TEST_F(Waking, goes_on_when_the_machine_does_not_fall_asleep) {
    sleep.fails = true;
    const auto found = run();
    ASSERT_TRUE(found.ok());
    EXPECT_THAT(said, Contains("busy"));
    EXPECT_THAT(said, Not(Contains(HasSubstr("free now"))));
    EXPECT_THAT(notes, testing::ElementsAre("asleep", "awake"));
    EXPECT_EQ(plan_wipe(found->front(), best)->method, "zero");
}

TEST_F(Waking, finds_the_drive_under_another_path_and_waits_for_it) {
    DriveRecord moved = record;
    moved.path = "/dev/sdb";
    moved.nodes.front().path = moved.path;
    moved.device_number = 2064;
    channels.put("/dev/sdb", libata);
    sleep.on_wake = [&] {
        disk.suspend_and_wake();
        present.clear();
    };
    on_wait = [&] { present = {moved}; };
    const auto found = run();
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(choice.drives.front().path, "/dev/sdb");
    EXPECT_EQ(choice.confirmations.front(), "SIM00001");
    EXPECT_EQ(found->front().drive.device_number, 2064U);
}

TEST_F(Waking, refuses_a_drive_that_is_not_found_again_or_is_another_one) {
    for (const char* what : {"gone", "serial", "size", "protected"}) {
        DriveRecord other = record;
        if (std::string(what) == "serial") other.serial = "SOMEBODY";
        if (std::string(what) == "size") other.size_bytes /= 2;
        if (std::string(what) == "protected") other.protection = {{"mounted", "/"}};
        sleep.on_wake = [&] {
            disk.suspend_and_wake();
            present = std::string(what) == "gone" ? std::vector<DriveRecord>{} : std::vector{other};
        };
        present = {record};
        disk.power_cycle();
        const auto found = run();
        ASSERT_FALSE(found.ok()) << what;
        EXPECT_EQ(found.error().kind, ErrorKind::refused) << what;
        EXPECT_EQ(choice.drives.front().path, "/dev/sda") << what;
    }
}

TEST_F(Waking, does_not_sleep_where_a_drive_has_a_twin) {
    DriveRecord twin = record;
    twin.path = "/dev/sdb";
    present.push_back(twin);
    const auto found = run();
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(sleep.times, 0) << "nobody could tell which one comes back first";
}

TEST_F(Waking, refuses_a_drive_that_has_a_twin_afterwards_even_under_the_same_path) {
    WakingMeans joined = means();
    int looks = 0;
    joined.discover = [&]() -> Result<std::vector<DriveRecord>> {
        std::vector<DriveRecord> now = present;
        if (looks++ > 0) {
            now.push_back(record);
            now.back().path = "/dev/sdb";
        }
        return now;
    };
    const auto found = ask_and_wake(choice, best, joined);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind, ErrorKind::refused);
    EXPECT_EQ(sleep.times, 1);
}

TEST_F(Waking, stops_when_the_operator_interrupts_the_question) {
    WakingMeans interrupted = means();
    interrupted.may_sleep = [](const std::vector<DriveRecord>&) -> Result<bool> {
        return error(ErrorKind::interrupted, message("put the machine to sleep"), message("interrupted"));
    };
    const auto found = ask_and_wake(choice, best, interrupted);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().kind, ErrorKind::interrupted);
    EXPECT_EQ(sleep.times, 0);
}

TEST_F(Waking, does_not_sleep_when_the_note_cannot_be_written) {
    WakingMeans full = means();
    full.note_sleep = []() -> Status {
        return error(ErrorKind::environment, message("write"), message("disk full"));
    };
    EXPECT_FALSE(ask_and_wake(choice, best, full).ok());
    EXPECT_EQ(sleep.times, 0);
}

// --- the numbers on labels ---

const std::string number_a(32, 'A');
const std::string number_b(32, 'B');

DriveChoice two_drives() {
    DriveChoice choice;
    choice.drives.resize(2);
    choice.drives[0].path = "/dev/sda";
    choice.drives[1].path = "/dev/sdb";
    choice.confirmations = {"S 1", "S 12"};
    return choice;
}

TEST(LabelNumbers, of_a_single_drive_stand_alone_or_behind_its_serial) {
    DriveChoice one = two_drives();
    one.drives.resize(1);
    one.confirmations.resize(1);
    for (const std::string& text : {number_a, "S 1 " + number_a + "\r\n", "# label\n\n" + number_a + "\n"}) {
        const auto found = parse_label_numbers(text, one);
        ASSERT_TRUE(found.ok()) << text;
        EXPECT_EQ(found->at("/dev/sda"), number_a);
    }
}

TEST(LabelNumbers, of_several_drives_need_their_serials) {
    const auto found = parse_label_numbers("S 12 " + number_b + "\nS 1 " + number_a + "\n", two_drives());
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(*found, (LabelNumbers{{"/dev/sda", number_a}, {"/dev/sdb", number_b}}));
    const auto some = parse_label_numbers("S 12 " + number_b, two_drives());
    ASSERT_TRUE(some.ok());
    EXPECT_EQ(some->size(), 1U) << "only one of them is locked, perhaps";
    EXPECT_FALSE(parse_label_numbers(number_a, two_drives()).ok());
}

TEST(LabelNumbers, that_are_mistyped_or_given_twice_are_refused) {
    for (const std::string& text : {std::string(), std::string("S 1 ABC"), "S 1 " + number_a + "X",
                                    "S 1 " + number_a + "\nS 1 " + number_a, "OTHER " + number_a}) {
        const auto found = parse_label_numbers(text, two_drives());
        ASSERT_FALSE(found.ok()) << text;
        EXPECT_EQ(found.error().kind, ErrorKind::usage) << text;
        EXPECT_EQ(in_english(found.error()).find(number_a), std::string::npos) << "no number in a message";
    }
}

}  // namespace
}  // namespace regain
