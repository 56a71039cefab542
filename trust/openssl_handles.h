#pragma once
// Owners for OpenSSL's objects, so that every path frees them. Used inside trust/ and by the CMS writer and
// reader of certifier/; no policy lives here.

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace regain {

template <auto Free>
struct OpenSslFree {
    template <typename Object>
    void operator()(Object* object) const {
        Free(object);
    }
};

using BioHandle = std::unique_ptr<BIO, OpenSslFree<BIO_free_all>>;
using BignumHandle = std::unique_ptr<BIGNUM, OpenSslFree<BN_free>>;
using EcdsaSignatureHandle = std::unique_ptr<ECDSA_SIG, OpenSslFree<ECDSA_SIG_free>>;
using EcGroupHandle = std::unique_ptr<EC_GROUP, OpenSslFree<EC_GROUP_free>>;
using DigestContextHandle = std::unique_ptr<EVP_MD_CTX, OpenSslFree<EVP_MD_CTX_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using X509Handle = std::unique_ptr<X509, OpenSslFree<X509_free>>;
using X509ExtensionHandle = std::unique_ptr<X509_EXTENSION, OpenSslFree<X509_EXTENSION_free>>;
using X509StoreHandle = std::unique_ptr<X509_STORE, OpenSslFree<X509_STORE_free>>;
using X509StoreContextHandle = std::unique_ptr<X509_STORE_CTX, OpenSslFree<X509_STORE_CTX_free>>;

}  // namespace regain
