#include "tests/simulator/simulated_channels.h"

#include <utility>

namespace regain::simulator {
namespace {

/// Passes on to a device that somebody else owns, and writes down what passes.
template <typename Transport, typename Command, typename Reply, typename Argument>
class Recorder final : public Transport {
  public:
    Recorder(Transport& device, std::vector<Command>& commands) : device_(device), commands_(commands) {}
    Result<Reply> send(const Argument& argument) override {
        if constexpr (std::is_same_v<Argument, Command>)
            commands_.push_back(argument);
        else
            commands_.insert(commands_.end(), argument.begin(), argument.end());
        return device_.send(argument);
    }

  private:
    Transport& device_;
    std::vector<Command>& commands_;
};

Error nothing_there(const DriveRecord& drive) {
    return error(ErrorKind::environment, message("open {0}", drive.path), message("no such device"));
}

template <typename Transport, typename Command, typename Reply, typename Argument = Command>
Result<std::unique_ptr<Transport>> open(const std::map<std::string, Transport*>& devices,
                                        const DriveRecord& drive, std::vector<Command>& commands) {
    const auto found = devices.find(drive.path);
    if (found == devices.end()) return nothing_there(drive);
    return std::unique_ptr<Transport>(
        std::make_unique<Recorder<Transport, Command, Reply, Argument>>(*found->second, commands));
}

}  // namespace

Result<std::unique_ptr<ScsiTransport>> SimulatedChannels::open_scsi(const DriveRecord& drive) {
    return open<ScsiTransport, ScsiCommand, ScsiReply>(scsi_, drive, scsi_commands);
}

Result<std::unique_ptr<NvmeTransport>> SimulatedChannels::open_nvme(const DriveRecord& drive) {
    return open<NvmeTransport, NvmeCommand, NvmeReply>(nvme_, drive, nvme_commands);
}

Result<std::unique_ptr<MmcTransport>> SimulatedChannels::open_mmc(const DriveRecord& drive) {
    return open<MmcTransport, MmcCommand, std::vector<MmcReply>, std::vector<MmcCommand>>(mmc_, drive,
                                                                                          mmc_commands);
}

std::optional<UsbBridge> SimulatedChannels::bridge_of(const DriveRecord& drive) {
    const auto found = bridges_.find(drive.path);
    if (found == bridges_.end()) return std::nullopt;
    return found->second;
}

}  // namespace regain::simulator
