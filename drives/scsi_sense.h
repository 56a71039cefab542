#pragma once
// SCSI sense data decoded: what went wrong, how far a long operation is, and the ATA registers that came back
// with an ATA PASS-THROUGH command. Both formats (descriptor and fixed). Pure.
//
// Ref: sg3_utils lib/sg_json_sg_lib.c and src/sg_sanitize.c (offsets of both formats, progress);
// smartmontools scsiata.cpp (registers in both formats); the Linux change "ata: libata-scsi: Fix offsets for
// the fixed format sense data" (2024: before it libata put the registers of failed commands elsewhere, with
// VALID = 0).

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "drives/scsi_transport.h"

namespace regain {

struct ScsiSense {
    bool is_descriptor_format = false;
    bool is_deferred = false;
    uint8_t key = 0;
    uint8_t code = 0;                  ///< ASC
    uint8_t qualifier = 0;             ///< ASCQ
    std::optional<uint16_t> progress;  ///< of 65536

    bool is(uint8_t asc, uint8_t ascq) const { return code == asc && qualifier == ascq; }
};

/// Nothing when the bytes are no sense data (too short, another response code).
std::optional<ScsiSense> parse_sense(ByteView sense);

/// The drive reports what happened before (power, a reset) instead of carrying the command out.
bool is_unit_attention(const ScsiReply& reply);

/// The ATA registers in sense data, as they came; `extend` and the two flags are the standard's.
struct SenseRegisters {
    bool is_descriptor_format = false;
    bool extend = false;               ///< the command was a 48-bit one
    bool count_upper_nonzero = false;  ///< fixed format: count(15:8) is lost and was not 0
    bool lba_upper_nonzero = false;    ///< fixed format: lba(47:24) is lost and was not 0
    uint8_t error = 0;
    uint8_t status = 0;
    uint8_t device = 0;
    uint16_t count = 0;  ///< fixed format: (7:0) only
    uint64_t lba = 0;    ///< fixed format: (23:0) only
};

/// From the descriptor 09h, else from fixed-format sense data whose VALID bit is set and that either says
/// "ATA PASS-THROUGH information available" (00h/1Dh) or holds the status register of a failed command.
std::optional<SenseRegisters> ata_registers_in(ByteView sense);

}  // namespace regain
