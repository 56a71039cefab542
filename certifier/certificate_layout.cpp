#include "certifier/certificate_layout.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/message.h"

namespace regain {
namespace {

constexpr double margin = 51;  // 18 mm
constexpr double content_width = page_width - 2 * margin;
constexpr double footer_y = page_height - 33;
constexpr double content_bottom = footer_y - 10;
constexpr double column_gap = 22;
constexpr double column_width = (content_width - column_gap) / 2;
constexpr double qr_size = 128;  // 45 mm
// Of one value or paragraph; what is higher is cut between lines.
constexpr double max_block_height = 140;
// Of the coloured box; further sentences stand below it.
constexpr double max_verdict_height = 260;

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

constexpr TextStyle small_style{8, TextFace::regular, grey, TextAlign::left, 1};
constexpr TextStyle note_style{6.9, TextFace::regular, grey, TextAlign::left, 4};
constexpr TextStyle signature_style{8.4, TextFace::regular, ink, TextAlign::left, 4};

}  // namespace

const double content_bottom_y = content_bottom;

double CertificateLayout::Column::label_width() const {
    return width > column_width + 1 ? 128 : 84;
}

int CertificateLayout::paint() {
    start_page();
    letterhead();
    title();
    verdict();
    sections();
    closing();
    pages_before_annexes_ = page_;
    annexes();
    footer();
    return page_;
}

void CertificateLayout::start_page() {
    ++page_;
    y_ = margin - 17;
    if (text_.is_specimen) painter_.watermark(text_.specimen_word);
    if (page_ == 1) return;
    painter_.text(text_.footer, small_style, margin, y_, content_width);
    y_ += 12;
    painter_.line(margin, y_, margin + content_width, y_, 0.5, rule);
    y_ += 12;
}

void CertificateLayout::footer() {
    painter_.line(margin, footer_y - 5, margin + content_width, footer_y - 5, 0.5, rule);
    std::string left = text_.footer;
    if (text_.is_specimen) left += " – " + text_.specimen_word;
    TextStyle style{7.5, TextFace::regular, grey, TextAlign::left, 1};
    painter_.text(left, style, margin, footer_y, content_width * 0.75);
    style.align = TextAlign::right;
    painter_.text(fill_placeholders(text_.page_pattern, {std::to_string(page_), std::to_string(page_count_)}),
                  style, margin + content_width * 0.75, footer_y, content_width * 0.25);
}

void CertificateLayout::next_page() {
    footer();
    painter_.next_page();
    start_page();
}

// Starts another page unless `height` fits.
void CertificateLayout::need(double height) {
    if (y_ + height > content_bottom) next_page();
}

void CertificateLayout::letterhead() {
    constexpr double logo_width = 84, logo_height = 34;
    double x = margin;
    if (!picture_.logo.empty() && painter_.picture(picture_.logo, margin, y_, logo_width, logo_height))
        x += logo_width + 12;
    constexpr double right_width = 168;
    const double width = content_width - right_width - (x - margin) - 10;
    double left_y = y_;
    left_y +=
        painter_.text(text_.organisation, {13, TextFace::bold, ink, TextAlign::left, 2}, x, left_y, width);
    left_y += painter_.text(text_.organisation_contact, {8, TextFace::regular, grey, TextAlign::left, 3}, x,
                            left_y + 1, width);
    if (x == margin && !text_.missing_logo_sentence.empty())
        left_y +=
            painter_.text(text_.missing_logo_sentence, {7, TextFace::italic, grey}, x, left_y + 2, width);
    const double right_x = margin + content_width - right_width;
    double right_y = y_;
    right_y += painter_.text(text_.number_line, {9, TextFace::bold, ink, TextAlign::right, 2}, right_x,
                             right_y, right_width);
    right_y += painter_.text(text_.date_line, {8, TextFace::regular, grey, TextAlign::right, 2}, right_x,
                             right_y + 1, right_width);
    y_ = std::max({left_y, right_y, x > margin ? y_ + logo_height : y_}) + 9;
    painter_.line(margin, y_, margin + content_width, y_, 1.6, strong(text_.tone));
    y_ += density_.section_gap + 4.5;
}

void CertificateLayout::title() {
    y_ += painter_.text(text_.title, {density_.title_size, TextFace::title, ink, TextAlign::left, 2}, margin,
                        y_, content_width);
    y_ += painter_.text(text_.subtitle, {10.5, TextFace::regular, grey, TextAlign::left, 2}, margin, y_ - 1,
                        content_width) +
          density_.section_gap - 1.5;
}

void CertificateLayout::verdict() {
    const double padding = density_.verdict_padding, width = content_width - 2 * padding;
    const TextStyle word{density_.verdict_size, TextFace::bold, strong(text_.tone), TextAlign::left, 3};
    const TextStyle sentence{density_.text_size + 0.4, TextFace::regular, ink};
    std::vector<Block> inside, below;
    for (const auto& line : text_.verdict_sentences)
        add_paragraph(line, sentence, {margin + padding, width}, inside);
    double height = 2 * padding - 4 + painter_.height_of(text_.verdict, word, width);
    size_t count = 0;
    while (count < inside.size() && height + inside[count].height <= max_verdict_height)
        height += inside[count++].height;
    below.assign(std::make_move_iterator(inside.begin() + static_cast<std::ptrdiff_t>(count)),
                 std::make_move_iterator(inside.end()));
    inside.resize(count);
    painter_.box(margin, y_, content_width, height, 5, light(text_.tone));
    painter_.box(margin, y_, 4.5, height, 2, strong(text_.tone));
    const double top = y_ + padding - 3;
    size_t next = 0;
    fill(inside, next, top + painter_.text(text_.verdict, word, margin + padding, top, width));
    y_ += height + density_.section_gap + 2;
    if (!below.empty()) flow(below);
}

// Sections that stand side by side come in pairs: left, right.
void CertificateLayout::sections() {
    for (size_t i = 0; i < text_.sections.size(); ++i) {
        const CertificateSection& section = text_.sections[i];
        const bool is_pair = section.place == SectionPlace::left && i + 1 < text_.sections.size() &&
                             text_.sections[i + 1].place == SectionPlace::right;
        if (is_pair)
            pair(section, text_.sections[++i]);
        else
            flow(blocks_of(section, {margin, content_width}));
    }
}

void CertificateLayout::pair(const CertificateSection& left, const CertificateSection& right) {
    const std::vector<Block> first = blocks_of(left, {margin, column_width});
    const std::vector<Block> second = blocks_of(right, {margin + column_width + column_gap, column_width});
    const auto height_of = [](const std::vector<Block>& blocks) {
        return std::accumulate(blocks.begin(), blocks.end(), 0.0,
                               [](double sum, const Block& block) { return sum + block.height; });
    };
    // A pair that fits on one page stays together; a taller one begins where it is.
    constexpr double whole_page = content_bottom - margin - 24;
    const double height = std::max(height_of(first), height_of(second));
    need(height <= whole_page ? height : std::max(first.front().height, second.front().height));
    size_t next_left = 0, next_right = 0;
    while (true) {
        const double top = y_;
        y_ = std::max(fill(first, next_left, top), fill(second, next_right, top));
        if (next_left == first.size() && next_right == second.size()) break;
        next_page();
    }
    y_ += density_.section_gap;
}

TextStyle CertificateLayout::label_style() const {
    return {density_.text_size - 0.1, TextFace::regular, grey};
}
TextStyle CertificateLayout::value_style(const CertificateRow& row) const {
    if (row.is_missing) return {density_.text_size, TextFace::italic, grey};
    if (row.tone == CertificateTone::bad) return {density_.text_size, TextFace::bold, red};
    return paragraph_style();
}
TextStyle CertificateLayout::paragraph_style() const {
    return {density_.text_size, TextFace::regular, ink};
}

void CertificateLayout::add_row(const CertificateRow& row, const Column& column, std::vector<Block>& blocks) {
    const double label_width = column.label_width() - 6, value_width = column.width - column.label_width();
    const double value_x = column.x + column.label_width();
    const TextStyle style = value_style(row);
    const auto labels = painter_.pieces(row.label, label_style(), label_width, max_block_height);
    const auto values = painter_.pieces(row.value, style, value_width, max_block_height);
    for (size_t i = 0; i < std::max(labels.size(), values.size()); ++i) {
        const std::string label = i < labels.size() ? labels[i] : std::string();
        const std::string value = i < values.size() ? values[i] : std::string();
        const double height = std::max(painter_.height_of(value, style, value_width),
                                       painter_.height_of(label, label_style(), label_width));
        blocks.push_back({height + density_.row_gap, [=, this](double y) {
                              painter_.text(label, label_style(), column.x, y, label_width);
                              painter_.text(value, style, value_x, y, value_width);
                          }});
    }
}

void CertificateLayout::add_paragraph(const std::string& paragraph, const TextStyle& style,
                                      const Column& column, std::vector<Block>& blocks) {
    for (const auto& piece : painter_.pieces(paragraph, style, column.width, max_block_height))
        blocks.push_back({painter_.height_of(piece, style, column.width) + 1.5,
                          [=, this](double y) { painter_.text(piece, style, column.x, y, column.width); }});
}

// The heading is one block with what follows it: it never stands alone at the foot of a page.
std::vector<CertificateLayout::Block> CertificateLayout::blocks_of(const CertificateSection& section,
                                                                   const Column& column) {
    std::vector<Block> blocks;
    for (const auto& row : section.rows) add_row(row, column, blocks);
    for (const auto& paragraph : section.paragraphs)
        add_paragraph(paragraph, paragraph_style(), column, blocks);
    const TextStyle style{density_.text_size + 1.6, TextFace::bold, strong(text_.tone), TextAlign::left, 1};
    const auto heading = [=, this, title = section.title](double y) {
        const double height = painter_.text(title, style, column.x, y, column.width);
        painter_.line(column.x, y + height + 1, column.x + column.width, y + height + 1, 0.5, rule);
    };
    const double heading_height = density_.heading_height;
    if (blocks.empty()) return {{heading_height, heading}};
    blocks.front() = {heading_height + blocks.front().height, [=, first = blocks.front().paint](double y) {
                          heading(y);
                          first(y + heading_height);
                      }};
    return blocks;
}

double CertificateLayout::fill(const std::vector<Block>& blocks, size_t& next, double y) const {
    for (; next < blocks.size() && y + blocks[next].height <= content_bottom; ++next) {
        blocks[next].paint(y);
        y += blocks[next].height;
    }
    return y;
}

// May go over several pages.
void CertificateLayout::flow(const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
        need(block.height);
        block.paint(y_);
        y_ += block.height;
    }
    y_ += density_.section_gap;
}

