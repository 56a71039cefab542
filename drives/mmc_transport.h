#pragma once
// The seam to an eMMC or SD card: commands go out together, so that nothing comes between them (an erase is
// three commands), their responses come back as they are. Commands are made by mmc_commands.h.

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// What the card answers: R1; R1b is R1 while the card may hold the line busy.
enum class MmcResponse { r1, r1b };

struct MmcCommand {
    std::string_view name;  ///< "SEND_EXT_CSD": for logs; points to a literal
    uint8_t index = 0;      ///< CMD8 is 8
    uint32_t argument = 0;
    MmcResponse response = MmcResponse::r1;
    uint32_t data_in_blocks = 0;  ///< blocks of 512 bytes read from the card
    std::chrono::seconds timeout{10};
};

struct MmcReply {
    std::array<uint32_t, 4> response{};  ///< [0] is the card status of an R1
    Bytes data;
};

class MmcTransport {
  public:
    virtual ~MmcTransport() = default;
    /// One reply for each command, in their order. An error means that one of them was not carried out; those
    /// before it may have been.
    virtual Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& commands) = 0;
};

}  // namespace regain
