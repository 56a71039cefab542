#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "trust/keys.h"
#include "trust/openssl_handles.h"

namespace regain {
namespace {

SigningKey make_station() {
    return SigningKey::generate("Atelier", "station").value();
}

// A certificate authority of an association, with dates long past: nobody looks at dates.
struct Authority {
    KeyHandle key{EVP_EC_gen("P-256")};
    X509Handle certificate{X509_new()};

    explicit Authority(const char* basic_constraints, const Authority* parent = nullptr) {
        fill(certificate.get(), parent == nullptr ? "Federation" : "Association", key.get(),
             basic_constraints, parent != nullptr ? *parent : *this);
    }
    static void fill(X509* target, const char* name, EVP_PKEY* subject_key, const char* basic_constraints,
                     const Authority& issuer) {
        X509_set_version(target, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(target), 7);
        ASN1_TIME_set_string_X509(X509_getm_notBefore(target), "20010101000000Z");
        ASN1_TIME_set_string_X509(X509_getm_notAfter(target), "20020101000000Z");
        X509_NAME_add_entry_by_txt(X509_get_subject_name(target), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const uint8_t*>(name), -1, -1, 0);
        X509_set_issuer_name(target, X509_get_subject_name(issuer.certificate.get()));
        X509_set_pubkey(target, subject_key);
        if (basic_constraints != nullptr) {
            const X509ExtensionHandle extension(
                X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, basic_constraints));
            X509_add_ext(target, extension.get(), -1);
        }
        X509_sign(target, issuer.key.get(), EVP_sha256());
    }
    static SignerCertificate as_signer(X509* x509) {
        uint8_t* der = nullptr;
        const int length = i2d_X509(x509, &der);
        auto result = SignerCertificate::from_der({der, static_cast<size_t>(length)}).value();
        OPENSSL_free(der);
        return result;
    }
    SignerCertificate signer() const { return as_signer(certificate.get()); }
    /// A certificate for the station's key.
    SignerCertificate issue(const SigningKey& station) const {
        const X509Handle issued(X509_new());
        fill(issued.get(), "Station", X509_get0_pubkey(station.certificate().get()), nullptr, *this);
        return as_signer(issued.get());
    }
};

TEST(TrustAnchors, believe_nobody_when_they_are_empty) {
    const TrustAnchors anchors;
    EXPECT_TRUE(anchors.empty());
    EXPECT_FALSE(anchors.believes(make_station().chain()));
    EXPECT_FALSE(anchors.believes({}));
}

TEST(TrustAnchors, believe_the_station_that_they_hold_and_no_other) {
    const SigningKey station = make_station();
    TrustAnchors anchors;
    anchors.add(station.certificate());
    EXPECT_TRUE(anchors.believes(station.chain()));
    EXPECT_FALSE(anchors.believes(make_station().chain()));
}

TEST(TrustAnchors, believe_what_a_certificate_authority_issued_whatever_the_date) {
    const SigningKey station = make_station();
    const Authority authority("critical,CA:TRUE");
    TrustAnchors anchors;
    anchors.add(authority.signer());
    EXPECT_TRUE(anchors.believes({authority.issue(station)}));
    EXPECT_FALSE(anchors.believes(station.chain()));
}

TEST(TrustAnchors, follow_a_chain_through_an_authority_in_between) {
    const SigningKey station = make_station();
    const Authority root("critical,CA:TRUE");
    const Authority between("critical,CA:TRUE", &root);
    TrustAnchors anchors;
    anchors.add(root.signer());
    EXPECT_TRUE(anchors.believes({between.issue(station), between.signer()}));
    EXPECT_FALSE(anchors.believes({between.issue(station)})) << "the link is missing";
}

TEST(TrustAnchors, do_not_let_a_station_issue_certificates) {
    const SigningKey station = make_station();
    for (const char* constraints : {"critical,CA:FALSE", static_cast<const char*>(nullptr)}) {
        const Authority not_an_authority(constraints);
        TrustAnchors anchors;
        anchors.add(not_an_authority.signer());
        EXPECT_FALSE(anchors.believes({not_an_authority.issue(station)}));
    }
}

TEST(TrustAnchors, do_not_believe_a_chain_that_brings_its_own_root) {
    const SigningKey station = make_station();
    const Authority stranger("critical,CA:TRUE");
    const Authority known("critical,CA:TRUE");
    TrustAnchors anchors;
    anchors.add(known.signer());
    EXPECT_FALSE(anchors.believes({stranger.issue(station), stranger.signer()}));
    // A known certificate further up proves nothing when it did not sign.
    EXPECT_FALSE(anchors.believes({stranger.issue(station), known.signer()}));
}

TEST(TrustAnchors, are_read_from_a_directory) {
    std::string name = testing::TempDir() + "regain-trust-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    const std::filesystem::path directory = name;
    const SigningKey first = make_station(), second = make_station(), third = make_station();
    ASSERT_TRUE(write_file(directory / "a.pem", first.certificate().pem() + second.certificate().pem()).ok());
    ASSERT_TRUE(write_file(directory / "readme.txt", "not a certificate").ok());
    TrustAnchors anchors;
    ASSERT_TRUE(anchors.add_directory(directory).ok());
    EXPECT_TRUE(anchors.believes(first.chain()));
    EXPECT_TRUE(anchors.believes(second.chain()));
    EXPECT_FALSE(anchors.believes(third.chain()));

    EXPECT_TRUE(anchors.add_directory(directory / "missing").ok());
    ASSERT_TRUE(write_file(directory / "broken.crt", "nothing").ok());
    const Status broken = anchors.add_directory(directory);
    ASSERT_FALSE(broken.ok());
    EXPECT_EQ(broken.error().kind, ErrorKind::untrusted);
    EXPECT_FALSE(anchors.add_file(directory / "absent.pem").ok());
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace regain
