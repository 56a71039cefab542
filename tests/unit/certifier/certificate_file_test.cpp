#include "certifier/certificate_file.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/file.h"
#include "certifier/certificate.h"
#include "certifier/certificate_pdf.h"
#include "certifier/certifier.h"
#include "certifier/pdf_signer.h"
#include "certifier/pdf_verifier.h"
#include "sample_reports.h"
#include "temporary_state.h"
#include "trust/jws.h"

namespace regain {
namespace {

// One certificate for all tests of this file: making one takes a while.
class CertificateFile : public TemporaryState {
  protected:
    static void SetUpTestSuite() {
        key_ = new SigningKey(SigningKey::generate("Atelier", "station").value());
        CertificateContext context;
        context.id = "RG-7K3M-9QWX-2F4T-8HJP";
        context.station.id = station_id_of(key_->certificate());
        context.station.name = "Atelier";
        context.key_fingerprint = key_->certificate().key_fingerprint();
        context.registry_before = {7, std::string(64, '0')};
        context.clock = {"2026-11-22T10:00:00Z", "machine", true, "boot", 5};
        context.tool_version = "0.1.0";
        const Json payload = drive_certificate_payload(sample_wipe(), nullptr, nullptr, context);
        jws_ = sign_jws(payload, certificate_type, *key_).value();
        // A page with little on it keeps the file small: each of its bytes is flipped.
        CertificateText text;
        text.title = "Certificat";
        text.page_pattern = "{0}/{1}";
        painted_ = paint_certificate(text, {"x", "", "2026-11-22T10:00:00Z"}).value().pdf;
        pdf_ = sign_pdf(painted_, {context.id + ".jws", jws_, "record"}, signing(), *key_).value();
    }
    static void TearDownTestSuite() { delete key_; }
    static PdfSigning signing() { return {"fr", "Certificat", "2026-11-22T10:00:00Z", "Certificat"}; }

    static bool is_intact(const std::string& content) {
        return verify_certificate_bytes(content, TrustAnchors()).intact;
    }
    static std::string why(const std::string& content) {
        const auto result = verify_certificate_bytes(content, TrustAnchors());
        return result.fault ? in_english(*result.fault) : "";
    }

