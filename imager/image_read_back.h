#pragma once
// Proof that an image is on a drive: every chunk read from the medium and hashed. It holds a few megabytes
// whatever the size of a chunk. Only reads; rewriting what differs is the deployer's.

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "drives/block_io.h"
#include "imager/image_reader.h"

namespace regain {

struct ImageReadBack {
    uint64_t bytes_read = 0;
    std::vector<uint64_t> bad_chunks;  ///< differ or cannot be read; the first 256
    uint64_t bad_count = 0;
};

constexpr size_t max_listed_bad_chunks = 256;

/// Reads back all chunks, or only those in `only`. Chunks that were not written because they were zero
/// already are read like all others. `on_bytes` is told after each chunk. Errors are about the image or an
/// interruption; what the drive does wrong is in the result.
Result<ImageReadBack> read_back_image(BlockIo& io, std::shared_ptr<const ImageReader> reader,
                                      const std::optional<std::vector<uint64_t>>& only,
                                      const std::function<void(uint64_t bytes_read)>& on_bytes,
                                      std::stop_token stop);

}  // namespace regain
