// Behind the confirmation: a drive that no longer calls itself what the plan says is not touched at all, not
// by its own commands and not by the overwriting that stands further down the ladder.

#include "wiper/spoken_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulator/simulated_channels.h"
#include "tests/simulator/simulated_machine.h"
#include "tests/unit/wiper/firmware_erase_fixtures.h"
#include "wiper/capability_reader.h"
#include "wiper/held_channels.h"
#include "wiper/wipe_planner.h"
#include "wiper/wipe_run.h"

namespace regain {
namespace {

using simulator::SimulatedChannels;
using simulator::SimulatedMachine;
using testing::ElementsAre;

struct Kind {
    const char* name;
    std::unique_ptr<SimulatedMachine> (*machine)();
};

class SpokenIdentityCheck : public testing::TestWithParam<Kind> {
  protected:
    SpokenIdentityCheck() {
        if (machine_->scsi() != nullptr) channels_.put(drive_.path, *machine_->scsi());
        if (machine_->nvme() != nullptr) channels_.put(drive_.path, *machine_->nvme());
        write_secret(machine_->medium(), 100);
        const auto plan = plan_wipe(read_capabilities(drive_, {channels_, bridges_, time_.clock}),
                                    {WipeLevel::best, "", {}});
        EXPECT_TRUE(plan.ok());
        if (plan.ok()) plan_ = *plan;
        channels_.scsi_commands.clear();
        channels_.nvme_commands.clear();
    }

    /// The plan that only overwrites, as it was made for the same drive.
    void overwrite_only() {
        const auto plan = plan_wipe(read_capabilities(drive_, {channels_, bridges_, time_.clock}),
                                    {WipeLevel::clear, "random", {}});
        ASSERT_TRUE(plan.ok());
        plan_ = *plan;
        channels_.scsi_commands.clear();
        channels_.nvme_commands.clear();
    }

    WipeRecord run() {
        FirmwareMeans means;
        std::unique_ptr<ScsiTransport> scsi;
        std::unique_ptr<NvmeTransport> nvme;
        if (machine_->scsi() != nullptr) scsi = std::move(*channels_.open_scsi(drive_));
        if (machine_->nvme() != nullptr) nvme = std::move(*channels_.open_nvme(drive_));
        means.channels.scsi = scsi.get();
        means.channels.nvme = nvme.get();
        means.channels.speaks_ata = scsi != nullptr;
        means.passwords = &journal_;
        means.wait = [this](std::chrono::milliseconds by) { time_.pass(by); };
        UnwatchedTarget target(machine_->io());
        const WipeRunOptions options{time_.clock, {}, {}, {}, {}, &means};
        return run_wipe(plan_, {&target}, options);
    }
    template <typename Change>
    void change_plan(const Change& change) {
        change(plan_);
        for (WipePlan& fallback : plan_.fallbacks) change(fallback);
    }
    void expect_untouched(const WipeRecord& record) {
        EXPECT_EQ(record.verdict, Verdict::not_erased);
        ASSERT_EQ(record.errors.size(), 1U);
        EXPECT_EQ(record.errors[0].kind, ErrorKind::refused);
        EXPECT_NE(in_english(record.errors[0]).find("it calls itself"), std::string::npos);
        EXPECT_TRUE(record.attempts.empty()) << "the ladder ends there";
        EXPECT_EQ(record.method, plan_.method);
        for (const StepResult& step : record.steps) EXPECT_EQ(step.result, "skipped") << step.step;
        EXPECT_EQ(record.bytes_written, 0U);
        EXPECT_TRUE(machine_->medium().holds(secret));
        EXPECT_TRUE(journal_.stages.empty());
        // Questions alone: IDENTIFY DEVICE by ATA PASS-THROUGH, Identify.
        for (const ScsiCommand& command : channels_.scsi_commands) {
            EXPECT_EQ(command.cdb[0], 0x85);
            EXPECT_EQ(command.cdb[14], 0xEC);
        }
        for (const NvmeCommand& command : channels_.nvme_commands) EXPECT_EQ(command.opcode, 0x06);
        EXPECT_GE(channels_.scsi_commands.size() + channels_.nvme_commands.size(), 1U);
    }

