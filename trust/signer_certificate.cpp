#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <string>
#include <utility>

#include "base/hash.h"
#include "trust/jws.h"
#include "trust/keys.h"
#include "trust/openssl_handles.h"

namespace regain {
namespace {

constexpr size_t coordinate_bytes = 32;
constexpr size_t es256_signature_bytes = 64;

Error unreadable(const Message& reason) {
    ERR_clear_error();
    return error(ErrorKind::untrusted, message("read a signer's certificate"), reason);
}

bool is_p256(EVP_PKEY* key) {
    std::array<char, 32> group{};
    return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           std::string_view(group.data()) == "prime256v1";
}

// One coordinate of the public point, 32 bytes big-endian.
Bytes coordinate(X509* certificate, const char* name) {
    BIGNUM* number = nullptr;
    Bytes bytes(coordinate_bytes);
    if (EVP_PKEY_get_bn_param(X509_get0_pubkey(certificate), name, &number) == 1)
        BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
    BN_free(number);
    return bytes;
}

template <typename Object, typename Encode>
Bytes encode_der(const Object* object, Encode encode) {
    const int length = encode(object, nullptr);
    if (length <= 0) return {};
    Bytes bytes(static_cast<size_t>(length));
    uint8_t* cursor = bytes.data();
    encode(object, &cursor);
    return bytes;
}

bool is_in_lower_half(const BIGNUM* s) {
    const EcGroupHandle group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const BignumHandle half(BN_dup(EC_GROUP_get0_order(group.get())));
    return BN_rshift1(half.get(), half.get()) == 1 && BN_cmp(s, half.get()) <= 0;
}

}  // namespace

Result<SignerCertificate> SignerCertificate::from_der(ByteView der) {
    const uint8_t* cursor = der.data();
    X509Handle certificate(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
    if (certificate == nullptr || cursor != der.data() + der.size())
        return unreadable(message("it is not an X.509 certificate"));
    if (!is_p256(X509_get0_pubkey(certificate.get())))
        return unreadable(message("its key is not on the curve P-256"));
    SignerCertificate result;
    result.certificate_ = std::shared_ptr<X509>(certificate.release(), X509_free);
    return result;
}

Result<SignerCertificate> SignerCertificate::from_pem(std::string_view pem) {
    const BioHandle source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const X509Handle certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) return unreadable(message("it is not a certificate in PEM form"));
    return from_der(encode_der(certificate.get(), i2d_X509));
}

Bytes SignerCertificate::der() const {
    return encode_der(certificate_.get(), i2d_X509);
}

std::string SignerCertificate::pem() const {
    const BioHandle sink(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(sink.get(), certificate_.get());
    char* text = nullptr;
    const long length = BIO_get_mem_data(sink.get(), &text);
    return {text, static_cast<size_t>(length)};
}

std::string SignerCertificate::common_name() const {
    X509_NAME* subject = X509_get_subject_name(certificate_.get());
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) return {};
    uint8_t* text = nullptr;
    const int length =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (length < 0) return {};
    std::string name(as_text({text, static_cast<size_t>(length)}));
    OPENSSL_free(text);
    return to_utf8(name);
}

std::string SignerCertificate::key_fingerprint() const {
    return sha256_hex(encode_der(X509_get0_pubkey(certificate_.get()), i2d_PUBKEY));
}

std::string SignerCertificate::jwk_json() const {
    const Json jwk{{"crv", "P-256"},
                   {"kty", "EC"},
                   {"x", to_base64url(coordinate(certificate_.get(), OSSL_PKEY_PARAM_EC_PUB_X))},
                   {"y", to_base64url(coordinate(certificate_.get(), OSSL_PKEY_PARAM_EC_PUB_Y))}};
    return jwk.dump();
}

std::string SignerCertificate::jwk_thumbprint() const {
    return to_base64url(sha256(as_bytes(jwk_json())));
}

bool SignerCertificate::verifies_es256(ByteView content, ByteView signature) const {
    if (signature.size() != es256_signature_bytes) return false;
    const EcdsaSignatureHandle pair(ECDSA_SIG_new());
    BignumHandle r(BN_bin2bn(signature.data(), coordinate_bytes, nullptr));
    BignumHandle s(BN_bin2bn(signature.data() + coordinate_bytes, coordinate_bytes, nullptr));
    if (!is_in_lower_half(s.get())) return false;
    if (ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1) return false;
    return verifies_der(content, encode_der(pair.get(), i2d_ECDSA_SIG));
}

bool SignerCertificate::verifies_der(ByteView content, ByteView signature) const {
    const DigestContextHandle context(EVP_MD_CTX_new());
    EVP_PKEY* key = X509_get0_pubkey(certificate_.get());
    const bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                      EVP_DigestVerify(context.get(), signature.data(), signature.size(), content.data(),
                                       content.size()) == 1;
    ERR_clear_error();
    return good;
}

Bytes SignerCertificate::issuer_der() const {
    return encode_der(X509_get_issuer_name(certificate_.get()), i2d_X509_NAME);
}

Bytes SignerCertificate::serial_der() const {
    return encode_der(X509_get0_serialNumber(certificate_.get()), i2d_ASN1_INTEGER);
}

bool SignerCertificate::operator==(const SignerCertificate& other) const {
    return der() == other.der();
}

}  // namespace regain
