#pragma once
// JWS compact serialisation (RFC 7515) with ES256 (RFC 7518) and the certificate chain in x5c. Reading is
// stricter than the RFC asks for: canonical base64url, canonical JSON in header and payload, exactly the
// header members that Regain writes, so that every flipped byte is noticed.

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "base/result.h"
#include "trust/keys.h"

namespace regain {

std::string to_base64url(ByteView bytes);
/// False unless `text` is the one canonical spelling (alphabet, no padding, zero spare bits).
bool from_base64url(std::string_view text, Bytes& bytes);

struct VerifiedJws {
    Json payload;
    std::string type;                       ///< header "typ"
    std::vector<SignerCertificate> signer;  ///< x5c chain, or the given certificate for a bare JWS
};

/// header.payload.signature with {"alg":"ES256","kid","typ","x5c"}; no white space.
Result<std::string> sign_jws(const Json& payload, const std::string& type, const SigningKey& key);
/// Without x5c (kid only), for QR codes; verified against a key that the reader has.
Result<std::string> sign_jws_bare(const Json& payload, const std::string& type, const SigningKey& key);

/// Checks that it is intact: structure, canonical form and signature by x5c[0]. Says nothing about whether
/// the signer is believed: ask TrustAnchors. ErrorKind::untrusted.
Result<VerifiedJws> verify_jws(std::string_view jws, const std::string& type);
Result<VerifiedJws> verify_jws_bare(std::string_view jws, const std::string& type,
                                    const SignerCertificate& signer);

}  // namespace regain
