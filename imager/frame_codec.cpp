#include "imager/frame_codec.h"

#include <zstd.h>

#include <cstdlib>
#include <utility>

namespace regain {
namespace {

// Without memory for a context nothing can be done that would be worth reporting.
template <typename Context>
Context* require(Context* context) {
    if (context == nullptr) std::abort();
    return context;
}

Error damaged_frame(Message reason) {
    return error(ErrorKind::untrusted, message("decompress a chunk of the image"), std::move(reason));
}

}  // namespace

size_t max_frame_bytes(size_t content_bytes) {
    return ZSTD_compressBound(content_bytes);
}

void FrameCompressor::Release::operator()(ZSTD_CCtx* context) const {
    ZSTD_freeCCtx(context);
}
void FrameDecompressor::Release::operator()(ZSTD_DCtx* context) const {
    ZSTD_freeDCtx(context);
}

FrameCompressor::FrameCompressor(int level) : context_(require(ZSTD_createCCtx())) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_contentSizeFlag, 1);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

Result<size_t> FrameCompressor::compress(ByteView content, MutableByteView frame) {
    const size_t length =
        ZSTD_compress2(context_.get(), frame.data(), frame.size(), content.data(), content.size());
    if (ZSTD_isError(length) != 0)
        return error(ErrorKind::failed, message("compress a chunk"),
                     message("{0}", ZSTD_getErrorName(length)));
    return length;
}

FrameDecompressor::FrameDecompressor() : context_(require(ZSTD_createDCtx())) {}

Status FrameDecompressor::decompress(ByteView frame, MutableByteView content) {
    if (!is_one_frame(frame, content.size()))
        return damaged_frame(message("it is not one zstd frame of the chunk's size"));
    const size_t length =
        ZSTD_decompressDCtx(context_.get(), content.data(), content.size(), frame.data(), frame.size());
    if (ZSTD_isError(length) != 0) return damaged_frame(message("{0}", ZSTD_getErrorName(length)));
    if (length != content.size()) return damaged_frame(message("its length differs from the chunk's"));
    return done();
}

bool is_one_frame(ByteView frame, uint64_t content_bytes) {
    // Ref: RFC 8878 section 3.1.1: magic number, then the frame header descriptor, whose bit 2 is the
    // checksum flag.
    constexpr size_t at_descriptor = 4;
    constexpr uint8_t checksum_flag = 0x04;
    if (frame.size() <= at_descriptor || read_le32(frame, 0) != ZSTD_MAGICNUMBER) return false;
    if ((frame[at_descriptor] & checksum_flag) == 0) return false;
    if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != content_bytes) return false;
    const size_t length = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
    return ZSTD_isError(length) == 0 && length == frame.size();
}

}  // namespace regain
