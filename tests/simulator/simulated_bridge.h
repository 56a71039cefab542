#pragma once
// An ATA drive behind SCSI: libata, a SAS adapter or a USB bridge, with the ways in which bridges spoil what
// passes through them. Decodes ATA PASS-THROUGH by itself, byte by byte, sharing nothing with the product.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "drives/scsi_transport.h"
#include "tests/simulator/block_commands.h"
#include "tests/simulator/simulated_ata_drive.h"

namespace regain::simulator {

struct BridgeModel {
    bool accepts_16 = true;
    bool accepts_12 = true;
    /// How the registers come back: `libata_before_2024` puts those of failed commands into fixed format at
    /// the wrong places.
    enum class Registers { descriptor, fixed, dropped, libata, libata_before_2024 };
    Registers registers = Registers::descriptor;
    bool hangs_on_pass_through = false;  ///< no answer, and none to anything afterwards
    bool lacks_page_89 = true;           ///< page 89h is not among its vital product pages
    bool translates_security_protocol = false;
    bool blocks_trusted_commands =
        false;  ///< libata without allow_tpm: 5Ch to 5Fh are passed through to none
    std::string vendor = "ATA";
    std::string product;  ///< empty: the drive's model, cut
    std::string serial;   ///< its own, in page 80h; empty: the drive's
    bool has_read_capacity_16 = true;
};

class SimulatedBridge final : public ScsiTransport {
  public:
    SimulatedBridge(SimulatedAtaDrive& drive, BridgeModel model = {})
        : drive_(drive), model_(std::move(model)) {}
    Result<ScsiReply> send(const ScsiCommand& command) override;
    BridgeModel& model() { return model_; }
    size_t pass_throughs() const { return pass_throughs_; }

  private:
    ScsiReply pass_through(const ScsiCommand& command, bool is_16);
    ScsiReply inquiry(const ScsiCommand& command) const;
    ScsiReply page(uint8_t code) const;
    ScsiReply capacity() const;
    ScsiReply media(const BlockTransfer& transfer, const ScsiCommand& command);
    std::vector<uint8_t> sense_of(const AtaCommand& command, const AtaResult& result) const;

    SimulatedAtaDrive& drive_;
    BridgeModel model_;
    bool is_hung_ = false;
    size_t pass_throughs_ = 0;
};

/// CHECK CONDITION with fixed-format sense data.
ScsiReply refusal(uint8_t key, uint8_t code, uint8_t qualifier);

}  // namespace regain::simulator
