#include "trust/keys.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "trust/jws.h"

namespace regain {
namespace {

class KeyFiles : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "regain-keys-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    std::filesystem::path base() const { return directory_ / "keys" / "station"; }
    std::filesystem::path file(const char* suffix) const { return base().string() + suffix; }

    std::filesystem::path directory_;
};

TEST_F(KeyFiles, are_made_once_and_then_loaded) {
    const auto made = SigningKey::load_or_create(base(), "Atelier", "station");
    ASSERT_TRUE(made.ok()) << in_english(made.error());
    const auto loaded = SigningKey::load_or_create(base(), "another name", "station");
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(made->certificate(), loaded->certificate());
    EXPECT_EQ(loaded->certificate().common_name(), "Atelier");
}

TEST_F(KeyFiles, hold_a_private_key_that_only_its_owner_reads) {
    ASSERT_TRUE(SigningKey::load_or_create(base(), "Atelier", "station").ok());
    struct stat status {};
    ASSERT_EQ(stat(file(".key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    ASSERT_EQ(stat(base().parent_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700U);
    EXPECT_EQ(read_file(file(".key"))->rfind("-----BEGIN PRIVATE KEY-----", 0), 0U);
}

TEST_F(KeyFiles, a_key_without_its_certificate_keeps_the_key) {
    const auto made = SigningKey::load_or_create(base(), "Atelier", "station");
    ASSERT_TRUE(made.ok());
    std::filesystem::remove(file(".crt"));
    const auto again = SigningKey::load_or_create(base(), "Atelier", "station");
    ASSERT_TRUE(again.ok()) << in_english(again.error());
    EXPECT_EQ(again->certificate().key_fingerprint(), made->certificate().key_fingerprint());
}

TEST_F(KeyFiles, a_certificate_without_its_key_is_refused) {
    ASSERT_TRUE(SigningKey::load_or_create(base(), "Atelier", "station").ok());
    std::filesystem::remove(file(".key"));
    const auto again = SigningKey::load_or_create(base(), "Atelier", "station");
    ASSERT_FALSE(again.ok());
    EXPECT_FALSE(again.error().advice.empty());
    EXPECT_FALSE(path_exists(file(".key")));
}

TEST_F(KeyFiles, a_certificate_of_another_key_is_refused) {
    ASSERT_TRUE(SigningKey::load_or_create(base(), "Atelier", "station").ok());
    const auto other = SigningKey::generate("other", "station");
    ASSERT_TRUE(write_file(file(".crt"), other->certificate().pem()).ok());
    EXPECT_FALSE(SigningKey::load(base()).ok());
}

TEST_F(KeyFiles, a_damaged_key_is_refused_and_not_replaced) {
    ASSERT_TRUE(SigningKey::load_or_create(base(), "Atelier", "station").ok());
    ASSERT_TRUE(
        write_file(file(".key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").ok());
    const auto again = SigningKey::load_or_create(base(), "Atelier", "station");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().kind, ErrorKind::untrusted);
    EXPECT_NE(read_file(file(".key"))->find("AAAA"), std::string::npos);
}

TEST(SigningKey, has_a_certificate_without_end_for_signing_only) {
    const auto key = SigningKey::generate("Atelier", "station");
    ASSERT_TRUE(key.ok());
    X509* certificate = key->certificate().get();
    EXPECT_EQ(X509_get_version(certificate), X509_VERSION_3);
    EXPECT_EQ(ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate), 946684800), 0);
    const ASN1_TIME* end = X509_get0_notAfter(certificate);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(end)),
                          static_cast<size_t>(ASN1_STRING_length(end))),
              "99991231235959Z");
    EXPECT_EQ(X509_get_key_usage(certificate), unsigned{KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION});
    EXPECT_EQ(X509_check_ca(certificate), 0);
    EXPECT_NE(X509_get0_subject_key_id(certificate), nullptr);
}

TEST(SigningKey, has_a_random_serial_number) {
    const auto first = SigningKey::generate("Atelier", "station");
    const auto second = SigningKey::generate("Atelier", "station");
    EXPECT_NE(first->certificate().serial_der(), second->certificate().serial_der());
}

TEST(SigningKey, cuts_a_long_name_between_characters) {
    std::string name;
    for (int i = 0; i < 50; ++i) name += "é";
    const auto key = SigningKey::generate(name, "station");
    ASSERT_TRUE(key.ok()) << in_english(key.error());
    EXPECT_EQ(key->certificate().common_name(), name.substr(0, 64));
    EXPECT_TRUE(SigningKey::generate("", "station").ok());
}

TEST(SigningKey, signs_what_its_certificate_verifies) {
    const auto key = SigningKey::generate("Atelier", "station");
    for (int i = 0; i < 20; ++i) {
        const auto signature = key->sign_es256(as_bytes("content"));
        ASSERT_TRUE(signature.ok());
        EXPECT_EQ(signature->size(), 64U);
        EXPECT_TRUE(key->certificate().verifies_es256(as_bytes("content"), *signature));
        EXPECT_FALSE(key->certificate().verifies_es256(as_bytes("Content"), *signature));
    }
    const auto der = key->sign_der(as_bytes("content"));
    EXPECT_TRUE(key->certificate().verifies_der(as_bytes("content"), *der));
    EXPECT_FALSE(key->certificate().verifies_der(as_bytes("content"), as_bytes("")));
}

TEST(SignerCertificate, names_its_key_as_rfc_7638_does) {
    const auto key = SigningKey::generate("Atelier", "station");
    const Json jwk = Json::parse(key->certificate().jwk_json());
    EXPECT_EQ(jwk.size(), 4U);
    EXPECT_EQ(jwk.at("crv"), "P-256");
    EXPECT_EQ(jwk.at("kty"), "EC");
    Bytes x, y, spki;
    ASSERT_TRUE(from_base64url(jwk.at("x").get<std::string>(), x));
    ASSERT_TRUE(from_base64url(jwk.at("y").get<std::string>(), y));
    // The certificate holds the same point, uncompressed.
    Bytes point{0x04};
    point.insert(point.end(), x.begin(), x.end());
    point.insert(point.end(), y.begin(), y.end());
    EXPECT_NE(to_hex(key->certificate().der()).find(to_hex(point)), std::string::npos);
    EXPECT_EQ(key->certificate().jwk_thumbprint().size(), 43U);
}

TEST(SignerCertificate, is_read_strictly) {
    const auto key = SigningKey::generate("Atelier", "station");
    Bytes der = key->certificate().der();
    EXPECT_TRUE(SignerCertificate::from_der(der).ok());
    EXPECT_EQ(*SignerCertificate::from_pem(key->certificate().pem()), key->certificate());
    der.push_back(0);
    EXPECT_FALSE(SignerCertificate::from_der(der).ok());
    EXPECT_FALSE(SignerCertificate::from_der({}).ok());
    EXPECT_FALSE(SignerCertificate::from_pem("nothing").ok());
}

}  // namespace
}  // namespace regain