// Signatures and the way to check on the left, the QR code on the right; together on one page, at its foot.
void CertificateLayout::closing() {
    const double left_width = content_width - qr_size - 16;
    double notes = 0;
    for (const auto& sentence : text_.verification_sentences)
        notes += painter_.height_of(sentence, note_style, left_width) + 1;
    const double signature_height = height_of_signatures(left_width);
    const double height = std::max(signature_height + notes + 4, qr_size + 11);
    need(height);
    const double top = page_ == 1 ? std::max(y_, content_bottom - height) : y_;
    signatures(top, left_width);
    double y = top + signature_height + 4;
    for (const auto& sentence : text_.verification_sentences)
        y += painter_.text(sentence, note_style, margin, y, left_width) + 1;
    const double qr_x = margin + content_width - qr_size;
    painter_.qr_code(qr_, qr_x, top, qr_size);
    painter_.text(text_.qr_caption, {7.3, TextFace::regular, grey, TextAlign::centre, 1}, qr_x, top + qr_size,
                  qr_size);
}

constexpr double signature_gap = 12;

double CertificateLayout::signature_width(double width) const {
    const auto count = static_cast<double>(text_.signatures.size());
    return (width - signature_gap * (count - 1)) / count;
}

// Room for the names, and for writing below them by hand.
double CertificateLayout::height_of_signatures(double width) const {
    double tallest = 22;
    for (const auto& signature : text_.signatures)
        tallest =
            std::max(tallest, painter_.height_of(signature.value, signature_style, signature_width(width)));
    return tallest + 20;
}

void CertificateLayout::signatures(double top, double width) {
    const double each = signature_width(width), line_y = top + height_of_signatures(width) - 4;
    double x = margin;
    for (const auto& signature : text_.signatures) {
        painter_.text(signature.label, {7.5, TextFace::regular, grey, TextAlign::left, 1}, x, top, each);
        painter_.text(signature.value, signature_style, x, top + 10, each);
        painter_.line(x, line_y, x + each, line_y, 0.5, rule);
        x += each + signature_gap;
    }
}

}  // namespace regain
