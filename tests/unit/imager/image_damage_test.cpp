// Images that were cut short, changed or made by somebody hostile.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "imager/frame_codec.h"
#include "imager/image_verifier.h"
#include "tests/unit/imager/sample_image.h"
#include "trust/jws.h"

namespace regain {
namespace {

constexpr uint32_t chunk_bytes = min_chunk_bytes;

Status open_and_verify(const std::filesystem::path& path) {
    REGAIN_ASSIGN(const auto reader, ImageReader::open(path));
    return verify_image(reader, {}, {});
}

class DamagedImage : public testing::Test {
  protected:
    DamagedImage() {
        MemorySource disk = sample_disk(4, chunk_bytes);
        write_sample(disk, path, sample_options(chunk_bytes));
        image = contents_of(path);
    }

    // Writes a table and frames that a hostile author signed himself.
    void write_hostile(
        const std::function<void(ImageManifest&, std::vector<ChunkEntry>&, std::string& frames)>& change) {
        const auto reader = ImageReader::open(path).value();
        ImageManifest manifest = reader->manifest();
        const ImageHeader old = decode_image_header(as_bytes(image)).value();
        std::vector<ChunkEntry> table(manifest.chunk_count);
        ChunkCursor cursor(reader);
        for (uint64_t i = 0; i < manifest.chunk_count; ++i) table[i] = cursor.row(i)->entry;
        std::string frames = image.substr(old.frames_offset());
        change(manifest, table, frames);

        Bytes rows(table.size() * chunk_entry_bytes);
        for (size_t i = 0; i < table.size(); ++i)
            encode_chunk_entry(table[i],
                               MutableByteView(rows).subspan(i * chunk_entry_bytes, chunk_entry_bytes));
        manifest.root_hash = to_hex(hash(manifest.hash_algorithm, rows));
        ImageHeader header = old;
        header.chunk_count = table.size();
        manifest.file_bytes = header.frames_offset() + frames.size();
        const std::string jws =
            sign_jws(to_json(manifest), std::string(image_manifest_type), sample_key()).value();
        header.manifest_bytes = static_cast<uint32_t>(jws.size());
        std::string file(header.frames_offset(), '\0');
        const Bytes fixed = encode_image_header(header);
        std::copy(fixed.begin(), fixed.end(), file.begin());
        std::copy(jws.begin(), jws.end(),
                  file.begin() + static_cast<std::ptrdiff_t>(header.manifest_offset()));
        std::copy(rows.begin(), rows.end(),
                  file.begin() + static_cast<std::ptrdiff_t>(header.table_offset()));
        put_contents(path, file + frames);
    }

    std::string reason() {
        const Status status = open_and_verify(path);
        if (status.ok()) return "accepted";
        EXPECT_EQ(status.error().kind, ErrorKind::untrusted) << in_english(status.error());
        return in_english(status.error());
    }

