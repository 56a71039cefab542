// The power goes at each command of a whole wipe, before the drive got it or before its answer came back. The
// next start does what `regain wipe` does: it takes our password off, waits for what goes on inside the
// drive, plans anew and wipes. At its end the drive is unlocked, the verdict is one that holds on the medium,
// and no note is left.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
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

using simulator::SimulatedMachine;
using MmcPowerCut = PowerCut<MmcTransport, std::vector<MmcCommand>, std::vector<MmcReply>>;

struct Subject {
    const char* method;
    std::unique_ptr<SimulatedMachine> (*machine)();
};

std::ostream& operator<<(std::ostream& out, const Subject& subject) {
    return out << subject.method;
}

/// The machine's block device: gone with the power.
class PoweredBlockIo final : public BlockIo {
  public:
    PoweredBlockIo(BlockIo& inner, const bool& is_cut) : inner_(inner), is_cut_(is_cut) {}
    uint64_t size_bytes() const override { return inner_.size_bytes(); }
    uint32_t alignment() const override { return inner_.alignment(); }
    size_t queue_depth() const override { return inner_.queue_depth(); }
    bool reads_medium() const override { return inner_.reads_medium(); }
    Status submit(const IoRequest& request) override { return inner_.submit(request); }
    Status wait(std::vector<IoCompletion>& completions) override {
        const size_t before = completions.size();
        const Status status = inner_.wait(completions);
        if (!is_cut_) return status;
        for (size_t i = before; i < completions.size(); ++i) completions[i] = {completions[i].tag, 0, ENODEV};
        return status;
    }
    size_t in_flight() const override { return inner_.in_flight(); }

  private:
    BlockIo& inner_;
    const bool& is_cut_;
};

class Target final : public WipeTarget {
  public:
    Target(BlockIo& io, const bool& is_cut) : io_(io), is_cut_(is_cut) {}
    BlockIo& io() override { return io_; }
    Status prove_identity() override {
        if (!is_cut_) return done();
        return error(ErrorKind::environment, message("look at the drive"), message("it is gone"));
    }
    std::optional<BlockCounters> counters() override { return std::nullopt; }

  private:
    BlockIo& io_;
    const bool& is_cut_;
};

/// One machine, as it is switched on, cut off and switched on again.
class Bench {
  public:
    explicit Bench(const Subject& subject)
        : subject_(subject),
          machine_(subject.machine()),
          time_([this](unsigned seconds) { machine_->advance(seconds); }) {
        for (uint64_t part = 0; part < 64; ++part)
            write_secret(machine_->medium(), machine_->medium().sectors() / 64 * part + 3);
    }

    /// False: the run ended before the cut.
    bool run_into_the_cut(size_t count, CutWhere where) {
        WipePlan plan = plan_of(subject_.method);
        const auto cycle = [this] { machine_->power_cycle(); };
        Cut cut;
        EraseChannels channels;
        if (machine_->scsi() != nullptr)
            channels.scsi = put(cut.scsi, *machine_->scsi(), count, where, cycle);
        if (machine_->nvme() != nullptr)
            channels.nvme = put(cut.nvme, *machine_->nvme(), count, where, cycle);
        if (machine_->mmc() != nullptr) channels.mmc = put(cut.mmc, *machine_->mmc(), count, where, cycle);
        const bool& is_cut = cut.scsi ? cut.scsi->is_cut : cut.nvme ? cut.nvme->is_cut : cut.mmc->is_cut;
        cut_record_ = run(plan, channels, is_cut);
        return is_cut;
    }

    /// The next start.
    void start_again() {
        if (journal_.is_open) {
            const DriveLog log = release_password(channels_of(*machine_), time_.watch(), journal_);
            EXPECT_EQ(log.security_released, Answer::yes) << subject_.method;
        }
        constexpr bool is_cut = false;
        record_ = run(plan_of(""), channels_of(*machine_), is_cut);
    }

    const WipeRecord& cut_record() const { return cut_record_; }
    const WipeRecord& record() const { return record_; }
    bool is_note_left() const { return journal_.is_open; }
    bool is_locked() const { return machine_->is_locked(); }
    bool holds_secret() { return machine_->medium().holds(secret); }
    bool shows_secret() {
        auto& medium = machine_->medium();
        for (uint64_t lba = 0; lba < medium.sectors(); ++lba) {
            const auto content = medium.read(lba);
            if (std::search(content.begin(), content.end(), secret.begin(), secret.end()) != content.end())
                return true;
        }
        return false;
    }

  private:
    struct Cut {
        std::unique_ptr<ScsiPowerCut> scsi;
        std::unique_ptr<NvmePowerCut> nvme;
        std::unique_ptr<MmcPowerCut> mmc;
    };
    template <typename Switch, typename Transport>
    static Switch* put(std::unique_ptr<Switch>& place, Transport& inner, size_t count, CutWhere where,
                       const std::function<void()>& cycle) {
        place = std::make_unique<Switch>(inner, count, where, cycle);
        return place.get();
    }
    static EraseChannels channels_of(SimulatedMachine& machine) {
        return {machine.scsi(), PassThroughSize::bytes_16, machine.nvme(), machine.mmc()};
    }

