#pragma once
// Writes an image file: chunks compressed on every core with bounded memory, frames in order, and at the end
// the chunk table and the signed manifest in front of them. The file appears under its name only when it is
// complete and on the disk; a failure or an interruption leaves nothing behind.

#include <filesystem>
#include <stop_token>

#include "base/result.h"
#include "imager/image_format.h"
#include "imager/image_manifest.h"
#include "imager/image_progress.h"
#include "imager/image_source.h"
#include "trust/keys.h"

namespace regain {

struct ImageWriteOptions {
    int compression_level = 19;
    unsigned threads = 0;  ///< 0: one for each core
    uint32_t chunk_bytes = default_chunk_bytes;
    HashAlgorithm hash_algorithm = HashAlgorithm::blake2b512;
};

/// Writes `source` as an image to `path`. Of `draft` everything is taken but what the writer finds out: disk
/// size, chunks, hashes and lengths. Gives the manifest as it was signed. Errors: ErrorKind::environment (no
/// room, no such directory), interrupted, failed.
Result<ImageManifest> write_image(ImageSource& source, ImageManifest draft, const std::filesystem::path& path,
                                  const SigningKey& key, const ImageWriteOptions& options,
                                  const ImageProgressFunction& progress, std::stop_token stop);

}  // namespace regain
