#pragma once
// Where the words of a certificate stand on its pages. Sections flow over as many pages as they need: nothing
// runs over the foot, however long it is. Used by certificate_pdf.cpp, which tries the roomy density before
// the tight one.

#include <functional>
#include <string>
#include <vector>

#include "certifier/certificate_pdf.h"
#include "certifier/certificate_text.h"
#include "certifier/page_painter.h"
#include "certifier/qr_code.h"

namespace regain {

/// How much air there is, in points.
struct PageDensity {
    double text_size, title_size, verdict_size;
    double heading_height, section_gap, row_gap, verdict_padding;
};
constexpr PageDensity roomy_density{8.4, 22, 18, 18, 8.5, 0.9, 12};
constexpr PageDensity tight_density{8.0, 18, 15, 16, 5, 0.2, 9};

/// The lowest point that anything but the footer may reach.
extern const double content_bottom_y;

class CertificateLayout {
  public:
    CertificateLayout(PagePainter& painter, const CertificateText& text, const CertificatePicture& picture,
                      const QrCode& qr, const PageDensity& density, int page_count)
        : painter_(painter),
          text_(text),
          picture_(picture),
          qr_(qr),
          density_(density),
          page_count_(page_count) {}

    /// Gives the number of pages.
    int paint();
    /// Of these, before the annexes.
    int pages_before_annexes() const { return pages_before_annexes_; }

  private:
    // A width in which sections are set one below the other.
    struct Column {
        double x, width;
        double label_width() const;
    };
    // What is never torn apart: a few lines at most.
    struct Block {
        double height;
        std::function<void(double)> paint;  ///< at this y
    };

    void start_page();
    void footer();
    void next_page();
    void need(double height);
    void letterhead();
    void title();
    void verdict();
    void sections();
    void pair(const CertificateSection& left, const CertificateSection& right);
    void closing();
    void annexes();
    void plot(const CertificatePlot& plot);
    void plot_axes(const CertificatePlot& plot, double x, double y, double width, double height);
    void signatures(double top, double width);
    double signature_width(double width) const;
    double height_of_signatures(double width) const;

    TextStyle label_style() const;
    TextStyle value_style(const CertificateRow& row) const;
    TextStyle paragraph_style() const;
    void add_row(const CertificateRow& row, const Column& column, std::vector<Block>& blocks);
    void add_paragraph(const std::string& paragraph, const TextStyle& style, const Column& column,
                       std::vector<Block>& blocks);
    std::vector<Block> blocks_of(const CertificateSection& section, const Column& column);
    /// Paints blocks one below the other from `y` on, as many as the page takes; gives where they end.
    double fill(const std::vector<Block>& blocks, size_t& next, double y) const;
    void flow(const std::vector<Block>& blocks);

    PagePainter& painter_;
    const CertificateText& text_;
    const CertificatePicture& picture_;
    const QrCode& qr_;
    const PageDensity& density_;
    int page_count_;
    int page_ = 0;
    int pages_before_annexes_ = 0;
    double y_ = 0;
};

}  // namespace regain
