#include "drives/nvme_ioctl_transport.h"

#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>

namespace regain {

Result<NvmeReply> NvmeIoctlTransport::send(const NvmeCommand& command) {
    Bytes data = command.data_in_bytes != 0 ? Bytes(command.data_in_bytes, 0) : command.data_out;
    nvme_admin_cmd request{};
    request.opcode = command.opcode;
    request.nsid = command.nsid;
    request.cdw10 = command.cdw10;
    request.cdw11 = command.cdw11;
    request.cdw12 = command.cdw12;
    request.cdw13 = command.cdw13;
    request.cdw14 = command.cdw14;
    request.cdw15 = command.cdw15;
    request.addr = data.empty() ? 0 : reinterpret_cast<uintptr_t>(data.data());
    request.data_len = static_cast<uint32_t>(data.size());
    request.timeout_ms =
        static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(command.timeout).count());
    const int status = ::ioctl(controller_.get(), NVME_IOCTL_ADMIN_CMD, &request);
    if (status < 0) return os_error(message("send {0}", command.name), errno, ErrorKind::environment);
    NvmeReply reply;
    reply.status = static_cast<uint16_t>(status);
    reply.result = request.result;
    if (command.data_in_bytes != 0 && reply.succeeded()) reply.data = std::move(data);
    return reply;
}

}  // namespace regain
