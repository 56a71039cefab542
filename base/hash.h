#pragma once
// Hashing through OpenSSL, one-shot and incremental. Used by the image format, certificates, the registry
// and verification. The algorithm is always named by the format that uses it.

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct evp_md_ctx_st;

namespace regain {

enum class HashAlgorithm { sha256, sha512_256, blake2b512 };

/// "sha-256", "sha-512/256", "blake2b-512"
std::string_view hash_name(HashAlgorithm algorithm);
/// False when the name is not one of those.
bool parse_hash_name(std::string_view name, HashAlgorithm& algorithm);
size_t hash_length(HashAlgorithm algorithm);

/// Incremental hash; after finish() it can be used again from the start. Not thread-safe.
class Hasher {
  public:
    explicit Hasher(HashAlgorithm algorithm);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    void update(ByteView bytes);
    Bytes finish();

  private:
    void restart();
    HashAlgorithm algorithm_;
    evp_md_ctx_st* context_;
};

Bytes hash(HashAlgorithm algorithm, ByteView bytes);
inline Bytes sha256(ByteView bytes) {
    return hash(HashAlgorithm::sha256, bytes);
}
inline std::string sha256_hex(ByteView bytes) {
    return to_hex(sha256(bytes));
}

/// Cryptographically secure random bytes (OpenSSL's generator); aborts the program if there are none.
void fill_random(MutableByteView bytes);
Bytes random_bytes(size_t count);

}  // namespace regain
