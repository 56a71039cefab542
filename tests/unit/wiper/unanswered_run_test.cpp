// A whole run in which the erase command is never answered: the drive may be at it still, so that nothing is
// claimed, and nothing else is tried on it.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/simulator/simulated_channels.h"
#include "tests/simulator/simulated_machine.h"
#include "tests/unit/wiper/firmware_erase_fixtures.h"
#include "wiper/capability_reader.h"
#include "wiper/wipe_planner.h"
#include "wiper/wipe_run.h"

namespace regain {
namespace {

Error silence() {
    return error(ErrorKind::failed, message("send"), message("timed out"));
}

/// Format NVM reaches the controller, and is not answered.
class SilentController final : public NvmeTransport {
  public:
    explicit SilentController(NvmeTransport& inner) : inner_(inner) {}
    Result<NvmeReply> send(const NvmeCommand& command) override {
        auto reply = inner_.send(command);
        if (command.opcode != 0x80) return reply;
        return silence();
    }

  private:
    NvmeTransport& inner_;
};

/// CMD38 (erase) reaches the card, and is not answered.
class SilentCard final : public MmcTransport {
  public:
    explicit SilentCard(MmcTransport& inner) : inner_(inner) {}
    Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& commands) override {
        auto replies = inner_.send(commands);
        for (const MmcCommand& command : commands)
            if (command.index == 38) return silence();
        return replies;
    }

  private:
    MmcTransport& inner_;
};

/// The rung of `best` that begins with this method, with all that stands below it.
WipePlan rung_of(simulator::SimulatedMachine& machine, const std::string& method) {
    simulator::SimulatedChannels channels;
    const DriveRecord drive = machine.record();
    if (machine.nvme() != nullptr) channels.put(drive.path, *machine.nvme());
    if (machine.mmc() != nullptr) channels.put(drive.path, *machine.mmc());
    BridgeMemory bridges;
    const ManualClock clock{WallTime(std::chrono::milliseconds(1795000000000))};
    const auto best =
        plan_wipe(read_capabilities(drive, {channels, bridges, clock}), {WipeLevel::best, "", {}});
    EXPECT_TRUE(best.ok());
    std::vector<WipePlan> rungs{*best};
    rungs.insert(rungs.end(), best->fallbacks.begin(), best->fallbacks.end());
    while (!rungs.empty() && rungs.front().method != method) rungs.erase(rungs.begin());
    if (rungs.empty()) return {};
    WipePlan plan = rungs.front();
    plan.fallbacks.assign(rungs.begin() + 1, rungs.end());
    return plan;
}

void expect_left_alone(simulator::SimulatedMachine& machine, const EraseChannels& channels,
                       const std::string& method) {
    const WipePlan plan = rung_of(machine, method);
    ASSERT_EQ(plan.method, method);
    ASSERT_FALSE(plan.fallbacks.empty()) << method;
    FakeTime time([](unsigned) {});
    FirmwareMeans means;
    means.channels = channels;
    means.wait = [&](std::chrono::milliseconds by) { time.pass(by); };
    UnwatchedTarget target(machine.io());
    const WipeRecord record = run_wipe(plan, {&target}, {time.clock, {}, {}, {}, {}, &means});
    EXPECT_EQ(record.verdict, Verdict::not_erased) << method;
    EXPECT_EQ(record.method, method) << "nothing else was tried";
    EXPECT_TRUE(record.attempts.empty()) << method;
    bool says_so = false;
    for (const Remark& remark : record.remarks) says_so = says_so || remark.code == "erase-left-running";
    EXPECT_TRUE(says_so) << method;
    for (const StepResult& step : record.steps) {
        EXPECT_NE(step.step, "overwrite") << method;
        if (step.step == "identify-again" || step.step == "verify") {
            EXPECT_EQ(step.result, "skipped") << method << ": " << step.step;
        }
    }
}

TEST(UnansweredErase, by_format_leaves_the_controller_alone) {
    const auto machine = simulator::simulated_nvme();
    SilentController silent(*machine->nvme());
    EraseChannels channels;
    channels.nvme = &silent;
    expect_left_alone(*machine, channels, "nvme-format-user-data");
}

TEST(UnansweredErase, of_an_emmc_leaves_the_card_alone) {
    for (const std::string method : {"mmc-sanitize", "mmc-secure-erase"}) {
        const auto machine = simulator::simulated_emmc();
        SilentCard silent(*machine->mmc());
        EraseChannels channels;
        channels.mmc = &silent;
        expect_left_alone(*machine, channels, method);
    }
}

}  // namespace
}  // namespace regain
