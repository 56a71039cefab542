// Which drives are asked how warm they are while they erase themselves: those that answer without being held
// up.

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

struct Seen {
    WipeRecord record;
    uint64_t asked_while_erasing = 0;
};

/// Runs the method on a drive that is warm, and hot while it erases itself.
Seen erase(simulator::SimulatedMachine& machine, const std::string& method) {
    simulator::SimulatedChannels channels;
    const DriveRecord drive = machine.record();
    EraseChannels open;
    if (machine.nvme() != nullptr) channels.put(drive.path, *(open.nvme = machine.nvme()));
    if (machine.scsi() != nullptr) channels.put(drive.path, *(open.scsi = machine.scsi()));
    BridgeMemory bridges;
    FakeTime time([&](unsigned seconds) { machine.advance(seconds); });
    const auto plan = plan_wipe(read_capabilities(drive, {channels, bridges, time.clock}),
                                {WipeLevel::best, method, VerifyKind::full});
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : in_english(plan.error()));
    if (!plan.ok()) return {};
    MemoryJournal passwords;
    FirmwareMeans means;
    means.channels = open;
    means.passwords = &passwords;
    means.wait = [&](std::chrono::milliseconds by) { time.pass(by); };
    Seen seen;
    std::string step;
    WipeRunOptions options{time.clock, {}, [&](const WipeProgress& progress) { step = progress.step; },
                           {},         {}, &means};
    options.temperature = [&] {
        const bool is_erasing = step == "firmware-erase";
        if (is_erasing) ++seen.asked_while_erasing;
        return DriveTemperature{is_erasing ? 71.0 : 40.0, 60, {}};
    };
    UnwatchedTarget target(machine.io());
    seen.record = run_wipe(*plan, {&target}, options);
    return seen;
}

const Json* temperature_in(const WipeRecord& record) {
    for (const EvidenceItem& item : record.evidence)
        if (item.kind == "temperature") return &item.facts;
    return nullptr;
}

TEST(HeatOfErasing, of_an_nvme_drive_is_looked_at_and_not_waited_for) {
    const auto machine = simulator::simulated_nvme();
    const Seen seen = erase(*machine, "nvme-sanitize-block");
    EXPECT_NE(seen.record.verdict, Verdict::not_erased);
    EXPECT_GE(seen.asked_while_erasing, 1U);
    const Json* heat = temperature_in(seen.record);
    ASSERT_NE(heat, nullptr);
    EXPECT_EQ((*heat)["highest_millicelsius"], 71000);
    EXPECT_EQ((*heat)["pauses"], 0U);
}

TEST(HeatOfErasing, of_other_drives_is_not_asked_for) {
    const auto ata = simulator::simulated_ata_disk();
    const Seen by_security = erase(*ata, "ata-security-erase");
    EXPECT_NE(by_security.record.verdict, Verdict::not_erased);
    EXPECT_EQ(by_security.asked_while_erasing, 0U);
    const Json* heat = temperature_in(by_security.record);
    ASSERT_NE(heat, nullptr) << "before and afterwards it is asked";
    EXPECT_EQ((*heat)["highest_millicelsius"], 40000);
    const auto scsi = simulator::simulated_scsi_disk();
    EXPECT_EQ(erase(*scsi, "scsi-sanitize-overwrite").asked_while_erasing, 0U);
}

}  // namespace
}  // namespace regain
