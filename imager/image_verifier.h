#pragma once
// `regain image verify`: reads a whole image and checks every byte of it. What ImageReader::open() does not
// look at, the frames, is read here: hash of the frame, its form, and what it decompresses to.

#include <memory>
#include <stop_token>

#include "base/result.h"
#include "imager/image_progress.h"
#include "imager/image_reader.h"

namespace regain {

/// Success means that the file is byte for byte what was signed, and that `zstd -dc` gives the disk that the
/// manifest describes. Whether the signer is believed: check_image_signer(). ErrorKind::untrusted at the
/// first chunk that is not, with its number; interrupted.
Status verify_image(std::shared_ptr<const ImageReader> reader, const ImageProgressFunction& progress,
                    std::stop_token stop);

}  // namespace regain
