#include "base/translation.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace regain {
namespace {

TEST(Translator, French_is_compiled_in) {
    const Translator french("fr");
    ASSERT_TRUE(french.is_known());
    EXPECT_EQ(french(message("cannot {0}", "x")), "impossible x");
}

TEST(Translator, an_error_reads_as_a_French_sentence) {
    const Translator french("fr");
    const auto text = describe(os_error(message("open {0}", "/dev/sda"), EACCES), french);
    EXPECT_EQ(text.find("impossible d’ouvrir /dev/sda"), 0U) << text;
    EXPECT_NE(text.find("permission refusée"), std::string::npos) << text;
}

TEST(Translator, an_unknown_language_falls_back_to_English) {
    const Translator klingon("tlh");
    EXPECT_FALSE(klingon.is_known());
    EXPECT_EQ(klingon(message("cannot {0}", "x")), "cannot x");
}

TEST(Catalogue, a_malformed_file_is_refused_and_never_read_out_of_bounds) {
    Bytes mo(28 + 16);
    write_little_endian<uint32_t>(mo, 0, 0x950412de);
    write_little_endian<uint32_t>(mo, 8, 1);
    write_little_endian<uint32_t>(mo, 12, 28);
    write_little_endian<uint32_t>(mo, 16, 36);
    EXPECT_TRUE(Catalogue::from_mo(mo).ok());
    for (const size_t offset :
         {size_t{8}, size_t{12}, size_t{16}, size_t{28}, size_t{32}, size_t{36}, size_t{40}}) {
        Bytes broken = mo;
        write_little_endian<uint32_t>(broken, offset, 0xFFFFFFF0U);
        EXPECT_FALSE(Catalogue::from_mo(broken).ok()) << offset;
    }
    EXPECT_FALSE(Catalogue::from_mo(Bytes(10)).ok());
}

}  // namespace
}  // namespace regain
