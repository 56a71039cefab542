#pragma once
// A SAS disk or SSD that speaks SCSI itself: INQUIRY, sizes, REPORT SUPPORTED OPERATION CODES, SANITIZE with
// its state machine, REQUEST SENSE progress, reads and writes. Time passes only when a test says so.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drives/scsi_transport.h"
#include "tests/simulator/block_commands.h"
#include "tests/simulator/simulated_medium.h"

namespace regain::simulator {

struct ScsiDiskModel {
    std::string vendor = "SIMCO";
    std::string product = "SAS DISK";
    std::string serial = "SAS00001";
    uint64_t wwn = 0x5000c500b0000001;
    MediumKind medium = MediumKind::magnetic;
    uint64_t blocks = 2097152;
    bool sanitize_overwrite = true;
    bool sanitize_block = false;
    bool sanitize_crypto = true;
    bool knows_report_operation_codes = true;
    std::vector<uint8_t> tcg_discovery;
};

struct ScsiMisbehaviour {
    bool reports_success_without_erasing = false;
    bool reports_completed_without_running = false;
    std::optional<unsigned> fails_at_percent;
    std::optional<unsigned> progress_sticks_at_percent;
    bool refuses_to_erase = false;
    std::string serial_after_erase;
    std::optional<uint64_t> blocks_after_erase;
    std::optional<uint32_t> pattern_afterwards;
};

class SimulatedScsiDisk final : public ScsiTransport {
  public:
    explicit SimulatedScsiDisk(ScsiDiskModel model = {});
    Result<ScsiReply> send(const ScsiCommand& command) override;

    void advance(unsigned seconds);
    /// A sanitize operation goes on afterwards.
    void power_cycle() {}
    SimulatedMedium& medium() { return medium_; }
    ScsiMisbehaviour& misbehaviour() { return misbehaviour_; }
    bool is_sanitizing() const { return state_ == State::running; }
    unsigned sanitize_seconds = 60;

  private:
    enum class State { idle, running, failed };

    ScsiReply inquiry(const ScsiCommand& command) const;
    ScsiReply report_support(const ScsiCommand& command) const;
    ScsiReply request_sense() const;
    ScsiReply sanitize(const ScsiCommand& command);
    ScsiReply media(const BlockTransfer& transfer, const ScsiCommand& command);
    /// Operation codes with their service actions.
    std::vector<std::array<uint8_t, 2>> operations() const;
    bool supports(uint8_t service_action) const;
    unsigned percent() const;
    void finish();

    ScsiDiskModel model_;
    ScsiMisbehaviour misbehaviour_;
    SimulatedMedium medium_;
    State state_ = State::idle;
    uint8_t action_ = 0;
    bool may_leave_failure_ = false;
    Sector pattern_;
    unsigned elapsed_ = 0;
};

}  // namespace regain::simulator
