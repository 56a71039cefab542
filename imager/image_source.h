#pragma once
// What an image is made from: the content of a disk that stands still. The builder gives a sparse raw file;
// capture gives a drive whose unused blocks count as holes. Read by several threads at once.

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"

namespace regain {

class ImageSource {
  public:
    virtual ~ImageSource() = default;
    virtual uint64_t size_bytes() const = 0;
    /// Fills `content` from `offset`. Thread-safe.
    virtual Status read(uint64_t offset, MutableByteView content) = 0;
    /// True when the whole range is known to be zero without reading it. Thread-safe.
    virtual bool is_hole(uint64_t offset, uint64_t length) = 0;
};

/// A raw disk in a regular file; its holes are found with SEEK_DATA.
class RawFileSource final : public ImageSource {
  public:
    static Result<std::unique_ptr<RawFileSource>> open(const std::filesystem::path& path);

    uint64_t size_bytes() const override { return size_bytes_; }
    Status read(uint64_t offset, MutableByteView content) override;
    bool is_hole(uint64_t offset, uint64_t length) override;

  private:
    RawFileSource(FileDescriptor file, uint64_t size_bytes)
        : file_(std::move(file)), size_bytes_(size_bytes) {}
    FileDescriptor file_;
    uint64_t size_bytes_;
};

}  // namespace regain
