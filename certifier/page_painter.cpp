#include "certifier/page_painter.h"

#include <cairo-pdf.h>
#include <librsvg/rsvg.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
// fontconfig keeps its configuration until the end, on purpose.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libfontconfig\n";
}
#endif

namespace regain {
namespace {

constexpr const char* text_family = "Noto Sans, DejaVu Sans, sans-serif";
constexpr const char* title_family = "Noto Serif, DejaVu Serif, serif";

struct GObjectFree {
    void operator()(void* object) const { g_object_unref(object); }
};
template <typename Object>
using GObjectHandle = std::unique_ptr<Object, GObjectFree>;

cairo_status_t append_bytes(void* target, const unsigned char* bytes, unsigned length) {
    try {
        static_cast<std::string*>(target)->append(reinterpret_cast<const char*>(bytes), length);
        return CAIRO_STATUS_SUCCESS;
    } catch (const std::bad_alloc&) {
        return CAIRO_STATUS_NO_MEMORY;
    }
}

struct PngSource {
    const std::string& content;
    size_t at;
};

cairo_status_t read_bytes(void* source, unsigned char* bytes, unsigned length) {
    auto* png = static_cast<PngSource*>(source);
    if (length > png->content.size() - png->at) return CAIRO_STATUS_READ_ERROR;
    std::copy_n(png->content.data() + png->at, length, reinterpret_cast<char*>(bytes));
    png->at += length;
    return CAIRO_STATUS_SUCCESS;
}

bool has_fonts(PangoFontMap* fonts) {
    PangoFontFamily** families = nullptr;
    int count = 0;
    pango_font_map_list_families(fonts, &families, &count);
    g_free(families);
    return count > 0;
}

}  // namespace

struct PagePainter::Objects {
    std::string bytes;
    GObjectHandle<PangoFontMap> fonts;
    GObjectHandle<PangoContext> context;
    cairo_surface_t* surface = nullptr;
    cairo_t* cairo = nullptr;

    ~Objects() {
        cairo_destroy(cairo);
        cairo_surface_destroy(surface);
    }
};

PagePainter::PagePainter() : objects_(std::make_unique<Objects>()) {}
PagePainter::PagePainter(PagePainter&&) noexcept = default;
PagePainter::~PagePainter() = default;

Result<PagePainter> PagePainter::begin(const DocumentMarks& marks) {
    PagePainter painter;
    Objects& objects = *painter.objects_;
    objects.fonts.reset(pango_cairo_font_map_new());
    if (!has_fonts(objects.fonts.get()))
        return error(ErrorKind::environment, message("make a PDF file"), message("no font is installed"),
                     message("Install the package {0}.", "fonts-noto-core"));
    objects.context.reset(pango_font_map_create_context(objects.fonts.get()));
    // A French document reads from the left, whatever script a name in it is written in.
    pango_context_set_base_dir(objects.context.get(), PANGO_DIRECTION_LTR);
    // The page is printed, not shown on pixels: glyphs stand where the font's designer put them.
    pango_context_set_round_glyph_positions(objects.context.get(), FALSE);
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(objects.context.get(), options);
    cairo_font_options_destroy(options);
    objects.surface =
        cairo_pdf_surface_create_for_stream(append_bytes, &objects.bytes, page_width, page_height);
    cairo_pdf_surface_restrict_to_version(objects.surface, CAIRO_PDF_VERSION_1_5);
    cairo_pdf_surface_set_metadata(objects.surface, CAIRO_PDF_METADATA_TITLE, marks.title.c_str());
    cairo_pdf_surface_set_metadata(objects.surface, CAIRO_PDF_METADATA_AUTHOR, marks.author.c_str());
    cairo_pdf_surface_set_metadata(objects.surface, CAIRO_PDF_METADATA_SUBJECT, marks.subject.c_str());
    cairo_pdf_surface_set_metadata(objects.surface, CAIRO_PDF_METADATA_CREATOR, "Regain");
    cairo_pdf_surface_set_metadata(objects.surface, CAIRO_PDF_METADATA_CREATE_DATE, marks.created.c_str());
    objects.cairo = cairo_create(objects.surface);
    return painter;
}

PangoLayout* PagePainter::layout(const std::string& text, const TextStyle& style, double width) const {
    PangoLayout* layout = pango_layout_new(objects_->context.get());
    PangoFontDescription* font =
        pango_font_description_from_string(style.face == TextFace::title ? title_family : text_family);
    pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
    if (style.face == TextFace::bold) pango_font_description_set_weight(font, PANGO_WEIGHT_SEMIBOLD);
    if (style.face == TextFace::title) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    if (style.face == TextFace::italic) pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, static_cast<int>(std::lround(width * PANGO_SCALE)));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_auto_dir(layout, FALSE);
    // A serial number that is broken over two lines must not gain a hyphen.
    PangoAttrList* attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    if (style.align == TextAlign::right) pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT);
    if (style.align == TextAlign::centre) pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
    std::string shown = text;
    if (style.max_lines > 0) {
        pango_layout_set_height(layout, -style.max_lines);
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        // Pango counts the lines of each paragraph for itself.
        std::replace(shown.begin(), shown.end(), '\n', ' ');
    }
    pango_layout_set_text(layout, shown.data(), static_cast<int>(shown.size()));
    return layout;
}

