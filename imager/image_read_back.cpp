#include "imager/image_read_back.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

constexpr uint32_t piece_bytes = 1U << 20;
constexpr size_t pieces_ahead = 4;

// A piece of a chunk, read ahead; pieces are hashed in the order of the disk.
struct Piece {
    uint64_t chunk = 0;
    uint32_t offset_in_chunk = 0;
    uint32_t length = 0;
    size_t buffer = 0;
    bool is_complete = false;
    bool has_failed = false;
};

class ReadBack {
  public:
    ReadBack(BlockIo& io, std::shared_ptr<const ImageReader> reader,
             const std::optional<std::vector<uint64_t>>& only, const std::function<void(uint64_t)>& on_bytes,
             std::stop_token stop)
        : io_(io),
          reader_(std::move(reader)),
          manifest_(reader_->manifest()),
          only_(only),
          on_bytes_(on_bytes),
          stop_(std::move(stop)),
          cursor_(reader_),
          hasher_(manifest_.hash_algorithm) {
        const size_t depth = std::max<size_t>(1, std::min(pieces_ahead, io.queue_depth()));
        for (size_t i = 0; i < depth; ++i) {
            buffers_.emplace_back(std::min(piece_bytes, manifest_.chunk_bytes));
            free_buffers_.push_back(i);
        }
    }

    Result<ImageReadBack> run() {
        Status status = read_all();
        drain();
        if (!status.ok()) return std::move(status).error();
        return std::move(result_);
    }

  private:
    uint64_t chunk_count() const { return only_ ? only_->size() : manifest_.chunk_count; }
    uint64_t chunk_at(uint64_t position) const { return only_ ? (*only_)[position] : position; }

    Status read_all() {
        while (position_ < chunk_count() || !pieces_.empty()) {
            if (stop_.stop_requested())
                return error(ErrorKind::interrupted, message("read the image back"),
                             message("interrupted by the operator"));
            while (position_ < chunk_count() && !free_buffers_.empty()) start_piece();
            if (!pieces_.front().is_complete) REGAIN_TRY(wait());
            while (!pieces_.empty() && pieces_.front().is_complete) REGAIN_TRY(take_front());
        }
        return done();
    }

    void start_piece() {
        Piece piece;
        piece.chunk = chunk_at(position_);
        const uint32_t length = manifest_.content_bytes(piece.chunk);
        piece.offset_in_chunk = next_offset_;
        piece.length = std::min(piece_bytes, length - next_offset_);
        piece.buffer = free_buffers_.back();
        free_buffers_.pop_back();
        next_offset_ += piece.length;
        if (next_offset_ == length) {
            next_offset_ = 0;
            ++position_;
        }
        IoRequest request;
        request.operation = IoOperation::read;
        request.offset = piece.chunk * manifest_.chunk_bytes + piece.offset_in_chunk;
        request.buffer = buffers_[piece.buffer].bytes().first(piece.length);
        request.tag = piece.buffer;
        if (!io_.submit(request).ok()) piece.is_complete = piece.has_failed = true;
        pieces_.push_back(piece);
    }

    Status wait() {
        std::vector<IoCompletion> completions;
        const Status waited = io_.wait(completions);
        for (const auto& completion : completions)
            for (auto& piece : pieces_)
                if (!piece.is_complete && piece.buffer == completion.tag) {
                    piece.is_complete = true;
                    piece.has_failed = completion.os_errno != 0 || completion.bytes != piece.length;
                }
        if (!waited.ok() || completions.empty())
            for (auto& piece : pieces_) piece.is_complete = piece.has_failed = true;
        return waited;
    }

    Status take_front() {
        const Piece piece = pieces_.front();
        pieces_.pop_front();
        if (piece.has_failed)
            chunk_has_failed_ = true;
        else
            hasher_.update(buffers_[piece.buffer].bytes().first(piece.length));
        free_buffers_.push_back(piece.buffer);
        const uint32_t length = manifest_.content_bytes(piece.chunk);
        if (piece.offset_in_chunk + piece.length < length) return done();

        REGAIN_ASSIGN(const ChunkRow row, cursor_.row(piece.chunk, stop_));
        const Bytes digest = hasher_.finish();
        if (chunk_has_failed_ || std::memcmp(digest.data(), row.entry.content_hash, chunk_hash_bytes) != 0) {
            ++result_.bad_count;
            if (result_.bad_chunks.size() < max_listed_bad_chunks) result_.bad_chunks.push_back(piece.chunk);
        }
        chunk_has_failed_ = false;
        result_.bytes_read += length;
        if (on_bytes_) on_bytes_(result_.bytes_read);
        return done();
    }

    // No buffer may be freed while a read into it is under way.
    void drain() {
        std::vector<IoCompletion> ignored;
        while (io_.in_flight() > 0)
            if (!io_.wait(ignored).ok()) break;
    }

    BlockIo& io_;
    std::shared_ptr<const ImageReader> reader_;
    const ImageManifest& manifest_;
    const std::optional<std::vector<uint64_t>>& only_;
    const std::function<void(uint64_t)>& on_bytes_;
    std::stop_token stop_;
    ChunkCursor cursor_;
    Hasher hasher_;
    std::vector<AlignedBuffer> buffers_;
    std::vector<size_t> free_buffers_;
    std::deque<Piece> pieces_;
    uint64_t position_ = 0;
    uint32_t next_offset_ = 0;
    bool chunk_has_failed_ = false;
    ImageReadBack result_;
};

}  // namespace

Result<ImageReadBack> read_back_image(BlockIo& io, std::shared_ptr<const ImageReader> reader,
                                      const std::optional<std::vector<uint64_t>>& only,
                                      const std::function<void(uint64_t bytes_read)>& on_bytes,
                                      std::stop_token stop) {
    return ReadBack(io, std::move(reader), only, on_bytes, std::move(stop)).run();
}

}  // namespace regain
