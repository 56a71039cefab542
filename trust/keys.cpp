#include "trust/keys.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "trust/openssl_handles.h"

namespace regain {
namespace {

constexpr size_t coordinate_bytes = 32;
constexpr size_t serial_bytes = 16;
constexpr size_t max_common_name_bytes = 64;  // ub-common-name, Ref: RFC 5280 appendix A.1

Error refused_by_library(Message doing) {
    ERR_clear_error();
    return error(ErrorKind::failed, std::move(doing), message("the cryptographic library refused"));
}

std::filesystem::path with_suffix(const std::filesystem::path& base_path, const char* suffix) {
    return base_path.string() + suffix;
}

// At most 64 bytes, cut between characters; never empty.
std::string shortened(std::string text) {
    if (text.empty()) return "-";
    if (text.size() <= max_common_name_bytes) return text;
    size_t length = max_common_name_bytes;
    while (length > 0 && (static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) --length;
    text.resize(length);
    return text;
}

bool add_name_entry(X509_NAME* name, const char* field, const std::string& text) {
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      reinterpret_cast<const uint8_t*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const X509ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_random_serial(X509* certificate) {
    Bytes serial = random_bytes(serial_bytes);
    serial[0] = static_cast<uint8_t>((serial[0] & 0x7F) | 0x40);  // positive, always 16 bytes
    const BignumHandle number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
    return BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

// Valid from 2000 without end: the clock of a donated PC may say 1970 or 2007.
// Ref: RFC 5280 section 4.1.2.5 (99991231235959Z: no well-defined expiration date).
bool set_validity(X509* certificate) {
    return ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20000101000000Z") == 1 &&
           ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") == 1;
}

Result<SignerCertificate> make_self_signed(EVP_PKEY* key, const std::string& common_name,
                                           const std::string& purpose) {
    const Message doing = message("make a certificate for {0}", common_name);
    const X509Handle certificate(X509_new());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    const bool good =
        X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_random_serial(certificate.get()) &&
        set_validity(certificate.get()) && add_name_entry(subject, "OU", "Regain " + purpose) &&
        add_name_entry(subject, "CN", shortened(to_utf8(common_name))) &&
        X509_set_issuer_name(certificate.get(), subject) == 1 &&
        X509_set_pubkey(certificate.get(), key) == 1 &&
        add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature,nonRepudiation") &&
        add_extension(certificate.get(), NID_subject_key_identifier, "hash") &&
        X509_sign(certificate.get(), key, EVP_sha256()) > 0;
    if (!good) return refused_by_library(doing);
    uint8_t* der = nullptr;
    const int length = i2d_X509(certificate.get(), &der);
    if (length <= 0) return refused_by_library(doing);
    auto result = SignerCertificate::from_der({der, static_cast<size_t>(length)});
    OPENSSL_free(der);
    return result;
}

Result<std::string> to_pkcs8_pem(EVP_PKEY* key) {
    const BioHandle sink(BIO_new(BIO_s_secmem()));
    if (PEM_write_bio_PKCS8PrivateKey(sink.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return refused_by_library(message("write a private key"));
    char* text = nullptr;
    const long length = BIO_get_mem_data(sink.get(), &text);
    return std::string(text, static_cast<size_t>(length));
}

int no_passphrase(char*, int, int, void*) {
    return -1;
}

Result<KeyHandle> read_private_key(const std::filesystem::path& path) {
    REGAIN_ASSIGN(std::string pem, read_file(path, 1U << 16));
    const BioHandle source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    KeyHandle key(PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr));
    OPENSSL_cleanse(pem.data(), pem.size());
    std::array<char, 32> group{};
    if (key == nullptr || EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1 ||
        std::string_view(group.data()) != "prime256v1") {
        ERR_clear_error();
        return error(ErrorKind::untrusted, message("read the key {0}", path.string()),
                     message("it is not a private key on the curve P-256 in PEM form"),
                     message("Restore it from a copy; a new key makes a new station."));
    }
    return key;
}

Result<std::vector<SignerCertificate>> read_certificates(const std::filesystem::path& path) {
    REGAIN_ASSIGN(const std::string pem, read_file(path, 1U << 20));
    std::vector<SignerCertificate> certificates;
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    for (size_t at = pem.find(begin); at != std::string::npos; at = pem.find(begin, at + begin.size())) {
        auto certificate = SignerCertificate::from_pem(std::string_view(pem).substr(at));
        if (!certificate.ok())
            return error(ErrorKind::untrusted, message("read the certificate {0}", path.string()),
                         certificate.error().reason);
        certificates.push_back(std::move(certificate).value());
    }
    if (certificates.empty())
        return error(ErrorKind::untrusted, message("read the certificate {0}", path.string()),
                     message("there is no certificate in PEM form in it"));
    return certificates;
}

}  // namespace

Result<SigningKey> SigningKey::generate(const std::string& common_name, const std::string& purpose) {
    KeyHandle key(EVP_EC_gen("P-256"));
    if (key == nullptr) return refused_by_library(message("make a key for {0}", common_name));
    SigningKey result;
    REGAIN_ASSIGN(result.certificate_, make_self_signed(key.get(), common_name, purpose));
    result.key_ = std::shared_ptr<EVP_PKEY>(key.release(), EVP_PKEY_free);
    result.chain_ = {result.certificate_};
    return result;
}

Result<SigningKey> SigningKey::load(const std::filesystem::path& base_path) {
    SigningKey result;
    REGAIN_ASSIGN(auto key, read_private_key(with_suffix(base_path, ".key")));
    result.key_ = std::shared_ptr<EVP_PKEY>(key.release(), EVP_PKEY_free);
    REGAIN_ASSIGN(auto chain, read_certificates(with_suffix(base_path, ".crt")));
    const auto chain_path = with_suffix(base_path, ".chain.pem");
    if (path_exists(chain_path)) {
        REGAIN_ASSIGN(auto above, read_certificates(chain_path));
        chain.insert(chain.end(), above.begin(), above.end());
    }
    REGAIN_TRY(result.adopt_chain(std::move(chain)));
    return result;
}

Result<SigningKey> SigningKey::load_or_create(const std::filesystem::path& base_path,
                                              const std::string& common_name, const std::string& purpose) {
    const auto key_path = with_suffix(base_path, ".key");
    const auto certificate_path = with_suffix(base_path, ".crt");
    REGAIN_TRY(make_directories(base_path.parent_path(), 0700));
    // Two programs that start at once must not make two keys: the directory is the lock.
    const FileDescriptor lock(::open(base_path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.is_open() || ::flock(lock.get(), LOCK_EX) != 0)
        return os_error(message("lock {0}", base_path.parent_path().string()), errno, ErrorKind::environment);

    const bool has_key = path_exists(key_path), has_certificate = path_exists(certificate_path);
    if (has_key && has_certificate) return load(base_path);
    if (has_certificate)
        return error(
            ErrorKind::environment, message("read the key {0}", key_path.string()),
            message("the certificate {0} is there without its private key", certificate_path.string()),
            message("Restore the key from a copy, or move the certificate away: a new key makes a new "
                    "station."));
    if (has_key) {
        REGAIN_ASSIGN(const auto key, read_private_key(key_path));
        REGAIN_ASSIGN(const auto certificate, make_self_signed(key.get(), common_name, purpose));
        REGAIN_TRY(write_file(certificate_path, certificate.pem(), 0644));
        return load(base_path);
    }
    REGAIN_ASSIGN(auto made, generate(common_name, purpose));
    REGAIN_ASSIGN(std::string pem, to_pkcs8_pem(made.key_.get()));
    Status written = write_file(key_path, pem, 0600);
    OPENSSL_cleanse(pem.data(), pem.size());
    REGAIN_TRY(std::move(written));
    REGAIN_TRY(write_file(certificate_path, made.certificate_.pem(), 0644));
    return made;
}

Status SigningKey::adopt_chain(std::vector<SignerCertificate> chain) {
    if (chain.empty() || EVP_PKEY_eq(X509_get0_pubkey(chain.front().get()), key_.get()) != 1) {
        ERR_clear_error();
        return error(ErrorKind::untrusted, message("use a signing key"),
                     message("the certificate is for another key"));
    }
    certificate_ = chain.front();
    chain_ = std::move(chain);
    return done();
}

Result<Bytes> SigningKey::sign_der(ByteView content) const {
    const DigestContextHandle context(EVP_MD_CTX_new());
    size_t length = 0;
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &length, content.data(), content.size()) != 1)
        return refused_by_library(message("sign"));
    Bytes signature(length);
    if (EVP_DigestSign(context.get(), signature.data(), &length, content.data(), content.size()) != 1)
        return refused_by_library(message("sign"));
    signature.resize(length);
    return signature;
}

Result<Bytes> SigningKey::sign_es256(ByteView content) const {
    REGAIN_ASSIGN(const Bytes der, sign_der(content));
    const uint8_t* cursor = der.data();
    const EcdsaSignatureHandle pair(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
    if (pair == nullptr) return refused_by_library(message("sign"));
    // Of the two equivalent signatures (R, S) and (R, n - S) the one with the smaller S is written.
    const EcGroupHandle group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const BIGNUM* order = EC_GROUP_get0_order(group.get());
    const BignumHandle twin(BN_new());
    const BIGNUM* s = ECDSA_SIG_get0_s(pair.get());
    if (BN_sub(twin.get(), order, s) != 1) return refused_by_library(message("sign"));
    if (BN_cmp(twin.get(), s) < 0) s = twin.get();
    Bytes signature(2 * coordinate_bytes);
    if (BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), signature.data(), coordinate_bytes) < 0 ||
        BN_bn2binpad(s, signature.data() + coordinate_bytes, coordinate_bytes) < 0)
        return refused_by_library(message("sign"));
    return signature;
}

}  // namespace regain