double PagePainter::height_of(const std::string& text, const TextStyle& style, double width) const {
    const GObjectHandle<PangoLayout> made(layout(text, style, width));
    int height = 0;
    pango_layout_get_size(made.get(), nullptr, &height);
    return static_cast<double>(height) / PANGO_SCALE;
}

double PagePainter::text(const std::string& text, const TextStyle& style, double x, double y, double width) {
    const GObjectHandle<PangoLayout> made(layout(text, style, width));
    cairo_set_source_rgb(objects_->cairo, style.colour.red, style.colour.green, style.colour.blue);
    cairo_move_to(objects_->cairo, x, y);
    pango_cairo_show_layout(objects_->cairo, made.get());
    PangoRectangle area;
    pango_layout_get_extents(made.get(), nullptr, &area);
    const double height = static_cast<double>(area.height) / PANGO_SCALE;
    if (!text.empty())
        remember(PaintedKind::text, x + static_cast<double>(area.x) / PANGO_SCALE, y,
                 static_cast<double>(area.width) / PANGO_SCALE, height, text);
    return height;
}

std::vector<std::string> PagePainter::pieces(const std::string& text, const TextStyle& style, double width,
                                             double max_height) const {
    const GObjectHandle<PangoLayout> made(layout(text, style, width));
    std::vector<std::string> result;
    const int limit = static_cast<int>(max_height * PANGO_SCALE);
    size_t start = 0;
    int height = 0;
    for (GSList* entry = pango_layout_get_lines_readonly(made.get()); entry != nullptr; entry = entry->next) {
        auto* line = static_cast<PangoLayoutLine*>(entry->data);
        PangoRectangle area;
        pango_layout_line_get_extents(line, nullptr, &area);
        const auto line_start = static_cast<size_t>(line->start_index);
        if (height + area.height > limit && line_start > start) {
            result.push_back(text.substr(start, line_start - start));
            start = line_start;
            height = 0;
        }
        height += area.height;
    }
    result.push_back(text.substr(start));
    // What ends with the break between two paragraphs needs no empty line there.
    for (auto& piece : result)
        while (!piece.empty() && piece.back() == '\n') piece.pop_back();
    return result;
}

void PagePainter::remember(PaintedKind kind, double x, double y, double width, double height,
                           std::string text) {
    painted_.push_back({kind, page_, x, y, width, height, std::move(text)});
}

void PagePainter::line(double x1, double y1, double x2, double y2, double thickness, const Colour& colour) {
    cairo_t* cairo = objects_->cairo;
    cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
    cairo_set_line_width(cairo, thickness);
    cairo_move_to(cairo, x1, y1);
    cairo_line_to(cairo, x2, y2);
    cairo_stroke(cairo);
    remember(PaintedKind::line, std::min(x1, x2), std::min(y1, y2), std::abs(x2 - x1), std::abs(y2 - y1));
}

void PagePainter::box(double x, double y, double width, double height, double radius, const Colour& fill) {
    constexpr double quarter = std::numbers::pi / 2;
    cairo_t* cairo = objects_->cairo;
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, x + width - radius, y + radius, radius, -quarter, 0);
    cairo_arc(cairo, x + width - radius, y + height - radius, radius, 0, quarter);
    cairo_arc(cairo, x + radius, y + height - radius, radius, quarter, 2 * quarter);
    cairo_arc(cairo, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(cairo);
    cairo_set_source_rgb(cairo, fill.red, fill.green, fill.blue);
    cairo_fill(cairo);
    remember(PaintedKind::box, x, y, width, height);
}

