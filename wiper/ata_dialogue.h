#pragma once
// What the files that change an ATA drive have in common: IDENTIFY DEVICE with the proof that registers come
// back, the state of the sanitize operation, and a reply in words for the log. Decides nothing.

#include <optional>
#include <string>

#include "drives/ata_identify.h"
#include "wiper/sanitize_sequence.h"

namespace regain {

/// Sense key 6: the drive or its adapter was reset, and the command was not carried out.
bool is_unit_attention(const AtaReply& reply);

struct IdentifyLook {
    std::optional<AtaIdentify> identify;  ///< only when it is valid and its registers came back
    /// The upper bytes of 48-bit commands come back too (sense data in descriptor format).
    bool carries_upper_bytes = false;
    Remark fault;  ///< else: "no-answer-from-drive", "registers-not-returned"
    std::optional<Error> error;
};
/// Asks again after a unit attention.
IdentifyLook identify_with_registers(AtaTransport& ata);

/// SANITIZE STATUS EXT; changes nothing.
OperationLook look_at_ata_sanitize(AtaTransport& ata);

/// "status 0x51 error 0x04", or the sense data when no registers came.
std::string reply_in_numbers(const AtaReply& reply);
/// Of a command without whose success nothing goes on.
Answer acceptance_of(const Result<AtaReply>& reply);
/// Why it was not accepted: the reply in numbers, or the error in English.
std::string refusal_of(const Result<AtaReply>& reply);

}  // namespace regain
