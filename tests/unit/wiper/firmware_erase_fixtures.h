#pragma once
// What the tests of the drives' own erase commands share: time that passes only when somebody waits, a
// journal in memory, and a mains switch that cuts the power between two commands or within one.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tests/simulator/simulated_medium.h"
#include "wiper/firmware_erase.h"
#include "wiper/wipe_run.h"

namespace regain {

/// The kernel sees nothing of what goes on behind the node: the same one, the same size, nothing counted.
class UnwatchedTarget final : public WipeTarget {
  public:
    explicit UnwatchedTarget(BlockIo& io) : io_(io) {}
    BlockIo& io() override { return io_; }
    Status prove_identity() override { return done(); }
    std::optional<BlockCounters> counters() override { return std::nullopt; }

  private:
    BlockIo& io_;
};

/// A watch whose waiting moves the clock and a drive's time.
class FakeTime {
  public:
    explicit FakeTime(std::function<void(unsigned seconds)> advance) : advance_(std::move(advance)) {}

    EraseWatch watch() {
        EraseWatch watch{clock, [this](std::chrono::milliseconds by) { pass(by); }};
        watch.on_progress = [this](uint32_t progress) { progress_shown.push_back(progress); };
        watch.stop = stop.get_token();
        watch.estimate = estimate;
        return watch;
    }
    void pass(std::chrono::milliseconds by) {
        clock.advance(by);
        passed += by;
        if (stop_after && passed >= *stop_after) stop.request_stop();
        owed_ += by;
        const auto whole = std::chrono::duration_cast<std::chrono::seconds>(owed_);
        owed_ -= whole;
        if (is_powered) advance_(static_cast<unsigned>(whole.count()));
    }

    ManualClock clock{WallTime(std::chrono::milliseconds(1795000000000))};
    std::stop_source stop;
    std::optional<std::chrono::milliseconds> stop_after;
    std::optional<std::chrono::minutes> estimate;
    std::vector<uint32_t> progress_shown;
    std::chrono::milliseconds passed{0};
    bool is_powered = true;

  private:
    std::function<void(unsigned)> advance_;
    std::chrono::milliseconds owed_{0};
};

class MemoryJournal final : public PasswordJournal {
  public:
    Status write(std::string_view stage) override {
        if (stage == fails_at) return error(ErrorKind::environment, message("write"), message("disk full"));
        stages.emplace_back(stage);
        is_open = true;
        return done();
    }
    Status close() override {
        stages.emplace_back("closed");
        is_open = false;
        return done();
    }
    std::vector<std::string> stages;
    std::string fails_at;
    bool is_open = false;
};

/// When the power goes: before the command reaches the drive, or after the drive has dealt with it and before
/// its reply.
enum class CutWhere { before_the_drive, before_the_reply };

/// Lets `count` commands through; the next one meets the cut, and nothing is answered until restore().
template <typename Transport, typename Command, typename Reply>
class PowerCut final : public Transport {
  public:
    PowerCut(Transport& inner, size_t count, CutWhere where, std::function<void()> power_cycle)
        : inner_(inner), left_(count), where_(where), power_cycle_(std::move(power_cycle)) {}

    Result<Reply> send(const Command& command) override {
        if (!is_cut && left_-- > 0) return inner_.send(command);
        if (!is_cut) {
            is_cut = true;
            if (where_ == CutWhere::before_the_reply) (void)inner_.send(command);
            power_cycle_();
        }
        return error(ErrorKind::failed, message("send"), message("the drive does not answer any more"));
    }
    bool is_cut = false;

  private:
    Transport& inner_;
    size_t left_;
    CutWhere where_;
    std::function<void()> power_cycle_;
};
using ScsiPowerCut = PowerCut<ScsiTransport, ScsiCommand, ScsiReply>;
using NvmePowerCut = PowerCut<NvmeTransport, NvmeCommand, NvmeReply>;

/// Somebody's data.
inline const std::vector<uint8_t> secret(64, 0xB7);

/// Written twice in the same place, so that flash also has a stale copy.
inline void write_secret(simulator::SimulatedMedium& medium, uint64_t lba = 4711) {
    simulator::Sector sector(medium.sector_bytes(), 0x11);
    std::copy(secret.begin(), secret.end(), sector.begin() + 32);
    medium.write(lba, sector);
    sector.back() = 0x12;
    medium.write(lba, sector);
}

inline std::vector<std::string> codes(const DriveLog& log) {
    std::vector<std::string> found;
    for (const Remark& remark : log.remarks) found.push_back(remark.code);
    return found;
}

}  // namespace regain
