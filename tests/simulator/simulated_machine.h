#pragma once
// A simulated drive with everything that a wipe needs of it: its record, its blocks, its command channels, a
// clock that moves it. For the tests that run whole plans against drives that misbehave. Never linked into
// the product.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "reports/drive_record.h"
#include "tests/simulator/simulated_ata_drive.h"
#include "tests/simulator/simulated_block_io.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_emmc.h"
#include "tests/simulator/simulated_nvme_drive.h"
#include "tests/simulator/simulated_scsi_disk.h"

namespace regain::simulator {

class SimulatedMachine {
  public:
    virtual ~SimulatedMachine() = default;
    virtual DriveRecord record() const = 0;
    virtual SimulatedMedium& medium() = 0;
    virtual BlockIo& io() = 0;
    virtual void advance(unsigned seconds) = 0;
    virtual ScsiTransport* scsi() { return nullptr; }
    virtual NvmeTransport* nvme() { return nullptr; }
    virtual MmcTransport* mmc() { return nullptr; }
    /// False: this kind of drive can't misbehave in that way.
    virtual bool misbehave(const std::string& how) = 0;
};

std::unique_ptr<SimulatedMachine> simulated_ata_disk();
std::unique_ptr<SimulatedMachine> simulated_ata_ssd();
std::unique_ptr<SimulatedMachine> simulated_nvme();
std::unique_ptr<SimulatedMachine> simulated_scsi_disk();
std::unique_ptr<SimulatedMachine> simulated_scsi_ssd();
std::unique_ptr<SimulatedMachine> simulated_emmc();

}  // namespace regain::simulator
