#pragma once
// The front half of a deployment: chunks of an image, read, checked, decompressed and checked again on every
// core, given in order, in a bounded number of buffers. Used by the deployer, by `image verify`, and for
// rewriting single chunks. Never writes.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/result.h"
#include "drives/block_io.h"
#include "imager/frame_codec.h"
#include "imager/image_reader.h"

namespace regain {

/// A chunk's content, authenticated. The buffer goes back to the pipeline's pool when the last copy is gone.
struct ImageChunk {
    uint64_t index = 0;
    uint64_t offset_bytes = 0;  ///< on the disk
    uint32_t length_bytes = 0;
    ChunkKind kind = ChunkKind::data;
    std::shared_ptr<AlignedBuffer> buffer;  ///< absent for zeros that were not read

    MutableByteView content() const { return buffer->bytes().first(length_bytes); }
};

/// What happens to chunks of zeros: `pass` gives them without a buffer and without reading them; `check`
/// treats them as any other.
enum class ZeroChunks { pass, check };

/// Checks and decompresses one chunk's frame into `content` (its exact length). ErrorKind::untrusted.
Status unpack_chunk(const ImageReader& reader, const ChunkRow& row, uint64_t chunk,
                    FrameDecompressor& decompressor, ByteView frame, MutableByteView content);

class ChunkPipeline {
  public:
    struct Options {
        ZeroChunks zeros = ZeroChunks::pass;
        uint64_t memory_bytes =
            40U << 20;             ///< for buffers of content and of frames; at least two of each are made
        unsigned threads = 0;      ///< 0: one for each core, as far as the memory goes
        uint64_t first_chunk = 0;  ///< where to begin: a resumed deployment goes on in the middle
    };
    ChunkPipeline(std::shared_ptr<const ImageReader> reader, Options options, std::stop_token stop);
    /// Stops the threads and waits for them.
    ~ChunkPipeline();
    ChunkPipeline(const ChunkPipeline&) = delete;
    ChunkPipeline& operator=(const ChunkPipeline&) = delete;

    /// The next chunk in order; nothing after the last one. Blocks until it is there; buffers that the caller
    /// still holds are missing to it: hold fewer than content_buffers(). Errors: untrusted, environment,
    /// interrupted.
    Result<std::optional<ImageChunk>> next();
    size_t content_buffers() const { return content_buffers_; }

  private:
    class Pool;
    struct Work {
        uint64_t chunk;
        ChunkRow row;
        std::shared_ptr<AlignedBuffer> buffer;
    };
    void work();
    std::optional<Work> take_work(Bytes& frame);
    std::optional<ChunkRow> next_to_decompress();
    ImageChunk chunk_at(uint64_t index, ChunkKind kind) const;
    void fail(Error failure);
    void interrupt();

    std::shared_ptr<const ImageReader> reader_;
    Options options_;
    std::stop_source reading_;  ///< ends what is being read
    size_t content_buffers_ = 0;
    std::shared_ptr<Pool> pool_;

    std::mutex mutex_;
    std::condition_variable changed_;
    ChunkCursor cursor_;
    uint64_t next_to_start_ = 0;
    uint64_t next_to_give_ = 0;
    bool is_closing_ = false;
    std::map<uint64_t, ImageChunk> ready_;
    std::optional<Error> failure_;
    std::mutex
        start_mutex_;  ///< held while a worker waits for a buffer and reads, so that both go in chunk order
    std::vector<std::jthread> threads_;
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace regain
