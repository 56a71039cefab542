#include "certifier/values_in_words.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "certifier/certificate.h"
#include "certifier/certificate_text.h"
#include "sample_reports.h"

namespace regain {
namespace {

const Translator english, french("fr");

TEST(ValuesInWords, remarks_hold_words_where_the_report_holds_codes) {
    EXPECT_EQ(remark_in_words({"step-not-done", {{"step", "verify"}, {"result", "failed"}}}, french),
              "L’étape «\u00A0relecture\u00A0» s’est terminée ainsi\u00A0: échec.");
    EXPECT_EQ(remark_in_words({"another-method-was-asked-for", {{"method", "zero"}}}, english),
              "Another method was asked for: overwriting with zeros, one pass.");
    EXPECT_EQ(remark_in_words({"report-contradicts-itself", {{"verdict", "cleared"}}}, english),
              "The report said cleared (Clear) and contradicts itself.");
    EXPECT_EQ(remark_in_words({"policy-not-reached", {{"policy", "purge"}}}, english),
              "The level that was asked for (Purge) was not reached.");
    EXPECT_EQ(remark_in_words({"unwritable-sectors", {{"count", "123456"}}}, english),
              "123\u00A0456 sectors could not be written.");
    EXPECT_EQ(remark_in_words({"markers-still-there", {{"node", "/dev/sda"}}}, english),
              "Markers are still there on /dev/sda.");
    EXPECT_EQ(remark_in_words({"method-not-known", {{"method", "brand-new"}}}, english),
              "The method brand-new is not known to this version.");
}

TEST(ValuesInWords, shares_are_percentages) {
    EXPECT_EQ(share_in_words(50000, english), "5 %");
    EXPECT_EQ(share_in_words(50000, french), "5\u00A0%");
    EXPECT_EQ(share_in_words(1000000, english), "100 %");
    EXPECT_EQ(share_in_words(1500, french), "0,15\u00A0%");
    EXPECT_EQ(share_in_words(105000, english), "10.5 %");
    EXPECT_EQ(share_in_words(99, english), "less than 0.01 %");
    EXPECT_EQ(share_in_words(0, english), "less than 0.01 %");
}

TEST(ValuesInWords, measured_values_are_in_the_language) {
    EXPECT_EQ(measured_in_words("not set", french), "non défini");
    EXPECT_EQ(measured_in_words("340 MB/s", french), "340\u00A0Mo/s");
    EXPECT_EQ(measured_in_words("24105 MiB", english), "24\u00A0105 MiB");
    EXPECT_EQ(measured_in_words("83 %", english), "83\u00A0%");
    EXPECT_EQ(measured_in_words("21412", english), "21\u00A0412");
    EXPECT_EQ(measured_in_words("2.0", english), "2.0");
    EXPECT_EQ(measured_in_words("", english), "");
    EXPECT_EQ(measured_in_words("reallocated=3,wear=5 %", french),
              "secteurs remplacés\u00A0: 3, usure du disque\u00A0: 5\u00A0%");
    EXPECT_TRUE(is_telling("83 %"));
    EXPECT_TRUE(is_telling("off"));
    EXPECT_FALSE(is_telling("none"));
    EXPECT_FALSE(is_telling("1"));
    EXPECT_FALSE(is_telling("reallocated=3"));
}

TEST(ValuesInWords, names_without_hardware_and_links) {
    EXPECT_EQ(model_in_words("Loop device", french), "périphérique de bouclage");
    EXPECT_EQ(model_in_words("ST500DM002", french), "ST500DM002");
    EXPECT_EQ(chassis_in_words("notebook", french), "ordinateur portable");
    EXPECT_EQ(chassis_in_words("new-shape", french), "new-shape");
    EXPECT_EQ(attachment_in_words("sata", french), "SATA");
    EXPECT_EQ(attachment_in_words("new-link", french), "new-link");
    EXPECT_EQ(identifier_in_words("mac:02:fc:00:00:00:01", english),
              "network address (MAC) 02:fc:00:00:00:01");
    EXPECT_EQ(identifier_in_words("new:1", english), "new:1");
    EXPECT_EQ(standard_in_words("NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)", english),
              "NIST SP 800-88 Rev. 2, with the techniques of IEEE 2883-2022");
    EXPECT_EQ(standard_in_words("ISO 1 (techniques: ", english), "ISO 1 (techniques: ");
}

TEST(ValuesInWords, begin_with_a_capital_where_there_is_one) {
    EXPECT_EQ(capitalised("écran"), "Écran");
    EXPECT_EQ(capitalised("bon"), "Bon");
    EXPECT_EQ(capitalised("eMMC"), "eMMC");
    EXPECT_EQ(capitalised("÷"), "÷");
    EXPECT_EQ(capitalised("8 Go"), "8 Go");
    EXPECT_EQ(capitalised(""), "");
}

std::vector<std::string> all_texts(const CertificateText& text) {
    std::vector<std::string> all{text.title,     text.subtitle,   text.number_line,
                                 text.date_line, text.verdict,    text.specimen_sentence,
                                 text.footer,    text.qr_caption, text.specimen_word};
    const auto add = [&](const auto& list) { all.insert(all.end(), list.begin(), list.end()); };
    add(text.verdict_sentences);
    add(text.verification_sentences);
    for (const auto& section : text.sections) {
        all.push_back(section.title);
        add(section.paragraphs);
        for (const auto& row : section.rows) {
            all.push_back(row.label);
            all.push_back(row.value);
        }
    }
    return all;
}

/// A virtual drive that was verified by sample, one that failed, and a sheet with every kind of check.
std::vector<CertificateText> pages_in(const Translator& translate) {
    CertificateContext context;
    context.id = "RG-7K3M-9QWX-2F4T-8HJP";
    context.job = sample_job();
    context.clock = {"2026-11-22T12:00:00Z", "machine", true, "boot", 1};
    InspectionReport inspection = sample_inspection();
    inspection.checks.push_back(
        {"machine-identity", "machine", CheckResult::pass, "1", ">= 1", {"identified", {}}});
    inspection.checks.push_back(
        {"firmware-agent", "firmware", CheckResult::pass, "none", "none", {"none", {}}});
    inspection.checks.push_back({"battery-wear",
                                 "BAT0",
                                 CheckResult::warn,
                                 "70 %",
                                 ">= 80 %",
                                 {"battery-fair", {{"percent", "70"}}}});
    const DeployRecord deployment = sample_deployment();
    WipeRecord loop = sample_wipe();
    loop.drive.bus = Bus::virtual_drive;
    loop.drive.attachment = loop.drive.protocol = "loop";
    loop.drive.model = "Loop device";
    loop.drive.serial.clear();
    loop.drive.path = "/dev/disque0";
    loop.remarks.push_back({"virtual-drive", {}});
    loop.verification = {.kind = "sample",
                         .pattern = "zero",
                         .bytes_read = 25005393100,
                         .sample_count = 1000,
                         .sample_share_ppm = 50000,
                         .detectable_leftover_bytes = 4194304,
                         .read_path = "direct",
                         .completed = true};
    const WipeRecord failed = sample_failed_wipe(12);
    const WipeRecord firmware = sample_firmware_wipe();
    std::vector<CertificateText> pages;
    for (const Json& payload :
         {drive_certificate_payload(loop, &inspection, &deployment, context),
          drive_certificate_payload(failed, &inspection, nullptr, context),
          machine_sheet_payload(&inspection, {{&loop, &deployment, "RG-2"}, {&failed, nullptr, ""}}, context),
          machine_sheet_payload(nullptr, {}, context),
          drive_certificate_payload(firmware, &inspection, nullptr, context)})
        pages.push_back(certificate_text(payload, translate));
    return pages;
}

TEST(FrenchPages, use_no_break_spaces_where_french_wants_them) {
    static const std::regex bad("[^ ] ([:;!?%](?![0-9a-z])|»)|« ");
    for (const auto& page : pages_in(french))
        for (const auto& text : all_texts(page)) EXPECT_FALSE(std::regex_search(text, bad)) << text;
}

TEST(FrenchPages, hold_no_code_and_no_english_word) {
    static const std::regex bad(
        "\\b(none|desktop|firmware|loop|Loop|file|virtual|device|techniques:|not|passed|failed|verify|zero|"
        "the|of)"
        "\\b");
    for (const auto& page : pages_in(french))
        for (const auto& text : all_texts(page)) {
            // The one command that is quoted as it is typed.
            if (text.find("regain certificate verify") != std::string::npos) continue;
            std::smatch found;
            EXPECT_FALSE(std::regex_search(text, found, bad)) << found.str() << ": " << text;
        }
}

TEST(FrenchPages, sentences_and_cells_begin_with_a_capital) {
    for (const auto& translate : {french, english})
        for (const auto& page : pages_in(translate))
            for (const auto& text : all_texts(page)) {
                if (text == "essentiel 2026.11" || text.starts_with("réemploi") || text.starts_with("aaaa") ||
                    text.empty())
                    continue;
                EXPECT_EQ(capitalised(text), text);
            }
}

TEST(FrenchPages, a_sheet_of_a_virtual_drive_is_marked_where_it_is_read_first) {
    const CertificateText sheet = pages_in(french)[2];
    EXPECT_TRUE(sheet.is_specimen);
    EXPECT_TRUE(sheet.verdict.starts_with("SPÉCIMEN – ")) << sheet.verdict;
    EXPECT_TRUE(pages_in(english)[2].verdict.starts_with("SPECIMEN – "));
    EXPECT_EQ(pages_in(french)[3].verdict, "NON INSPECTÉE");
}

TEST(FrenchPages, a_sample_is_a_percentage) {
    std::string sample;
    const auto pages = pages_in(french);
    for (const auto& section : pages[0].sections)
        for (const auto& row : section.rows)
            if (row.label == "Échantillon") sample = row.value;
    EXPECT_EQ(sample, "1\u00A0000 emplacements, soit 5\u00A0% du disque");
}

TEST(ValuesInWords, names_the_part_that_a_check_is_about) {
    EXPECT_EQ(component_in_words("firmware", english), "firmware");
    EXPECT_EQ(component_in_words("memory", french), "mémoire");
    EXPECT_EQ(component_in_words("/dev/sda (WDC WD5000 123)", english), "/dev/sda (WDC WD5000 123)");
    EXPECT_EQ(component_in_words("BAT0", english), "BAT0");
    EXPECT_EQ(component_in_words("/dev/loop0 (Loop device)", english),
              "/dev/loop0 (" + model_in_words("Loop device", english) + ")");
}

}  // namespace
}  // namespace regain
