#pragma once
// A certificate in words: from the signed payload to titles, rows and sentences in one language. A pure
// function, used by the PDF (certificate_pdf.cpp) and by `regain certificate show`. It adds no fact.

#include <string>
#include <vector>

#include "base/json.h"
#include "base/translation.h"

namespace regain {

enum class CertificateTone { good, bad, neutral };

struct CertificateRow {
    std::string label;
    std::string value;
    CertificateTone tone = CertificateTone::neutral;
    bool is_missing = false;  ///< the value says that nobody knows it
};

enum class SectionPlace { left, right, full };

struct CertificateSection {
    std::string title;
    SectionPlace place = SectionPlace::full;
    std::vector<CertificateRow> rows;
    std::vector<std::string> paragraphs;
};

/// A curve over the sectors of a drive.
struct CertificatePlot {
    struct Tick {
        uint64_t height;
        std::string words;
    };
    std::string height_label, place_label;
    std::vector<uint64_t> heights;  ///< one for each part of the drive; 0: not known
    std::vector<bool> is_marked;    ///< each as long as `heights`
    std::vector<bool> has_failed;
    uint64_t top = 0;  ///< height of the axis
    std::vector<Tick> height_ticks;
    std::vector<std::string> place_ticks;  ///< evenly from one end to the other
};

/// What stands behind the certificate, on pages of its own. The section says in words what the plot shows.
struct CertificateAnnex {
    CertificateSection section;
    CertificatePlot plot;
};

struct CertificateText {
    std::string language;
    std::string id;
    bool is_specimen = false;
    std::string specimen_word, specimen_sentence;
    std::string organisation, organisation_contact;
    std::string missing_logo_sentence;  ///< for a page that is made without the logo; empty: there was none
    std::string title, subtitle, number_line, date_line;
    CertificateTone tone = CertificateTone::neutral;
    std::string verdict;                         ///< what is read from across the room
    std::vector<std::string> verdict_sentences;  ///< the standard, and why not more
    std::vector<CertificateSection> sections;
    std::vector<CertificateAnnex> annexes;
    std::vector<CertificateRow> signatures;           ///< who did it, who checked it
    std::vector<std::string> verification_sentences;  ///< how anybody can check this document
    std::string qr_caption;
    std::string footer;
    std::string page_pattern;  ///< "page {0} of {1}", translated
};

/// The payload must be a "regain.certificate/1"; members that are missing are shown as not known.
CertificateText certificate_text(const Json& payload, const Translator& translate);

/// 8589934592 → "8.6 GB (8 589 934 592 bytes)", in the language's manner.
std::string size_in_words(uint64_t bytes, const Translator& translate);
/// "2026-11-22T10:00:00Z" → "2026-11-22 10:00 UTC" in the language's manner; other texts as they are.
std::string time_in_words(const std::string& rfc3339, const Translator& translate);
std::string duration_in_words(uint64_t milliseconds, const Translator& translate);

}  // namespace regain
