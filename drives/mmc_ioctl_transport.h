#pragma once
// The real MmcTransport: MMC_IOC_MULTI_CMD on the block device of an eMMC area (the kernel switches to that
// area first). One of the few files that call the kernel. Needs CAP_SYS_RAWIO.
//
// Ref: Linux include/uapi/linux/mmc/ioctl.h, include/linux/mmc/core.h (response flags),
// drivers/mmc/core/block.c.

#include "base/file.h"
#include "drives/mmc_transport.h"

namespace regain {

class MmcIoctlTransport final : public MmcTransport {
  public:
    explicit MmcIoctlTransport(FileDescriptor area) : area_(std::move(area)) {}
    /// ErrorKind::environment with the errno when the kernel or the card did not carry them out.
    Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& commands) override;

  private:
    FileDescriptor area_;
};

}  // namespace regain
