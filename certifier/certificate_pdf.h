#pragma once
// A certificate as an unsigned PDF: words (certificate_text.h), logo and QR code onto A4 pages, one page
// wherever they fit (certificate_layout.h). The result is not signed yet (pdf_signer.h).

#include <string>
#include <vector>

#include "base/result.h"
#include "certifier/certificate_text.h"
#include "certifier/page_painter.h"

namespace regain {

struct CertificatePicture {
    std::string qr_text;  ///< the bare JWS of the summary
    std::string logo;     ///< content of an SVG or PNG file; empty: none
    std::string created;  ///< RFC 3339
};

struct PaintedCertificate {
    std::string pdf;
    int pages = 0;  ///< annexes included
    int pages_before_annexes = 0;
    std::vector<PaintedArea> areas;  ///< what stands where, for tests
};

/// Errors: no font (environment, names the package), a QR code that is too long.
Result<PaintedCertificate> paint_certificate(const CertificateText& text, const CertificatePicture& picture);

}  // namespace regain
