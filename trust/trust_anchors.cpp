#include <openssl/err.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "trust/keys.h"
#include "trust/openssl_handles.h"

namespace regain {
namespace {

constexpr size_t max_chain_length = 8;

struct X509StackFree {
    // The certificates stay their owners': only the stack is freed.
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

// Path validation (RFC 5280) without dates and without revocation lists.
bool is_issued_by_an_anchor(const std::vector<SignerCertificate>& chain,
                            const std::vector<SignerCertificate>& anchors) {
    const X509StoreHandle store(X509_STORE_new());
    for (const auto& anchor : anchors)
        // 1: version 3 with basicConstraints CA. The laxer answers for old forms are not believed.
        if (X509_check_ca(anchor.get()) == 1) X509_STORE_add_cert(store.get(), anchor.get());
    const std::unique_ptr<STACK_OF(X509), X509StackFree> between(sk_X509_new_null());
    for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
    const X509StoreContextHandle context(X509_STORE_CTX_new());
    if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get()) != 1)
        return false;
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
    const bool good = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    return good;
}

}  // namespace

void TrustAnchors::add(SignerCertificate certificate) {
    anchors_.push_back(std::move(certificate));
}

Status TrustAnchors::add_file(const std::filesystem::path& pem_file) {
    REGAIN_ASSIGN(const std::string pem, read_file(pem_file, 1U << 20));
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    size_t at = pem.find(begin);
    if (at == std::string::npos)
        return error(ErrorKind::untrusted, message("read the trust anchor {0}", pem_file.string()),
                     message("there is no certificate in PEM form in it"));
    for (; at != std::string::npos; at = pem.find(begin, at + begin.size())) {
        auto certificate = SignerCertificate::from_pem(std::string_view(pem).substr(at));
        if (!certificate.ok())
            return error(ErrorKind::untrusted, message("read the trust anchor {0}", pem_file.string()),
                         certificate.error().reason);
        add(std::move(certificate).value());
    }
    return done();
}

Status TrustAnchors::add_directory(const std::filesystem::path& directory) {
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    if (!path_exists(directory)) return done();
    for (std::filesystem::directory_iterator entry(directory, failure), end; !failure && entry != end;
         entry.increment(failure))
        if (entry->path().extension() == ".pem" || entry->path().extension() == ".crt")
            files.push_back(entry->path());
    if (failure)
        return os_error(message("read {0}", directory.string()), failure.value(), ErrorKind::environment);
    std::sort(files.begin(), files.end());
    for (const auto& file : files) REGAIN_TRY(add_file(file));
    return done();
}

bool TrustAnchors::believes(const std::vector<SignerCertificate>& chain) const {
    if (chain.empty() || chain.size() > max_chain_length) return false;
    const std::string key = chain.front().key_fingerprint();
    for (const auto& anchor : anchors_)
        if (anchor.key_fingerprint() == key) return true;
    return is_issued_by_an_anchor(chain, anchors_);
}

}  // namespace regain
