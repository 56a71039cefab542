#include "drives/tcg_packets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace regain {
namespace {

constexpr size_t com_packet_header = 20;
constexpr size_t packet_header = 24;
constexpr size_t subpacket_header = 12;
constexpr size_t all_headers = com_packet_header + packet_header + subpacket_header;
constexpr size_t block_bytes = 512;
constexpr size_t psid_characters = 32;

constexpr uint8_t start_list = 0xF0;
constexpr uint8_t end_list = 0xF1;
constexpr uint8_t start_name = 0xF2;
constexpr uint8_t end_name = 0xF3;
constexpr uint8_t call = 0xF8;
constexpr uint8_t end_of_data = 0xF9;
constexpr uint8_t end_of_session = 0xFA;
constexpr uint8_t empty_atom = 0xFF;

using Uid = std::array<uint8_t, 8>;
constexpr Uid session_manager{0, 0, 0, 0, 0, 0, 0, 0xFF};
constexpr Uid admin_sp{0, 0, 0x02, 0x05, 0, 0, 0, 0x01};
constexpr Uid psid_authority{0, 0, 0, 0x09, 0, 0x01, 0xFF, 0x01};
constexpr Uid start_session{0, 0, 0, 0, 0, 0, 0xFF, 0x02};
constexpr Uid sync_session{0, 0, 0, 0, 0, 0, 0xFF, 0x03};
constexpr Uid revert{0, 0, 0, 0x06, 0, 0, 0x02, 0x02};

class TokenWriter {
  public:
    explicit TokenWriter(Bytes& bytes) : bytes_(bytes) {}

    void control(uint8_t token) { bytes_.push_back(token); }
    /// As short as it goes: a tiny atom below 64, else a short atom.
    void number(uint64_t value) {
        if (value < 64) return control(static_cast<uint8_t>(value));
        unsigned length = 1;
        while (length < 8 && value >> (8 * length) != 0) ++length;
        control(static_cast<uint8_t>(0x80 | length));
        for (unsigned i = length; i-- > 0;) control(static_cast<uint8_t>(value >> (8 * i)));
    }
    void bytes(ByteView value) {
        assert(value.size() < 2048);
        if (value.size() < 16) {
            control(static_cast<uint8_t>(0xA0 | value.size()));
        } else {
            control(static_cast<uint8_t>(0xD0 | value.size() >> 8));
            control(static_cast<uint8_t>(value.size()));
        }
        bytes_.insert(bytes_.end(), value.begin(), value.end());
    }
    /// An optional parameter: by its number.
    void named(uint8_t name, ByteView value) {
        control(start_name);
        number(name);
        bytes(value);
        control(end_name);
    }

