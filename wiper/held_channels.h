#pragma once
// The command channels of a drive that is held, for a plan that was confirmed: everything may be sent through
// them. Only the worker opens them, after the hold; what merely looks goes through capability_reader.h and
// its guard.

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "drives/drive_channels.h"
#include "wiper/firmware_run.h"
#include "wiper/password_file.h"

namespace regain {

class HeldChannels {
  public:
    /// Opens what the plan's methods need, and probes how ATA commands get through. No password is ever set
    /// when `password_directory` is empty, or would not outlive a power cut; `psid` may be empty.
    /// ErrorKind::environment, failed.
    static Result<std::unique_ptr<HeldChannels>> open(DriveChannels& channels, const WipePlan& plan,
                                                      const std::filesystem::path& password_directory,
                                                      std::string psid, const Clock& clock,
                                                      std::stop_token stop);

    /// The same for one drive and a family of commands: "ata", "scsi", "nvme", "mmc".
    static Result<std::unique_ptr<HeldChannels>> open_for(DriveChannels& channels, const DriveRecord& drive,
                                                          std::string_view family,
                                                          const std::filesystem::path& password_directory,
                                                          const Clock& clock, std::stop_token stop,
                                                          PassThroughSize first = PassThroughSize::bytes_16);

    const FirmwareMeans& means() const { return means_; }
    /// Where a password of this drive is noted, by what it calls itself behind any bridge; empty: not ATA.
    const std::filesystem::path& password_file() const { return password_file_; }

  private:
    HeldChannels() = default;
    void keep_notes(const DriveRecord& drive, const AtaIdentify& identify,
                    const std::filesystem::path& directory, const Clock& clock);
    std::unique_ptr<ScsiTransport> scsi_;
    std::unique_ptr<NvmeTransport> nvme_;
    std::unique_ptr<MmcTransport> mmc_;
    std::optional<FilePasswordJournal> passwords_;
    PsidOffer psid_;
    std::filesystem::path password_file_;
    FirmwareMeans means_;
};

/// True when the plan or one of its fallbacks has a step for the drive's own commands.
bool needs_channels(const WipePlan& plan);

}  // namespace regain
