#pragma once
// One chunk ↔ one zstd frame. Each thread of the writer and of the pipeline owns one of these. Only what was
// authenticated is given to the decompressor: the callers check the frame's hash first.

#include <memory>

#include "base/bytes.h"
#include "base/result.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace regain {

/// The longest frame that a chunk of this many bytes can become.
size_t max_frame_bytes(size_t content_bytes);

class FrameCompressor {
  public:
    explicit FrameCompressor(int level);
    /// Writes one frame with content size and checksum into `frame`; gives its length. ErrorKind::failed.
    Result<size_t> compress(ByteView content, MutableByteView frame);

  private:
    struct Release {
        void operator()(ZSTD_CCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_CCtx_s, Release> context_;
};

class FrameDecompressor {
  public:
    FrameDecompressor();
    /// `frame` must be exactly one frame whose content fills `content` exactly. ErrorKind::untrusted.
    Status decompress(ByteView frame, MutableByteView content);

  private:
    struct Release {
        void operator()(ZSTD_DCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_DCtx_s, Release> context_;
};

/// True when `frame` is one ordinary zstd frame, no more and no less, that states `content_bytes` as its
/// content's size and carries a checksum.
bool is_one_frame(ByteView frame, uint64_t content_bytes);

}  // namespace regain
