#include "imager/stick_iso.h"

#include <gtest/gtest.h>

#include "imager/stick_layout.h"
#include "tests/unit/imager/sample_iso.h"

namespace regain {
namespace {

ErrorKind refusal(const Bytes& iso) {
    const auto checked = check_iso_for_stick(reader_of(iso));
    EXPECT_FALSE(checked.ok());
    return checked.ok() ? ErrorKind::failed : checked.error().kind;
}

TEST(StickIso, of_regains_is_known_by_what_it_says_of_itself) {
    for (const bool has_rock_ridge : {true, false}) {
        SampleIso sample;
        sample.has_rock_ridge = has_rock_ridge;
        const Bytes bytes = sample.bytes();
        const auto iso = check_iso_for_stick(reader_of(bytes));
        ASSERT_TRUE(iso.ok()) << in_english(iso.error());
        EXPECT_EQ(iso->release, sample.release);
        EXPECT_EQ(iso->volume_id, "REGAIN_0_1");
        EXPECT_EQ(iso->uuid, "2026-11-22-07-40-22-00");
        EXPECT_EQ(iso->volume_bytes, sample.size_bytes - (1U << 20));
    }
}

TEST(StickIso, of_another_distribution_is_refused) {
    SampleIso other;
    other.release = "Debian GNU/Linux 13.1.0 \"Trixie\"";
    EXPECT_EQ(refusal(other.bytes()), ErrorKind::untrusted);
    SampleIso similar;
    similar.release = "Not Regain";
    EXPECT_EQ(refusal(similar.bytes()), ErrorKind::untrusted);
}

TEST(StickIso, that_is_cut_short_is_refused_wherever_it_was_cut) {
    const Bytes whole = SampleIso{}.bytes();
    for (const size_t length : {0U, 100U, 512U, 16U * 2048U, 17U * 2048U, 20U * 2048U, 21U * 2048U + 10U,
                                22U * 2048U + 5U, 1U << 20, (2U << 20) + 512U, (3U << 20) - 512U}) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
        EXPECT_EQ(refusal(cut), ErrorKind::untrusted) << length;
    }
}

TEST(StickIso, larger_than_its_place_is_refused) {
    const Bytes small = SampleIso{}.bytes();
    ByteReader large = reader_of(small);
    large.size_bytes = stick_iso_area_bytes + 2048;
    const auto checked = check_iso_for_stick(large);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().kind, ErrorKind::refused);
    large.size_bytes = stick_iso_area_bytes;
    EXPECT_TRUE(check_iso_for_stick(large).ok());
}

TEST(StickIso, from_which_no_disk_starts_or_that_leaves_no_entries_is_refused) {
    const Bytes good = SampleIso{}.bytes();
    Bytes no_table = good;
    no_table[510] = 0;
    EXPECT_EQ(refusal(no_table), ErrorKind::untrusted);
    Bytes empty_table = good;
    put_mbr_entry(empty_table, 0, {});
    EXPECT_EQ(refusal(empty_table), ErrorKind::untrusted);
    Bytes with_gpt = good;
    put_mbr_entry(with_gpt, 1, {false, 0xEE, 1, 100});
    EXPECT_EQ(refusal(with_gpt), ErrorKind::untrusted);
    for (const size_t index : {2U, 3U}) {
        Bytes more = good;
        put_mbr_entry(more, index, {false, 0x83, 2048, 100});
        EXPECT_EQ(refusal(more), ErrorKind::untrusted) << index;
    }
    Bytes beyond = good;
    put_mbr_entry(beyond, 1, {false, 0xEF, 4096, 4096});
    EXPECT_EQ(refusal(beyond), ErrorKind::untrusted) << "a partition behind the file's end";
}

TEST(StickIso, full_of_lies_is_refused_or_read_but_never_more) {
    // Every byte of the structures, with values that hurt: lengths, places, names.
    Bytes iso = SampleIso{}.bytes();
    const Bytes good = iso;
    const ByteReader reader = reader_of(iso);
    for (const size_t first : {16U * 2048U, 20U * 2048U, 21U * 2048U})
        for (size_t at = first; at < first + 200; ++at)
            for (const uint8_t value : {uint8_t{0}, uint8_t{1}, uint8_t{0x7F}, uint8_t{0xFF}}) {
                iso[at] = value;
                (void)read_iso_description(reader);
                iso[at] = good[at];
            }
    EXPECT_TRUE(read_iso_description(reader).ok());
    Bytes endless = good;
    write_little_endian<uint32_t>(endless, 16 * 2048 + 156 + 10, 0x7FFFFFFF);
    EXPECT_EQ(refusal(endless), ErrorKind::untrusted) << "a directory of 2 GiB";
}

TEST(StickIso, that_cannot_be_read_is_an_error_of_reading) {
    const ByteReader broken{1U << 30,
                            [](uint64_t, MutableByteView) -> Status { return os_error(message("read"), 5); }};
    const auto checked = check_iso_for_stick(broken);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().os_errno, 5);
}

}  // namespace
}  // namespace regain
