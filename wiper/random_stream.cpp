#include "wiper/random_stream.h"

#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

using CounterBlock = std::array<uint8_t, 16>;

/// Small enough to stay in a core's nearest caches beside what is made or compared, large enough that a call
/// is cheap.
constexpr size_t piece_bytes = 32 * 1024;
constexpr std::array<uint8_t, piece_bytes> zeros{};

constexpr size_t aes_block_bytes = 16;
constexpr size_t chacha_block_bytes = 64;  // RFC 8439, section 2.3

size_t block_bytes(RandomStream::Cipher cipher) {
    return cipher == RandomStream::Cipher::chacha20 ? chacha_block_bytes : aes_block_bytes;
}

CounterBlock counter_block(const RandomStream::Key& key, uint64_t block) {
    CounterBlock counter{};
    if (key.cipher == RandomStream::Cipher::chacha20) {
        // A counter of 64 bits, as in the cipher's first publication and in OpenSSL, where RFC 8439 has 32:
        // that would end at 256 GiB.
        write_little_endian<uint64_t>(counter, 0, block);
        std::copy(key.nonce.begin(), key.nonce.end(), counter.begin() + sizeof block);
    } else {
        std::copy(key.nonce.begin(), key.nonce.end(), counter.begin());
        write_big_endian<uint64_t>(counter, key.nonce.size(), block);
    }
    return counter;
}

void require(int result) {
    if (result != 1) std::abort();
}

/// `out` becomes `in` combined with what comes next of the stream.
void combine(EVP_CIPHER_CTX* context, ByteView in, MutableByteView out) {
    int written = 0;
    require(EVP_EncryptUpdate(context, out.data(), &written, in.data(), static_cast<int>(in.size())));
    if (static_cast<size_t>(written) != in.size()) std::abort();
}

void write_next(EVP_CIPHER_CTX* context, MutableByteView bytes) {
    while (!bytes.empty()) {
        const size_t length = std::min(bytes.size(), piece_bytes);
        combine(context, ByteView(zeros).first(length), bytes.first(length));
        bytes = bytes.subspan(length);
    }
}

std::chrono::nanoseconds time_for(RandomStream::Cipher cipher) {
    RandomStream::Key key;
    key.cipher = cipher;
    RandomStream stream(key);
    Bytes bytes(piece_bytes * 2);
    auto best = std::chrono::nanoseconds::max();
    // The first time finds cold caches.
    for (int round = 0; round < 3; ++round) {
        const auto start = std::chrono::steady_clock::now();
        stream.fill(0, bytes);
        best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
    }
    return best;
}

}  // namespace

RandomStream::Cipher suitable_cipher() {
    static const bool is_aes_slow =
        time_for(RandomStream::Cipher::chacha20) * 3 < time_for(RandomStream::Cipher::aes_256_ctr) * 2;
    return is_aes_slow ? RandomStream::Cipher::chacha20 : RandomStream::Cipher::aes_256_ctr;
}

std::string_view cipher_name(RandomStream::Cipher cipher) {
    return cipher == RandomStream::Cipher::chacha20 ? "chacha20" : "aes-256-ctr";
}

bool parse_cipher(std::string_view name, RandomStream::Cipher& cipher) {
    for (const auto each : {RandomStream::Cipher::aes_256_ctr, RandomStream::Cipher::chacha20}) {
        if (name != cipher_name(each)) continue;
        cipher = each;
        return true;
    }
    return false;
}

RandomStream RandomStream::fresh() {
    Key key;
    fill_random(key.key);
    fill_random(key.nonce);
    key.cipher = suitable_cipher();
    return RandomStream(key);
}

RandomStream::RandomStream(const Key& key) : key_(key), context_(EVP_CIPHER_CTX_new()) {
    if (context_ == nullptr) std::abort();
    const CounterBlock counter = counter_block(key_, 0);
    const EVP_CIPHER* cipher = key_.cipher == Cipher::chacha20 ? EVP_chacha20() : EVP_aes_256_ctr();
    require(EVP_EncryptInit_ex(context_, cipher, nullptr, key_.key.data(), counter.data()));
}

RandomStream::~RandomStream() {
    EVP_CIPHER_CTX_free(context_);
}

RandomStream::RandomStream(RandomStream&& other) noexcept
    : key_(other.key_),
      context_(std::exchange(other.context_, nullptr)),
      difference_(std::move(other.difference_)) {}

RandomStream& RandomStream::operator=(RandomStream&& other) noexcept {
    std::swap(key_, other.key_);
    std::swap(context_, other.context_);
    std::swap(difference_, other.difference_);
    return *this;
}

void RandomStream::seek(uint64_t offset) {
    const size_t block = block_bytes(key_.cipher);
    const CounterBlock counter = counter_block(key_, offset / block);
    require(EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, counter.data()));
    std::array<uint8_t, chacha_block_bytes> skipped{};
    write_next(context_, MutableByteView(skipped).first(static_cast<size_t>(offset % block)));
}

void RandomStream::fill(uint64_t offset, MutableByteView bytes) {
    seek(offset);
    write_next(context_, bytes);
}

// Combined with itself the stream is zero: that reads what is to be compared once, and makes no copy to
// compare with.
bool RandomStream::matches(uint64_t offset, ByteView bytes) {
    seek(offset);
    difference_.resize(piece_bytes);
    while (!bytes.empty()) {
        const size_t length = std::min(bytes.size(), piece_bytes);
        const MutableByteView difference = MutableByteView(difference_).first(length);
        combine(context_, bytes.first(length), difference);
        if (!is_filled_with(difference, 0)) return false;
        bytes = bytes.subspan(length);
    }
    return true;
}

std::string RandomStream::key_hex() const {
    return to_hex(key_.key);
}

std::string RandomStream::iv_hex() const {
    return to_hex(counter_block(key_, 0));
}

}  // namespace regain
