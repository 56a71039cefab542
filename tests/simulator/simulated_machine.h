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
    /// A password is set on it.
    virtual bool is_locked() const { return false; }
    virtual ScsiTransport* scsi() { return nullptr; }
    virtual NvmeTransport* nvme() { return nullptr; }
    virtual MmcTransport* mmc() { return nullptr; }
    /// The drive loses power and gets it back; a suspend to RAM, which no firmware follows.
    virtual void power_cycle() {}
    virtual void suspend_and_wake() {}
    /// How long a sanitize operation takes.
    virtual void set_operation_seconds(unsigned) {}
    /// What is going on in the drive, in words for people: "sanitizing", "locked", "security-enabled",
    /// "ready".
    virtual std::string state() const { return "ready"; }
    /// False: this kind of drive can't misbehave in that way.
    virtual bool misbehave(const std::string& how) = 0;
};

/// Any ATA drive behind any bridge, any SCSI disk.
std::unique_ptr<SimulatedMachine> simulated_ata(AtaDriveModel model, BridgeModel bridge);
std::unique_ptr<SimulatedMachine> simulated_scsi(ScsiDiskModel model);

// Small ones, of every kind.
std::unique_ptr<SimulatedMachine> simulated_ata_disk();
std::unique_ptr<SimulatedMachine> simulated_ata_ssd();
std::unique_ptr<SimulatedMachine> simulated_nvme();
std::unique_ptr<SimulatedMachine> simulated_scsi_disk();
std::unique_ptr<SimulatedMachine> simulated_scsi_ssd();
std::unique_ptr<SimulatedMachine> simulated_emmc();
/// With a security processor whose PSID is TperModel's; the kernel translates SECURITY PROTOCOL IN and OUT.
std::unique_ptr<SimulatedMachine> simulated_opal_ata_ssd();
std::unique_ptr<SimulatedMachine> simulated_opal_nvme();

}  // namespace regain::simulator
