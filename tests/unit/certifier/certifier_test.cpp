#include "certifier/certifier.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/file.h"
#include "base/hash.h"
#include "base/program.h"
#include "certifier/certificate_file.h"
#include "certifier/pdf_verifier.h"
#include "certifier/registry_verification.h"
#include "sample_reports.h"
#include "temporary_state.h"
#include "trust/jws.h"

namespace regain {
namespace {

// Copies what a test made to $REGAIN_KEEP_DOCUMENTS, to be looked at.
void keep(const std::filesystem::path& file, const std::string& name) {
    const char* directory = std::getenv("REGAIN_KEEP_DOCUMENTS");
    if (directory == nullptr) return;
    std::filesystem::copy_file(file, std::filesystem::path(directory) / name,
                               std::filesystem::copy_options::overwrite_existing);
}

class CertifierTest : public TemporaryState {
  protected:
    Certifier certifier() {
        auto result = Certifier::open(station(), clock_, SystemRoot(state_ / "no-proc"), "fr", "0.1.0");
        EXPECT_TRUE(result.ok()) << in_english(result.error());
        return std::move(result).value();
    }
    IssuedCertificate issue(const WipeRecord& wipe, const JobContext& job = sample_job()) {
        Certifier desk = certifier();
        const InspectionReport inspection = sample_inspection();
        const auto intent =
            desk.record_intent(job, &inspection.machine, {{wipe.drive, wipe.plan, std::nullopt}});
        EXPECT_TRUE(intent.ok()) << in_english(intent.error());
        auto issued = desk.issue_drive_certificate(job, wipe, &inspection, nullptr, *intent);
        EXPECT_TRUE(issued.ok()) << in_english(issued.error());
        EXPECT_FALSE(issued->file_error.has_value()) << in_english(*issued->file_error);
        return std::move(issued).value();
    }
    TrustAnchors trust() const { return trust_of(state_, {}).value(); }
    /// Runs a program of somebody else on a file; skips the test when it is not installed.
    static std::string witness(const std::string& program, std::vector<std::string> arguments,
                               int* status = nullptr) {
        const auto outcome = run_program({.program = program, .arguments = std::move(arguments)});
        EXPECT_TRUE(outcome.ok());
        if (status != nullptr) *status = outcome->exit_status;
        return outcome->output + outcome->errors;
    }
};

#define SKIP_WITHOUT(program)          \
    if (find_program(program).empty()) \
    GTEST_SKIP() << program << " is not installed: another program's view was not asked for"

TEST_F(CertifierTest, issues_a_certificate_that_it_verifies_as_jws_and_pdf) {
    const auto issued = issue(sample_wipe());
    keep(issued.pdf_path, "certificate.pdf");
    keep(issued.jws_path, "certificate.jws");
    EXPECT_EQ(issued.kind, "drive-erasure");
    EXPECT_FALSE(issued.is_specimen);
    for (const auto& path : {issued.jws_path, issued.pdf_path}) {
        const auto verification = verify_certificate_file(path, trust());
        ASSERT_TRUE(verification.ok());
        EXPECT_TRUE(verification->intact) << in_english(*verification->fault);
        EXPECT_TRUE(verification->signer_known);
        EXPECT_EQ(verification->payload.at("id"), issued.id);
    }
    const auto unknown = verify_certificate_file(issued.pdf_path, TrustAnchors());
    EXPECT_TRUE(unknown->intact);
    EXPECT_FALSE(unknown->signer_known);
}

TEST_F(CertifierTest, registers_intent_and_outcome) {
    const auto issued = issue(sample_wipe());
    const auto reader = RegistryReader::open(registry_path(state_));
    ASSERT_TRUE(reader.ok());
    const auto records = reader->list({});
    ASSERT_EQ(records->size(), 3U);
    EXPECT_EQ((*records)[1].kind, "intent");
    EXPECT_EQ((*records)[2].kind, "outcome");
    EXPECT_EQ((*records)[2].refers_to, (*records)[1].id);
    EXPECT_EQ((*records)[2].machine, "dmi-serial:CZC1234ABC");
    EXPECT_EQ(*reader->show(issued.id)->document, read_file(issued.jws_path).value());
    const auto verification = verify_registry(registry_path(state_), state_, trust());
    EXPECT_TRUE(verification->intact) << in_english(*verification->first_fault);
    EXPECT_EQ(verification->certificates_checked, 1U);
}

TEST_F(CertifierTest, a_failed_wipe_gives_a_report_of_failure) {
    const auto issued = issue(sample_failed_wipe(10));
    keep(issued.pdf_path, "failure.pdf");
    EXPECT_EQ(issued.kind, "drive-failure");
}

TEST_F(CertifierTest, a_virtual_drive_gives_a_specimen) {
    WipeRecord wipe = sample_wipe();
    wipe.drive.bus = Bus::virtual_drive;
    wipe.drive.protocol = wipe.drive.attachment = "loop";
    wipe.drive.path = "/dev/loop0";
    wipe.drive.model = "loop";
    wipe.drive.serial.clear();
    wipe.remarks.push_back({"virtual-drive", {}});
    wipe.coverage.not_examined = {{"underlying-storage", {}}};
    const auto issued = issue(wipe);
    keep(issued.pdf_path, "specimen.pdf");
    EXPECT_TRUE(issued.is_specimen);
}

TEST_F(CertifierTest, long_and_foreign_names_stay_on_the_page) {
    JobContext job = sample_job();
    job.donor =
        "مؤسسة الحاسوب للجميع – 全民电脑基金会 – Фонд «Компьютер для каждого» <b>& Société générale</b>";
    job.organisation = std::string(80, 'W');
    job.operator_name = "Анастасия-Александра Константинопольская-Преображенская de la Fontaine";
    job.asset_tag = std::string(120, 'x');
    job.place = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson";
    const auto issued = issue(sample_failed_wipe(25), job);
    keep(issued.pdf_path, "long.pdf");
    EXPECT_TRUE(verify_certificate_file(issued.pdf_path, trust())->intact);
}

TEST_F(CertifierTest, a_machine_has_a_sheet) {
    Certifier desk = certifier();
    const InspectionReport inspection = sample_inspection();
    const WipeRecord wipe = sample_wipe();
    const DeployRecord deployment = sample_deployment();
    const auto issued = desk.issue_machine_sheet(sample_job(), &inspection,
                                                 {{&wipe, &deployment, "RG-7K3M-9QWX-2F4T-8HJP"}}, "");
    ASSERT_TRUE(issued.ok()) << in_english(issued.error());
    keep(issued->pdf_path, "sheet.pdf");
    EXPECT_EQ(issued->kind, "machine-sheet");
    EXPECT_TRUE(verify_certificate_file(issued->pdf_path, trust())->intact);
}

TEST_F(CertifierTest, a_locked_registry_is_an_error_that_can_be_tried_again) {
    Certifier desk = certifier();
    desk.registry().set_patience(std::chrono::milliseconds(1));
    auto other = SqliteDatabase::open(registry_path(state_), SqliteMode::read_write);
    ASSERT_TRUE(other.ok());
    ASSERT_TRUE(other->execute("BEGIN EXCLUSIVE").ok());
    const auto refused = desk.issue_drive_certificate(sample_job(), sample_wipe(), nullptr, nullptr, "");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::environment);
    EXPECT_TRUE(!std::filesystem::exists(state_ / "certificates") ||
                std::filesystem::is_empty(state_ / "certificates"));
    ASSERT_TRUE(other->execute("ROLLBACK").ok());
    EXPECT_TRUE(desk.issue_drive_certificate(sample_job(), sample_wipe(), nullptr, nullptr, "").ok());
    EXPECT_TRUE(verify_registry(registry_path(state_), state_, trust())->intact);
}

TEST_F(CertifierTest, lost_files_are_made_again_from_the_registry) {
    const auto issued = issue(sample_wipe());
    const std::string jws = read_file(issued.jws_path).value();
    std::filesystem::remove_all(state_ / "certificates");
    // The next start does it by itself.
    Certifier desk = certifier();
    EXPECT_EQ(read_file(issued.jws_path).value(), jws);
    EXPECT_TRUE(verify_certificate_file(issued.pdf_path, trust())->intact);
    std::filesystem::remove(issued.pdf_path);
    EXPECT_EQ(*desk.restore_missing_files(), 1U);
    EXPECT_EQ(*desk.restore_missing_files(), 0U);
}

TEST_F(CertifierTest, a_file_that_cannot_be_written_does_not_lose_the_record) {
    ASSERT_TRUE(write_file(state_ / "certificates", "a file where the directory should be").ok());
    Certifier desk = certifier();
    const auto issued = desk.issue_drive_certificate(sample_job(), sample_wipe(), nullptr, nullptr, "");
    ASSERT_TRUE(issued.ok());
    EXPECT_TRUE(issued->file_error.has_value());
    EXPECT_TRUE(desk.registry().reader().show(issued->id).ok());
}

TEST_F(CertifierTest, an_intent_that_cannot_be_stored_is_an_error) {
    Certifier desk = certifier();
    std::filesystem::remove(registry_path(state_));
    std::filesystem::create_directory(registry_path(state_));
    EXPECT_FALSE(desk.record_intent(sample_job(), nullptr, {}).ok());
}

TEST_F(CertifierTest, a_logo_is_painted_and_its_hash_recorded) {
    const std::string svg =
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60"><rect width="120" )"
        R"(height="60" rx="8" fill="#1b6b4a"/><circle cx="60" cy="30" r="18" fill="#fff"/></svg>)";
    ASSERT_TRUE(write_file(state_ / "logo.svg", svg).ok());
    JobContext job = sample_job();
    job.logo_path = (state_ / "logo.svg").string();
    const auto issued = issue(sample_wipe(), job);
    keep(issued.pdf_path, "logo.pdf");
    const auto verification = verify_certificate_file(issued.pdf_path, trust());
    EXPECT_EQ(verification->payload.at("organisation").at("logo_sha256"), sha256_hex(as_bytes(svg)));
    ASSERT_TRUE(write_file(state_ / "logo.svg", "not a picture").ok());
    EXPECT_TRUE(verify_certificate_file(issue(sample_wipe(), job).pdf_path, trust())->intact);
}

TEST_F(CertifierTest, a_restored_page_has_its_logo_or_says_that_it_lacks_it) {
    SKIP_WITHOUT("pdftotext");
    const std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60">)"
                            R"(<rect width="120" height="60" fill="#1b6b4a"/></svg>)";
    ASSERT_TRUE(write_file(state_ / "logo.svg", svg).ok());
    JobContext job = sample_job();
    job.logo_path = (state_ / "logo.svg").string();
    const auto issued = issue(sample_wipe(), job);
    // The profile's file may be gone by then: the station keeps its own copy.
    std::filesystem::remove(state_ / "logo.svg");
    const auto page_after = [&] {
        std::filesystem::remove(issued.pdf_path);
        EXPECT_EQ(*certifier().restore_missing_files(), 0U) << "the start made it already";
        EXPECT_TRUE(verify_certificate_file(issued.pdf_path, trust())->intact);
        return witness("pdftotext", {issued.pdf_path.string(), "-"});
    };
    EXPECT_EQ(page_after().find("Le logo de l’organisation"), std::string::npos);
    const auto kept = state_ / "logos" / sha256_hex(as_bytes(svg));
    ASSERT_TRUE(write_file(kept, svg + " ").ok());
    EXPECT_NE(page_after().find("Le logo de l’organisation"), std::string::npos)
        << "another picture is no logo";
    std::filesystem::remove(kept);
    EXPECT_NE(page_after().find("Le logo de l’organisation"), std::string::npos);
}

TEST_F(CertifierTest, pdfsig_calls_the_signature_valid_over_the_whole_document) {
    SKIP_WITHOUT("pdfsig");
    const auto issued = issue(sample_wipe());
    const std::string words = witness("pdfsig", {issued.pdf_path.string()});
    EXPECT_NE(words.find("Signature is Valid"), std::string::npos) << words;
    EXPECT_NE(words.find("Total document signed"), std::string::npos) << words;
    EXPECT_NE(words.find("ETSI.CAdES.detached"), std::string::npos) << words;
}

TEST_F(CertifierTest, qpdf_finds_no_error_and_the_attached_record) {
    SKIP_WITHOUT("qpdf");
    const auto issued = issue(sample_wipe());
    int status = 1;
    const std::string words = witness("qpdf", {"--check", issued.pdf_path.string()}, &status);
    EXPECT_EQ(status, 0) << words;
    EXPECT_NE(words.find("No syntax or stream encoding errors"), std::string::npos) << words;
    const auto attachment =
        witness("qpdf", {"--show-attachment=" + issued.id + ".jws", issued.pdf_path.string()});
    EXPECT_EQ(attachment, read_file(issued.jws_path).value());
}

TEST_F(CertifierTest, openssl_sees_no_signing_time_in_the_cms) {
    SKIP_WITHOUT("openssl");
    const auto issued = issue(sample_wipe());
    const std::string pdf = read_file(issued.pdf_path).value();
    const auto signature = read_pdf_signature(pdf);
    ASSERT_TRUE(signature.ok());
    ASSERT_TRUE(write_file(state_ / "cms.der", as_text(signature->cms)).ok());
    const std::string words = witness(
        "openssl", {"cms", "-cmsout", "-print", "-inform", "DER", "-in", (state_ / "cms.der").string()});
    EXPECT_NE(words.find("id-smime-aa-signingCertificateV2"), std::string::npos) << words;
    EXPECT_EQ(words.find("signingTime"), std::string::npos);
    EXPECT_NE(words.find("messageDigest"), std::string::npos);
}

TEST_F(CertifierTest, zbarimg_reads_the_code_and_the_station_signed_it) {
    SKIP_WITHOUT("zbarimg");
    SKIP_WITHOUT("pdftoppm");
    const auto issued = issue(sample_wipe());
    const std::string page = (state_ / "page").string();
    witness("pdftoppm", {"-r", "150", "-png", "-singlefile", issued.pdf_path.string(), page});
    // Its standard error may complain of a missing message bus.
    const auto read = run_program({.program = "zbarimg", .arguments = {"-q", "--raw", page + ".png"}});
    ASSERT_TRUE(read.ok());
    std::string code = read->output;
    while (!code.empty() && code.back() == '\n') code.pop_back();
    const auto summary = verify_jws_bare(code, summary_type, station().key().certificate());
    ASSERT_TRUE(summary.ok()) << in_english(summary.error()) << code;
    EXPECT_EQ(summary->payload.at("id"), issued.id);
    EXPECT_EQ(summary->payload.at("sha256"),
              to_base64url(sha256(as_bytes(read_file(issued.jws_path).value()))));
}

TEST_F(CertifierTest, another_jose_program_verifies_the_record_with_the_stations_key) {
    SKIP_WITHOUT("jose");
    const auto issued = issue(sample_wipe());
    ASSERT_TRUE(write_file(state_ / "key.jwk", station().key().certificate().jwk_json()).ok());
    int status = 1;
    witness("jose", {"jws", "ver", "-i", issued.jws_path.string(), "-k", (state_ / "key.jwk").string()},
            &status);
    EXPECT_EQ(status, 0);
    const SigningKey other = SigningKey::generate("other", "station").value();
    ASSERT_TRUE(write_file(state_ / "key.jwk", other.certificate().jwk_json()).ok());
    witness("jose", {"jws", "ver", "-i", issued.jws_path.string(), "-k", (state_ / "key.jwk").string()},
            &status);
    EXPECT_NE(status, 0);
}

}  // namespace
}  // namespace regain
