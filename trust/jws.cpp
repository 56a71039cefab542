#include "trust/jws.h"

#include <openssl/evp.h>

#include <array>
#include <utility>

namespace regain {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr size_t max_chain_length = 8;

constexpr std::array<int8_t, 256> make_values() {
    std::array<int8_t, 256> values{};
    for (auto& value : values) value = -1;
    for (size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
    return values;
}
constexpr std::array<int8_t, 256> base64url_values = make_values();

// x5c holds ordinary base64 with padding (RFC 7515 section 4.1.6), unlike everything else in a JWS.
std::string to_base64(ByteView bytes) {
    std::string text = to_base64url(bytes);
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

bool from_base64(std::string text, Bytes& bytes) {
    if (text.find_first_of("-_") != std::string::npos || text.size() % 4 != 0) return false;
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.pop_back();
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return from_base64url(text, bytes);
}

Error damaged(const Message& reason) {
    return error(ErrorKind::untrusted, message("verify a signed document"), reason,
                 message("The document was changed or damaged: ask for another copy."));
}

struct JwsParts {
    Json header;
    std::string_view signed_text;  ///< header and payload as they were signed
    Bytes payload, signature;
};

// `max_dots` parts, each canonical base64url; the header in canonical JSON.
Result<JwsParts> split_jws(std::string_view jws) {
    const size_t first = jws.find('.');
    const size_t second = first == std::string_view::npos ? first : jws.find('.', first + 1);
    if (second == std::string_view::npos) return damaged(message("it is not a JWS in compact form"));
    JwsParts parts;
    Bytes header;
    parts.signed_text = jws.substr(0, second);
    if (!from_base64url(jws.substr(0, first), header) ||
        !from_base64url(jws.substr(first + 1, second - first - 1), parts.payload) ||
        !from_base64url(jws.substr(second + 1), parts.signature))
        return damaged(message("its base64url is not in canonical form"));
    auto json = parse_canonical_json(as_text(header), "JWS header");
    if (!json.ok()) return damaged(json.error().reason);
    parts.header = std::move(json).value();
    return parts;
}

// The header is exactly what sign_jws() writes for this signer: no other member, no other order.
Status check_header(const Json& header, const std::string& type, const SignerCertificate& signer,
                    const Json* chain) {
    Json expected{{"alg", "ES256"}, {"kid", signer.jwk_thumbprint()}, {"typ", type}};
    if (chain != nullptr) expected["x5c"] = *chain;
    if (header == expected) return done();
    if (header.is_object() && header.value("typ", Json()) != Json(type))
        return damaged(message("it is not of the type {0}", type));
    return damaged(message("its header is not one that Regain writes"));
}

Result<Json> check_signature_and_payload(const JwsParts& parts, const SignerCertificate& signer) {
    if (!signer.verifies_es256(as_bytes(parts.signed_text), parts.signature))
        return damaged(message("its signature does not match its content"));
    auto payload = parse_canonical_json(as_text(parts.payload), "JWS payload");
    if (!payload.ok()) return damaged(payload.error().reason);
    return payload;
}

Result<std::vector<SignerCertificate>> read_chain(const Json& header) {
    const auto found = header.is_object() ? header.find("x5c") : header.end();
    if (found == header.end() || !found->is_array() || found->empty() || found->size() > max_chain_length)
        return damaged(message("its header holds no certificate"));
    std::vector<SignerCertificate> chain;
    for (const auto& entry : *found) {
        Bytes der;
        if (!entry.is_string() || !from_base64(entry.get<std::string>(), der))
            return damaged(message("a certificate in its header is malformed"));
        auto certificate = SignerCertificate::from_der(der);
        if (!certificate.ok()) return damaged(certificate.error().reason);
        chain.push_back(std::move(certificate).value());
    }
    return chain;
}

Result<std::string> sign_with_header(const Json& header, const Json& payload, const SigningKey& key) {
    REGAIN_ASSIGN(const std::string header_text, canonical_json(header));
    REGAIN_ASSIGN(const std::string payload_text, canonical_json(payload));
    std::string jws = to_base64url(as_bytes(header_text)) + "." + to_base64url(as_bytes(payload_text));
    REGAIN_ASSIGN(const Bytes signature, key.sign_es256(as_bytes(jws)));
    return jws + "." + to_base64url(signature);
}

}  // namespace

std::string to_base64url(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    uint32_t pending = 0;
    unsigned bits = 0;
    for (const uint8_t byte : bytes) {
        pending = (pending << 8) | byte;
        for (bits += 8; bits >= 6; bits -= 6) text += alphabet[(pending >> (bits - 6)) & 0x3F];
    }
    if (bits > 0) text += alphabet[(pending << (6 - bits)) & 0x3F];
    return text;
}

bool from_base64url(std::string_view text, Bytes& bytes) {
    bytes.clear();
    if (text.size() % 4 == 1) return false;
    bytes.reserve(text.size() * 3 / 4);
    uint32_t pending = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const int8_t value = base64url_values[static_cast<uint8_t>(c)];
        if (value < 0) return false;
        pending = (pending << 6) | static_cast<uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<uint8_t>(pending >> bits));
    }
    return (pending & ((1U << bits) - 1)) == 0;  // the spare bits: 4 or 16 spellings would decode alike
}

Result<std::string> sign_jws(const Json& payload, const std::string& type, const SigningKey& key) {
    Json chain = Json::array();
    for (const auto& certificate : key.chain()) chain.push_back(to_base64(certificate.der()));
    const Json header{
        {"alg", "ES256"}, {"kid", key.certificate().jwk_thumbprint()}, {"typ", type}, {"x5c", chain}};
    return sign_with_header(header, payload, key);
}

Result<std::string> sign_jws_bare(const Json& payload, const std::string& type, const SigningKey& key) {
    const Json header{{"alg", "ES256"}, {"kid", key.certificate().jwk_thumbprint()}, {"typ", type}};
    return sign_with_header(header, payload, key);
}

Result<VerifiedJws> verify_jws(std::string_view jws, const std::string& type) {
    REGAIN_ASSIGN(const JwsParts parts, split_jws(jws));
    REGAIN_ASSIGN(auto chain, read_chain(parts.header));
    REGAIN_TRY(check_header(parts.header, type, chain.front(), &parts.header["x5c"]));
    REGAIN_ASSIGN(Json payload, check_signature_and_payload(parts, chain.front()));
    return VerifiedJws{std::move(payload), type, std::move(chain)};
}

Result<VerifiedJws> verify_jws_bare(std::string_view jws, const std::string& type,
                                    const SignerCertificate& signer) {
    REGAIN_ASSIGN(const JwsParts parts, split_jws(jws));
    REGAIN_TRY(check_header(parts.header, type, signer, nullptr));
    REGAIN_ASSIGN(Json payload, check_signature_and_payload(parts, signer));
    return VerifiedJws{std::move(payload), type, {signer}};
}

}  // namespace regain
