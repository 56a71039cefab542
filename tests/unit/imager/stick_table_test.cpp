#include "imager/stick_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imager/stick_layout.h"
#include "tests/unit/imager/sample_iso.h"

namespace regain {
namespace {

constexpr uint64_t data_bytes = uint64_t{3} << 30;

Bytes first_sector(const SampleIso& iso = {}) {
    Bytes bytes = iso.bytes();
    bytes.resize(mbr_sector_bytes);
    return bytes;
}

Mbr table_of(const Bytes& sector) {
    const auto table = parse_mbr(sector);
    EXPECT_TRUE(table.ok());
    return table.ok() ? *table : Mbr{};
}

/// What is found on a stick onto which an ISO was written with dd.
StickContents overwritten_stick(const Bytes& sector) {
    StickContents found;
    if (auto table = parse_mbr(sector); table.ok()) found.table = *table;
    found.iso = IsoDescription{};
    found.records = StickFileSystem{stick_records_bytes, "records"};
    found.data = StickFileSystem{data_bytes, "data"};
    return found;
}

TEST(Mbr, writes_entries_byte_for_byte_as_the_format_says) {
    Bytes sector(mbr_sector_bytes, 0xAA);
    put_mbr_entry(sector, 2, records_entry());
    put_mbr_entry(sector, 3, data_entry(data_bytes));
    // Inactive, LBA only, type, 2097152 = 0x00200000 and 262144 = 0x00040000 sectors.
    EXPECT_EQ(to_hex(ByteView(sector).subspan(446 + 32, 16)), "00feffff83feffff0000200000000400");
    EXPECT_EQ(to_hex(ByteView(sector).subspan(446 + 48, 16)), "00feffff07feffff0000240000006000");
    EXPECT_TRUE(is_filled_with(ByteView(sector).first(446 + 32), 0xAA));
    EXPECT_EQ(read_le16(sector, 510), 0xAAAA) << "the signature is not its business";
}

TEST(Mbr, refuses_what_is_no_table) {
    EXPECT_FALSE(parse_mbr(Bytes(mbr_sector_bytes, 0)).ok());
    EXPECT_FALSE(parse_mbr(Bytes(511, 0)).ok());
    Bytes sector = first_sector();
    EXPECT_TRUE(parse_mbr(sector).ok());
    sector[446] = 0x12;  // neither active nor inactive: a FAT boot sector, say
    EXPECT_FALSE(parse_mbr(sector).ok());
    sector = first_sector();
    write_little_endian<uint32_t>(sector, 446 + 8, 0xFFFFFFF0);
    write_little_endian<uint32_t>(sector, 446 + 12, 0x20);
    EXPECT_FALSE(parse_mbr(sector).ok()) << "beyond the last sector that can be counted";
}

TEST(Mbr, counts_an_entry_of_type_zero_that_has_a_length) {
    EXPECT_FALSE((MbrEntry{true, 0, 64, 1000}.is_empty()));
    EXPECT_TRUE((MbrEntry{false, 0x83, 0, 0}.is_empty()));
}

TEST(StickLayout, never_changes) {
    // These figures are on sticks that people hold in their hands.
    EXPECT_EQ(stick_records_offset, 1073741824U);
    EXPECT_EQ(stick_records_bytes, 134217728U);
    EXPECT_EQ(stick_data_offset, 1207959552U);
    EXPECT_STREQ(stick_records_label, "REGAIN-REC");
    EXPECT_STREQ(stick_data_label, "REGAIN");
}

TEST(StickLayout, gives_the_data_whole_mebibytes_up_to_what_a_table_can_count) {
    EXPECT_EQ(stick_data_bytes_on(uint64_t{2} << 30), (uint64_t{2} << 30) - stick_data_offset);
    EXPECT_EQ(stick_data_bytes_on((uint64_t{2} << 30) + 512), (uint64_t{2} << 30) - stick_data_offset);
    EXPECT_EQ(stick_data_bytes_on(uint64_t{1} << 30), 0U);
    EXPECT_EQ(stick_data_bytes_on(0), 0U);
    const uint64_t huge = stick_data_bytes_on(uint64_t{8} << 40);
    EXPECT_EQ((stick_data_offset + huge) % stick_alignment_bytes, 0U);
    EXPECT_LE((stick_data_offset + huge) / 512, uint64_t{UINT32_MAX});
    EXPECT_TRUE(parse_mbr(stick_first_sector(first_sector(), 1, huge)).ok());
}

TEST(StickTable, keeps_the_isos_boot_code_and_entries) {
    const Bytes iso = first_sector();
    const Bytes sector = stick_first_sector(iso, 0x12345678, data_bytes);
    EXPECT_TRUE(std::equal(sector.begin(), sector.begin() + 440, iso.begin()));
    const Mbr table = table_of(sector);
    EXPECT_EQ(table.disk_signature, 0x12345678U);
    EXPECT_EQ(table.entries[0], table_of(iso).entries[0]);
    EXPECT_EQ(table.entries[1], table_of(iso).entries[1]);
    EXPECT_EQ(table.entries[2], records_entry());
    EXPECT_EQ(table.entries[3], data_entry(data_bytes));
}

TEST(StickTable, of_an_unfinished_stick_holds_the_data_and_starts_nothing) {
    const Bytes sector = unfinished_first_sector(7, data_bytes);
    EXPECT_TRUE(is_filled_with(ByteView(sector).first(440), 0));
    const Mbr table = table_of(sector);
    EXPECT_TRUE(table.entries[0].is_empty() && table.entries[1].is_empty());
    EXPECT_EQ(table.entries[2], records_entry());
    EXPECT_EQ(table.entries[3], data_entry(data_bytes));
}

TEST(StickTable, is_restored_by_two_entries_and_not_a_byte_more) {
    const Bytes iso = first_sector();
    const auto restored = restore_table(iso, overwritten_stick(iso));
    ASSERT_TRUE(restored.ok()) << in_english(restored.error());
    EXPECT_TRUE(restored->changed && restored->records && restored->data);
    for (size_t i = 0; i < mbr_sector_bytes; ++i)
        if (i < 446 + 32 || i >= 510) {
            EXPECT_EQ(restored->sector[i], iso[i]) << i;
        }
    EXPECT_EQ(table_of(restored->sector).entries[2], records_entry());
    EXPECT_EQ(table_of(restored->sector).entries[3], data_entry(data_bytes));
}

TEST(StickTable, that_is_whole_is_not_changed) {
    const Bytes whole = stick_first_sector(first_sector(), 7, data_bytes);
    auto again = restore_table(whole, overwritten_stick(whole));
    ASSERT_TRUE(again.ok());
    EXPECT_FALSE(again->changed);
    EXPECT_EQ(again->sector, whole);
    // A file system that is shorter than its partition (others' mkfs) does not shrink the entry.
    StickContents shorter = overwritten_stick(whole);
    shorter.data->size_bytes = data_bytes / 2;
    again = restore_table(whole, shorter);
    ASSERT_TRUE(again.ok());
    EXPECT_FALSE(again->changed);
    EXPECT_EQ(data_bytes_of(shorter), data_bytes);
}

TEST(StickTable, of_which_one_file_system_is_gone_gets_the_other_back) {
    const Bytes iso = first_sector();
    StickContents found = overwritten_stick(iso);
    found.data.reset();
    const auto restored = restore_table(iso, found);
    ASSERT_TRUE(restored.ok());
    EXPECT_TRUE(restored->changed && restored->records);
    EXPECT_FALSE(restored->data);
    EXPECT_TRUE(table_of(restored->sector).entries[3].is_empty());

    // Somebody gave the data partition another file system: its entry stays.
    const Bytes whole = stick_first_sector(iso, 7, data_bytes);
    found = overwritten_stick(whole);
    found.data.reset();
    const auto kept = restore_table(whole, found);
    ASSERT_TRUE(kept.ok());
    EXPECT_FALSE(kept->changed);
    EXPECT_TRUE(kept->data);
}

TEST(StickTable, is_not_restored_where_there_is_no_stick) {
    const Bytes iso = first_sector();
    const auto refused = [](const Bytes& sector, const StickContents& found) {
        const auto restored = restore_table(sector, found);
        return !restored.ok() && restored.error().kind == ErrorKind::refused;
    };
    StickContents found = overwritten_stick(iso);
    found.records.reset();
    found.data.reset();
    EXPECT_TRUE(refused(iso, found)) << "an ISO on an ordinary stick";
    found = overwritten_stick(iso);
    found.iso.reset();
    EXPECT_TRUE(refused(iso, found)) << "another system was written there";
    EXPECT_TRUE(refused(Bytes(512, 0), overwritten_stick(Bytes(512, 0)))) << "no table";

    Bytes sector = iso;
    put_mbr_entry(sector, 1, {false, 0x07, 2048, 4U << 20});
    EXPECT_TRUE(refused(sector, overwritten_stick(sector))) << "a partition that reaches over ours";
    sector = iso;
    put_mbr_entry(sector, 1, {false, 0xEE, 1, 2048});
    EXPECT_TRUE(refused(sector, overwritten_stick(sector))) << "a GUID partition table rules";
    sector = iso;
    put_mbr_entry(sector, 3, {false, 0x07, 4096, 8192});
    EXPECT_TRUE(refused(sector, overwritten_stick(sector))) << "somebody else's entry 4";
    sector = iso;
    put_mbr_entry(sector, 2, {false, 0x83, 2097153, 8192});
    EXPECT_TRUE(refused(sector, overwritten_stick(sector))) << "one sector beside ours";
}

TEST(StickTable, is_updated_only_where_both_file_systems_are) {
    const Bytes whole = stick_first_sector(first_sector(), 7, data_bytes);
    EXPECT_TRUE(check_stick_for_update(overwritten_stick(whole)).ok());
    StickContents torn = overwritten_stick(whole);
    torn.table.reset();
    torn.iso.reset();
    EXPECT_TRUE(check_stick_for_update(torn).ok()) << "an update that was cut off is done again";
    EXPECT_EQ(data_bytes_of(torn), data_bytes);

    for (const bool is_records : {true, false}) {
        StickContents found = overwritten_stick(whole);
        (is_records ? found.records : found.data).reset();
        const Status status = check_stick_for_update(found);
        ASSERT_FALSE(status.ok());
        EXPECT_EQ(status.error().kind, ErrorKind::refused);
    }
    Bytes strange = whole;
    put_mbr_entry(strange, 0, {false, 0x07, 2048, 4U << 20});
    EXPECT_FALSE(check_stick_for_update(overwritten_stick(strange)).ok());
    strange = whole;
    put_mbr_entry(strange, 2, {false, 0x83, 2048, 2048});
    EXPECT_FALSE(check_stick_for_update(overwritten_stick(strange)).ok());
}

}  // namespace
}  // namespace regain