void PagePainter::bars(const std::vector<Bar>& bars, const Colour& fill) {
    if (bars.empty()) return;
    cairo_t* cairo = objects_->cairo;
    double left = page_width, top = page_height, right = 0, bottom = 0;
    for (const Bar& bar : bars) {
        cairo_rectangle(cairo, bar.x, bar.y, bar.width, bar.height);
        left = std::min(left, bar.x);
        top = std::min(top, bar.y);
        right = std::max(right, bar.x + bar.width);
        bottom = std::max(bottom, bar.y + bar.height);
    }
    cairo_set_source_rgb(cairo, fill.red, fill.green, fill.blue);
    cairo_fill(cairo);
    remember(PaintedKind::box, left, top, right - left, bottom - top);
}

// All modules are one path, filled once: renderers leave no light seams between them.
void PagePainter::qr_code(const QrCode& code, double x, double y, double size) {
    cairo_t* cairo = objects_->cairo;
    constexpr int quiet_modules = 4;
    const double module = size / (code.width + 2 * quiet_modules);
    box(x, y, size, size, 0.1, {1, 1, 1});
    for (int row = 0; row < code.width; ++row) {
        for (int column = 0; column < code.width; ++column) {
            if (!code.is_dark(column, row)) continue;
            int end = column;
            while (end + 1 < code.width && code.is_dark(end + 1, row)) ++end;
            cairo_rectangle(cairo, x + (column + quiet_modules) * module, y + (row + quiet_modules) * module,
                            (end - column + 1) * module, module);
            column = end;
        }
    }
    cairo_set_source_rgb(cairo, 0, 0, 0);
    cairo_fill(cairo);
    remember(PaintedKind::code, x, y, size, size);
}

void PagePainter::watermark(const std::string& word) {
    cairo_t* cairo = objects_->cairo;
    const TextStyle style{118, TextFace::bold, {0.93, 0.88, 0.88}, TextAlign::centre};
    const double height = height_of(word, style, 2 * page_width);
    cairo_save(cairo);
    cairo_translate(cairo, page_width / 2, page_height / 2);
    cairo_rotate(cairo, -std::numbers::pi / 3.4);
    const size_t painted = painted_.size();
    text(word, style, -page_width, -height / 2, 2 * page_width);
    painted_.resize(painted);
    cairo_restore(cairo);
}

bool PagePainter::picture(const std::string& content, double x, double y, double width, double height) {
    cairo_t* cairo = objects_->cairo;
    if (content.starts_with("\x89PNG")) {
        PngSource source{content, 0};
        cairo_surface_t* image = cairo_image_surface_create_from_png_stream(read_bytes, &source);
        const bool is_good = cairo_surface_status(image) == CAIRO_STATUS_SUCCESS;
        if (is_good) {
            const double scale = std::min(width / cairo_image_surface_get_width(image),
                                          height / cairo_image_surface_get_height(image));
            cairo_save(cairo);
            cairo_translate(cairo, x, y);
            cairo_scale(cairo, scale, scale);
            cairo_set_source_surface(cairo, image, 0, 0);
            cairo_paint(cairo);
            cairo_restore(cairo);
        }
        cairo_surface_destroy(image);
        if (is_good) remember(PaintedKind::picture, x, y, width, height);
        return is_good;
    }
    GError* failure = nullptr;
    const GObjectHandle<RsvgHandle> svg(
        rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(content.data()), content.size(), &failure));
    if (svg != nullptr) {
        const RsvgRectangle place{x, y, width, height};
        rsvg_handle_render_document(svg.get(), cairo, &place, &failure);
    }
    const bool is_good = svg != nullptr && failure == nullptr;
    g_clear_error(&failure);
    if (is_good) remember(PaintedKind::picture, x, y, width, height);
    return is_good;
}

void PagePainter::next_page() {
    cairo_show_page(objects_->cairo);
    ++page_;
}

Result<std::string> PagePainter::finish() {
    cairo_show_page(objects_->cairo);
    const cairo_status_t drawn = cairo_status(objects_->cairo);
    cairo_surface_finish(objects_->surface);
    const cairo_status_t written = cairo_surface_status(objects_->surface);
    if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS)
        return error(ErrorKind::failed, message("make a PDF file"),
                     message("{0}", cairo_status_to_string(drawn != CAIRO_STATUS_SUCCESS ? drawn : written)));
    return std::move(objects_->bytes);
}

}  // namespace regain