    static inline SigningKey* key_ = nullptr;
    static inline std::string jws_, painted_, pdf_;
};

TEST_F(CertificateFile, is_intact_as_it_was_written) {
    EXPECT_TRUE(is_intact(jws_)) << why(jws_);
    EXPECT_TRUE(is_intact(pdf_)) << why(pdf_);
}

TEST_F(CertificateFile, notices_every_flipped_byte_of_a_jws) {
    for (size_t i = 0; i < jws_.size(); ++i) {
        std::string changed = jws_;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        ASSERT_FALSE(is_intact(changed)) << "byte " << i;
    }
}

TEST_F(CertificateFile, notices_every_flipped_byte_of_a_pdf) {
    for (size_t i = 0; i < pdf_.size(); ++i) {
        std::string changed = pdf_;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        ASSERT_FALSE(is_intact(changed)) << "byte " << i << " of " << pdf_.size();
    }
}

TEST_F(CertificateFile, notices_what_pdf_readers_let_pass) {
    EXPECT_FALSE(is_intact(pdf_ + "\n"));
    EXPECT_FALSE(is_intact(pdf_ + "% a comment"));
    EXPECT_FALSE(is_intact(pdf_.substr(0, pdf_.size() - 1)));
    EXPECT_FALSE(is_intact(pdf_.substr(0, pdf_.size() / 2)));
    EXPECT_FALSE(is_intact("%PDF-1.7\n"));
    const size_t open = pdf_.find("/Contents <") + 11, end = pdf_.find('>', open);
    // The case of one hexadecimal letter, and the padding.
    const size_t letter = pdf_.find_first_of("abcdef", open);
    ASSERT_LT(letter, end);
    std::string changed = pdf_;
    changed[letter] = static_cast<char>(changed[letter] - 32);
    EXPECT_NE(why(changed).find("lower-case"), std::string::npos) << why(changed);
    changed = pdf_;
    changed[end - 1] = '1';
    EXPECT_NE(why(changed).find("zeros"), std::string::npos) << why(changed);
}

TEST_F(CertificateFile, a_record_in_a_pdf_of_another_signer_is_refused) {
    const SigningKey other = SigningKey::generate("Faussaire", "station").value();
    const auto forged = sign_pdf(painted_, {"RG-7K3M-9QWX-2F4T-8HJP.jws", jws_, "record"}, signing(), other);
    ASSERT_TRUE(forged.ok());
    EXPECT_FALSE(is_intact(*forged));
}

// The station itself signed it: only the attachment's own description is wrong.
TEST_F(CertificateFile, notices_a_renamed_attachment) {
    const auto renamed = sign_pdf(painted_, {"invoice.jws", jws_, "record"}, signing(), *key_);
    ASSERT_TRUE(renamed.ok());
    EXPECT_NE(why(*renamed).find("not called RG-7K3M-9QWX-2F4T-8HJP.jws"), std::string::npos)
        << why(*renamed);
}

TEST_F(CertificateFile, notices_an_attachment_that_is_described_otherwise) {
    const auto good = attached_record(pdf_);
    ASSERT_TRUE(good.ok());
    EXPECT_TRUE(check_attachment(*good, "RG-7K3M-9QWX-2F4T-8HJP.jws").ok());
    AttachedRecord other = *good;
    other.is_source = false;
    EXPECT_FALSE(check_attachment(other, "RG-7K3M-9QWX-2F4T-8HJP.jws").ok());
    other = *good;
    other.is_named_alike = false;
    EXPECT_FALSE(check_attachment(other, "RG-7K3M-9QWX-2F4T-8HJP.jws").ok());
    // As long as "/Source", so that every offset in the file stays right.
    for (const auto& [from, to] :
         {std::pair<std::string, std::string>{"/AFRelationship /Source", "/AFRelationship /Schema"},
          {"/AF [", "/AG ["},
          {"/UF (RG", "/UF (XX"}}) {
        std::string changed = pdf_;
        const size_t place = changed.find(from);
        ASSERT_NE(place, std::string::npos) << from;
        changed.replace(place, from.size(), to);
        const auto found = attached_record(changed);
        ASSERT_TRUE(found.ok()) << from;
        EXPECT_FALSE(check_attachment(*found, "RG-7K3M-9QWX-2F4T-8HJP.jws").ok()) << from;
    }
}

TEST_F(CertificateFile, a_record_that_names_another_station_is_refused) {
    const SigningKey other = SigningKey::generate("Faussaire", "station").value();
    const Json payload = verify_jws(jws_, certificate_type)->payload;
    const auto forged = sign_jws(payload, certificate_type, other);
    EXPECT_NE(why(*forged).find("another station"), std::string::npos) << why(*forged);
}

TEST_F(CertificateFile, another_kind_of_signed_document_is_no_certificate) {
    EXPECT_FALSE(is_intact(*sign_jws(Json{{"id", "x"}}, tree_head_type, *key_)));
    EXPECT_FALSE(is_intact(*sign_jws(Json{{"id", "x"}}, certificate_type, *key_)));
    EXPECT_FALSE(is_intact(""));
    EXPECT_FALSE(is_intact(std::string(100, '.')));
}

TEST_F(CertificateFile, a_damaged_one_is_still_shown) {
    std::string changed = jws_;
    changed.back() = changed.back() == 'A' ? 'B' : 'A';
    ASSERT_TRUE(write_file(state_ / "x.jws", changed).ok());
    const auto shown = read_certificate_file(state_ / "x.jws", TrustAnchors());
    ASSERT_TRUE(shown.ok());
    EXPECT_FALSE(shown->intact);
    EXPECT_EQ(shown->payload.at("id"), "RG-7K3M-9QWX-2F4T-8HJP");
    ASSERT_TRUE(write_file(state_ / "x.pdf", pdf_ + " ").ok());
    const auto pdf = read_certificate_file(state_ / "x.pdf", TrustAnchors());
    EXPECT_FALSE(pdf->intact);
    EXPECT_EQ(pdf->payload.at("id"), "RG-7K3M-9QWX-2F4T-8HJP");
}

TEST_F(CertificateFile, one_that_is_not_there_is_an_error_of_the_environment) {
    const auto result = verify_certificate_file(state_ / "absent.pdf", TrustAnchors());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::environment);
}

}  // namespace
}  // namespace regain
