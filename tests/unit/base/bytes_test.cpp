#include "base/bytes.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

TEST(Bytes, read_integers_in_both_orders) {
    const Bytes bytes{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xFF};
    EXPECT_EQ(read_le16(bytes, 0), 0x0201);
    EXPECT_EQ(read_be16(bytes, 7), 0x08FF);
    EXPECT_EQ(read_le32(bytes, 1), 0x05040302U);
    EXPECT_EQ(read_be64(bytes, 0), 0x0102030405060708ULL);
}

TEST(Bytes, write_what_they_read) {
    Bytes bytes(16);
    write_little_endian<uint64_t>(bytes, 3, 0xFEDCBA9876543210ULL);
    EXPECT_EQ(read_le64(bytes, 3), 0xFEDCBA9876543210ULL);
    write_big_endian<uint32_t>(bytes, 12, 0xCAFEBABE);
    EXPECT_EQ(read_be32(bytes, 12), 0xCAFEBABEU);
}

TEST(Bytes, hexadecimal_is_lower_case_and_strict) {
    const Bytes bytes{0x00, 0xAB, 0x7F};
    EXPECT_EQ(to_hex(bytes), "00ab7f");
    Bytes back;
    EXPECT_TRUE(from_hex("00ab7f", back));
    EXPECT_EQ(back, bytes);
    EXPECT_FALSE(from_hex("00AB7F", back));
    EXPECT_FALSE(from_hex("00a", back));
    EXPECT_FALSE(from_hex("0g", back));
}

TEST(Bytes, a_single_different_byte_is_noticed_anywhere) {
    Bytes bytes(4096, 0);
    EXPECT_TRUE(is_filled_with(bytes, 0));
    for (const size_t position : {size_t{0}, size_t{1}, size_t{2047}, size_t{4095}}) {
        bytes[position] = 1;
        EXPECT_FALSE(is_filled_with(bytes, 0)) << position;
        bytes[position] = 0;
    }
    EXPECT_FALSE(is_filled_with(bytes, 1));
}

}  // namespace
}  // namespace regain
