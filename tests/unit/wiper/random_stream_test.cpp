#include "wiper/random_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "wiper/wipe_pattern.h"

namespace regain {
namespace {

using Cipher = RandomStream::Cipher;

RandomStream::Key known_key(Cipher cipher = Cipher::aes_256_ctr) {
    RandomStream::Key key;
    key.cipher = cipher;
    for (size_t i = 0; i < key.key.size(); ++i) key.key[i] = static_cast<uint8_t>(i);
    for (size_t i = 0; i < key.nonce.size(); ++i) key.nonce[i] = static_cast<uint8_t>(0xA0 + i);
    return key;
}

std::string stream_hex(RandomStream& stream, uint64_t offset, size_t length) {
    Bytes bytes(length);
    stream.fill(offset, bytes);
    return to_hex(bytes);
}

// Made with: head -c N /dev/zero | openssl enc -aes-256-ctr -K 00..1f -iv a0a1a2a3a4a5a6a70000000000000000
TEST(RandomStream, is_what_openssl_enc_makes_of_zeros) {
    RandomStream stream(known_key());
    EXPECT_EQ(stream.key_hex(), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    EXPECT_EQ(stream.iv_hex(), "a0a1a2a3a4a5a6a70000000000000000");
    EXPECT_EQ(stream_hex(stream, 0, 64),
              "de7c7b459df4467f8ed826aec7b90d4029cb7eba46e1f8d182b27183b8a9c21c"
              "fe59eea851327225d77fda998c7635aaa6956efcbb8f5d9ecd844c68c84dd450");
    EXPECT_EQ(stream_hex(stream, 1048576, 64),
              "8f73fead36e2ad79544b357cc0deda5f9840c44c67c8c11580e4e12a7c2afd61"
              "b2541dd730a19e60f3271a9d96d5fc39359d03de5f0057b5d6bdb23551bcd581");
}

TEST(RandomStream, counts_blocks_beyond_32_bits) {
    RandomStream stream(known_key());
    EXPECT_EQ(stream_hex(stream, uint64_t{0xFFFFFFFF} * 16, 48),
              "43b4d3108b40b4c3d8c6c1484c5b2bd41c0217c1ad837b50e235ce950d2c3664"
              "41158cfd3c3f6402adf66ff2f3934f84");
}

// Made with: head -c N /dev/zero | openssl enc -chacha20 -K 00..1f -iv 0000000000000000a0a1a2a3a4a5a6a7
TEST(RandomStream, with_chacha20_is_what_openssl_enc_makes_of_zeros) {
    RandomStream stream(known_key(Cipher::chacha20));
    EXPECT_EQ(cipher_name(stream.key().cipher), "chacha20");
    EXPECT_EQ(stream.iv_hex(), "0000000000000000a0a1a2a3a4a5a6a7");
    EXPECT_EQ(stream_hex(stream, 0, 64),
              "90c4cc13231191f309002be41184b8bc35a6b2ae20644e47d53d48c895c3fa7c"
              "a0d6e0766d5353c07d0798d02dfc98f0edfdaf11ba5977731a3a301860987f1a");
    EXPECT_EQ(stream_hex(stream, 1048576, 64),
              "9a045cbac8a56a266c24292ea630303155e47f447113b67c5b502b04c6eec927"
              "75297ae40280f23e9ff16c865692360bd72508908af79844e71eec4a12858bb3");
}

// The same with -iv ffffffff00000000a0a1a2a3a4a5a6a7: openssl enc carries into the upper half too.
TEST(RandomStream, with_chacha20_counts_blocks_beyond_32_bits) {
    RandomStream stream(known_key(Cipher::chacha20));
    EXPECT_EQ(stream_hex(stream, uint64_t{0xFFFFFFFF} * 64, 128),
              "aa07a6552d0b049adaacee7d2487a4bde0b35396ee1003f75310c36691ac2a8a"
              "bd997a5e63b9e7954f21323435e6eeffc36bd58b8695944fac3eb03fad55a13b"
              "8902e65d02ea2c1db273c4f6542aef8a8eeeccca7bbed8564375ed48ff314600"
              "2c94541c193de0f59f3ede7795dbfd2c8051cb271836ca71247e41a34a0c5f51");
}

class StreamOfCipher : public testing::TestWithParam<Cipher> {};

TEST_P(StreamOfCipher, gives_the_same_bytes_wherever_reading_starts) {
    RandomStream stream(known_key(GetParam()));
    Bytes whole(100'000);
    stream.fill(0, whole);
    for (const size_t start : {1U, 15U, 16U, 17U, 63U, 64U, 511U, 512U, 4096U, 32768U, 65537U, 99'999U}) {
        Bytes part(whole.size() - start);
        stream.fill(start, part);
        EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<ptrdiff_t>(start)))
            << start;
        EXPECT_TRUE(stream.matches(start, part)) << start;
        part.back() ^= 1;
        EXPECT_FALSE(stream.matches(start, part)) << start;
    }
}

INSTANTIATE_TEST_SUITE_P(Ciphers, StreamOfCipher, testing::Values(Cipher::aes_256_ctr, Cipher::chacha20),
                         [](const auto& of) {
                             return std::string(of.param == Cipher::chacha20 ? "chacha20" : "aes_256_ctr");
                         });

TEST(RandomStream, one_processor_always_takes_the_same_cipher) {
    EXPECT_EQ(RandomStream::fresh().key().cipher, suitable_cipher());
    EXPECT_EQ(suitable_cipher(), suitable_cipher());
}

TEST(RandomStream, no_two_fresh_ones_are_alike) {
    RandomStream first = RandomStream::fresh();
    RandomStream second = RandomStream::fresh();
    EXPECT_NE(first.key_hex(), second.key_hex());
    EXPECT_NE(stream_hex(first, 0, 32), stream_hex(second, 0, 32));
}

TEST(WipePattern, finds_a_single_wrong_bit_in_any_sector) {
    for (const int kind : {0, 1, 2}) {
        const auto cipher = kind == 1 ? Cipher::aes_256_ctr : Cipher::chacha20;
        WipePattern pattern =
            kind != 0 ? WipePattern::random(RandomStream(known_key(cipher))) : WipePattern::zero();
        Bytes bytes(200 * 512);
        pattern.fill(512, bytes);
        ASSERT_TRUE(pattern.matches(512, bytes));
        for (const size_t position :
             {size_t{0}, size_t{1}, size_t{511}, size_t{65535}, size_t{65536}, bytes.size() - 1}) {
            bytes[position] ^= 0x10;
            uint64_t found = 0;
            EXPECT_EQ(pattern.find_mismatches(512, bytes, 512, [&](uint64_t offset) { found = offset; }), 1U);
            EXPECT_EQ(found, 512 + position / 512 * 512);
            bytes[position] ^= 0x10;
        }
    }
}

TEST(WipePattern, random_data_of_another_place_does_not_match) {
    WipePattern pattern = WipePattern::random(RandomStream(known_key()));
    Bytes bytes(512);
    pattern.fill(0, bytes);
    EXPECT_FALSE(pattern.matches(512, bytes));
}

}  // namespace
}  // namespace regain
