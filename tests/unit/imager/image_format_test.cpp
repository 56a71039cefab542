#include "imager/image_format.h"

#include <gtest/gtest.h>

#include "imager/image_manifest.h"
#include "tests/unit/imager/sample_image.h"

namespace regain {
namespace {

ImageHeader sample_header() {
    ImageHeader header;
    header.manifest_bytes = 1500;
    header.manifest_room_bytes = manifest_room_for(1500);
    header.chunk_count = 3000;
    return header;
}

ImageManifest sample_manifest() {
    ImageManifest manifest = sample_draft();
    manifest.chunk_bytes = default_chunk_bytes;
    manifest.disk_bytes = 16U << 20;
    manifest.minimum_disk_bytes = 32U << 20;
    manifest.chunk_count = 4;
    manifest.root_hash = std::string(128, '0');
    manifest.partitions = {{PartitionRole::bios, 1, 4U << 20, 4U << 20, ""},
                           {PartitionRole::root, 3, 8U << 20, 4U << 20, "ext4"}};
    return manifest;
}

std::string reason_of(const Json& json) {
    const auto result = image_manifest_from_json(json);
    if (result.ok()) return "accepted";
    EXPECT_EQ(result.error().kind, ErrorKind::untrusted);
    return in_english(result.error());
}

TEST(ImageHeader, comes_back_as_it_was_written) {
    const ImageHeader header = sample_header();
    const auto decoded = decode_image_header(encode_image_header(header));
    ASSERT_TRUE(decoded.ok()) << in_english(decoded.error());
    EXPECT_EQ(decoded->manifest_bytes, header.manifest_bytes);
    EXPECT_EQ(decoded->manifest_room_bytes, header.manifest_room_bytes);
    EXPECT_EQ(decoded->chunk_count, header.chunk_count);
    EXPECT_EQ(decoded->frames_offset() % image_header_alignment, 0U);
}

TEST(ImageHeader, refuses_lengths_that_would_take_too_much_memory) {
    ImageHeader header = sample_header();
    header.manifest_room_bytes = max_manifest_room_bytes + 1;
    EXPECT_FALSE(decode_image_header(encode_image_header(header)).ok());
    header = sample_header();
    header.chunk_count = max_chunk_count + 1;
    EXPECT_FALSE(decode_image_header(encode_image_header(header)).ok());
    header = sample_header();
    header.chunk_count = 0;
    EXPECT_FALSE(decode_image_header(encode_image_header(header)).ok());
    header = sample_header();
    header.manifest_bytes = header.manifest_room_bytes + 1;
    EXPECT_FALSE(decode_image_header(encode_image_header(header)).ok());
}

TEST(ImageHeader, refuses_a_file_that_is_something_else) {
    EXPECT_FALSE(decode_image_header(Bytes(image_fixed_header_bytes, 0)).ok());
    EXPECT_FALSE(decode_image_header(Bytes(10, 0)).ok());
}

TEST(ChunkEntry, refuses_unknown_kinds_and_reserved_bytes) {
    ChunkEntry entry;
    entry.frame_bytes = 77;
    entry.kind = ChunkKind::zeros;
    entry.frame_hash[31] = 9;
    Bytes row(chunk_entry_bytes);
    encode_chunk_entry(entry, row);
    ChunkEntry decoded;
    ASSERT_TRUE(decode_chunk_entry(row, decoded));
    EXPECT_EQ(decoded.frame_bytes, 77U);
    EXPECT_EQ(decoded.kind, ChunkKind::zeros);
    EXPECT_EQ(decoded.frame_hash[31], 9);
    for (size_t at = 4; at < 8; ++at) {
        Bytes changed = row;
        changed[at] = 2;
        EXPECT_FALSE(decode_chunk_entry(changed, decoded)) << at;
    }
    std::fill_n(row.begin(), 4, uint8_t{0});
    EXPECT_FALSE(decode_chunk_entry(row, decoded)) << "a frame cannot be empty";
}

TEST(ImageManifest, comes_back_as_it_was_written) {
    const ImageManifest manifest = sample_manifest();
    const auto again = image_manifest_from_json(to_json(manifest));
    ASSERT_TRUE(again.ok()) << in_english(again.error());
    EXPECT_EQ(*again, manifest);
}

TEST(ImageManifest, refuses_unknown_members) {
    Json json = to_json(sample_manifest());
    json["surprise"] = 1;
    EXPECT_NE(reason_of(json).find("surprise"), std::string::npos);
}

TEST(ImageManifest, refuses_partitions_that_do_not_fit) {
    ImageManifest manifest = sample_manifest();
    manifest.partitions[0].offset_bytes += 512;
    EXPECT_NE(reason_of(to_json(manifest)).find("chunk boundary"), std::string::npos);
    manifest = sample_manifest();
    manifest.partitions[0].size_bytes = 8U << 20;
    EXPECT_NE(reason_of(to_json(manifest)).find("overlap"), std::string::npos);
    manifest = sample_manifest();
    manifest.partitions[1].size_bytes = UINT64_MAX / 512 * 512;
    EXPECT_NE(reason_of(to_json(manifest)).find("beyond the disk"), std::string::npos);
    manifest = sample_manifest();
    manifest.partitions[1].number = 1;
    EXPECT_NE(reason_of(to_json(manifest)).find("same number"), std::string::npos);
}

TEST(ImageManifest, refuses_sizes_that_contradict_each_other) {
    ImageManifest manifest = sample_manifest();
    manifest.chunk_count = 5;
    EXPECT_NE(reason_of(to_json(manifest)), "accepted");
    manifest = sample_manifest();
    manifest.chunk_bytes = 3U << 20;
    EXPECT_NE(reason_of(to_json(manifest)), "accepted");
    manifest = sample_manifest();
    manifest.minimum_disk_bytes = 1;
    EXPECT_NE(reason_of(to_json(manifest)), "accepted");
    manifest = sample_manifest();
    manifest.root_hash = "00";
    EXPECT_NE(reason_of(to_json(manifest)), "accepted");
}

}  // namespace
}  // namespace regain
