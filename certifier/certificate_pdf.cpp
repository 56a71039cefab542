#include "certifier/certificate_pdf.h"

#include <utility>

#include "certifier/certificate_layout.h"
#include "certifier/qr_code.h"

namespace regain {
namespace {

Result<PaintedCertificate> paint_with(const CertificateText& text, const CertificatePicture& picture,
                                      const QrCode& qr, const PageDensity& density, int page_count) {
    REGAIN_ASSIGN(auto painter, PagePainter::begin({text.title + " " + text.id, text.organisation,
                                                    text.verdict, picture.created}));
    PaintedCertificate painted;
    CertificateLayout layout(painter, text, picture, qr, density, page_count);
    painted.pages = layout.paint();
    painted.pages_before_annexes = layout.pages_before_annexes();
    painted.areas = painter.painted();
    REGAIN_ASSIGN(painted.pdf, painter.finish());
    return painted;
}

}  // namespace

Result<PaintedCertificate> paint_certificate(const CertificateText& text, const CertificatePicture& picture) {
    REGAIN_ASSIGN(const QrCode qr, make_qr_code(picture.qr_text));
    // One page wherever it fits, set more tightly if need be; annexes have pages of their own.
    PaintedCertificate painted;
    const PageDensity* used = nullptr;
    for (const PageDensity* density : {&roomy_density, &tight_density, &roomy_density}) {
        used = density;
        REGAIN_ASSIGN(painted, paint_with(text, picture, qr, *density, 1));
        if (painted.pages_before_annexes == 1) break;
    }
    // More than one page: once to count them, once to print their number on each.
    if (painted.pages == 1) return painted;
    return paint_with(text, picture, qr, *used, painted.pages);
}

}  // namespace regain
