#include "certifier/certificate_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "certifier/certificate.h"
#include "certifier/certificate_pdf.h"
#include "sample_reports.h"

namespace regain {
namespace {

PaintedCertificate painted(const CertificateText& text) {
    auto result = paint_certificate(text, {std::string(700, 'q'), "", "2026-11-22T10:00:00Z"});
    EXPECT_TRUE(result.ok()) << in_english(result.error());
    return std::move(result).value();
}

CertificateText small_text() {
    CertificateText text;
    text.title = "Certificat";
    text.id = "RG-0000";
    text.footer = "Certificat – RG-0000";
    text.page_pattern = "page {0} sur {1}";
    text.signatures = {{"Operateur", "A"}, {"Controleur", "B"}, {"Lieu", "C"}};
    text.verification_sentences = {"Signé."};
    return text;
}

bool is_footer(const PaintedArea& area) {
    return area.y >= content_bottom_y;
}

// Nothing but the footer's own line and words is below the content, nothing is beside or above the page, and
// no two texts lie on each other.
void expect_in_place(const PaintedCertificate& certificate, const std::string& footer) {
    for (const PaintedArea& area : certificate.areas) {
        EXPECT_GE(area.y, 20) << area.text;
        EXPECT_GE(area.x, 50) << area.text;
        EXPECT_LE(area.x + area.width, page_width - 50) << area.text;
        if (is_footer(area)) {
            EXPECT_TRUE(area.kind == PaintedKind::line || area.text.starts_with(footer) ||
                        area.text.starts_with("page "))
                << area.text;
            EXPECT_LE(area.y + area.height, page_height - 15);
        } else {
            EXPECT_LE(area.y + area.height, content_bottom_y + 0.1) << area.text;
        }
    }
    for (size_t i = 0; i < certificate.areas.size(); ++i) {
        const PaintedArea& one = certificate.areas[i];
        for (size_t j = i + 1; one.kind == PaintedKind::text && j < certificate.areas.size(); ++j) {
            const PaintedArea& other = certificate.areas[j];
            if (other.kind != PaintedKind::text || other.page != one.page) continue;
            // Lines of neighbouring rows may share their leading.
            constexpr double leading = 2;
            const bool is_apart = one.y + one.height <= other.y + leading ||
                                  other.y + other.height <= one.y + leading ||
                                  one.x + one.width <= other.x + 0.1 || other.x + other.width <= one.x + 0.1;
            EXPECT_TRUE(is_apart) << one.text.substr(0, 60) << " / " << other.text.substr(0, 60);
        }
    }
}

size_t count_of(const PaintedCertificate& certificate, const std::string& text) {
    return static_cast<size_t>(std::count_if(certificate.areas.begin(), certificate.areas.end(),
                                             [&](const PaintedArea& area) { return area.text == text; }));
}

int page_of(const PaintedCertificate& certificate, const std::string& text) {
    for (const PaintedArea& area : certificate.areas)
        if (area.text == text) return area.page;
    return 0;
}

int page_of_code(const PaintedCertificate& certificate) {
    for (const PaintedArea& area : certificate.areas)
        if (area.kind == PaintedKind::code) return area.page;
    return 0;
}

TEST(CertificateLayout, a_pair_of_sections_taller_than_a_page_breaks_across_pages) {
    CertificateText text = small_text();
    CertificateSection left, right;
    left.title = "Gauche";
    left.place = SectionPlace::left;
    right.title = "Droite";
    right.place = SectionPlace::right;
    for (int i = 0; i < 200; ++i)
        left.rows.push_back({"Champ " + std::to_string(i), "valeur " + std::to_string(i) + " longue longue"});
    for (int i = 0; i < 20; ++i) right.rows.push_back({"Droit " + std::to_string(i), "x"});
    text.sections = {left, right};
    const PaintedCertificate certificate = painted(text);
    EXPECT_GE(certificate.pages, 3);
    expect_in_place(certificate, text.footer);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(count_of(certificate, "Champ " + std::to_string(i)), 1U) << i;
    EXPECT_EQ(page_of(certificate, "Droit 19"), 1);
}

TEST(CertificateLayout, one_value_taller_than_a_page_breaks_between_its_lines) {
    std::string long_value;
    for (int i = 0; i < 3000; ++i) long_value += "mot" + std::to_string(i) + " ";
    for (const SectionPlace place : {SectionPlace::full, SectionPlace::left}) {
        CertificateText text = small_text();
        CertificateSection section, beside;
        section.title = "Longue";
        section.place = place;
        section.rows = {{"Donateur", long_value}};
        section.paragraphs = {long_value, std::string(20000, 'W')};
        beside.title = "Droite";
        beside.place = SectionPlace::right;
        text.sections = {section};
        if (place == SectionPlace::left) text.sections.push_back(beside);
        const PaintedCertificate certificate = painted(text);
        EXPECT_GE(certificate.pages, 4);
        expect_in_place(certificate, text.footer);
        std::string all;
        for (const PaintedArea& area : certificate.areas) all += area.text;
        for (const char* word : {"mot0 ", "mot1500 ", "mot2999 "})
            EXPECT_NE(all.find(word), std::string::npos) << word << "was lost between two pieces";
        EXPECT_EQ(std::count(all.begin(), all.end(), 'W'), 20000);
    }
}

TEST(CertificateLayout, very_many_long_fields_stay_on_their_pages) {
    JobContext job = sample_job();
    const std::string words = "très long – ", word(600, 'M');
    std::string longest;
    for (int i = 0; i < 400; ++i) longest += words;
    job.donor = job.donor_contact = job.lot = job.asset_tag = longest + word;
    job.operator_name = job.checker = job.place = job.origin = job.destination = longest;
    job.organisation = job.organisation_contact = longest + "\n\n\n\n" + word;
    WipeRecord wipe = sample_failed_wipe(40);
    for (int i = 0; i < 300; ++i)
        wipe.remarks.push_back({"markers-still-there", {{"node", "/dev/nvme0n" + std::to_string(i)}}});
    wipe.drive.model = wipe.drive.serial = word;
    CertificateContext context;
    context.id = "RG-7K3M-9QWX-2F4T-8HJP";
    context.job = job;
    context.station.name = longest;
    context.clock = {"2026-11-22T12:00:00Z", "machine", true, "boot", 1};
    const InspectionReport inspection = sample_inspection();
    const DeployRecord deployment = sample_deployment();
    const Json payload = drive_certificate_payload(wipe, &inspection, &deployment, context);
    const CertificateText text = certificate_text(payload, Translator("fr"));
    const PaintedCertificate certificate = painted(text);
    expect_in_place(certificate, text.footer);
    EXPECT_EQ(page_of(certificate, "Opérateur"), page_of_code(certificate));
    EXPECT_EQ(page_of_code(certificate), certificate.pages);
}

CertificateContext ordinary_context() {
    CertificateContext context;
    context.id = "RG-7K3M-9QWX-2F4T-8HJP";
    context.job = sample_job();
    context.station.id = "ST-0000-0000-0000-0000";
    context.station.name = "Atelier de Lanester";
    context.key_fingerprint = std::string(64, 'f');
    context.registry_before = {7, std::string(64, '0')};
    context.clock = {"2026-11-22T12:00:00Z", "machine", true, "boot", 1};
    context.tool_version = "0.1.0";
    return context;
}

TEST(CertificateLayout, a_certificate_with_a_deployment_and_a_machine_sheet_are_one_page) {
    const InspectionReport inspection = sample_inspection();
    const WipeRecord wipe = sample_wipe();
    DeployRecord deployment = sample_deployment();
    deployment.image.root_hash = std::string(128, 'a');
    const CertificateContext context = ordinary_context();
    const std::vector<Json> payloads{
        drive_certificate_payload(wipe, &inspection, &deployment, context),
        machine_sheet_payload(&inspection,
                              {{&wipe, &deployment, "RG-7K3M-9QWX-2F4T-8HJP"}, {&wipe, nullptr, "RG-2"}},
                              context)};
    for (const char* language : {"fr", "en"}) {
        for (const Json& payload : payloads) {
            const CertificateText text = certificate_text(payload, Translator(language));
            const PaintedCertificate certificate = painted(text);
            EXPECT_EQ(certificate.pages, 1) << language << " " << text.title;
            expect_in_place(certificate, text.footer);
        }
    }
}

WipeRecord scanned_wipe() {
    WipeRecord wipe = sample_wipe();
    for (EvidenceItem& item : sample_scan()) wipe.evidence.push_back(std::move(item));
    return wipe;
}

CertificateText text_of(const WipeRecord& wipe, const char* language) {
    const InspectionReport inspection = sample_inspection();
    const Json payload = drive_certificate_payload(wipe, &inspection, nullptr, ordinary_context());
    EXPECT_TRUE(canonical_json(payload).ok());
    return certificate_text(payload, Translator(language));
}

std::string value_of(const CertificateSection& section, const std::string& label) {
    for (const CertificateRow& row : section.rows)
        if (row.label == label) return row.value;
    return "(no row " + label + ")";
}

TEST(CertificateLayout, a_surface_scan_is_an_annex_on_a_page_of_its_own) {
    for (const char* language : {"fr", "en"}) {
        const CertificateText text = text_of(scanned_wipe(), language);
        ASSERT_EQ(text.annexes.size(), 1U);
        const PaintedCertificate certificate = painted(text);
        EXPECT_EQ(certificate.pages_before_annexes, 1);
        EXPECT_EQ(certificate.pages, 2);
        EXPECT_EQ(page_of_code(certificate), 1) << "the signatures stand with the certificate";
        EXPECT_EQ(page_of(certificate, text.annexes[0].section.title), 2);
        for (const CertificateRow& row : text.annexes[0].section.rows)
            EXPECT_EQ(page_of(certificate, row.value), 2) << row.label;
        for (const auto& words : text.annexes[0].plot.place_ticks)
            EXPECT_EQ(page_of(certificate, words), 2) << words;
        expect_in_place(certificate, text.footer);
    }
    const CertificateText without = text_of(sample_wipe(), "fr");
    EXPECT_TRUE(without.annexes.empty());
    EXPECT_EQ(painted(without).pages, 1);
}

TEST(CertificateLayout, an_annex_says_in_words_what_its_plot_shows) {
    const CertificateAnnex annex = text_of(scanned_wipe(), "en").annexes.at(0);
    EXPECT_EQ(value_of(annex.section, "Median speed"), "103 MB/s");
    EXPECT_EQ(value_of(annex.section, "Slowest place"), "23 MB/s, at 318 GB");
    EXPECT_EQ(value_of(annex.section, "Slow places"), "2 of 256: at 318 GB, 320 GB");
    EXPECT_EQ(value_of(annex.section, "Longest read"), "3\u00A0215 ms");
    EXPECT_EQ(value_of(annex.section, "Stops of a second and more"), "1");
    EXPECT_EQ(value_of(annex.section, "Reads that failed at first"), "1");
    EXPECT_EQ(annex.section.title, "Annex – reading speed of the drive") << "a path is no name";
    const CertificatePlot& plot = annex.plot;
    EXPECT_EQ(plot.heights.size(), 256U);
    EXPECT_EQ(std::count(plot.is_marked.begin(), plot.is_marked.end(), true), 2);
    EXPECT_TRUE(plot.has_failed[30] && plot.has_failed[99]);
    EXPECT_EQ(plot.top, 150'000'000U);
    EXPECT_LE(plot.height_ticks.size(), 6U);
    EXPECT_EQ(plot.place_ticks, (std::vector<std::string>{"0 GB", "125 GB", "250 GB", "375 GB", "500 GB"}));
}

TEST(CertificateLayout, a_scan_that_shows_nothing_of_the_drive_or_is_malformed_is_no_annex) {
    for (const char* reason : {"nothing-stored", "too-small"}) {
        WipeRecord wipe = scanned_wipe();
        for (EvidenceItem& item : wipe.evidence)
            if (item.kind == "surface") item.facts["not_judged"] = reason;
        EXPECT_TRUE(text_of(wipe, "fr").annexes.empty()) << reason;
    }
    WipeRecord virtual_drive = scanned_wipe();
    WipeRecord malformed = scanned_wipe();
    for (EvidenceItem& item : virtual_drive.evidence)
        if (item.kind == "surface") {
            item.facts["not_judged"] = "virtual-drive";
            item.facts["slow_regions"] = Json::array();
        }
    EXPECT_TRUE(value_of(text_of(virtual_drive, "en").annexes.at(0).section, "Slow places")
                    .starts_with("Not judged. This is a virtual drive"));
    for (EvidenceItem& item : malformed.evidence)
        if (item.kind == "surface") item.facts["stalls"].erase(0);
    EXPECT_TRUE(text_of(malformed, "fr").annexes.empty());
}

TEST(CertificateLayout, the_heat_of_a_drive_stands_with_its_erasure) {
    const auto row_of = [](const CertificateText& text, const std::string& label) {
        for (const CertificateSection& section : text.sections)
            for (const CertificateRow& row : section.rows)
                if (row.label == label) return row.value;
        return std::string("(no row)");
    };
    const CertificateText text = text_of(scanned_wipe(), "en");
    EXPECT_EQ(row_of(text, "Temperature"), "Up to 57 °C (limit of the drive: 55 °C)");
    EXPECT_EQ(row_of(text, "Pauses to cool down"), "2, 12 min 34 s in all");
    WipeRecord cool = sample_wipe();
    cool.evidence.push_back({"temperature",
                             {{"readings", 3},
                              {"highest_millicelsius", 35400},
                              {"limit_millicelsius", nullptr},
                              {"pauses", 0},
                              {"paused_ms", 0}}});
    EXPECT_EQ(row_of(text_of(cool, "en"), "Temperature"), "Up to 35 °C");
    EXPECT_EQ(row_of(text_of(cool, "en"), "Pauses to cool down"), "(no row)");
    EXPECT_EQ(row_of(text_of(sample_wipe(), "en"), "Temperature"), "(no row)");
}

TEST(CertificateLayout, what_was_learned_by_reading_stands_with_the_health) {
    InspectionReport inspection = sample_inspection();
    const std::string component = inspection.checks[0].component;
    inspection.checks.push_back(
        {"disk-speed", component, CheckResult::pass, "103 MB/s", ">= 80 MB/s", {"fast-enough", {}}});
    inspection.checks.push_back({"disk-surface",
                                 component,
                                 CheckResult::warn,
                                 "slow-regions=2,slowest-read=3214 ms",
                                 "none",
                                 {"regions-slow", {{"count", "2"}}}});
    Json payload = drive_certificate_payload(scanned_wipe(), &inspection, nullptr, ordinary_context());
    EXPECT_EQ(payload["health"]["checks"].size(), 3U);
    CertificateText text = certificate_text(payload, Translator("en"));
    EXPECT_EQ(value_of(text.sections[0], "Reading speed"), "(no row Reading speed)") << "the annex has it";
    EXPECT_EQ(value_of(text.sections[0], "Surface"),
              "To watch. Places where the drive is far slower than around them: 2.");
    for (const char* language : {"fr", "en"})
        EXPECT_EQ(painted(certificate_text(payload, Translator(language))).pages_before_annexes, 1);
    payload["health"]["checks"][1]["result"] = "warn";
    payload["health"]["checks"][1]["reason"] = to_json(Remark{"slow", {}});
    text = certificate_text(payload, Translator("en"));
    EXPECT_EQ(value_of(text.sections[0], "Reading speed"), "To watch. The drive is slow.");
}

}  // namespace
}  // namespace regain
