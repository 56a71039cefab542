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
    painted.pages = CertificateLayout(painter, text, picture, qr, density, page_count).paint();
    painted.areas = painter.painted();
    REGAIN_ASSIGN(painted.pdf, painter.finish());
    return painted;
}

}  // namespace

Result<PaintedCertificate> paint_certificate(const CertificateText& text, const CertificatePicture& picture) {
    REGAIN_ASSIGN(const QrCode qr, make_qr_code(picture.qr_text));
    for (const PageDensity* density : {&roomy_density, &tight_density}) {
        REGAIN_ASSIGN(PaintedCertificate painted, paint_with(text, picture, qr, *density, 1));
        if (painted.pages == 1) return painted;
    }
    // More than one page: once to count them, once to print their number on each.
    REGAIN_ASSIGN(const PaintedCertificate counted, paint_with(text, picture, qr, roomy_density, 1));
    return paint_with(text, picture, qr, roomy_density, counted.pages);
}

}  // namespace regain
