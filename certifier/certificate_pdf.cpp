#include "certifier/certificate_pdf.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/message.h"
#include "certifier/page_painter.h"

namespace regain {
namespace {

constexpr double margin = 51;  // 18 mm
constexpr double content_width = page_width - 2 * margin;
constexpr double footer_y = page_height - 33;
constexpr double content_bottom = footer_y - 10;
constexpr double column_gap = 22;
constexpr double column_width = (content_width - column_gap) / 2;
constexpr double qr_size = 128;  // 45 mm
constexpr double section_gap = 8.5;

constexpr Colour ink{0.13, 0.13, 0.13}, grey{0.42, 0.42, 0.42}, rule{0.78, 0.80, 0.78};
constexpr Colour green{0.07, 0.36, 0.24}, light_green{0.91, 0.96, 0.93};
constexpr Colour red{0.66, 0.11, 0.11}, light_red{0.99, 0.92, 0.91};
constexpr Colour slate{0.18, 0.27, 0.36}, light_slate{0.92, 0.94, 0.96};

Colour strong(CertificateTone tone) {
    return tone == CertificateTone::good ? green : tone == CertificateTone::bad ? red : slate;
}
Colour light(CertificateTone tone) {
    return tone == CertificateTone::good  ? light_green
           : tone == CertificateTone::bad ? light_red
                                          : light_slate;
}

// A width in which sections are set one below the other.
struct Column {
    double x, width;
    double label_width() const { return width > column_width + 1 ? 128 : 84; }
};

class CertificateLayout {
  public:
    CertificateLayout(PagePainter& painter, const CertificateText& text, const CertificatePicture& picture,
                      const QrCode& qr, int page_count)
        : painter_(painter), text_(text), picture_(picture), qr_(qr), page_count_(page_count) {}

    /// Gives the number of pages.
    int paint() {
        start_page();
        letterhead();
        title();
        verdict();
        sections();
        closing();
        footer();
        return page_;
    }

  private:
    void start_page() {
        ++page_;
        y_ = margin - 17;
        if (text_.is_specimen) painter_.watermark(text_.specimen_word);
        if (page_ == 1) return;
        painter_.text(text_.footer, {8, TextFace::regular, grey}, margin, y_, content_width);
        y_ += 12;
        painter_.line(margin, y_, margin + content_width, y_, 0.5, rule);
        y_ += 12;
    }

    void footer() {
        painter_.line(margin, footer_y - 5, margin + content_width, footer_y - 5, 0.5, rule);
        std::string left = text_.footer;
        if (text_.is_specimen) left += " – " + text_.specimen_word;
        painter_.text(left, {7.5, TextFace::regular, grey}, margin, footer_y, content_width * 0.75);
        const std::string pages =
            fill_placeholders(text_.page_pattern, {std::to_string(page_), std::to_string(page_count_)});
        painter_.text(pages, {7.5, TextFace::regular, grey, TextAlign::right}, margin + content_width * 0.75,
                      footer_y, content_width * 0.25);
    }

    // Starts another page unless `height` fits.
    void need(double height) {
        if (y_ + height <= content_bottom) return;
        footer();
        painter_.next_page();
        start_page();
    }

    void letterhead() {
        constexpr double logo_width = 84, logo_height = 34;
        double x = margin;
        if (!picture_.logo.empty() && painter_.picture(picture_.logo, margin, y_, logo_width, logo_height))
            x += logo_width + 12;
        constexpr double right_width = 168;
        const double width = content_width - right_width - (x - margin) - 10;
        double left_y = y_;
        left_y += painter_.text(text_.organisation, {13, TextFace::bold, ink}, x, left_y, width);
        left_y +=
            painter_.text(text_.organisation_contact, {8, TextFace::regular, grey}, x, left_y + 1, width);
        const double right_x = margin + content_width - right_width;
        double right_y = y_;
        right_y += painter_.text(text_.number_line, {9, TextFace::bold, ink, TextAlign::right}, right_x,
                                 right_y, right_width);
        right_y += painter_.text(text_.date_line, {8, TextFace::regular, grey, TextAlign::right}, right_x,
                                 right_y + 1, right_width);
        y_ = std::max({left_y, right_y, x > margin ? y_ + logo_height : y_}) + 9;
        painter_.line(margin, y_, margin + content_width, y_, 1.6, strong(text_.tone));
        y_ += 13;
    }

