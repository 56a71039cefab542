#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace regain {
namespace {

const EVP_MD* digest_of(HashAlgorithm algorithm) {
    switch (algorithm) {
        case HashAlgorithm::sha256:
            return EVP_sha256();
        case HashAlgorithm::sha512_256:
            return EVP_sha512_256();
        case HashAlgorithm::blake2b512:
            return EVP_blake2b512();
    }
    return nullptr;
}

// A hash that cannot be computed leaves nothing that could be honestly reported: the program ends here.
void require(bool condition) {
    if (condition) return;
    std::fputs("regain: OpenSSL cannot hash or give random bytes\n", stderr);
    std::abort();
}

}  // namespace

std::string_view hash_name(HashAlgorithm algorithm) {
    switch (algorithm) {
        case HashAlgorithm::sha256:
            return "sha-256";
        case HashAlgorithm::sha512_256:
            return "sha-512/256";
        case HashAlgorithm::blake2b512:
            return "blake2b-512";
    }
    return {};
}

bool parse_hash_name(std::string_view name, HashAlgorithm& algorithm) {
    for (const auto candidate :
         {HashAlgorithm::sha256, HashAlgorithm::sha512_256, HashAlgorithm::blake2b512}) {
        if (hash_name(candidate) != name) continue;
        algorithm = candidate;
        return true;
    }
    return false;
}

size_t hash_length(HashAlgorithm algorithm) {
    return algorithm == HashAlgorithm::blake2b512 ? 64 : 32;
}

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
    require(context_ != nullptr);
    restart();
}

Hasher::~Hasher() {
    EVP_MD_CTX_free(context_);
}

Hasher::Hasher(Hasher&& other) noexcept
    : algorithm_(other.algorithm_), context_(std::exchange(other.context_, nullptr)) {}

Hasher& Hasher::operator=(Hasher&& other) noexcept {
    std::swap(algorithm_, other.algorithm_);
    std::swap(context_, other.context_);
    return *this;
}

void Hasher::restart() {
    require(EVP_DigestInit_ex(context_, digest_of(algorithm_), nullptr) == 1);
}

void Hasher::update(ByteView bytes) {
    require(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
}

Bytes Hasher::finish() {
    Bytes digest(hash_length(algorithm_));
    require(EVP_DigestFinal_ex(context_, digest.data(), nullptr) == 1);
    restart();
    return digest;
}

Bytes hash(HashAlgorithm algorithm, ByteView bytes) {
    Hasher hasher(algorithm);
    hasher.update(bytes);
    return hasher.finish();
}

void fill_random(MutableByteView bytes) {
    constexpr size_t max_request = 1U << 30;
    while (!bytes.empty()) {
        const size_t count = std::min(bytes.size(), max_request);
        require(RAND_bytes(bytes.data(), static_cast<int>(count)) == 1);
        bytes = bytes.subspan(count);
    }
}

Bytes random_bytes(size_t count) {
    Bytes bytes(count);
    fill_random(bytes);
    return bytes;
}

}  // namespace regain
