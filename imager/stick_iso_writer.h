#pragma once
// Writes an ISO to the beginning of a stick so that a power cut at any moment leaves a stick that either
// starts the whole ISO or does not look as if it could start at all: first the head is emptied, then the body
// is written and read back, then the head (volume descriptors), and the first sector last of all; a flush
// between each. Touches nothing beyond the ISO's length. Used by `stick create` and `stick update`.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "drives/block_io.h"
#include "imager/byte_reader.h"

namespace regain {

/// System area, volume descriptors, boot catalogue: without them there is no ISO 9660.
constexpr uint64_t stick_head_bytes = 64U << 10;

class StickIsoWriter {
  public:
    /// Called with how many bytes of the ISO are written, or read back.
    using OnBytes = std::function<void(uint64_t bytes)>;

    /// Borrows both; nothing else may write to `io` below 1 GiB meanwhile. The ISO was checked
    /// (check_iso_for_stick()).
    StickIsoWriter(BlockIo& io, ByteReader iso, std::stop_token stop)
        : io_(io), iso_(std::move(iso)), stop_(std::move(stop)) {}

    /// Empties the head and puts `first_sector`, from which nothing starts, in front.
    Status begin(ByteView first_sector);
    /// Everything behind the head.
    Status write_body(const OnBytes& on_bytes);
    /// Reads the body from the medium. ErrorKind::failed when it differs.
    Status read_body_back(const OnBytes& on_bytes);
    /// The head, read back, then `first_sector`, read back: from now on the stick starts.
    Status complete(ByteView first_sector);

    /// SHA-256 of the ISO as it was read; set by write_body().
    const std::string& iso_sha256() const { return iso_sha256_; }

  private:
    Status check_stop() const;
    Status write_proved(uint64_t offset, ByteView bytes);
    /// A piece of the ISO in `buffer`, filled up with zeros to a whole block; its length.
    Result<size_t> load(uint64_t offset, MutableByteView buffer) const;

    BlockIo& io_;
    ByteReader iso_;
    std::stop_token stop_;
    Bytes head_;
    std::vector<Bytes> piece_hashes_;
    std::string iso_sha256_;
};

}  // namespace regain
