#pragma once
// The real ScsiTransport: SG_IO on the descriptor of a block device or of a /dev/sg node. One of the few
// files that call the kernel. Needs CAP_SYS_RAWIO for most commands.
//
// Ref: Linux include/scsi/sg.h (sg_io_hdr_t), drivers/scsi/scsi_ioctl.c, drivers/scsi/sg.c (SG_IO waits
// interruptibly).

#include "base/file.h"
#include "drives/scsi_transport.h"

namespace regain {

class SgIoTransport final : public ScsiTransport {
  public:
    explicit SgIoTransport(FileDescriptor device) : device_(std::move(device)) {}
    /// Errors: ErrorKind::environment when the node takes no SCSI commands (ENOTTY), rights are missing or
    /// the device is gone; ErrorKind::failed with the adapter's status, a timeout among them.
    Result<ScsiReply> send(const ScsiCommand& command) override;

  private:
    FileDescriptor device_;
};

}  // namespace regain
