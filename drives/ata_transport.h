#pragma once
// The seam to a drive that speaks ATA: one command goes out as registers, what came back is registers, data
// and the raw sense bytes that carried them. Commands are made by ata_commands.h; on Linux SatTransport sends
// them. Knows no sequences and decides nothing.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

enum class AtaProtocol { non_data, pio_in, pio_out };
enum class AtaAddressing { bits_28, bits_48 };

/// Register names are those of the standard (ACS); `lba` is the whole LBA field.
struct AtaCommand {
    std::string_view name;  ///< "IDENTIFY DEVICE": for logs; points to a literal
    uint8_t command = 0;
    uint16_t feature = 0;
    uint16_t count = 0;
    uint64_t lba = 0;
    uint8_t device = 0;
    AtaAddressing addressing = AtaAddressing::bits_28;
    AtaProtocol protocol = AtaProtocol::non_data;
    Bytes data_out;                ///< pio_out: whole sectors of 512 bytes
    uint32_t data_in_sectors = 0;  ///< pio_in: sectors of 512 bytes
    std::chrono::seconds timeout{15};
};

/// Which of the registers in a reply are known. `low_bytes`: count(7:0) and lba(23:0) only, the rest was lost
/// on the way (fixed-format sense data, a 12-byte command block).
enum class AtaRegisters { none, low_bytes, all };

/// `unknown` is never success: the registers did not come back, so nobody knows how the command ended.
enum class AtaOutcome { succeeded, failed, unknown };

struct AtaReply {
    AtaRegisters registers = AtaRegisters::none;
    AtaOutcome outcome = AtaOutcome::unknown;
    uint8_t status = 0;
    uint8_t error = 0;
    uint16_t count = 0;
    uint64_t lba = 0;
    uint8_t device = 0;
    Bytes data;               ///< pio_in: what was transferred, perhaps less than was asked for
    uint8_t scsi_status = 0;  ///< of the command that carried it
    Bytes sense;              ///< raw, as it came
};

class AtaTransport {
  public:
    virtual ~AtaTransport() = default;
    /// Blocks for the command's timeout at most. An error means that the command may not have reached the
    /// drive; a drive that refuses it is a reply. ErrorKind::failed, ErrorKind::refused (a guard).
    virtual Result<AtaReply> send(const AtaCommand& command) = 0;
};

}  // namespace regain
