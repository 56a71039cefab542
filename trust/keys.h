#pragma once
// P-256 keys with their self-signed certificates: the station key (signs certificates, registry heads) and
// the image key (signs images); trust anchors in STATE/trust/. Private keys are made on the station, mode
// 0600.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

struct evp_pkey_st;
struct x509_st;

namespace regain {

/// An X.509 certificate and what Regain asks of it.
/// Only P-256 keys are accepted; both readers refuse anything else, and bytes after the certificate.
class SignerCertificate {
  public:
    static Result<SignerCertificate> from_der(ByteView der);
    static Result<SignerCertificate> from_pem(std::string_view pem);
    Bytes der() const;
    std::string pem() const;
    std::string common_name() const;
    /// SHA-256 over the SubjectPublicKeyInfo, lower-case hexadecimal: the name of a key.
    std::string key_fingerprint() const;
    /// RFC 7638 JWK thumbprint (base64url of SHA-256), used as `kid`.
    std::string jwk_thumbprint() const;
    std::string jwk_json() const;  ///< {"crv","kty","x","y"} canonical
    /// True when `signature` (64 bytes, R ‖ S) is this key's over SHA-256 of `content`. S must lie in the
    /// lower half of the group's order, as SigningKey writes it: the twin (R, n - S) that anybody can make of
    /// a signature is refused, so that a signed document has one spelling and its hash is its name.
    bool verifies_es256(ByteView content, ByteView signature) const;
    /// The same for a signature in DER (CMS), where the twin is accepted: other programs write it.
    bool verifies_der(ByteView content, ByteView signature) const;
    /// Issuer name and serial number in DER, as CMS names a signer.
    Bytes issuer_der() const;
    Bytes serial_der() const;
    bool operator==(const SignerCertificate& other) const;
    x509_st* get() const { return certificate_.get(); }

  private:
    std::shared_ptr<x509_st> certificate_;
};

class SigningKey {
  public:
    /// Loads PATH.key and PATH.crt, or makes them (P-256, self-signed, CN = common_name, valid from
    /// 2000-01-01, no end date 99991231235959Z). `purpose` is "station" or "image". A key whose certificate
    /// is missing (power cut between the two files) gets a new one; a certificate without its key is an
    /// error, never a new key.
    static Result<SigningKey> load_or_create(const std::filesystem::path& base_path,
                                             const std::string& common_name, const std::string& purpose);
    static Result<SigningKey> load(const std::filesystem::path& base_path);
    /// In memory, for tests and tools.
    static Result<SigningKey> generate(const std::string& common_name, const std::string& purpose);

    const SignerCertificate& certificate() const { return certificate_; }
    /// The certificate and, when PATH.chain.pem exists, those of the association's CA above it.
    const std::vector<SignerCertificate>& chain() const { return chain_; }
    /// ES256 over SHA-256: 64 bytes, R ‖ S big-endian (RFC 7518 section 3.4).
    Result<Bytes> sign_es256(ByteView content) const;
    /// ECDSA over SHA-256 in DER, for CMS.
    Result<Bytes> sign_der(ByteView content) const;

    /// Replaces the self-signed certificate by one that a CA issued for this key (and the CA certificates
    /// above it); refused when it is for another key.
    Status adopt_chain(std::vector<SignerCertificate> chain);

  private:
    std::shared_ptr<evp_pkey_st> key_;
    SignerCertificate certificate_;
    std::vector<SignerCertificate> chain_;
};

/// The keys that are believed: PEM files of STATE/trust/ and `--trust`, plus the station's own certificate
/// when the caller adds it.
class TrustAnchors {
  public:
    Status add_file(const std::filesystem::path& pem_file);
    /// Every *.pem and *.crt of a directory; a missing directory is an empty one.
    Status add_directory(const std::filesystem::path& directory);
    void add(SignerCertificate certificate);
    bool empty() const { return anchors_.empty(); }
    /// True when the chain's first certificate has the key of an anchor, or is signed (through the chain) by
    /// an anchor that is a CA. Dates are not looked at: the clock of a donated PC proves nothing.
    bool believes(const std::vector<SignerCertificate>& chain) const;

  private:
    std::vector<SignerCertificate> anchors_;
};

}  // namespace regain
