#pragma once
// ATA commands carried by SCSI (SAT: ATA PASS-THROUGH), over any ScsiTransport: libata, SAS adapters, USB
// bridges. The registers come back in sense data, if they do. Decides nothing about the command itself.
//
// Ref: sg3_utils src/sg_sat_identify.c (command blocks); smartmontools scsiata.cpp (both sense formats).

#include <optional>

#include "drives/ata_transport.h"
#include "drives/scsi_transport.h"

namespace regain {

/// The 12-byte command block has no room for the upper bytes of 48-bit commands; some bridges know it only.
enum class PassThroughSize { bytes_12, bytes_16 };
/// CK_COND = 1 asks for the registers also when the command succeeded.
enum class RegistersWanted { no, yes };

/// Nothing when the command does not fit (a 48-bit command into 12 bytes).
std::optional<ScsiCommand> ata_pass_through(const AtaCommand& command, PassThroughSize size,
                                            RegistersWanted registers);
/// What a reply means for the ATA command that it answers.
AtaReply ata_reply_of(const AtaCommand& command, ScsiReply reply);

class SatTransport final : public AtaTransport {
  public:
    /// `scsi` must outlive this. Registers are asked for with every command.
    explicit SatTransport(ScsiTransport& scsi, PassThroughSize size = PassThroughSize::bytes_16)
        : scsi_(scsi), size_(size) {}
    /// ErrorKind::failed, without sending anything, when the command does not fit into the command block.
    Result<AtaReply> send(const AtaCommand& command) override;

  private:
    ScsiTransport& scsi_;
    PassThroughSize size_;
};

}  // namespace regain