  private:
    Bytes& bytes_;
};

/// The payload in its three envelopes; its padding counts in the outer two, not in the subpacket.
Bytes enveloped(const TcgSession& session, const Bytes& payload) {
    Bytes data(all_headers, 0);
    data.insert(data.end(), payload.begin(), payload.end());
    data.resize((data.size() + 3) / 4 * 4, 0);
    const auto write = [&](size_t at, size_t value) {
        write_big_endian<uint32_t>(data, at, static_cast<uint32_t>(value));
    };
    write_big_endian<uint16_t>(data, 4, session.com_id);
    write(16, data.size() - com_packet_header);
    write(com_packet_header, session.tper_session);
    write(com_packet_header + 4, session.host_session);
    write(com_packet_header + 20, data.size() - com_packet_header - packet_header);
    write(all_headers - 4, payload.size());
    data.resize((data.size() + block_bytes - 1) / block_bytes * block_bytes, 0);
    return data;
}

/// `parameters` without the list around them.
Bytes method_call(const TcgSession& session, const Uid& object, const Uid& method, const Bytes& parameters) {
    Bytes payload;
    TokenWriter writer(payload);
    writer.control(call);
    writer.bytes(object);
    writer.bytes(method);
    writer.control(start_list);
    payload.insert(payload.end(), parameters.begin(), parameters.end());
    for (const uint8_t token : {end_list, end_of_data, start_list}) writer.control(token);
    for (unsigned i = 0; i < 3; ++i) writer.number(0);  // status, and two that are reserved
    writer.control(end_list);
    return enveloped(session, payload);
}

/// An atom's coding: how long its head is, what it holds, how long that is.
struct Atom {
    size_t head = 1;
    size_t length = 0;
    bool is_bytes = false;
    bool is_signed = false;
};

std::optional<Atom> atom_at(ByteView data, size_t at) {
    const uint8_t first = data[at];
    Atom atom;
    if (first < 0xC0) {
        atom.is_bytes = (first & 0x20) != 0;
        atom.is_signed = (first & 0x10) != 0;
        atom.length = first & 0x0FU;
    } else if (first < 0xE0) {
        atom.head = 2;
        atom.is_bytes = (first & 0x10) != 0;
        atom.is_signed = (first & 0x08) != 0;
        if (at + atom.head > data.size()) return std::nullopt;
        atom.length = (first & 0x07U) << 8 | data[at + 1];
    } else if (first <= 0xE3) {
        atom.head = 4;
        atom.is_bytes = (first & 0x02) != 0;
        atom.is_signed = (first & 0x01) != 0;
        if (at + atom.head > data.size()) return std::nullopt;
        atom.length = read_be32(data, at) & 0xFFFFFFU;
    } else {
        return std::nullopt;  // E4h to EFh are reserved
    }
    if (atom.length > data.size() - at - atom.head) return std::nullopt;
    if (!atom.is_bytes && atom.length > 8) return std::nullopt;
    return atom;
}

TcgToken token_of(const Atom& atom, ByteView content) {
    TcgToken token;
    token.kind = atom.is_bytes    ? TcgTokenKind::bytes
                 : atom.is_signed ? TcgTokenKind::signed_number
                                  : TcgTokenKind::number;
    if (atom.is_bytes)
        token.bytes.assign(content.begin(), content.end());
    else
        for (const uint8_t byte : content) token.number = token.number << 8 | byte;
    return token;
}

bool is_control(const TcgToken& token, uint8_t value) {
    return token.kind == TcgTokenKind::control && token.number == value;
}

bool is_uid(const TcgToken& token, const Uid& uid) {
    return token.kind == TcgTokenKind::bytes &&
           std::equal(uid.begin(), uid.end(), token.bytes.begin(), token.bytes.end());
}

/// At the end: end of data, then a list of the status and two that are reserved.
std::optional<uint8_t> status_in(const std::vector<TcgToken>& tokens) {
    if (tokens.size() < 6) return std::nullopt;
    const auto* last = &tokens[tokens.size() - 6];
    const bool is_list = is_control(last[0], end_of_data) && is_control(last[1], start_list) &&
                         last[2].kind == TcgTokenKind::number && is_control(last[5], end_list);
    if (!is_list || last[2].number > 0xFF) return std::nullopt;
    return static_cast<uint8_t>(last[2].number);
}

/// The tokens of one packet's data subpackets.
std::optional<std::vector<TcgToken>> tokens_of_packet(ByteView packet) {
    std::vector<TcgToken> tokens;
    for (size_t at = 0; at + subpacket_header <= packet.size();) {
        const uint16_t kind = read_be16(packet, at + 6);
        const size_t length = read_be32(packet, at + 8);
        at += subpacket_header;
        if (length > packet.size() - at) return std::nullopt;
        if (kind == 0) {  // data; other kinds carry credits
            auto found = parse_tcg_tokens(packet.subspan(at, length));
            if (!found) return std::nullopt;
            std::move(found->begin(), found->end(), std::back_inserter(tokens));
        }
        at += (length + 3) / 4 * 4;
    }
    return tokens;
}

}  // namespace

std::string psid_from_label(std::string_view typed) {
    std::string psid;
    for (const char each : typed) {
        const bool is_between = each == '-' || each == ' ' || each == '\t' || each == '\r' || each == '\n';
        if (is_between) continue;
        const bool is_lower = each >= 'a' && each <= 'z';
        const bool is_good = is_lower || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9');
        if (!is_good) return {};
        psid += is_lower ? static_cast<char>(each - 'a' + 'A') : each;
    }
    return psid.size() == psid_characters ? psid : std::string();
}

Bytes tcg_start_psid_session(uint16_t com_id, uint32_t host_session, std::string_view psid) {
    constexpr uint8_t host_challenge = 0;
    constexpr uint8_t host_signing_authority = 3;
    Bytes parameters;
    TokenWriter writer(parameters);
    writer.number(host_session);
    writer.bytes(admin_sp);
    writer.number(1);  // for writing
    writer.named(host_challenge, as_bytes(psid));
    writer.named(host_signing_authority, psid_authority);
    return method_call({com_id, 0, 0}, session_manager, start_session, parameters);
}

