#include "imager/chunk_pipeline.h"

#include <algorithm>
#include <utility>

namespace regain {
namespace {

constexpr uint64_t max_zero_chunks_ahead = 256;

struct BufferPlan {
    size_t content_buffers;
    unsigned threads;
};

// Each thread holds one frame; each thread and the consumers behind it need buffers of content.
BufferPlan plan_buffers(const ImageReader& reader, const ChunkPipeline::Options& options) {
    const uint64_t content = reader.manifest().chunk_bytes;
    const uint64_t frame =
        options.zeros == ZeroChunks::check ? reader.longest_frame_bytes() : reader.longest_data_frame_bytes();
    const unsigned wanted =
        options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    unsigned threads = 1;
    while (threads < wanted && (threads + 1) * frame + (threads + 1 + 3) * content <= options.memory_bytes)
        ++threads;
    const uint64_t left = options.memory_bytes > threads * frame ? options.memory_bytes - threads * frame : 0;
    const uint64_t fitting = std::max<uint64_t>(2, left / content);
    return {static_cast<size_t>(std::min<uint64_t>(fitting, threads + 4)), threads};
}

}  // namespace

// A fixed number of buffers that come back by themselves, also after the pipeline is gone.
class ChunkPipeline::Pool : public std::enable_shared_from_this<Pool> {
  public:
    Pool(size_t count, size_t bytes) {
        for (size_t i = 0; i < count; ++i) free_.push_back(std::make_unique<AlignedBuffer>(bytes));
    }

    /// Blocks; nothing when the pool was closed.
    std::shared_ptr<AlignedBuffer> acquire() {
        std::unique_lock lock(mutex_);
        returned_.wait(lock, [&] { return is_closed_ || !free_.empty(); });
        if (is_closed_) return nullptr;
        AlignedBuffer* const buffer = free_.back().release();
        free_.pop_back();
        lock.unlock();
        return {buffer, [self = shared_from_this()](AlignedBuffer* returned) { self->take_back(returned); }};
    }

    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        returned_.notify_all();
    }

  private:
    void take_back(AlignedBuffer* buffer) {
        const std::lock_guard lock(mutex_);
        free_.emplace_back(buffer);
        returned_.notify_one();
    }

    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<AlignedBuffer>> free_;
    bool is_closed_ = false;
};

Status unpack_chunk(const ImageReader& reader, const ChunkRow& row, uint64_t chunk,
                    FrameDecompressor& decompressor, ByteView frame, MutableByteView content) {
    REGAIN_TRY(reader.check_frame(row, chunk, frame));
    REGAIN_TRY(decompressor.decompress(frame, content));
    if (!reader.is_content(row.entry, content))
        return error(ErrorKind::untrusted, message("use the image {0}", reader.location()),
                     message("chunk {0} does not decompress to what was signed", chunk));
    return done();
}

ChunkPipeline::ChunkPipeline(std::shared_ptr<const ImageReader> reader, Options options, std::stop_token stop)
    : reader_(std::move(reader)),
      options_(options),
      cursor_(reader_),
      next_to_start_(options.first_chunk),
      next_to_give_(options.first_chunk) {
    const BufferPlan plan = plan_buffers(*reader_, options_);
    content_buffers_ = plan.content_buffers;
    pool_ = std::make_shared<Pool>(plan.content_buffers, reader_->manifest().chunk_bytes);
    for (unsigned i = 0; i < plan.threads; ++i) threads_.emplace_back([this] { work(); });
    on_stop_.emplace(std::move(stop), std::function<void()>([this] { interrupt(); }));
}

ChunkPipeline::~ChunkPipeline() {
    on_stop_.reset();
    reading_.request_stop();
    {
        const std::lock_guard lock(mutex_);
        is_closing_ = true;
        changed_.notify_all();
    }
    pool_->close();
    threads_.clear();
    reader_->rest();
}

void ChunkPipeline::interrupt() {
    reading_.request_stop();  // first: whoever reads a page of the table holds the lock
    fail(error(ErrorKind::interrupted, message("read the image"), message("interrupted by the operator")));
}

void ChunkPipeline::fail(Error failure) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::move(failure);
        changed_.notify_all();
    }
    reading_.request_stop();
    pool_->close();
}

ImageChunk ChunkPipeline::chunk_at(uint64_t index, ChunkKind kind) const {
    ImageChunk chunk;
    chunk.index = index;
    chunk.offset_bytes = index * reader_->manifest().chunk_bytes;
    chunk.length_bytes = reader_->manifest().content_bytes(index);
    chunk.kind = kind;
    return chunk;
}

// Passes zeros on until a chunk comes that has to be decompressed; nothing at the end and after a failure.
std::optional<ChunkRow> ChunkPipeline::next_to_decompress() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] {
            return is_closing_ || failure_ || next_to_start_ < next_to_give_ + max_zero_chunks_ahead;
        });
        if (is_closing_ || failure_ || next_to_start_ >= reader_->manifest().chunk_count) return std::nullopt;
        auto row = cursor_.row(next_to_start_, reading_.get_token());
        if (!row.ok()) {
            failure_ = std::move(row).error();
            changed_.notify_all();
            return std::nullopt;
        }
        if (row->entry.kind == ChunkKind::data || options_.zeros == ZeroChunks::check)
            return std::move(row).value();
        ready_.emplace(next_to_start_, chunk_at(next_to_start_, ChunkKind::zeros));
        ++next_to_start_;
        changed_.notify_all();
    }
}

std::optional<ChunkPipeline::Work> ChunkPipeline::take_work(Bytes& frame) {
    // Whoever takes the lowest chunk that is left has its buffer first: otherwise later chunks could hold all
    // buffers while the one that must be given next has none. And frames are read in their order: from a
    // server they come that way.
    const std::lock_guard start(start_mutex_);
    const auto row = next_to_decompress();
    if (!row) return std::nullopt;
    auto buffer = pool_->acquire();
    if (!buffer) return std::nullopt;
    frame.resize(row->entry.frame_bytes);
    if (const Status read = reader_->read_frame_forward(*row, frame, reading_.get_token()); !read.ok()) {
        fail(read.error());
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    return Work{next_to_start_++, *row, std::move(buffer)};
}

void ChunkPipeline::work() {
    FrameDecompressor decompressor;
    Bytes frame;
    while (auto work = take_work(frame)) {
        ImageChunk chunk = chunk_at(work->chunk, work->row.entry.kind);
        chunk.buffer = std::move(work->buffer);
        const Status status =
            unpack_chunk(*reader_, work->row, chunk.index, decompressor, frame, chunk.content());
        if (!status.ok()) return fail(status.error());
        const std::lock_guard lock(mutex_);
        ready_.emplace(chunk.index, std::move(chunk));
        changed_.notify_all();
    }
}

Result<std::optional<ImageChunk>> ChunkPipeline::next() {
    std::unique_lock lock(mutex_);
    if (next_to_give_ >= reader_->manifest().chunk_count) return std::optional<ImageChunk>();
    changed_.wait(lock, [&] { return failure_ || ready_.contains(next_to_give_); });
    if (failure_) return *failure_;
    auto node = ready_.extract(next_to_give_++);
    changed_.notify_all();
    return std::optional<ImageChunk>(std::move(node.mapped()));
}

}  // namespace regain
