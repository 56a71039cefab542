#pragma once
// The page layout of a certificate: words (certificate_text.h), logo and QR code onto A4 pages. The result is
// not signed yet (pdf_signer.h).

#include <string>

#include "base/result.h"
#include "certifier/certificate_text.h"

namespace regain {

struct CertificatePicture {
    std::string qr_text;  ///< the bare JWS of the summary
    std::string logo;     ///< content of an SVG or PNG file; empty: none
    std::string created;  ///< RFC 3339
};

/// PDF bytes. Errors: no font (environment, names the package), a QR code that is too long.
Result<std::string> paint_certificate(const CertificateText& text, const CertificatePicture& picture);

}  // namespace regain
