#pragma once
// Painting text, lines and boxes onto the pages of a PDF with cairo and pango. Knows nothing of certificates.
// Coordinates are points (1/72 inch) from the upper left corner of an A4 page. Remembers what it painted
// where, so that tests can ask whether anything ran over an edge.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "certifier/qr_code.h"

typedef struct _cairo cairo_t;
typedef struct _cairo_surface cairo_surface_t;
typedef struct _PangoFontMap PangoFontMap;
typedef struct _PangoLayout PangoLayout;

namespace regain {

constexpr double page_width = 595.276, page_height = 841.890;  // A4

struct Colour {
    double red = 0, green = 0, blue = 0;
};

enum class TextFace { regular, bold, italic, title };
enum class TextAlign { left, right, centre };

struct TextStyle {
    double size = 9;
    TextFace face = TextFace::regular;
    Colour colour = {0.13, 0.13, 0.13};
    TextAlign align = TextAlign::left;
    int max_lines = 0;  ///< what is longer ends with an ellipsis; 0: no limit
};

enum class PaintedKind { text, line, box, code, picture };

/// What was painted where; the watermark, which lies under everything, is not in it.
struct PaintedArea {
    PaintedKind kind;
    int page;  ///< from 1
    double x, y, width, height;
    std::string text;
};

struct DocumentMarks {
    std::string title, author, subject, created;  ///< created: RFC 3339
};

class PagePainter {
  public:
    /// Refused (ErrorKind::environment, naming the package) when the machine has no font at all.
    static Result<PagePainter> begin(const DocumentMarks& marks);
    PagePainter(PagePainter&&) noexcept;
    PagePainter& operator=(PagePainter&&) = delete;
    ~PagePainter();

    double height_of(const std::string& text, const TextStyle& style, double width) const;
    /// Paints and gives the height. Long words are broken; the text is never taken as markup.
    double text(const std::string& text, const TextStyle& style, double x, double y, double width);
    /// The text in pieces that are at most `max_height` high (but one line at least), cut between lines.
    std::vector<std::string> pieces(const std::string& text, const TextStyle& style, double width,
                                    double max_height) const;
    void line(double x1, double y1, double x2, double y2, double thickness, const Colour& colour);
    void box(double x, double y, double width, double height, double radius, const Colour& fill);
    /// Rectangles as one shape, filled once: no light seams between neighbours.
    struct Bar {
        double x, y, width, height;
    };
    void bars(const std::vector<Bar>& bars, const Colour& fill);
    void qr_code(const QrCode& code, double x, double y, double size);
    /// A large word across the page, in a light colour.
    void watermark(const std::string& word);
    /// An SVG or PNG picture, scaled into the rectangle, upper left; false when it is neither.
    bool picture(const std::string& content, double x, double y, double width, double height);
    void next_page();
    const std::vector<PaintedArea>& painted() const { return painted_; }
    /// Ends the document and gives its bytes.
    Result<std::string> finish();

  private:
    struct Objects;
    PagePainter();
    PangoLayout* layout(const std::string& text, const TextStyle& style, double width) const;
    void remember(PaintedKind kind, double x, double y, double width, double height, std::string text = {});
    std::unique_ptr<Objects> objects_;
    std::vector<PaintedArea> painted_;
    int page_ = 1;
};

}  // namespace regain
