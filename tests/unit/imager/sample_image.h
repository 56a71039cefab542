#pragma once
// Small disks and images of them for the tests of this room: a temporary directory, a source in memory, and a
// key that is made once.

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "imager/image_reader.h"
#include "imager/image_source.h"
#include "imager/image_writer.h"

namespace regain {

/// A directory that is removed with everything in it.
class ScratchDirectory {
  public:
    ScratchDirectory();
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// A disk in memory; chunks that were never filled are holes.
class MemorySource final : public ImageSource {
  public:
    explicit MemorySource(uint64_t size_bytes) : content_(size_bytes, 0) {}
    uint64_t size_bytes() const override { return content_.size(); }
    Status read(uint64_t offset, MutableByteView content) override;
    bool is_hole(uint64_t, uint64_t) override { return false; }
    Bytes& content() { return content_; }
    /// Called with the offset of each read; for failures and interruptions in the middle.
    std::function<Status(uint64_t)> on_read;

  private:
    Bytes content_;
};

/// Pseudo-random but half compressible bytes, the same for the same seed.
void fill_pattern(MutableByteView bytes, uint64_t seed);

const SigningKey& sample_key();
ImageManifest sample_draft();
/// A disk of `chunks` chunks of `chunk_bytes`: every third one is zero.
MemorySource sample_disk(size_t chunks, uint32_t chunk_bytes);
ImageWriteOptions sample_options(uint32_t chunk_bytes);
/// Writes an image of the source, failing the test when that fails.
ImageManifest write_sample(ImageSource& source, const std::filesystem::path& path,
                           const ImageWriteOptions& options, const ImageManifest& draft = sample_draft());
std::string contents_of(const std::filesystem::path& path);
void put_contents(const std::filesystem::path& path, std::string_view contents);

}  // namespace regain
