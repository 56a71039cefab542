#pragma once
// The random pattern: the key stream of a cipher, seekable to any byte, so that any region of a drive can be
// checked again later from the key alone. One key and nonce for each node of each wipe. AES-256 in counter
// mode; ChaCha20 on processors that compute it much faster, because they have no AES instructions. Each is
// the stream that `openssl enc -<cipher> -K <key> -iv <iv>` makes of zeros, so that another program can check
// it too (docs/wiping.md). It does no I/O.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

struct evp_cipher_ctx_st;

namespace regain {

class RandomStream {
  public:
    enum class Cipher { aes_256_ctr, chacha20 };

    struct Key {
        std::array<uint8_t, 32> key{};
        /// AES: the upper half of the counter block; the lower half counts blocks of 16 bytes (big-endian).
        /// ChaCha20: the last 8 bytes of its input; the 8 before them count blocks of 64 bytes
        /// (little-endian).
        std::array<uint8_t, 8> nonce{};
        Cipher cipher = Cipher::aes_256_ctr;
    };

    /// A stream nobody could have foreseen (OpenSSL's generator), with the cipher that suits this processor.
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
    /// True when the bytes are those of the stream from `offset` on. As fast as fill(), and aborts as it
    /// does.
    bool matches(uint64_t offset, ByteView bytes);

    const Key& key() const { return key_; }
    std::string key_hex() const;
    /// The counter block at offset 0, as `openssl enc -iv` takes it.
    std::string iv_hex() const;

  private:
    void seek(uint64_t offset);

    Key key_;
    evp_cipher_ctx_st* context_ = nullptr;
    Bytes difference_;  ///< scratch of matches()
};

/// AES unless ChaCha20 takes less than two thirds of its time on this processor (measured once, in about a
/// millisecond).
RandomStream::Cipher suitable_cipher();

/// As `openssl enc` calls it: "aes-256-ctr", "chacha20".
std::string_view cipher_name(RandomStream::Cipher cipher);
/// False for any other name.
bool parse_cipher(std::string_view name, RandomStream::Cipher& cipher);

}  // namespace regain
