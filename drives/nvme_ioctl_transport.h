#pragma once
// The real NvmeTransport: NVME_IOCTL_ADMIN_CMD on a controller's character device. One of the few files that
// call the kernel. Needs CAP_SYS_ADMIN.
//
// Ref: Linux include/uapi/linux/nvme_ioctl.h, drivers/nvme/host/ioctl.c (a positive result is the status
// field).

#include "base/file.h"
#include "drives/nvme_transport.h"

namespace regain {

class NvmeIoctlTransport final : public NvmeTransport {
  public:
    explicit NvmeIoctlTransport(FileDescriptor controller) : controller_(std::move(controller)) {}
    /// ErrorKind::environment with the errno when the kernel could not send it.
    Result<NvmeReply> send(const NvmeCommand& command) override;

  private:
    FileDescriptor controller_;
};

}  // namespace regain
