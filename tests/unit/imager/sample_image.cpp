#include "tests/unit/imager/sample_image.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace regain {

ScratchDirectory::ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "regain-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
}

ScratchDirectory::~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Status MemorySource::read(uint64_t offset, MutableByteView content) {
    if (on_read) REGAIN_TRY(on_read(offset));
    std::memcpy(content.data(), content_.data() + offset, content.size());
    return done();
}

void fill_pattern(MutableByteView bytes, uint64_t seed) {
    uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
    for (size_t i = 0; i < bytes.size(); ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = i % 2 == 0 ? static_cast<uint8_t>(state) : uint8_t{'r'};
    }
}

const SigningKey& sample_key() {
    static const SigningKey key = SigningKey::generate("Test workshop, image key", "image").value();
    return key;
}

ImageManifest sample_draft() {
    ImageManifest draft;
    draft.name = "sample";
    draft.version = "20260101T000000Z";
    draft.created = "2026-01-01T00:00:00Z";
    draft.origin = "build";
    draft.profile = "sample";
    draft.profile_sha256 = std::string(64, 'a');
    draft.architecture = "amd64";
    draft.suite = "trixie";
    draft.languages = {"fr", "en"};
    draft.host_name_prefix = "regain";
    draft.packages = {{"bash", "5.2"}, {"dash", "0.5"}};
    return draft;
}

MemorySource sample_disk(size_t chunks, uint32_t chunk_bytes) {
    MemorySource source(chunks * chunk_bytes);
    for (size_t i = 0; i < chunks; ++i) {
        if (i % 3 == 2) continue;
        fill_pattern(MutableByteView(source.content()).subspan(i * chunk_bytes, chunk_bytes), i + 1);
    }
    return source;
}

ImageWriteOptions sample_options(uint32_t chunk_bytes) {
    ImageWriteOptions options;
    options.compression_level = 1;
    options.threads = 2;
    options.chunk_bytes = chunk_bytes;
    return options;
}

ImageManifest write_sample(ImageSource& source, const std::filesystem::path& path,
                           const ImageWriteOptions& options, const ImageManifest& draft) {
    auto manifest = write_image(source, draft, path, sample_key(), options, {}, {});
    EXPECT_TRUE(manifest.ok()) << in_english(manifest.error());
    return std::move(manifest).value();
}

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put_contents(const std::filesystem::path& path, std::string_view contents) {
    std::ofstream(path, std::ios::binary)
        .write(contents.data(), static_cast<std::streamsize>(contents.size()));
}

}  // namespace regain
