#pragma once
// Reading and verifying a certificate's file, JWS or PDF, more strictly than the formats ask for: one
// spelling only, so that every flipped byte is noticed (docs/certificate-format.md). Used by `regain
// certificate`.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "trust/keys.h"

namespace regain {

/// Two answers to two questions: is it intact, and who signed it.
struct CertificateVerification {
    bool intact = false;
    bool signer_known = false;   ///< believed by the given anchors; only meaningful when intact
    std::optional<Error> fault;  ///< why it is not intact
    std::string format;          ///< "jws", "pdf"
    Json payload;                ///< null when it is not intact
    std::string jws;             ///< the record itself
    std::vector<SignerCertificate> signer;
};

/// An Error only when the file could not be read (ErrorKind::environment).
Result<CertificateVerification> verify_certificate_file(const std::filesystem::path& path,
                                                        const TrustAnchors& trust);
/// The same for bytes in memory. One line end after a JWS file is not part of the JWS but is refused too.
CertificateVerification verify_certificate_bytes(std::string_view content, const TrustAnchors& trust);

/// The payload for `certificate show`, whether it is intact or not: a damaged file is shown as far as it can
/// be read, and its `fault` is to be shown with it.
Result<CertificateVerification> read_certificate_file(const std::filesystem::path& path,
                                                      const TrustAnchors& trust);

}  // namespace regain
