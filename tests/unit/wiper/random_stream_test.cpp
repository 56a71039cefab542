#include "wiper/random_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "wiper/wipe_pattern.h"

namespace regain {
namespace {

RandomStream::Key known_key() {
    RandomStream::Key key;
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

TEST(RandomStream, gives_the_same_bytes_wherever_reading_starts) {
    RandomStream stream(known_key());
    Bytes whole(5000);
    stream.fill(0, whole);
    for (const size_t start : {1U, 15U, 16U, 17U, 511U, 512U, 4096U, 4999U}) {
        Bytes part(whole.size() - start);
        stream.fill(start, part);
        EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<ptrdiff_t>(start)))
            << start;
    }
}

TEST(RandomStream, no_two_fresh_ones_are_alike) {
    RandomStream first = RandomStream::fresh();
    RandomStream second = RandomStream::fresh();
    EXPECT_NE(first.key_hex(), second.key_hex());
    EXPECT_NE(stream_hex(first, 0, 32), stream_hex(second, 0, 32));
}

TEST(WipePattern, finds_a_single_wrong_bit_in_any_sector) {
    for (const bool is_random : {false, true}) {
        WipePattern pattern =
            is_random ? WipePattern::random(RandomStream(known_key())) : WipePattern::zero();
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