    ScratchDirectory directory;
    std::filesystem::path path = directory / "image.zst";
    std::string image;
};

TEST_F(DamagedImage, is_noticed_whichever_byte_is_changed) {
    MemorySource disk(2 * chunk_bytes);  // small, because every byte of it costs a verification
    fill_pattern(MutableByteView(disk.content()).first(256), 1);
    write_sample(disk, path, sample_options(chunk_bytes));
    image = contents_of(path);
    ASSERT_TRUE(open_and_verify(path).ok());
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    for (size_t at = 0; at < image.size(); ++at) {
        const auto changed = static_cast<char>(image[at] ^ (1 << (at % 8)));
        ASSERT_EQ(::pwrite(file.get(), &changed, 1, static_cast<off_t>(at)), 1);
        const Status status = open_and_verify(path);
        ASSERT_FALSE(status.ok()) << "byte " << at << " of " << image.size();
        ASSERT_EQ(status.error().kind, ErrorKind::untrusted) << in_english(status.error());
        ASSERT_EQ(::pwrite(file.get(), &image[at], 1, static_cast<off_t>(at)), 1);
    }
    EXPECT_TRUE(open_and_verify(path).ok());
}

TEST_F(DamagedImage, is_noticed_wherever_it_is_cut_short) {
    for (size_t length = 0; length < image.size(); length += 37) {
        put_contents(path, image.substr(0, length));
        ASSERT_FALSE(ImageReader::open(path).ok()) << length;
    }
    put_contents(path, image.substr(0, image.size() - 1));
    ASSERT_FALSE(ImageReader::open(path).ok());
}

TEST_F(DamagedImage, may_not_be_followed_by_anything) {
    put_contents(path, image + '\0');
    EXPECT_NE(reason().find("bytes and should have"), std::string::npos);
}

TEST_F(DamagedImage, may_not_claim_a_frame_that_is_too_long) {
    write_hostile([](ImageManifest&, std::vector<ChunkEntry>& table, std::string&) {
        table[0].frame_bytes = 1U << 31;
    });
    EXPECT_NE(reason().find("out of bounds"), std::string::npos);
}

TEST_F(DamagedImage, may_not_claim_zeros_with_another_hash) {
    write_hostile([](ImageManifest&, std::vector<ChunkEntry>& table, std::string&) {
        table[0].kind = ChunkKind::zeros;
    });
    EXPECT_NE(reason().find("said to be zero"), std::string::npos);
}

TEST_F(DamagedImage, may_not_hold_a_frame_that_unpacks_to_more_than_its_chunk) {
    write_hostile([](ImageManifest& manifest, std::vector<ChunkEntry>& table, std::string& frames) {
        FrameCompressor compressor(1);
        Bytes frame(max_frame_bytes(chunk_bytes * 1024));
        frame.resize(compressor.compress(Bytes(chunk_bytes * 1024, 'x'), frame).value());
        frames.replace(0, table[0].frame_bytes, as_text(frame));
        table[0].frame_bytes = static_cast<uint32_t>(frame.size());
        const Bytes digest = hash(manifest.hash_algorithm, frame);
        std::copy_n(digest.begin(), chunk_hash_bytes, table[0].frame_hash);
    });
    EXPECT_NE(reason().find("not one zstd frame of the chunk's size"), std::string::npos);
}

TEST_F(DamagedImage, may_not_hold_a_frame_that_unpacks_to_something_else) {
    write_hostile([](ImageManifest& manifest, std::vector<ChunkEntry>& table, std::string& frames) {
        FrameCompressor compressor(1);
        Bytes frame(max_frame_bytes(chunk_bytes));
        frame.resize(compressor.compress(Bytes(chunk_bytes, 'x'), frame).value());
        frames.replace(0, table[0].frame_bytes, as_text(frame));
        table[0].frame_bytes = static_cast<uint32_t>(frame.size());
        const Bytes digest = hash(manifest.hash_algorithm, frame);
        std::copy_n(digest.begin(), chunk_hash_bytes, table[0].frame_hash);
    });
    EXPECT_NE(reason().find("does not decompress to what was signed"), std::string::npos);
}

TEST_F(DamagedImage, may_not_hold_another_manifest_than_its_table) {
    write_hostile([](ImageManifest& manifest, std::vector<ChunkEntry>&, std::string&) {
        manifest.disk_bytes += chunk_bytes;
        manifest.minimum_disk_bytes += chunk_bytes;
        ++manifest.chunk_count;
    });
    EXPECT_NE(reason().find("header and manifest differ"), std::string::npos);
}

TEST_F(DamagedImage, may_not_claim_another_amount_of_data) {
    write_hostile(
        [](ImageManifest& manifest, std::vector<ChunkEntry>&, std::string&) { manifest.data_bytes -= 512; });
    EXPECT_NE(reason().find("table and manifest differ"), std::string::npos);
}

TEST_F(DamagedImage, is_told_from_one_whose_signer_is_unknown) {
    const auto reader = ImageReader::open(path);
    ASSERT_TRUE(reader.ok());
    TrustAnchors anchors;
    const Status unknown = check_image_signer(**reader, anchors);
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().kind, ErrorKind::untrusted);
    EXPECT_NE(in_english(unknown.error()).find(sample_key().certificate().key_fingerprint()),
              std::string::npos);
    anchors.add(SigningKey::generate("Somebody else", "image").value().certificate());
    EXPECT_FALSE(check_image_signer(**reader, anchors).ok());
    anchors.add(sample_key().certificate());
    EXPECT_TRUE(check_image_signer(**reader, anchors).ok());
}

TEST_F(DamagedImage, is_noticed_when_its_table_changes_after_it_was_opened) {
    const auto reader = ImageReader::open(path).value();
    std::string changed = image;
    changed[decode_image_header(as_bytes(image))->table_offset() + 9] ^= 1;
    put_contents(path, changed);
    ChunkCursor cursor(reader);
    const auto row = cursor.row(0);
    ASSERT_FALSE(row.ok());
    EXPECT_NE(in_english(row.error()).find("has changed since"), std::string::npos);
}

TEST(ImageReader, refuses_what_is_no_regular_file) {
    const ScratchDirectory directory;
    const auto result = ImageReader::open(directory.path());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::environment);
    const auto missing = ImageReader::open(directory / "missing");
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().os_errno, ENOENT);
}

}  // namespace
}  // namespace regain
