#include "wiper/random_stream.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

constexpr size_t block_bytes = 16;
constexpr size_t max_update_bytes = size_t{1} << 30;  // EVP takes its lengths as int

using CounterBlock = std::array<uint8_t, block_bytes>;

CounterBlock counter_block(const RandomStream::Key& key, uint64_t block) {
    CounterBlock counter{};
    std::copy(key.nonce.begin(), key.nonce.end(), counter.begin());
    write_big_endian<uint64_t>(counter, key.nonce.size(), block);
    return counter;
}

void require(int result) {
    if (result != 1) std::abort();
}

void encrypt_in_place(EVP_CIPHER_CTX* context, MutableByteView bytes) {
    while (!bytes.empty()) {
        const size_t length = std::min(bytes.size(), max_update_bytes);
        std::memset(bytes.data(), 0, length);
        int written = 0;
        require(EVP_EncryptUpdate(context, bytes.data(), &written, bytes.data(), static_cast<int>(length)));
        if (static_cast<size_t>(written) != length) std::abort();
        bytes = bytes.subspan(length);
    }
}

}  // namespace

RandomStream RandomStream::fresh() {
    Key key;
    fill_random(key.key);
    fill_random(key.nonce);
    return RandomStream(key);
}

RandomStream::RandomStream(const Key& key) : key_(key), context_(EVP_CIPHER_CTX_new()) {
    if (context_ == nullptr) std::abort();
    const CounterBlock counter = counter_block(key_, 0);
    require(EVP_EncryptInit_ex(context_, EVP_aes_256_ctr(), nullptr, key_.key.data(), counter.data()));
}

RandomStream::~RandomStream() {
    EVP_CIPHER_CTX_free(context_);
}

RandomStream::RandomStream(RandomStream&& other) noexcept
    : key_(other.key_), context_(std::exchange(other.context_, nullptr)) {}

RandomStream& RandomStream::operator=(RandomStream&& other) noexcept {
    std::swap(key_, other.key_);
    std::swap(context_, other.context_);
    return *this;
}

void RandomStream::fill(uint64_t offset, MutableByteView bytes) {
    const CounterBlock counter = counter_block(key_, offset / block_bytes);
    require(EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, counter.data()));
    std::array<uint8_t, block_bytes> skipped{};
    const size_t into_block = static_cast<size_t>(offset % block_bytes);
    if (into_block != 0) encrypt_in_place(context_, MutableByteView(skipped).first(into_block));
    encrypt_in_place(context_, bytes);
}

std::string RandomStream::key_hex() const {
    return to_hex(key_.key);
}

std::string RandomStream::iv_hex() const {
    return to_hex(counter_block(key_, 0));
}

}  // namespace regain
