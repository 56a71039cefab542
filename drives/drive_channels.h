#pragma once
// Opens the command channels of a drive that discovery found: for looking, without claiming it, whatever uses
// it. Tests stand simulated drives behind this seam.

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/system_root.h"
#include "drives/mmc_transport.h"
#include "drives/nvme_transport.h"
#include "drives/scsi_transport.h"
#include "drives/usb_bridge.h"
#include "reports/drive_record.h"

namespace regain {

class DriveChannels {
  public:
    virtual ~DriveChannels() = default;
    /// ErrorKind::environment when the node can't be opened (rights, gone, another device by now).
    virtual Result<std::unique_ptr<ScsiTransport>> open_scsi(const DriveRecord& drive) = 0;
    /// The controller's admin queue, found from the namespace through sysfs.
    virtual Result<std::unique_ptr<NvmeTransport>> open_nvme(const DriveRecord& drive) = 0;
    virtual Result<std::unique_ptr<MmcTransport>> open_mmc(const DriveRecord& drive) = 0;
    /// Nothing when the drive does not hang on USB.
    virtual std::optional<UsbBridge> bridge_of(const DriveRecord& drive) = 0;
};

/// The kernel's.
class MachineDriveChannels final : public DriveChannels {
  public:
    explicit MachineDriveChannels(SystemRoot root) : root_(std::move(root)) {}
    Result<std::unique_ptr<ScsiTransport>> open_scsi(const DriveRecord& drive) override;
    Result<std::unique_ptr<NvmeTransport>> open_nvme(const DriveRecord& drive) override;
    Result<std::unique_ptr<MmcTransport>> open_mmc(const DriveRecord& drive) override;
    std::optional<UsbBridge> bridge_of(const DriveRecord& drive) override;

  private:
    SystemRoot root_;
};

/// "sg1": the character device of the SCSI device under a disk's node, through sysfs; empty without one.
std::string scsi_generic_name(const SystemRoot& root, const DriveRecord& drive);
/// "nvme0": the controller behind a namespace's node, through sysfs; empty when it is not found.
std::string nvme_controller_name(const SystemRoot& root, const DriveRecord& drive);

}  // namespace regain
