#include "trust/jws.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"
#include "trust/keys.h"

namespace regain {
namespace {

constexpr const char* type = "regain.certificate+jws";

const SigningKey& station_key() {
    static const SigningKey key = SigningKey::generate("Atelier de Lanester", "station").value();
    return key;
}

std::string signed_document() {
    return sign_jws(Json{{"schema", "regain.certificate/1"}, {"donor", "Mairie d'Ébène"}, {"size", 42}}, type,
                    station_key())
        .value();
}

TEST(Base64Url, writes_the_vectors_of_rfc_4648_without_padding) {
    EXPECT_EQ(to_base64url(as_bytes("")), "");
    EXPECT_EQ(to_base64url(as_bytes("f")), "Zg");
    EXPECT_EQ(to_base64url(as_bytes("fo")), "Zm8");
    EXPECT_EQ(to_base64url(as_bytes("foo")), "Zm9v");
    EXPECT_EQ(to_base64url(as_bytes("foobar")), "Zm9vYmFy");
    const Bytes high{0xFB, 0xFF, 0xFE};
    EXPECT_EQ(to_base64url(high), "-__-");
}

TEST(Base64Url, reads_back_every_length) {
    for (size_t length = 0; length < 70; ++length) {
        const Bytes bytes = random_bytes(length);
        Bytes again;
        ASSERT_TRUE(from_base64url(to_base64url(bytes), again));
        EXPECT_EQ(again, bytes);
    }
}

TEST(Base64Url, refuses_all_but_one_spelling) {
    Bytes bytes;
    EXPECT_FALSE(from_base64url("Zg==", bytes));
    EXPECT_FALSE(from_base64url("Zh", bytes)) << "spare bits that are not zero";
    EXPECT_FALSE(from_base64url("Zm9", bytes)) << "spare bits that are not zero";
    EXPECT_FALSE(from_base64url("Z", bytes));
    EXPECT_FALSE(from_base64url("Zm+v", bytes));
    EXPECT_FALSE(from_base64url("Zm9v\n", bytes));
}

TEST(Jws, reads_what_it_signed) {
    const auto verified = verify_jws(signed_document(), type);
    ASSERT_TRUE(verified.ok()) << in_english(verified.error());
    EXPECT_EQ(verified->payload.at("donor"), "Mairie d'Ébène");
    ASSERT_EQ(verified->signer.size(), 1U);
    EXPECT_EQ(verified->signer.front().common_name(), "Atelier de Lanester");
    EXPECT_EQ(verified->signer.front(), station_key().certificate());
}

TEST(Jws, notices_every_flipped_bit) {
    const std::string jws = signed_document();
    for (size_t i = 0; i < jws.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = jws;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            const auto verified = verify_jws(changed, type);
            ASSERT_FALSE(verified.ok()) << "bit " << bit << " of byte " << i;
            EXPECT_EQ(verified.error().kind, ErrorKind::untrusted);
        }
    }
}

TEST(Jws, refuses_the_sixteen_equivalents_of_its_last_character) {
    const std::string jws = signed_document();
    size_t accepted = 0;
    for (const char c : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
        std::string changed = jws;
        changed.back() = c;
        if (verify_jws(changed, type).ok()) ++accepted;
    }
    EXPECT_EQ(accepted, 1U);
}

TEST(Jws, refuses_anything_before_or_after_it) {
    const std::string jws = signed_document();
    for (const std::string& changed : {jws + "\n", jws + "A", jws + ".", " " + jws,
                                       jws.substr(0, jws.size() - 1), std::string(), std::string("..")})
        EXPECT_FALSE(verify_jws(changed, type).ok()) << changed.substr(0, 10);
}

TEST(Jws, refuses_another_type) {
    const auto verified = verify_jws(signed_document(), "regain.tree-head+jws");
    ASSERT_FALSE(verified.ok());
    EXPECT_NE(in_english(verified.error()).find("not of the type"), std::string::npos);
}

TEST(Jws, refuses_the_twin_that_anybody_can_make_of_a_signature) {
    // n - S for the order n of P-256 is as valid a signature as S.
    Bytes order, signature;
    ASSERT_TRUE(from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", order));
    const std::string jws = signed_document();
    const size_t dot = jws.rfind('.');
    ASSERT_TRUE(from_base64url(jws.substr(dot + 1), signature));
    int borrow = 0;
    for (size_t i = 32; i-- > 0;) {
        const int digit = order[i] - signature[32 + i] - borrow;
        borrow = digit < 0 ? 1 : 0;
        signature[32 + i] = static_cast<uint8_t>(digit + 256 * borrow);
    }
    EXPECT_FALSE(verify_jws(jws.substr(0, dot + 1) + to_base64url(signature), type).ok());
}

// A document with a header of the test's choice, signed correctly by the station's key.
std::string signed_with(const Json& header, const std::string& payload) {
    std::string jws = to_base64url(as_bytes(header.dump())) + "." + to_base64url(as_bytes(payload));
    return jws + "." + to_base64url(station_key().sign_es256(as_bytes(jws)).value());
}

Json good_header() {
    Bytes header;
    const std::string jws = signed_document();
    EXPECT_TRUE(from_base64url(jws.substr(0, jws.find('.')), header));
    return Json::parse(as_text(header));
}

TEST(Jws, refuses_a_header_that_it_would_not_write_though_well_signed) {
    EXPECT_TRUE(verify_jws(signed_with(good_header(), "{}"), type).ok());
    Json header = good_header();
    header["extra"] = 1;
    EXPECT_FALSE(verify_jws(signed_with(header, "{}"), type).ok());
    header = good_header();
    header["kid"] = "other";
    EXPECT_FALSE(verify_jws(signed_with(header, "{}"), type).ok());
    header = good_header();
    header["alg"] = "none";
    EXPECT_FALSE(verify_jws(signed_with(header, "{}"), type).ok());
    header = good_header();
    header.erase("x5c");
    EXPECT_FALSE(verify_jws(signed_with(header, "{}"), type).ok());
    header["x5c"] = Json::array({"AAAA"});
    EXPECT_FALSE(verify_jws(signed_with(header, "{}"), type).ok());
    EXPECT_FALSE(verify_jws(signed_with(Json::array({1}), "{}"), type).ok());
}

TEST(Jws, refuses_a_payload_that_is_not_canonical_though_well_signed) {
    EXPECT_FALSE(verify_jws(signed_with(good_header(), "{ }"), type).ok());
    EXPECT_FALSE(verify_jws(signed_with(good_header(), R"({"b":1,"a":2})"), type).ok());
    EXPECT_FALSE(verify_jws(signed_with(good_header(), R"({"a":1,"a":1})"), type).ok());
    EXPECT_FALSE(verify_jws(signed_with(good_header(), R"({"a":1.5})"), type).ok());
}

TEST(Jws, refuses_to_sign_floating_point_numbers) {
    EXPECT_FALSE(sign_jws(Json{{"speed", 1.5}}, type, station_key()).ok());
}

TEST(Jws, bare_form_is_verified_against_a_key_that_the_reader_has) {
    const auto jws = sign_jws_bare(Json{{"id", "RG-1"}}, "regain.summary+jws", station_key());
    ASSERT_TRUE(jws.ok());
    const auto verified = verify_jws_bare(*jws, "regain.summary+jws", station_key().certificate());
    ASSERT_TRUE(verified.ok()) << in_english(verified.error());
    EXPECT_EQ(verified->payload.at("id"), "RG-1");
    const SigningKey other = SigningKey::generate("other", "station").value();
    EXPECT_FALSE(verify_jws_bare(*jws, "regain.summary+jws", other.certificate()).ok());
    EXPECT_FALSE(verify_jws_bare(signed_document(), type, station_key().certificate()).ok());
    EXPECT_FALSE(verify_jws(*jws, "regain.summary+jws").ok());
}

}  // namespace
}  // namespace regain