    void title() {
        y_ += painter_.text(text_.title, {22, TextFace::title, ink}, margin, y_, content_width);
        y_ +=
            painter_.text(text_.subtitle, {10.5, TextFace::regular, grey}, margin, y_ - 1, content_width) + 7;
    }

    void verdict() {
        constexpr double padding = 12;
        const double width = content_width - 2 * padding;
        const TextStyle word{18, TextFace::bold, strong(text_.tone)};
        const TextStyle sentence{8.8, TextFace::regular, ink};
        double height = 2 * padding - 4 + painter_.height_of(text_.verdict, word, width);
        for (const auto& line : text_.verdict_sentences)
            height += painter_.height_of(line, sentence, width) + 1.5;
        painter_.box(margin, y_, content_width, height, 5, light(text_.tone));
        painter_.box(margin, y_, 4.5, height, 2, strong(text_.tone));
        double line_y = y_ + padding - 3;
        line_y += painter_.text(text_.verdict, word, margin + padding, line_y, width);
        for (const auto& line : text_.verdict_sentences)
            line_y += painter_.text(line, sentence, margin + padding, line_y, width) + 1.5;
        y_ += height + section_gap + 2;
    }

    // Sections that stand side by side come in pairs: left, right.
    void sections() {
        const Column whole{margin, content_width};
        const Column left{margin, column_width}, right{margin + column_width + column_gap, column_width};
        for (size_t i = 0; i < text_.sections.size(); ++i) {
            const CertificateSection& section = text_.sections[i];
            const bool is_pair = section.place == SectionPlace::left && i + 1 < text_.sections.size() &&
                                 text_.sections[i + 1].place == SectionPlace::right;
            if (!is_pair) {
                long_section(section, whole);
                continue;
            }
            const CertificateSection& beside = text_.sections[++i];
            const double height = std::max(height_of(section, left), height_of(beside, right));
            need(height);
            const double top = y_;
            section_at(section, left, top);
            section_at(beside, right, top);
            y_ = top + height + section_gap;
        }
    }

    static constexpr double heading_height = 18;

    double row_height(const CertificateRow& row, const Column& column) const {
        const double value =
            painter_.height_of(row.value, value_style(row), column.width - column.label_width());
        const double label = painter_.height_of(row.label, label_style(), column.label_width() - 6);
        return std::max(value, label) + 0.9;
    }
    static TextStyle label_style() { return {8.3, TextFace::regular, grey}; }
    static TextStyle value_style(const CertificateRow& row) {
        if (row.is_missing) return {8.4, TextFace::italic, grey};
        if (row.tone == CertificateTone::bad) return {8.4, TextFace::bold, red};
        return {8.4, TextFace::regular, ink};
    }
    static TextStyle paragraph_style() { return {8.4, TextFace::regular, ink}; }

    double height_of(const CertificateSection& section, const Column& column) const {
        double height = heading_height;
        for (const auto& row : section.rows) height += row_height(row, column);
        for (const auto& paragraph : section.paragraphs)
            height += painter_.height_of(paragraph, paragraph_style(), column.width) + 1.6;
        return height;
    }

    double heading(const CertificateSection& section, const Column& column, double y) {
        const double height =
            painter_.text(section.title, {10, TextFace::bold, strong(text_.tone)}, column.x, y, column.width);
        painter_.line(column.x, y + height + 1, column.x + column.width, y + height + 1, 0.5, rule);
        return y + heading_height;
    }

    double row_at(const CertificateRow& row, const Column& column, double y) {
        painter_.text(row.label, label_style(), column.x, y + 0.3, column.label_width() - 6);
        painter_.text(row.value, value_style(row), column.x + column.label_width(), y,
                      column.width - column.label_width());
        return y + row_height(row, column);
    }

