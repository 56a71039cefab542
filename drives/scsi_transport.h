#pragma once
// The seam to a drive, bridge or adapter that speaks SCSI: a command block goes out, status, sense and data
// come back as they are. Commands are made by scsi_commands.h and sat_transport.h. Decides nothing.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

enum class ScsiDirection { none, in, out };

struct ScsiCommand {
    std::string_view name;  ///< "INQUIRY": for logs; points to a literal
    Bytes cdb;
    ScsiDirection direction = ScsiDirection::none;
    Bytes data_out;
    uint32_t data_in_bytes = 0;
    std::chrono::seconds timeout{15};
};

constexpr uint8_t scsi_good = 0x00;
constexpr uint8_t scsi_check_condition = 0x02;

struct ScsiReply {
    uint8_t status = scsi_good;  ///< SAM status byte
    Bytes sense;                 ///< raw; empty when none came
    Bytes data;                  ///< what was transferred, perhaps less than was asked for
};

class ScsiTransport {
  public:
    virtual ~ScsiTransport() = default;
    /// Blocks for the command's timeout at most. An error means that the command may not have reached the
    /// device (no such device, an adapter's error, a timeout); a device that refuses it is a reply.
    virtual Result<ScsiReply> send(const ScsiCommand& command) = 0;
};

}  // namespace regain