    std::unique_ptr<SimulatedMachine> machine_ = GetParam().machine();
    const DriveRecord drive_ = machine_->record();
    FakeTime time_{[this](unsigned seconds) { machine_->advance(seconds); }};
    SimulatedChannels channels_;
    BridgeMemory bridges_;
    MemoryJournal journal_;
    WipePlan plan_;
};

TEST_P(SpokenIdentityCheck, lets_the_drive_of_the_plan_through) {
    ASSERT_FALSE(plan_.spoken_serial.empty());
    ASSERT_NE(plan_.spoken_bytes, 0U);
    ASSERT_FALSE(plan_.fallbacks.empty()) << "there has to be something that could be fallen to";
    EXPECT_EQ(run().verdict, Verdict::purged);
    EXPECT_FALSE(machine_->medium().holds(secret));
}

TEST_P(SpokenIdentityCheck, refuses_another_serial) {
    change_plan([](WipePlan& plan) { plan.spoken_serial = "ANOTHER"; });
    expect_untouched(run());
}

TEST_P(SpokenIdentityCheck, refuses_a_serial_where_there_was_none) {
    change_plan([](WipePlan& plan) { plan.spoken_serial.clear(); });
    expect_untouched(run());
}

TEST_P(SpokenIdentityCheck, refuses_another_size) {
    change_plan([](WipePlan& plan) { plan.spoken_bytes += 512; });
    expect_untouched(run());
}

TEST_P(SpokenIdentityCheck, refuses_another_serial_where_the_size_was_not_told) {
    change_plan([](WipePlan& plan) {
        plan.spoken_bytes = 0;
        plan.spoken_serial = "ANOTHER";
    });
    expect_untouched(run());
}

TEST_P(SpokenIdentityCheck, keeps_an_overwrite_too_from_another_drive) {
    overwrite_only();
    EXPECT_TRUE(needs_channels(plan_));
    EXPECT_EQ(run().verdict, Verdict::cleared);
    write_secret(machine_->medium(), 100);
    channels_.scsi_commands.clear();
    channels_.nvme_commands.clear();
    plan_.spoken_serial = "ANOTHER";
    expect_untouched(run());
}

TEST_P(SpokenIdentityCheck, has_nothing_to_compare_where_the_drive_was_not_asked) {
    change_plan([](WipePlan& plan) {
        plan.spoken_bytes = 0;
        plan.spoken_serial.clear();
    });
    EXPECT_EQ(run().verdict, Verdict::purged);
}

INSTANTIATE_TEST_SUITE_P(EachKind, SpokenIdentityCheck,
                         testing::Values(Kind{"ata_disk", simulator::simulated_ata_disk},
                                         Kind{"ata_ssd", simulator::simulated_ata_ssd},
                                         Kind{"nvme", simulator::simulated_nvme}),
                         [](const testing::TestParamInfo<Kind>& kind) { return kind.param.name; });

/// Does not answer the first question.
class Waking final : public ScsiTransport {
  public:
    explicit Waking(ScsiTransport& drive) : drive_(drive) {}
    Result<ScsiReply> send(const ScsiCommand& command) override {
        if (std::exchange(is_asleep_, false))
            return error(ErrorKind::failed, message("send {0}", command.name), message("no answer"));
        return drive_.send(command);
    }

  private:
    ScsiTransport& drive_;
    bool is_asleep_ = true;
};

// A rung that could not ask has sent nothing: the next one that can finds another drive there.
TEST(SpokenIdentity, of_another_drive_that_answers_late_ends_the_ladder) {
    const auto machine = simulator::simulated_ata_disk();
    SimulatedChannels channels;
    channels.put(machine->record().path, *machine->scsi());
    BridgeMemory bridges;
    FakeTime time([](unsigned) {});
    auto plan = plan_wipe(read_capabilities(machine->record(), {channels, bridges, time.clock}),
                          {WipeLevel::best, "", {}});
    ASSERT_TRUE(plan.ok());
    ASSERT_GE(plan->fallbacks.size(), 2U);
    plan->spoken_serial = "ANOTHER";
    for (WipePlan& fallback : plan->fallbacks) fallback.spoken_serial = "ANOTHER";
    Waking waking(*machine->scsi());
    FirmwareMeans means;
    means.channels.scsi = &waking;
    means.channels.speaks_ata = true;
    means.wait = [&](std::chrono::milliseconds by) { time.pass(by); };
    UnwatchedTarget target(machine->io());
    write_secret(machine->medium(), 100);
    const WipeRecord record = run_wipe(*plan, {&target}, {time.clock, {}, {}, {}, {}, &means});
    EXPECT_EQ(record.verdict, Verdict::not_erased);
    EXPECT_EQ(record.attempts.size(), 1U);
    EXPECT_EQ(record.bytes_written, 0U);
    EXPECT_TRUE(machine->medium().holds(secret));
    ASSERT_FALSE(record.errors.empty());
    EXPECT_EQ(record.errors[0].kind, ErrorKind::refused);
}

// A drive that can't be asked is no other drive: there the ladder goes on.
TEST(SpokenIdentity, that_cannot_be_asked_for_leaves_the_overwriting) {
    const auto machine = simulator::simulated_ata_disk();
    SimulatedChannels channels;
    channels.put(machine->record().path, *machine->scsi());
    BridgeMemory bridges;
    FakeTime time([](unsigned) {});
    const auto plan = plan_wipe(read_capabilities(machine->record(), {channels, bridges, time.clock}),
                                {WipeLevel::best, "", {}});
    ASSERT_TRUE(plan.ok());
    FirmwareMeans means;
    means.why_closed = error(ErrorKind::environment, message("open the channel"), message("it is gone"));
    UnwatchedTarget target(machine->io());
    write_secret(machine->medium(), 100);
    const WipeRecord record = run_wipe(*plan, {&target}, {time.clock, {}, {}, {}, {}, &means});
    EXPECT_EQ(record.verdict, Verdict::cleared);
    EXPECT_EQ(record.method, "zero");
    EXPECT_FALSE(record.attempts.empty());
}

}  // namespace
}  // namespace regain
