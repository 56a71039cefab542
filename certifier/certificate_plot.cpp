// The annexes of a certificate: a section in words, and the curve that it describes. Readable in grey print:
// what is marked is black on light grey.

#include <algorithm>
#include <string>
#include <vector>

#include "certifier/certificate_layout.h"

namespace regain {
namespace {

constexpr double margin = 51;  // as in certificate_layout.cpp
constexpr double content_width = page_width - 2 * margin;
constexpr double plot_height = 150;
constexpr double ticks_width = 34;    // left of the axis
constexpr double label_height = 13;   // above, and each line below
constexpr double failure_height = 4;  // of the marks under the axis

constexpr Colour ink{0.13, 0.13, 0.13}, grey{0.42, 0.42, 0.42}, rule{0.78, 0.80, 0.78};
constexpr Colour curve{0.72, 0.75, 0.74}, black{0, 0, 0};
constexpr TextStyle tick_style{7.3, TextFace::regular, grey, TextAlign::left, 1};

TextStyle aligned(TextStyle style, TextAlign align) {
    style.align = align;
    return style;
}

}  // namespace

void CertificateLayout::annexes() {
    if (text_.annexes.empty()) return;
    next_page();
    for (const CertificateAnnex& annex : text_.annexes) {
        flow(blocks_of(annex.section, {margin, content_width}));
        plot(annex.plot);
    }
}

void CertificateLayout::plot(const CertificatePlot& plot) {
    if (plot.heights.empty() || plot.top == 0) return;
    need(plot_height + 4 * label_height);
    painter_.text(plot.height_label, tick_style, margin, y_, content_width);
    y_ += label_height + 2;
    const double x = margin + ticks_width, width = content_width - ticks_width;
    const double bottom = y_ + plot_height;
    plot_axes(plot, x, y_, width, plot_height);
    const double each = width / static_cast<double>(plot.heights.size());
    std::vector<PagePainter::Bar> usual, marked, failed;
    for (size_t i = 0; i < plot.heights.size(); ++i) {
        const double part =
            static_cast<double>(std::min(plot.heights[i], plot.top)) / static_cast<double>(plot.top);
        const double left = x + each * static_cast<double>(i), height = plot_height * part;
        if (height > 0) (plot.is_marked[i] ? marked : usual).push_back({left, bottom - height, each, height});
        if (plot.has_failed[i]) failed.push_back({left, bottom + 1.5, std::max(each, 1.0), failure_height});
    }
    painter_.bars(usual, curve);
    painter_.bars(marked, black);
    painter_.line(x, bottom, x + width, bottom, 0.8, ink);
    painter_.bars(failed, black);
    y_ = bottom + failure_height + 3;
    const double between = width / static_cast<double>(std::max<size_t>(1, plot.place_ticks.size() - 1));
    for (size_t i = 0; i < plot.place_ticks.size(); ++i) {
        const bool is_first = i == 0, is_last = i + 1 == plot.place_ticks.size();
        const double at = x + between * static_cast<double>(i);
        const double left = is_first ? at : is_last ? at - between + 2 : at - between / 2 + 2;
        painter_.text(plot.place_ticks[i],
                      aligned(tick_style, is_first  ? TextAlign::left
                                          : is_last ? TextAlign::right
                                                    : TextAlign::centre),
                      left, y_, is_first ? between / 2 - 4 : between - 4);
    }
    y_ += label_height;
    painter_.text(plot.place_label, aligned(tick_style, TextAlign::centre), x, y_, width);
    y_ += label_height + density_.section_gap;
}

void CertificateLayout::plot_axes(const CertificatePlot& plot, double x, double y, double width,
                                  double height) {
    for (const auto& tick : plot.height_ticks) {
        const double part = static_cast<double>(tick.height) / static_cast<double>(plot.top);
        const double at = y + height * (1 - part);
        painter_.line(x - 3, at, x + width, at, 0.4, rule);
        painter_.text(tick.words, aligned(tick_style, TextAlign::right), margin, at - 5, ticks_width - 6);
    }
}

}  // namespace regain
