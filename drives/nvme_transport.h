#pragma once
// The seam to an NVMe controller's admin queue: command dwords go out, the status field, dword 0 of the
// completion and data come back. Commands are made by nvme_commands.h. Decides nothing.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

struct NvmeCommand {
    std::string_view name;  ///< "Identify Controller": for logs; points to a literal
    uint8_t opcode = 0;
    uint32_t nsid = 0;
    uint32_t cdw10 = 0;
    uint32_t cdw11 = 0;
    uint32_t cdw12 = 0;
    uint32_t cdw13 = 0;
    uint32_t cdw14 = 0;
    uint32_t cdw15 = 0;
    Bytes data_out;
    uint32_t data_in_bytes = 0;
    std::chrono::seconds timeout{15};
};

struct NvmeReply {
    uint16_t status = 0;  ///< status field without the phase tag: SC 7:0, SCT 10:8, CRD 12:11, M 13, DNR 14
    uint32_t result = 0;  ///< dword 0 of the completion
    Bytes data;

    bool succeeded() const { return (status & 0x7FF) == 0; }
};

class NvmeTransport {
  public:
    virtual ~NvmeTransport() = default;
    /// Blocks for the command's timeout at most. An error means that the command may not have reached the
    /// controller; one that it refuses is a reply.
    virtual Result<NvmeReply> send(const NvmeCommand& command) = 0;
};

}  // namespace regain
