#include "base/hash.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

TEST(Hash, agrees_with_published_values) {
    // Ref: FIPS 180-4 examples for "abc"; RFC 7693 appendix A.
    EXPECT_EQ(sha256_hex(as_bytes("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(hash(HashAlgorithm::sha512_256, as_bytes("abc"))),
              "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
    EXPECT_EQ(to_hex(hash(HashAlgorithm::blake2b512, as_bytes("abc"))).substr(0, 32),
              "ba80a53f981c4d0d6a2797b69f12f6e9");
}

TEST(Hash, incremental_equals_one_shot_and_starts_again) {
    Hasher hasher(HashAlgorithm::sha256);
    hasher.update(as_bytes("a"));
    hasher.update(as_bytes("bc"));
    const Bytes first = hasher.finish();
    EXPECT_EQ(first, sha256(as_bytes("abc")));
    hasher.update(as_bytes("abc"));
    EXPECT_EQ(hasher.finish(), first);
}

TEST(Hash, names_go_both_ways) {
    for (const auto algorithm :
         {HashAlgorithm::sha256, HashAlgorithm::sha512_256, HashAlgorithm::blake2b512}) {
        HashAlgorithm parsed{};
        ASSERT_TRUE(parse_hash_name(hash_name(algorithm), parsed));
        EXPECT_EQ(parsed, algorithm);
        EXPECT_EQ(hash(algorithm, {}).size(), hash_length(algorithm));
    }
    HashAlgorithm parsed{};
    EXPECT_FALSE(parse_hash_name("md5", parsed));
}

}  // namespace
}  // namespace regain
