#pragma once
// The CMS signature of a PDF (RFC 5652, as PAdES baseline B asks): SignedData without content, the
// certificate chain, and the signed attributes contentType, messageDigest and signingCertificateV2; no
// signingTime, which OpenSSL would add by itself. Written by an encoder of our own, byte for byte determined
// by chain, digest and signature value: the verifier writes it again and compares. Ref: RFC 5652 section 5,
// RFC 5035 section 3, RFC 5754 section 2 and 3.2.

#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "trust/keys.h"

namespace regain {

/// Signs the SHA-256 digest of what the PDF's byte range covers.
Result<Bytes> make_cms_signature(const SigningKey& key, ByteView digest);

/// Checks that `cms` is exactly what make_cms_signature() writes for this chain and digest, with a signature
/// that holds. ErrorKind::untrusted.
Status verify_cms_signature(ByteView cms, const std::vector<SignerCertificate>& chain, ByteView digest);

/// A quick look before the whole verification: false when the message digest in `cms` is another one.
bool holds_digest(ByteView cms, ByteView digest);

/// Length of the DER element at the start of `bytes`, header included; 0 when it is malformed or longer than
/// them.
size_t der_length(ByteView bytes);

}  // namespace regain