    DriveCapabilities ask() {
        simulator::SimulatedChannels channels;
        const DriveRecord drive = machine_->record();
        if (machine_->scsi() != nullptr) channels.put(drive.path, *machine_->scsi());
        if (machine_->nvme() != nullptr) channels.put(drive.path, *machine_->nvme());
        if (machine_->mmc() != nullptr) channels.put(drive.path, *machine_->mmc());
        BridgeMemory bridges;
        return read_capabilities(drive, {channels, bridges, time_.clock});
    }

    /// What goes on inside the drive is waited for, as the console does.
    WipePlan plan_of(const std::string& method) {
        DriveCapabilities capabilities = ask();
        while (sanitize_progress_of(capabilities)) {
            time_.pass(std::chrono::seconds(10));
            capabilities = ask();
        }
        const auto plan = plan_wipe(capabilities, {WipeLevel::best, method, {}});
        EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : in_english(plan.error()));
        return plan.ok() ? *plan : WipePlan{};
    }

    WipeRecord run(const WipePlan& plan, const EraseChannels& channels, const bool& is_cut) {
        FirmwareMeans means;
        means.channels = channels;
        means.passwords = &journal_;
        means.wait = [&](std::chrono::milliseconds duration) {
            time_.is_powered = !is_cut;
            time_.pass(duration);
            time_.is_powered = true;
        };
        PoweredBlockIo io(machine_->io(), is_cut);
        Target target(io, is_cut);
        const WipeRunOptions options{time_.clock, {}, {}, {}, {}, &means};
        return run_wipe(plan, {&target}, options);
    }

    Subject subject_;
    std::unique_ptr<SimulatedMachine> machine_;
    FakeTime time_;
    MemoryJournal journal_;
    WipeRecord cut_record_;
    WipeRecord record_;
};

void expect_true_end(Bench& bench, const std::string& where) {
    EXPECT_FALSE(bench.is_locked()) << where;
    EXPECT_FALSE(bench.is_note_left()) << where;
    EXPECT_NE(bench.record().verdict, Verdict::not_erased) << where;
    if (bench.record().verdict == Verdict::purged) {
        EXPECT_FALSE(bench.holds_secret()) << where;
    }
    EXPECT_FALSE(bench.shows_secret()) << where;
}

/// What docs/erase-matrix.md says of the next start; empty when it has no such row.
std::string reviewed_verdict(const std::string& method) {
    std::ifstream file(REGAIN_SOURCE_DIR "/docs/erase-matrix.md");
    const std::string row = "| " + method + " | not-erased | ";
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(row)) return line.substr(row.size(), line.size() - row.size() - 2);
    return {};
}

class PowerCutInARun : public testing::TestWithParam<Subject> {};

TEST_P(PowerCutInARun, is_made_good_by_the_next_start) {
    for (const CutWhere where : {CutWhere::before_the_drive, CutWhere::before_the_reply}) {
        size_t count = 0;
        for (;; ++count) {
            Bench bench(GetParam());
            if (!bench.run_into_the_cut(count, where)) break;
            const std::string place = std::string(GetParam().method) + ", cut at command " +
                                      std::to_string(count) +
                                      (where == CutWhere::before_the_drive ? " on its way" : " answered");
            EXPECT_EQ(bench.cut_record().verdict, Verdict::not_erased) << place;
            bench.start_again();
            expect_true_end(bench, place);
            EXPECT_EQ(verdict_name(bench.record().verdict), reviewed_verdict(GetParam().method)) << place;
            if (HasFailure()) return;
        }
        EXPECT_GE(count, 4U) << "too few commands for a sequence";
    }
}

INSTANTIATE_TEST_SUITE_P(EachSequence, PowerCutInARun,
                         testing::Values(Subject{"ata-sanitize-overwrite", simulator::simulated_ata_disk},
                                         Subject{"ata-security-erase-enhanced",
                                                 simulator::simulated_ata_disk},
                                         Subject{"ata-security-erase", simulator::simulated_ata_disk},
                                         Subject{"ata-sanitize-block", simulator::simulated_ata_ssd},
                                         Subject{"ata-sanitize-crypto", simulator::simulated_ata_ssd},
                                         Subject{"nvme-sanitize-block", simulator::simulated_nvme},
                                         Subject{"nvme-sanitize-overwrite", simulator::simulated_nvme},
                                         Subject{"nvme-sanitize-crypto", simulator::simulated_nvme},
                                         Subject{"nvme-format-user-data", simulator::simulated_nvme},
                                         Subject{"scsi-sanitize-overwrite", simulator::simulated_scsi_disk},
                                         Subject{"scsi-sanitize-block", simulator::simulated_scsi_ssd},
                                         Subject{"mmc-sanitize", simulator::simulated_emmc},
                                         Subject{"mmc-secure-erase", simulator::simulated_emmc}),
                         [](const testing::TestParamInfo<Subject>& subject) {
                             std::string name = subject.param.method;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace regain
