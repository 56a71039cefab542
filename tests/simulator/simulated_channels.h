#pragma once
// Simulated drives in place of a machine's: DriveChannels that hand out a drive by the path of its node and
// write down every command that passes, byte for byte, before the drive sees it.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drives/drive_channels.h"

namespace regain::simulator {

class SimulatedChannels final : public DriveChannels {
  public:
    void put(const std::string& path, ScsiTransport& device) { scsi_[path] = &device; }
    void put(const std::string& path, NvmeTransport& device) { nvme_[path] = &device; }
    void put(const std::string& path, MmcTransport& device) { mmc_[path] = &device; }
    void put_bridge(const std::string& path, UsbBridge bridge) { bridges_[path] = std::move(bridge); }

    Result<std::unique_ptr<ScsiTransport>> open_scsi(const DriveRecord& drive) override;
    Result<std::unique_ptr<NvmeTransport>> open_nvme(const DriveRecord& drive) override;
    Result<std::unique_ptr<MmcTransport>> open_mmc(const DriveRecord& drive) override;
    std::optional<UsbBridge> bridge_of(const DriveRecord& drive) override;

    // Everything that went out, in order.
    std::vector<ScsiCommand> scsi_commands;
    std::vector<NvmeCommand> nvme_commands;
    std::vector<MmcCommand> mmc_commands;

  private:
    std::map<std::string, ScsiTransport*> scsi_;
    std::map<std::string, NvmeTransport*> nvme_;
    std::map<std::string, MmcTransport*> mmc_;
    std::map<std::string, UsbBridge> bridges_;
};

}  // namespace regain::simulator
