#pragma once
// The random pattern: AES-256 in counter mode over zeros, seekable to any byte, so that any region of a drive
// can be checked again later from the key alone. One key and nonce for each node of each wipe. It is the same
// stream that `openssl enc -aes-256-ctr -K <key> -iv <nonce>0000000000000000` makes of zeros, so that another
// program can check it too (docs/wiping.md says why AES and not ChaCha20). It does no I/O.

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

struct evp_cipher_ctx_st;

namespace regain {

class RandomStream {
  public:
    struct Key {
        std::array<uint8_t, 32> key{};
        std::array<uint8_t, 8>
            nonce{};  ///< upper half of the counter block; the lower half counts blocks of 16 bytes
    };

    /// A stream nobody could have foreseen (OpenSSL's generator).
    static RandomStream fresh();
    explicit RandomStream(const Key& key);
    ~RandomStream();
    RandomStream(RandomStream&&) noexcept;
    RandomStream& operator=(RandomStream&&) noexcept;
    RandomStream(const RandomStream&) = delete;
    RandomStream& operator=(const RandomStream&) = delete;

    /// Writes the stream's bytes from `offset` on; any offset, any length. Aborts when OpenSSL fails: a wrong
    /// pattern must never be taken for a right one.
    void fill(uint64_t offset, MutableByteView bytes);

    const Key& key() const { return key_; }
    std::string key_hex() const;
    /// The counter block at offset 0, as `openssl enc -iv` takes it.
    std::string iv_hex() const;

  private:
    Key key_;
    evp_cipher_ctx_st* context_ = nullptr;
};

}  // namespace regain