    void section_at(const CertificateSection& section, const Column& column, double y) {
        y = heading(section, column, y);
        for (const auto& row : section.rows) y = row_at(row, column, y);
    }

    // May go over several pages.
    void long_section(const CertificateSection& section, const Column& column) {
        need(heading_height + 14);
        y_ = heading(section, column, y_);
        for (const auto& row : section.rows) {
            need(row_height(row, column));
            y_ = row_at(row, column, y_);
        }
        for (const auto& paragraph : section.paragraphs) {
            need(painter_.height_of(paragraph, paragraph_style(), column.width));
            y_ += painter_.text(paragraph, paragraph_style(), column.x, y_, column.width) + 1.6;
        }
        y_ += section_gap;
    }

    // Signatures and the way to check on the left, the QR code on the right; together on one page, at its
    // foot.
    void closing() {
        const double left_width = content_width - qr_size - 16;
        const TextStyle note{6.9, TextFace::regular, grey};
        double notes = 0;
        for (const auto& sentence : text_.verification_sentences)
            notes += painter_.height_of(sentence, note, left_width) + 1;
        const double signature_height = height_of_signatures(left_width);
        const double height = std::max(signature_height + notes + 4, qr_size + 11);
        need(height);
        const double top = page_ == 1 ? std::max(y_, content_bottom - height) : y_;
        signatures(top, left_width);
        double y = top + signature_height + 4;
        for (const auto& sentence : text_.verification_sentences)
            y += painter_.text(sentence, note, margin, y, left_width) + 1;
        const double qr_x = margin + content_width - qr_size;
        painter_.qr_code(qr_, qr_x, top, qr_size);
        painter_.text(text_.qr_caption, {7.3, TextFace::regular, grey, TextAlign::centre}, qr_x,
                      top + qr_size, qr_size);
    }

    static constexpr double signature_gap = 12;
    double signature_width(double width) const {
        const auto count = static_cast<double>(text_.signatures.size());
        return (width - signature_gap * (count - 1)) / count;
    }
    static TextStyle signature_style() { return {8.4, TextFace::regular, ink}; }

    // Room for the names, and for writing below them by hand.
    double height_of_signatures(double width) const {
        double tallest = 22;
        for (const auto& signature : text_.signatures)
            tallest = std::max(
                tallest, painter_.height_of(signature.value, signature_style(), signature_width(width)));
        return tallest + 20;
    }

    void signatures(double top, double width) {
        const double each = signature_width(width), line_y = top + height_of_signatures(width) - 4;
        double x = margin;
        for (const auto& signature : text_.signatures) {
            painter_.text(signature.label, {7.5, TextFace::regular, grey}, x, top, each);
            painter_.text(signature.value, signature_style(), x, top + 10, each);
            painter_.line(x, line_y, x + each, line_y, 0.5, rule);
            x += each + signature_gap;
        }
    }

    PagePainter& painter_;
    const CertificateText& text_;
    const CertificatePicture& picture_;
    const QrCode& qr_;
    int page_count_;
    int page_ = 0;
    double y_ = margin;
};

Result<std::string> paint_with(const CertificateText& text, const CertificatePicture& picture,
                               const QrCode& qr, int page_count, int& pages) {
    REGAIN_ASSIGN(auto painter, PagePainter::begin({text.title + " " + text.id, text.organisation,
                                                    text.verdict, picture.created}));
    pages = CertificateLayout(painter, text, picture, qr, page_count).paint();
    return painter.finish();
}

}  // namespace

Result<std::string> paint_certificate(const CertificateText& text, const CertificatePicture& picture) {
    REGAIN_ASSIGN(const QrCode qr, make_qr_code(picture.qr_text));
    // Once to count the pages, once to print their number on each.
    int pages = 0;
    REGAIN_ASSIGN(std::string first, paint_with(text, picture, qr, 1, pages));
    if (pages == 1) return first;
    return paint_with(text, picture, qr, pages, pages);
}

}  // namespace regain
