#pragma once
// An eMMC: the extended CSD, erase groups, trim, secure erase, sanitize; a user area of flash whose stale
// copies stay until it is sanitized.

#include <cstdint>
#include <vector>

#include "drives/mmc_transport.h"
#include "tests/simulator/simulated_medium.h"

namespace regain::simulator {

struct EmmcModel {
    uint8_t revision = 8;
    uint32_t sectors = 30535680;
    bool has_secure_erase = true;
    bool has_trim = true;
    bool has_sanitize = true;
    uint8_t boot_units = 32;  ///< 4 MiB each
    uint8_t rpmb_units = 32;
    uint8_t general_purpose_units = 0;  ///< of the first area
};

struct EmmcMisbehaviour {
    bool sanitize_does_nothing = false;
    bool secure_erase_does_nothing = false;
    bool refuses_to_erase = false;
};

class SimulatedEmmc final : public MmcTransport {
  public:
    explicit SimulatedEmmc(EmmcModel model = {});
    Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& commands) override;

    SimulatedMedium& medium() { return medium_; }
    EmmcMisbehaviour& misbehaviour() { return misbehaviour_; }
    std::vector<uint8_t> ext_csd() const;

  private:
    MmcReply execute(const MmcCommand& command);
    void erase(uint32_t argument);

    EmmcModel model_;
    EmmcMisbehaviour misbehaviour_;
    SimulatedMedium medium_;
    uint32_t first_ = 0;
    uint32_t last_ = 0;
    unsigned range_state_ = 0;  // 0: no start, 1: start, 2: start and end
};

}  // namespace regain::simulator
