// Every method of the drives' own against every misbehaviour of the simulated ones: the verdict and the exit
// status as in docs/erase-matrix.md, a table that people have read. An oracle that shares no code with the
// product looks at each cell of the medium: no level may be claimed that does not hold there.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulator/simulated_machine.h"
#include "wiper/drive_capabilities.h"
#include "wiper/wipe_run.h"

namespace regain {
namespace {

using simulator::SimulatedMachine;

const std::vector<uint8_t> secret{'S', 'E', 'C', 'R', 'E', 'T', '-', 'O', 'F',
                                  '-', 'A', '-', 'D', 'O', 'N', 'O', 'R'};

struct MethodUnderTest {
    const char* method;
    std::unique_ptr<SimulatedMachine> (*machine)();
    Verdict level;           ///< what the plan promises
    const char* pattern;     ///< of the verification
    const char* drive = "";  ///< in the table, behind the method, where it runs on two kinds
    std::string name() const { return method + std::string(drive); }
};

const std::vector<MethodUnderTest>& methods() {
    static const std::vector<MethodUnderTest> all{
        {"zero", simulator::simulated_ata_disk, Verdict::cleared, "zero"},
        {"random", simulator::simulated_ata_ssd, Verdict::cleared, "random"},
        {"ata-sanitize-overwrite", simulator::simulated_ata_disk, Verdict::purged, "erased"},
        {"ata-security-erase-enhanced", simulator::simulated_ata_disk, Verdict::purged, "erased"},
        {"ata-security-erase", simulator::simulated_ata_disk, Verdict::cleared, "erased"},
        {"ata-sanitize-block", simulator::simulated_ata_ssd, Verdict::purged, "erased"},
        {"ata-sanitize-crypto", simulator::simulated_ata_ssd, Verdict::purged, "changed"},
        {"nvme-sanitize-block", simulator::simulated_nvme, Verdict::purged, "erased"},
        {"nvme-sanitize-overwrite", simulator::simulated_nvme, Verdict::cleared, "erased"},
        {"nvme-sanitize-crypto", simulator::simulated_nvme, Verdict::cleared, "changed"},
        {"nvme-format-user-data", simulator::simulated_nvme, Verdict::cleared, "erased"},
        {"scsi-sanitize-overwrite", simulator::simulated_scsi_disk, Verdict::purged, "erased"},
        {"scsi-sanitize-block", simulator::simulated_scsi_ssd, Verdict::purged, "erased"},
        {"mmc-sanitize", simulator::simulated_emmc, Verdict::cleared, "erased"},
        {"mmc-secure-erase", simulator::simulated_emmc, Verdict::cleared, "erased"},
        {"tcg-psid-revert", simulator::simulated_opal_ata_ssd, Verdict::purged, "changed", " (SATA)"},
        {"tcg-psid-revert", simulator::simulated_opal_nvme, Verdict::purged, "changed", " (NVMe)"},
    };
    return all;
}

const std::vector<std::string>& misbehaviours() {
    static const std::vector<std::string> all{"none",
                                              "success without erasing",
                                              "completed without running",
                                              "fails at 40 %",
                                              "progress sticks at 40 %",
                                              "erased but for one region",
                                              "fixed pattern afterwards",
                                              "another serial afterwards",
                                              "stays locked with our password",
                                              "refuses the command",
                                              "frozen by the firmware",
                                              "locked by a stranger",
                                              "adapter drops the registers",
                                              "bridge rejects pass-through",
                                              "bridge tells a serial of its own",
                                              "bad sectors",
                                              "another capacity afterwards",
                                              "another number on the label",
                                              "no tries left",
                                              "says nothing afterwards",
                                              "stays locked afterwards"};
    return all;
}

bool is_overwrite(const std::string& method) {
    return method == "zero" || method == "random";
}

/// What can't come about with this method is no row: a SECURITY ERASE has no progress, a sanitize no password
/// ...
bool can_happen(const std::string& method, const std::string& misbehaviour) {
    // The host's own writes meet nothing but the blocks.
    if (is_overwrite(method))
        return misbehaviour == "none" || misbehaviour == "bad sectors" ||
               misbehaviour == "locked by a stranger" || misbehaviour.starts_with("adapter") ||
               misbehaviour.starts_with("bridge");
    const bool is_sanitize = method.find("-sanitize-") != std::string::npos;
    if (misbehaviour == "stays locked with our password") return method.starts_with("ata-security-");
    if (misbehaviour == "completed without running" || misbehaviour.find("40 %") != std::string::npos)
        return is_sanitize;
    if (misbehaviour == "erased but for one region" || misbehaviour == "fixed pattern afterwards")
        return !method.ends_with("-crypto");
    return true;
}

WipeStep step_of(const char* name) {
    WipeStep step;
    step.step = name;
    return step;
}

WipePlan plan_of(const MethodUnderTest& under_test, const DriveRecord& drive, bool is_opened) {
    WipePlan plan;
    plan.drive = drive;
    plan.policy.method = plan.method = under_test.method;
    plan.level = under_test.level;
    plan.standard = "NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)";
    const bool is_crypto = std::string(under_test.pattern) == "changed";
    if (is_opened) plan.steps.push_back(step_of("open-drive"));
    plan.steps.push_back(step_of("write-markers"));
    plan.steps.back().count = 64;
    plan.steps.push_back(step_of("flush"));
    plan.steps.push_back(step_of("check-markers"));
    plan.steps.back().kind = "stored";
    if (is_crypto) {
        plan.steps.push_back(step_of("remember"));
        plan.steps.back().sample_share_ppm = 1'000'000;
    }
    if (is_overwrite(under_test.method)) {
        plan.steps.push_back(step_of("overwrite"));
        plan.steps.back().pattern = under_test.pattern;
        plan.steps.push_back(step_of("flush"));
    } else {
        plan.steps.push_back(step_of("firmware-erase"));
        plan.steps.back().method = under_test.method;
        plan.steps.push_back(step_of("identify-again"));
    }
    plan.steps.push_back(step_of("check-markers"));
    plan.steps.back().kind = "gone";
    plan.steps.push_back(step_of("verify"));
    plan.steps.back().kind = is_crypto ? "sample" : "full";
    plan.steps.back().pattern = under_test.pattern;
    if (is_crypto) plan.steps.back().sample_share_ppm = 1'000'000;
    if (is_crypto) plan.policy.verify = VerifyKind::sample;
    return plan;
}

class NotedPasswords final : public PasswordJournal {
  public:
    Status write(std::string_view stage) override {
        stages.emplace_back(stage);
        return done();
    }
    Status close() override {
        stages.emplace_back("closed");
        return done();
    }
    std::vector<std::string> stages;
};

class MachineTarget final : public WipeTarget {
  public:
    explicit MachineTarget(SimulatedMachine& machine) : machine_(machine) {}
    BlockIo& io() override { return machine_.io(); }
    Status prove_identity() override { return done(); }
    std::optional<BlockCounters> counters() override { return std::nullopt; }

