#pragma once
// What is said to a TCG drive's trusted peripheral (TPer) beyond level 0 discovery: tokens, method calls in
// ComPacket, Packet and Subpacket, and what comes back. Only the few methods that a revert by PSID needs.
// Pure: bytes in, bytes out; tcg_channel.h carries them, and wiper/ knows the sequence.
//
// Ref: TCG Storage Architecture Core Specification 2.01, 3.2.2 (data stream encoding), 3.2.3 (ComPackets,
// Packets and Subpackets), 5.1.5 (method status codes), 6.3 (assigned UIDs), as Linux block/opal_proto.h and
// block/sed-opal.c name and use them; PSID authority and Revert on the Admin SP: sedutil
// Common/DtaSession.cpp and DtaDevOpal::revertTPer().

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace regain {

/// The number on a drive's label as the drive wants it: upper case, without the dashes and spaces that labels
/// and people put in. Empty unless exactly 32 letters and digits are left: then it was mistyped.
std::string psid_from_label(std::string_view typed);

/// A session with a TPer; its numbers are 0 outside of one.
struct TcgSession {
    uint16_t com_id = 0;
    uint32_t tper_session = 0;
    uint32_t host_session = 0;
    bool operator==(const TcgSession&) const = default;
};

/// StartSession on the Admin SP for writing, authenticated as the PSID authority. Whole blocks of 512 bytes,
/// as everything that is sent.
Bytes tcg_start_psid_session(uint16_t com_id, uint32_t host_session, std::string_view psid);
/// Revert on the Admin SP: every key is made anew, every password is gone.
Bytes tcg_revert_admin_sp(const TcgSession& session);
Bytes tcg_end_session(const TcgSession& session);

enum class TcgTokenKind { number, signed_number, bytes, control };
struct TcgToken {
    TcgTokenKind kind = TcgTokenKind::control;
    uint64_t number = 0;  ///< number; control: the token's byte (F0h to FCh)
    Bytes bytes;
};
/// Nothing when a token is cut or its coding is reserved. Empty atoms (FFh) are left out.
std::optional<std::vector<TcgToken>> parse_tcg_tokens(ByteView data);

struct TcgResponse {
    uint32_t outstanding = 0;  ///< bytes that wait to be fetched
    uint32_t tper_session = 0, host_session = 0;
    std::vector<TcgToken> tokens;   ///< none: the answer is not there yet
    std::optional<uint8_t> status;  ///< of the method
    bool ends_session = false;      ///< the end-of-session token alone
};
/// Nothing when lengths contradict each other or a token can't be read.
std::optional<TcgResponse> parse_tcg_response(ByteView data);

/// The session that a SyncSession answer opens; nothing when it is none, or its status is not success.
std::optional<TcgSession> tcg_session_in(const TcgResponse& response, uint16_t com_id);

constexpr uint8_t tcg_success = 0x00;
constexpr uint8_t tcg_not_authorized = 0x01;
constexpr uint8_t tcg_authority_locked_out = 0x12;
/// "NOT_AUTHORIZED", "AUTHORITY_LOCKED_OUT" ...; "status 0x2a" for what the specification does not name.
std::string tcg_status_name(uint8_t status);

}  // namespace regain
