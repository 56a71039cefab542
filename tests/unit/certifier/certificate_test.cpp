#include "certifier/certificate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/file.h"
#include "base/hash.h"
#include "certifier/certificate_text.h"
#include "sample_reports.h"
#include "trust/jws.h"

namespace regain {
namespace {

CertificateContext sample_context() {
    CertificateContext context;
    context.id = "RG-7K3M-9QWX-2F4T-8HJP";
    context.job = sample_job();
    context.station.id = "ST-0000-0000-0000-0000";
    context.station.name = "Atelier";
    context.key_fingerprint = std::string(64, 'f');
    context.registry_before = {7, std::string(64, '0')};
    context.clock = {"2026-11-22T12:00:00Z", "machine", true, "6fd2b2f1-boot", 12345678};
    context.tool_version = "0.1.0";
    context.intent_id = "RG-0000-0000-0000-0000";
    return context;
}

Json payload_of(const WipeRecord& wipe, const InspectionReport* inspection = nullptr) {
    return drive_certificate_payload(wipe, inspection, nullptr, sample_context());
}

bool is_listed_as_not_known(const Json& payload, const char* path) {
    const Json& list = payload.at("not_known");
    return std::find(list.begin(), list.end(), Json(path)) != list.end();
}

TEST(Certificate, is_what_the_golden_file_says) {
    const InspectionReport inspection = sample_inspection();
    const DeployRecord deployment = sample_deployment();
    const std::string made =
        pretty_json(drive_certificate_payload(sample_wipe(), &inspection, &deployment, sample_context()));
    const auto golden =
        std::filesystem::path(REGAIN_SOURCE_DIR) / "tests/unit/certifier/golden/drive-erasure.json";
    if (std::getenv("REGAIN_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(golden, made).ok());
    }
    EXPECT_EQ(made, read_file(golden).value()) << "REGAIN_UPDATE_GOLDEN=1 writes it anew";
}

TEST(Certificate, is_the_same_for_the_same_reports) {
    EXPECT_EQ(payload_of(sample_wipe()), payload_of(sample_wipe()));
}

TEST(Certificate, can_be_signed) {
    const InspectionReport inspection = sample_inspection();
    EXPECT_TRUE(canonical_json(payload_of(sample_wipe(), &inspection)).ok());
    EXPECT_TRUE(canonical_json(machine_sheet_payload(&inspection, {}, sample_context())).ok());
}

TEST(Certificate, lists_what_is_not_known_and_invents_nothing) {
    WipeRecord wipe = sample_wipe();
    wipe.drive.model = "OCZ-AGILITY3";
    wipe.drive.wwn.clear();
    const Json payload = payload_of(wipe);
    for (const char* path :
         {"drive.manufacturer", "drive.wwn", "drive.native_size_bytes", "machine", "health", "job.origin"})
        EXPECT_TRUE(is_listed_as_not_known(payload, path)) << path;
    EXPECT_FALSE(payload.at("drive").contains("manufacturer"));
    EXPECT_FALSE(payload.at("drive").contains("native_size_bytes"));
    EXPECT_TRUE(payload.at("erasure").at("coverage").at("hidden_bytes").is_null());
}

TEST(Certificate, names_a_drive_without_serial_by_its_path) {
    WipeRecord wipe = sample_wipe();
    EXPECT_FALSE(payload_of(wipe).at("drive").contains("path"));
    wipe.drive.serial.clear();
    EXPECT_EQ(payload_of(wipe).at("drive").at("path"), "/dev/sda");
}

TEST(Certificate, holds_no_content_of_the_drive_and_no_identity_of_the_next_user) {
    WipeRecord wipe = sample_wipe();
    wipe.drive.contents = {"gpt", "secret-file-system"};
    JobContext job = sample_job();
    job.logo_path = "/home/somebody/logo.svg";
    CertificateContext context = sample_context();
    context.job = job;
    const DeployRecord deployment = sample_deployment();
    const std::string text = drive_certificate_payload(wipe, nullptr, &deployment, context).dump();
    for (const char* secret : {"secret-file-system", "logo.svg", "pc-1234", "11111111-2222"})
        EXPECT_EQ(text.find(secret), std::string::npos) << secret;
}

TEST(Certificate, a_failed_wipe_is_a_report_of_failure) {
    const Json payload = payload_of(sample_failed_wipe(2));
    EXPECT_EQ(payload.at("kind"), "drive-failure");
    EXPECT_EQ(payload.at("erasure").at("errors").size(), 2U);
    const CertificateText text = certificate_text(payload, Translator());
    EXPECT_EQ(text.title, "Report of failed erasure");
    EXPECT_EQ(text.tone, CertificateTone::bad);
    EXPECT_EQ(text.verdict, "NOT ERASED");
}

TEST(Certificate, does_not_repeat_a_verdict_that_its_report_contradicts) {
    const auto kind_after = [](auto change) {
        WipeRecord wipe = sample_wipe();
        change(wipe);
        return payload_of(wipe).at("kind").get<std::string>();
    };
    EXPECT_EQ(kind_after([](WipeRecord&) {}), "drive-erasure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.interrupted = true; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.errors = sample_failed_wipe(1).errors; }),
              "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.unwritable = {{1, 2}}; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.verification.mismatches = 1; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.verification.completed = false; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { --wipe.coverage.overwritten_bytes; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.coverage = {}; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.verdict = Verdict::purged; }), "drive-failure")
        << "an overwrite never purges";
}

TEST(Certificate, does_not_repeat_a_verdict_without_the_evidence_of_a_firmware_erase) {
    const auto kind_after = [](auto change) {
        WipeRecord wipe = sample_firmware_wipe();
        change(wipe);
        return payload_of(wipe).at("kind").get<std::string>();
    };
    const auto without = [&](const char* kind) {
        return kind_after([&](WipeRecord& wipe) {
            std::erase_if(wipe.evidence, [&](const EvidenceItem& item) { return item.kind == kind; });
        });
    };
    const auto with_fact = [&](const char* kind, const char* key, const Json& value) {
        return kind_after([&](WipeRecord& wipe) {
            for (EvidenceItem& item : wipe.evidence)
                if (item.kind == kind) item.facts[key] = value;
        });
    };
    EXPECT_EQ(kind_after([](WipeRecord&) {}), "drive-erasure");
    for (const char* kind : {"drive-log", "markers", "read-back", "identity-again"})
        EXPECT_EQ(without(kind), "drive-failure") << kind;
    for (const char* key : {"accepted", "seen_running", "completed"})
        EXPECT_EQ(with_fact("drive-log", key, "no"), "drive-failure") << key;
    EXPECT_EQ(with_fact("drive-log", "completed", "unknown"), "drive-failure");
    EXPECT_EQ(with_fact("drive-log", "left_running", "yes"), "drive-failure");
    EXPECT_EQ(with_fact("drive-log", "left_running", nullptr), "drive-failure");
    EXPECT_EQ(with_fact("drive-log", "stood_still", "yes"), "drive-failure");
    EXPECT_EQ(with_fact("drive-log", "security_released", "no"), "drive-failure");
    EXPECT_EQ(with_fact("markers", "gone", 1023), "drive-failure");
    EXPECT_EQ(with_fact("read-back", "mismatching_sectors", 1), "drive-failure");
    EXPECT_EQ(with_fact("identity-again", "serial_same", "unknown"), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.plan.level = Verdict::cleared; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.method = "nvme-sanitize-block"; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.coverage.hidden_bytes = 512; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) {
                  wipe.coverage.hidden_bytes = 512;
                  wipe.verdict = Verdict::cleared;
              }),
              "drive-erasure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.verification.kind = "none"; }), "drive-failure");
    EXPECT_EQ(kind_after([](WipeRecord& wipe) { wipe.plan.steps.clear(); }), "drive-failure");
    EXPECT_EQ(
        kind_after([](WipeRecord& wipe) { wipe.attempts[0].evidence[0].facts["left_running"] = "yes"; }),
        "drive-failure");
    WipeRecord overwritten = sample_wipe();
    overwritten.attempts = sample_firmware_wipe().attempts;
    EXPECT_EQ(payload_of(overwritten).at("kind"), "drive-erasure");
    overwritten.attempts[0].evidence[0].facts.erase("left_running");
    EXPECT_EQ(payload_of(overwritten).at("kind"), "drive-failure");
}

std::string value_of(const CertificateText& text, const std::string& label) {
    std::string values;
    for (const auto& section : text.sections)
        for (const auto& row : section.rows)
            if (row.label == label) values += (values.empty() ? "" : " | ") + row.value;
    return values;
}

std::string paragraphs_of(const CertificateText& text) {
    std::string all;
    for (const auto& section : text.sections)
        for (const auto& paragraph : section.paragraphs) all += paragraph + "\n";
    return all;
}

TEST(Certificate, shows_what_the_drive_said_of_its_own_commands) {
    const Json payload = payload_of(sample_firmware_wipe());
    EXPECT_EQ(payload.at("erasure").at("attempts").size(), 1U);
    EXPECT_FALSE(payload.at("erasure").contains("fallbacks"));
    const CertificateText text = certificate_text(payload, Translator());
    EXPECT_EQ(text.verdict, "DATA ERASED – level Purge");
    EXPECT_EQ(value_of(text, "Method"), "ATA SANITIZE, cryptographic, then ATA SANITIZE, block erase");
    EXPECT_EQ(value_of(text, "The drive said"),
              "ATA SANITIZE, cryptographic: accepted, seen running or newly ended, ended without error, "
              "state read from the "
              "drive: 24 times | ATA SANITIZE, block erase: accepted, seen running or newly ended, ended "
              "without error, "
              "state read from the drive: 24 times");
    EXPECT_EQ(value_of(text, "Looked for"), "One value, repeated through each sector");
    EXPECT_EQ(value_of(text, "Written"), "") << "nothing was overwritten";
    const std::string paragraphs = paragraphs_of(text);
    EXPECT_NE(paragraphs.find("The drive erased itself: all that can be addressed"), std::string::npos);
    EXPECT_NE(paragraphs.find("No hidden area was found."), std::string::npos);
    EXPECT_NE(
        paragraphs.find(
            "ATA SECURITY ERASE, enhanced: accepted, seen running or newly ended, not completed, password "
            "taken off"),
        std::string::npos)
        << paragraphs;
    EXPECT_NE(paragraphs.find("The drive says that the erasure failed."), std::string::npos);
}

TEST(Certificate, shows_what_the_drive_did_not_say) {
    WipeRecord wipe = sample_firmware_wipe();
    wipe.verdict = Verdict::not_erased;
    wipe.coverage.hidden_bytes = 1048576;
    wipe.verification.pattern = "changed";
    wipe.evidence.push_back({"read-back", {{"informative_places", 12}}});
    for (EvidenceItem& item : wipe.evidence)
        if (item.kind == "drive-log") item.facts = Json{{"method", "nvme-sanitize-block"}};
    const CertificateText text = certificate_text(payload_of(wipe), Translator());
    EXPECT_EQ(text.tone, CertificateTone::bad);
    const std::string said = value_of(text, "The drive said");
    for (const char* words : {"not known whether it was accepted", "could not be seen running",
                              "completion not known", "stood still", "goes on inside the drive"})
        EXPECT_NE(said.find(words), std::string::npos) << words << ": " << said;
    EXPECT_NE(paragraphs_of(text).find("Hidden areas: 1.0 MB"), std::string::npos) << paragraphs_of(text);
    EXPECT_EQ(paragraphs_of(text).find("The drive erased itself"), std::string::npos);
    EXPECT_EQ(value_of(text, "Looked for"), "Anything but what stood there before");
    EXPECT_EQ(value_of(text, "Compared"), "Places where a difference can be seen: 12");
}

TEST(Certificate, of_a_virtual_drive_is_a_specimen) {
    WipeRecord wipe = sample_wipe();
    wipe.drive.bus = Bus::virtual_drive;
    const Json payload = payload_of(wipe);
    EXPECT_EQ(payload.at("specimen"), true);
    EXPECT_EQ(payload.at("drive").at("bus"), "virtual");
    const CertificateText text = certificate_text(payload, Translator());
    EXPECT_EQ(text.verdict.rfind("SPECIMEN", 0), 0U);
    const Json summary = summary_payload(payload, "x");
    EXPECT_EQ(summary.at("specimen"), true);
}

TEST(Certificate, summary_names_the_record_and_fits_into_a_code) {
    WipeRecord wipe = sample_wipe();
    wipe.drive.model = std::string(39, 'M') + "éé";
    const Json summary = summary_payload(payload_of(wipe), "the jws");
    EXPECT_EQ(summary.at("id"), "RG-7K3M-9QWX-2F4T-8HJP");
    EXPECT_EQ(summary.at("level"), "cleared");
    EXPECT_EQ(summary.at("serial"), "WD-WCC2E4HXP1R7");
    EXPECT_EQ(summary.at("model"), std::string(39, 'M')) << "cut between characters";
    EXPECT_EQ(summary.at("sha256"), to_base64url(sha256(as_bytes("the jws"))));
    EXPECT_FALSE(summary.contains("specimen"));
}

TEST(Certificate, strange_bytes_from_hardware_become_text) {
    WipeRecord wipe = sample_wipe();
    wipe.drive.model = "MODEL\xFF\x01";
    EXPECT_TRUE(canonical_json(payload_of(wipe).at("drive")).ok());
}

TEST(Certificate, says_in_words_what_was_not_tested) {
    const InspectionReport inspection = sample_inspection();
    const Json payload = machine_sheet_payload(&inspection, {}, sample_context());
    EXPECT_EQ(payload.at("not_tested").size(), 3U);
    const CertificateText text = certificate_text(payload, Translator());
    const auto section = std::find_if(text.sections.begin(), text.sections.end(),
                                      [](const auto& entry) { return entry.title == "Not tested"; });
    ASSERT_NE(section, text.sections.end());
    EXPECT_EQ(section->paragraphs.front(), "Keyboard, screen, USB ports.");
}

TEST(Certificate, a_sheet_claims_no_erasure_of_a_drive_that_was_only_deployed_onto) {
    const DeployRecord deployment = sample_deployment();
    const Json payload = machine_sheet_payload(nullptr, {{nullptr, &deployment, {}}}, sample_context());
    EXPECT_FALSE(payload.at("drives").at(0).contains("erasure"));
    EXPECT_EQ(payload.at("drives").at(0).at("certificate"), "");
    EXPECT_TRUE(payload.at("drives").at(0).contains("deployment"));
    const CertificateText text = certificate_text(payload, Translator());
    EXPECT_EQ(text.subtitle, "What was found and installed");
    const auto says = [&](const std::string& words) {
        return std::any_of(text.verdict_sentences.begin(), text.verdict_sentences.end(),
                           [&](const auto& sentence) { return sentence.starts_with(words); });
    };
    EXPECT_TRUE(says("A drive was not erased by this job")) << "the reader would believe that it is empty";
    const auto drive = std::find_if(text.sections.begin(), text.sections.end(),
                                    [](const auto& entry) { return entry.title == "Storage drive"; });
    ASSERT_NE(drive, text.sections.end());
    const auto erasure = std::find_if(drive->rows.begin(), drive->rows.end(),
                                      [](const auto& row) { return row.label == "Erasure"; });
    ASSERT_NE(erasure, drive->rows.end());
    EXPECT_EQ(erasure->value, "Not erased by this job");

    const WipeRecord wipe = sample_wipe();
    const CertificateText erased = certificate_text(
        machine_sheet_payload(nullptr, {{&wipe, &deployment, "RG-1"}}, sample_context()), Translator());
    EXPECT_EQ(erased.subtitle, "What was found, erased and installed");
    for (const auto& sentence : erased.verdict_sentences)
        EXPECT_FALSE(sentence.starts_with("A drive was not erased")) << sentence;
}

TEST(Certificate, a_sheet_shows_the_whole_job) {
    CertificateContext context = sample_context();
    context.job.origin = "PC de la comptabilité";
    context.job.confidentiality_before = "restreint";
    context.job.confidentiality_after = "public";
    const DeployRecord deployment = sample_deployment();
    const CertificateText text =
        certificate_text(machine_sheet_payload(nullptr, {{nullptr, &deployment, {}}}, context), Translator());
    std::string shown = text.organisation + "|" + text.organisation_contact;
    for (const auto& section : text.sections)
        for (const auto& row : section.rows) shown += "|" + row.value;
    for (const auto& row : text.signatures) shown += "|" + row.value;
    const JobContext& job = context.job;
    for (const auto& value :
         {job.donor, job.donor_contact, job.lot, job.asset_tag, job.operator_name, job.operator_title,
          job.checker, job.place, job.origin, job.destination, job.confidentiality_before,
          job.confidentiality_after, job.organisation, job.organisation_contact})
        EXPECT_NE(shown.find(value), std::string::npos) << value;
}

TEST(Certificate, a_payload_of_any_shape_is_rendered_without_fear) {
    for (const char* json :
         {"{}", "[]", "null", R"({"kind":1,"erasure":[],"drive":"x","not_known":{}})",
          R"({"kind":"machine-sheet","drives":[1,{"drive":{}}],"inspection":{"checks":[{}, 7]}})",
          R"({"kind":"drive-erasure","erasure":{"remarks":[1,{}],"errors":["x"],"unwritable":[null]}})"})
        EXPECT_FALSE(certificate_text(Json::parse(json), Translator()).title.empty()) << json;
}

TEST(FiguresInWords, sizes_times_and_durations) {
    const Translator english;
    EXPECT_EQ(size_in_words(500107862016, english), "500.1 GB (500\u00A0107\u00A0862\u00A0016 bytes)");
    EXPECT_EQ(size_in_words(999, english), "999 bytes");
    EXPECT_EQ(size_in_words(0, english), "0 bytes");
    EXPECT_EQ(size_in_words(4000787030016, english), "4.0 TB (4\u00A0000\u00A0787\u00A0030\u00A0016 bytes)");
    EXPECT_EQ(time_in_words("2026-11-22T10:05:59Z", english), "2026-11-22 10:05 UTC");
    EXPECT_EQ(time_in_words("yesterday", english), "yesterday");
    EXPECT_EQ(duration_in_words(900, english), "1 s");
    EXPECT_EQ(duration_in_words(9572000, english), "2 h 39 min");
}

}  // namespace
}  // namespace regain