Bytes tcg_revert_admin_sp(const TcgSession& session) {
    return method_call(session, admin_sp, revert, {});
}

Bytes tcg_end_session(const TcgSession& session) {
    return enveloped(session, Bytes{end_of_session});
}

std::optional<std::vector<TcgToken>> parse_tcg_tokens(ByteView data) {
    std::vector<TcgToken> tokens;
    for (size_t at = 0; at < data.size();) {
        const uint8_t first = data[at];
        if (first == empty_atom) {
            ++at;
        } else if (first >= 0xF0) {
            tokens.push_back({TcgTokenKind::control, first, {}});
            ++at;
        } else if (first < 0x80) {
            const bool is_signed = (first & 0x40) != 0;
            tokens.push_back({is_signed ? TcgTokenKind::signed_number : TcgTokenKind::number,
                              static_cast<uint64_t>(first & 0x3F),
                              {}});
            ++at;
        } else {
            const auto atom = atom_at(data, at);
            if (!atom) return std::nullopt;
            tokens.push_back(token_of(*atom, data.subspan(at + atom->head, atom->length)));
            at += atom->head + atom->length;
        }
    }
    return tokens;
}

std::optional<TcgResponse> parse_tcg_response(ByteView data) {
    if (data.size() < com_packet_header) return std::nullopt;
    TcgResponse response;
    response.outstanding = read_be32(data, 8);
    const size_t length = read_be32(data, 16);
    if (length > data.size() - com_packet_header) return std::nullopt;
    const ByteView packets = data.subspan(com_packet_header, length);
    // The first packet that says something: others may carry credits, or close the session.
    for (size_t at = 0; at + packet_header <= packets.size() && response.tokens.empty();) {
        const size_t size = read_be32(packets, at + 20);
        if (size > packets.size() - at - packet_header) return std::nullopt;
        auto tokens = tokens_of_packet(packets.subspan(at + packet_header, size));
        if (!tokens) return std::nullopt;
        response.tper_session = read_be32(packets, at);
        response.host_session = read_be32(packets, at + 4);
        response.tokens = std::move(*tokens);
        at += packet_header + (size + 3) / 4 * 4;
    }
    response.status = status_in(response.tokens);
    response.ends_session = response.tokens.size() == 1 && is_control(response.tokens[0], end_of_session);
    return response;
}

std::optional<TcgSession> tcg_session_in(const TcgResponse& response, uint16_t com_id) {
    const auto& tokens = response.tokens;
    if (response.status != tcg_success || tokens.size() < 12) return std::nullopt;
    const bool is_answer = is_control(tokens[0], call) && is_uid(tokens[1], session_manager) &&
                           is_uid(tokens[2], sync_session) && is_control(tokens[3], start_list) &&
                           tokens[4].kind == TcgTokenKind::number && tokens[5].kind == TcgTokenKind::number;
    if (!is_answer || tokens[5].number == 0) return std::nullopt;
    return TcgSession{com_id, static_cast<uint32_t>(tokens[5].number),
                      static_cast<uint32_t>(tokens[4].number)};
}

std::string tcg_status_name(uint8_t status) {
    constexpr std::array<std::string_view, 19> names{"SUCCESS",
                                                     "NOT_AUTHORIZED",
                                                     "",
                                                     "SP_BUSY",
                                                     "SP_FAILED",
                                                     "SP_DISABLED",
                                                     "SP_FROZEN",
                                                     "NO_SESSIONS_AVAILABLE",
                                                     "UNIQUENESS_CONFLICT",
                                                     "INSUFFICIENT_SPACE",
                                                     "INSUFFICIENT_ROWS",
                                                     "INVALID_FUNCTION",
                                                     "INVALID_PARAMETER",
                                                     "INVALID_REFERENCE",
                                                     "",
                                                     "TPER_MALFUNCTION",
                                                     "TRANSACTION_FAILURE",
                                                     "RESPONSE_OVERFLOW",
                                                     "AUTHORITY_LOCKED_OUT"};
    if (status == 0x3F) return "FAIL";
    if (status < names.size() && !names[status].empty()) return std::string(names[status]);
    return fmt::format("status 0x{:02x}", status);
}

}  // namespace regain
