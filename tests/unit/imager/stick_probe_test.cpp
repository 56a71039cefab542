#include "imager/stick_probe.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "imager/stick_layout.h"
#include "imager/stick_restore.h"
#include "tests/fakes/memory_block_io.h"
#include "tests/unit/imager/sample_iso.h"
#include "tests/unit/imager/sample_stick.h"

namespace regain {
namespace {

TEST(RecordsFileSystem, that_mke2fs_made_is_found_by_its_superblock) {
    const auto found = parse_records_superblock(golden_records_superblock());
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->size_bytes, stick_records_bytes);
    EXPECT_EQ(found->uuid, "ed9d9c81-9f80-4004-94b7-947d2a55dff8") << "as blkid says";
}

TEST(RecordsFileSystem, is_not_found_when_any_bit_is_flipped) {
    const Bytes good = golden_records_superblock();
    for (size_t i = 0; i < good.size(); ++i) {
        Bytes damaged = good;
        damaged[i] ^= static_cast<uint8_t>(1U << (i % 8));
        EXPECT_FALSE(parse_records_superblock(damaged).has_value()) << i;
    }
    EXPECT_FALSE(parse_records_superblock(ByteView(good).first(1023)).has_value());
    EXPECT_FALSE(parse_records_superblock(Bytes(1024, 0)).has_value());
}

TEST(DataFileSystem, that_mkfs_exfat_made_is_found_by_its_boot_region) {
    const auto found = parse_exfat_boot_region(golden_exfat_boot_region());
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->size_bytes, golden_data_bytes);
    EXPECT_EQ(found->uuid, "6B23-E3AD") << "as blkid says";
}

TEST(DataFileSystem, is_found_while_it_is_in_use_and_not_when_anything_else_changed) {
    const Bytes good = golden_exfat_boot_region();
    for (size_t i = 0; i < good.size(); ++i) {
        Bytes changed = good;
        changed[i] ^= static_cast<uint8_t>(1U << (i % 8));
        // Flags ("dirty") and percent in use are not under the checksum.
        const bool may_change = i == 106 || i == 107 || i == 112;
        EXPECT_EQ(parse_exfat_boot_region(changed).has_value(), may_change) << i;
    }
    EXPECT_FALSE(parse_exfat_boot_region(Bytes(exfat_boot_region_bytes, 0)).has_value());
    EXPECT_FALSE(parse_exfat_boot_region(ByteView(good).first(512)).has_value());
}

TEST(Stick, is_seen_whole) {
    const auto medium = sample_stick(SampleIso{}.bytes());
    MemoryBlockIo io(medium);
    const auto found = look_at_stick(block_byte_reader(io));
    ASSERT_TRUE(found.ok()) << in_english(found.error());
    EXPECT_TRUE(found->is_stick());
    ASSERT_TRUE(found->iso.has_value());
    EXPECT_EQ(found->iso->release, "Regain 0.1.0 - live system");
    EXPECT_TRUE(found->table.has_value());
    EXPECT_EQ(io.bytes_written(), 0U);
}

TEST(Stick, is_seen_by_the_second_boot_region_of_its_data_when_the_first_is_torn) {
    const auto medium = sample_stick(SampleIso{}.bytes());
    medium->write(stick_data_offset, Bytes(512, 0xFF));
    MemoryBlockIo io(medium);
    const auto found = look_at_stick(block_byte_reader(io));
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found->data.has_value());
}

TEST(Stick, is_not_seen_where_nothing_is_or_where_the_data_would_end_beyond_the_drive) {
    MemoryBlockIo empty(uint64_t{4} << 30);
    auto found = look_at_stick(block_byte_reader(empty));
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->is_stick() || found->table || found->iso);
    MemoryBlockIo small(1U << 20);
    found = look_at_stick(block_byte_reader(small));
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->is_stick());

    // A stick copied onto a smaller one: the data partition is cut off.
    const auto medium = sample_stick(SampleIso{}.bytes(), stick_data_offset + golden_data_bytes - 512);
    MemoryBlockIo cut(medium);
    found = look_at_stick(block_byte_reader(cut));
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found->records.has_value());
    EXPECT_FALSE(found->data.has_value());
}

TEST(Stick, that_cannot_be_read_is_an_error_and_not_an_empty_one) {
    const ByteReader broken{uint64_t{4} << 30,
                            [](uint64_t, MutableByteView) -> Status { return os_error(message("read"), 5); }};
    EXPECT_FALSE(look_at_stick(broken).ok());
}

TEST(StickRestore, writes_the_first_sector_and_nothing_else) {
    const Bytes iso = SampleIso{}.bytes();
    const auto medium = sample_stick(iso);
    medium->write(0, iso);  // dd
    for (const uint32_t alignment : {512U, 4096U}) {
        medium->write(0, iso);
        MemoryBlockIoOptions options;
        options.alignment = alignment;
        MemoryBlockIo io(medium, options);
        const auto restored = restore_stick(io);
        ASSERT_TRUE(restored.ok()) << in_english(restored.error());
        EXPECT_TRUE(restored->table.changed);
        EXPECT_EQ(io.bytes_written(), alignment);
        EXPECT_GT(io.flushes(), 0U);
        EXPECT_EQ(medium->bytes(512, iso.size() - 512), Bytes(iso.begin() + 512, iso.end()));
        const auto again = restore_stick(io);
        ASSERT_TRUE(again.ok());
        EXPECT_FALSE(again->table.changed);
        EXPECT_EQ(io.bytes_written(), alignment) << "nothing to do, nothing written";
    }
}

}  // namespace
}  // namespace regain