  private:
    SimulatedMachine& machine_;
};

void put_secrets(SimulatedMachine& machine) {
    auto& medium = machine.medium();
    // One in each 64th of the drive, written twice: flash keeps the stale copy of the first.
    for (uint64_t i = 0; i < 64; ++i) {
        const uint64_t lba = medium.sectors() / 64 * i + 3;
        for (int copy = 0; copy < 2; ++copy) {
            simulator::Sector content(medium.sector_bytes(), static_cast<uint8_t>('a' + copy));
            std::copy(secret.begin(), secret.end(), content.begin() + 40);
            for (size_t at = 100; at < content.size(); ++at) content[at] = static_cast<uint8_t>(at * 7 + i);
            medium.write(lba, content);
        }
    }
}

/// What the oracle finds: "nothing", "hidden copies" or "data that can be read".
std::string left_on(SimulatedMachine& machine) {
    auto& medium = machine.medium();
    for (uint64_t lba = 0; lba < medium.sectors(); ++lba) {
        const auto content = medium.read(lba);
        if (std::search(content.begin(), content.end(), secret.begin(), secret.end()) != content.end())
            return "data that can be read";
    }
    return medium.holds(secret) ? "hidden copies" : "nothing";
}

struct Row {
    std::string method, misbehaviour, verdict, exit_status, left;
};

std::optional<Row> run(const MethodUnderTest& under_test, const std::string& misbehaviour) {
    const auto machine = under_test.machine();
    put_secrets(*machine);
    const DriveRecord drive = machine->record();
    if (!can_happen(under_test.method, misbehaviour) || !machine->misbehave(misbehaviour))
        return std::nullopt;
    ManualClock clock{WallTime{}};
    NotedPasswords passwords;
    FirmwareMeans means;
    PsidOffer psid{simulator::TperModel().psid};
    means.channels = {machine->scsi(), PassThroughSize::bytes_16, machine->nvme(), machine->mmc(),
                      &psid,           drive.protocol == "ata"};
    means.passwords = &passwords;
    means.wait = [&](std::chrono::milliseconds duration) {
        clock.advance(duration);
        machine->advance(static_cast<unsigned>(duration.count() / 1000 + 1));
    };
    MachineTarget target(*machine);
    WipeRunOptions options{clock, {}, {}, {}, {}, &means};
    const bool is_reverted = std::string(under_test.method) == "tcg-psid-revert";
    const bool is_locked =
        misbehaviour == "locked by a stranger" || misbehaviour == "stays locked afterwards";
    const WipePlan plan = plan_of(under_test, drive, is_reverted && is_locked);
    const WipeRecord record = run_wipe(plan, {&target}, options);
    const bool is_reached = record.verdict != Verdict::not_erased && record.verdict >= plan.level;
    return Row{under_test.name(), misbehaviour, std::string(verdict_name(record.verdict)),
               is_reached ? "0" : "1", left_on(*machine)};
}

std::string line_of(const Row& row) {
    return "| " + row.method + " | " + row.misbehaviour + " | " + row.verdict + " | " + row.exit_status +
           " | " + row.left + " |";
}

std::vector<std::string> reviewed_lines() {
    std::vector<std::string> lines;
    std::ifstream file(REGAIN_SOURCE_DIR "/docs/erase-matrix.md");
    for (std::string line; std::getline(file, line);)
        for (const MethodUnderTest& each : methods())
            if (line.starts_with("| " + each.name() + " |") && std::count(line.begin(), line.end(), '|') == 6)
                lines.push_back(line);
    return lines;
}

TEST(EraseMatrix, is_the_table_that_people_have_read) {
    const std::vector<std::string> reviewed = reviewed_lines();
    size_t rows = 0;
    for (const MethodUnderTest& method : methods()) {
        for (const std::string& misbehaviour : misbehaviours()) {
            const auto row = run(method, misbehaviour);
            if (!row) continue;
            ++rows;
            EXPECT_NE(std::find(reviewed.begin(), reviewed.end(), line_of(*row)), reviewed.end())
                << "not in docs/erase-matrix.md: " << line_of(*row);
        }
    }
    EXPECT_EQ(rows, reviewed.size()) << "the table has rows that are not tried";
}

TEST(EraseMatrix, claims_no_level_that_does_not_hold_on_the_medium) {
    for (const MethodUnderTest& method : methods()) {
        for (const std::string& misbehaviour : misbehaviours()) {
            const auto row = run(method, misbehaviour);
            if (!row) continue;
            if (row->verdict == "purged") {
                EXPECT_EQ(row->left, "nothing") << line_of(*row);
            }
            if (row->verdict == "cleared") {
                EXPECT_NE(row->left, "data that can be read") << line_of(*row);
            }
        }
    }
}

}  // namespace
}  // namespace regain
