#include "imager/gpt.h"

#include <gtest/gtest.h>

#include "base/program.h"
#include "imager/block_patch.h"
#include "imager/disk_layout.h"
#include "imager/fat_volume_id.h"
#include "imager/grub_boot_code.h"
#include "imager/partition_table.h"
#include "tests/fakes/memory_block_io.h"
#include "tests/unit/imager/file_target.h"
#include "tests/unit/imager/sample_image.h"

namespace regain {
namespace {

constexpr uint64_t mebibyte = 1U << 20;

DiskLayout small_layout() {
    ProfileDisk disk;
    disk.esp_size_mib = 36;
    disk.root_size_mib = 32;
    return plan_disk_layout(disk);
}

TEST(Gpt, knows_the_check_value_of_its_checksum) {
    EXPECT_EQ(gpt_crc32(as_bytes("123456789")), 0xCBF43926U);
}

TEST(Gpt, reads_what_it_wrote) {
    const DiskLayout layout = small_layout();
    MemoryBlockIo io(layout.disk_bytes);
    const auto partitions = layout_partitions(layout, "seed");
    ASSERT_TRUE(write_new_gpt(io, derived_uuid("seed", "disk"), partitions).ok());
    const auto gpt = read_gpt(io);
    ASSERT_TRUE(gpt.ok()) << in_english(gpt.error());
    EXPECT_EQ(gpt->disk_uuid, derived_uuid("seed", "disk"));
    EXPECT_EQ(gpt->partitions, partitions);
    EXPECT_EQ(gpt->backup_sector, layout.disk_bytes / 512 - 1);
    EXPECT_EQ(gpt->partitions[2].first_sector * 512, layout.root.offset_bytes);
    EXPECT_EQ(to_text(gpt->partitions[1].type), "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
}

TEST(Gpt, gives_every_identity_anew_and_keeps_the_rest) {
    const DiskLayout layout = small_layout();
    MemoryBlockIo io(layout.disk_bytes);
    ASSERT_TRUE(write_new_gpt(io, derived_uuid("seed", "disk"), layout_partitions(layout, "seed")).ok());
    ASSERT_TRUE(patch_bytes(io, 0, Bytes(440, 0xB0)).ok());
    const Gpt before = read_gpt(io).value();
    const auto after = renew_gpt_identity(io);
    ASSERT_TRUE(after.ok()) << in_english(after.error());
    EXPECT_NE(after->disk_uuid, before.disk_uuid);
    for (size_t i = 0; i < 3; ++i) {
        GptPartition same = after->partitions[i];
        EXPECT_NE(same.uuid, before.partitions[i].uuid);
        same.uuid = before.partitions[i].uuid;
        EXPECT_EQ(same, before.partitions[i]);
    }
    EXPECT_EQ(read_bytes(io, 0, 440).value(), Bytes(440, 0xB0)) << "the boot code stays";
}

TEST(Gpt, notices_damage_in_either_copy) {
    const DiskLayout layout = small_layout();
    const uint64_t last = layout.disk_bytes - 512;
    for (const uint64_t at : {uint64_t{512 + 56}, uint64_t{1024 + 40}, last + 60, last - 32 * 512 + 3}) {
        MemoryBlockIo io(layout.disk_bytes);
        ASSERT_TRUE(write_new_gpt(io, derived_uuid("seed", "disk"), layout_partitions(layout, "seed")).ok());
        Bytes byte = read_bytes(io, at, 1).value();
        byte[0] ^= 1;
        ASSERT_TRUE(patch_bytes(io, at, byte).ok());
        EXPECT_FALSE(read_gpt(io).ok()) << at;
        EXPECT_FALSE(renew_gpt_identity(io).ok()) << at;
    }
}

TEST(Gpt, is_not_found_on_an_empty_disk) {
    MemoryBlockIo io(mebibyte);
    EXPECT_FALSE(read_gpt(io).ok());
    EXPECT_FALSE(mark_protective_mbr_active(io).ok());
}

TEST(PartitionTable, moves_to_the_end_and_lets_the_last_partition_grow) {
    const ScratchDirectory directory;
    const DiskLayout layout = small_layout();
    const uint64_t disk_bytes = layout.disk_bytes + 100 * mebibyte + 512 * 3;
    make_disk_file(directory / "disk", layout.disk_bytes);
    {
        FileTarget target(directory / "disk");
        ASSERT_TRUE(
            write_new_gpt(target.io(), derived_uuid("s", "disk"), layout_partitions(layout, "s")).ok());
        ASSERT_TRUE(patch_bytes(target.io(), 0, Bytes(440, 0xB0)).ok());
    }
    std::filesystem::resize_file(directory / "disk", disk_bytes);
    const auto fitted = fit_partition_table(directory / "disk", 3);
    ASSERT_TRUE(fitted.ok()) << in_english(fitted.error());
    EXPECT_EQ(fitted->offset_bytes, layout.root.offset_bytes);
    EXPECT_EQ(fitted->size_bytes % mebibyte, 0U);
    EXPECT_GE(fitted->offset_bytes + fitted->size_bytes, disk_bytes - 2 * mebibyte);

    FileTarget target(directory / "disk");
    ASSERT_TRUE(mark_protective_mbr_active(target.io()).ok());
    const auto gpt = read_gpt(target.io());
    ASSERT_TRUE(gpt.ok()) << in_english(gpt.error());
    EXPECT_EQ(gpt->backup_sector, disk_bytes / 512 - 1);
    EXPECT_EQ(gpt->partitions[0], layout_partitions(layout, "s")[0]) << "types and names of the others stay";
    EXPECT_EQ(gpt->partitions[2].type, layout_partitions(layout, "s")[2].type);
    EXPECT_EQ(read_bytes(target.io(), 0, 440).value(), Bytes(440, 0xB0)) << "the boot code stays";
    EXPECT_EQ(read_bytes(target.io(), 0x1BE, 1).value(), Bytes{0x80});
    if (find_program("sfdisk").empty()) return;
    ProgramRequest request;
    request.program = "sfdisk";
    request.arguments = {"--verify", (directory / "disk").string()};
    const auto verified = run_program(request);
    EXPECT_EQ(verified->exit_status, 0) << verified->output << verified->errors;
    EXPECT_NE((verified->output + verified->errors).find("No errors detected"), std::string::npos);
}

TEST(PartitionTable, is_left_alone_on_a_disk_of_the_images_size) {
    const ScratchDirectory directory;
    const DiskLayout layout = small_layout();
    make_disk_file(directory / "disk", layout.disk_bytes);
    FileTarget target(directory / "disk");
    ASSERT_TRUE(write_new_gpt(target.io(), derived_uuid("s", "disk"), layout_partitions(layout, "s")).ok());
    const auto fitted = fit_partition_table(directory / "disk", 3);
    ASSERT_TRUE(fitted.ok()) << in_english(fitted.error());
    EXPECT_GE(fitted->size_bytes, layout.root.size_bytes);
}

TEST(PartitionTable, says_what_libparted_says_and_asks_nobody) {
    const ScratchDirectory directory;
    make_disk_file(directory / "empty", 16 * mebibyte);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    EXPECT_FALSE(fit_partition_table(directory / "empty", 3).ok());
    EXPECT_FALSE(fit_partition_table(directory / "missing", 3).ok());
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(GrubBootCode, is_found_in_place_only_when_it_is) {
    Bytes boot(512, 0x11);
    boot[510] = 0x55;
    boot[511] = 0xAA;
    Bytes core(1500, 0);
    write_little_endian<uint16_t>(core, 0x1FE, 0x0820);
    const auto code = prepare_boot_code(boot, 8192);
    const auto image = prepare_core_image(core, 8192);
    ASSERT_TRUE(code.ok());
    ASSERT_TRUE(image.ok());
    EXPECT_EQ(image->size(), 1536U);
    EXPECT_EQ(read_le64(*image, 0x1F4), 8193U);
    EXPECT_EQ(read_le16(*image, 0x1FC), 2U);
    std::copy(code->begin(), code->end(), boot.begin());
    EXPECT_TRUE(check_grub_boot_code(boot, *image, 8192, 8192).ok());
    EXPECT_FALSE(check_grub_boot_code(boot, *image, 8193, 8192).ok()) << "another place";
    EXPECT_FALSE(check_grub_boot_code(boot, *image, 8192, 2).ok()) << "beyond the partition";
    EXPECT_FALSE(check_grub_boot_code(Bytes(512, 0), *image, 8192, 8192).ok()) << "no boot code";
    EXPECT_FALSE(prepare_boot_code(Bytes(512, 0), 1).ok());
    EXPECT_FALSE(prepare_core_image(Bytes(1500, 0), 1).ok());
}

TEST(DiskUuid, has_two_spellings) {
    DiskUuid uuid{};
    ASSERT_TRUE(parse_uuid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", uuid));
    EXPECT_EQ(to_text(uuid), "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
    EXPECT_EQ(swap_guid_fields(uuid)[0], 0x28);
    EXPECT_EQ(swap_guid_fields(swap_guid_fields(uuid)), uuid);
    EXPECT_FALSE(parse_uuid("C12A7328-F81F-11D2-BA4B-00A0C93EC93", uuid));
    EXPECT_FALSE(parse_uuid("C12A7328-F81F-11D2-BA4B-00A0C93EC93G", uuid));
    EXPECT_FALSE(parse_uuid("C12A7328F-81F-11D2-BA4B-00A0C93EC93B", uuid));
    EXPECT_NE(random_uuid(), random_uuid());
    EXPECT_EQ(random_uuid()[6] >> 4, 4);
}

TEST(FatVolumeId, is_refused_where_there_is_no_fat32) {
    MemoryBlockIo io(mebibyte);
    EXPECT_FALSE(set_fat_volume_id(io, 0, 1).ok());
}

TEST(BlockPatch, leaves_what_lies_around_and_stays_on_the_drive) {
    MemoryBlockIoOptions options;
    options.alignment = 4096;
    MemoryBlockIo io(std::make_shared<MemoryMedium>(16384, uint8_t{0x77}), options);
    ASSERT_TRUE(patch_bytes(io, 4090, Bytes(12, 1)).ok());
    EXPECT_EQ(io.medium().bytes(4089, 14), (Bytes{0x77, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0x77}));
    EXPECT_FALSE(patch_bytes(io, 16380, Bytes(5, 1)).ok());
    EXPECT_FALSE(read_bytes(io, UINT64_MAX, 2).ok());
}

}  // namespace
}  // namespace regain
