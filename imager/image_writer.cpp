#include "imager/image_writer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "imager/file_range.h"
#include "imager/frame_codec.h"
#include "imager/temporary_file.h"
#include "trust/jws.h"

namespace regain {
namespace {

struct CompressedChunk {
    ChunkEntry entry;
    Bytes frame;
    uint64_t data_bytes = 0;
};

void cut_hash(const Bytes& digest, uint8_t* cut) {
    std::copy_n(digest.begin(), chunk_hash_bytes, cut);
}

// Compresses chunks on several threads; whoever completes the chunk that is next in the file writes it and
// those that wait behind it. No thread runs further ahead than a small window, so that memory stays bounded.
class FrameStream {
  public:
    FrameStream(ImageSource& source, ImageManifest& manifest, ImageHeader header, int descriptor,
                const ImageWriteOptions& options, const ImageProgressFunction& progress, std::stop_token stop)
        : source_(source),
          manifest_(manifest),
          header_(header),
          descriptor_(descriptor),
          options_(options),
          progress_(progress),
          stop_(std::move(stop)),
          table_hash_(manifest.hash_algorithm),
          file_offset_(header.frames_offset()) {}

    Status run() {
        const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
        const unsigned count = options_.threads != 0 ? options_.threads : cores;
        window_ = count + 2;
        {
            std::vector<std::jthread> threads;
            for (unsigned i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
        }
        if (failure_) return std::move(*failure_);
        manifest_.root_hash = to_hex(table_hash_.finish());
        manifest_.file_bytes = file_offset_;
        return done();
    }

  private:
    void work() {
        FrameCompressor compressor(options_.compression_level);
        Hasher hasher(manifest_.hash_algorithm);
        Bytes content(manifest_.chunk_bytes);
        while (const auto chunk = next_chunk()) {
            auto result = compress(*chunk, compressor, hasher, content);
            const std::lock_guard lock(mutex_);
            if (!result.ok()) return fail(std::move(result).error());
            ready_.emplace(*chunk, std::move(result).value());
            write_ready();
        }
    }

    std::optional<uint64_t> next_chunk() {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return failure_ || next_to_start_ < next_to_write_ + window_; });
        if (stop_.stop_requested())
            fail(error(ErrorKind::interrupted, message("write the image"),
                       message("interrupted by the operator")));
        if (failure_ || next_to_start_ == manifest_.chunk_count) return std::nullopt;
        return next_to_start_++;
    }

    Result<CompressedChunk> compress(uint64_t chunk, FrameCompressor& compressor, Hasher& hasher,
                                     Bytes& content) {
        const uint64_t offset = chunk * manifest_.chunk_bytes;
        const uint32_t length = manifest_.content_bytes(chunk);
        const MutableByteView plain{content.data(), length};
        bool zeros = source_.is_hole(offset, length);
        if (zeros) {
            std::memset(plain.data(), 0, plain.size());
        } else {
            REGAIN_TRY(source_.read(offset, plain));
            zeros = is_filled_with(plain, 0);
        }
        CompressedChunk result;
        result.frame.resize(max_frame_bytes(length));
        REGAIN_ASSIGN(const size_t frame_bytes, compressor.compress(plain, result.frame));
        result.frame.resize(frame_bytes);
        result.frame.shrink_to_fit();
        result.data_bytes = zeros ? 0 : length;
        result.entry.kind = zeros ? ChunkKind::zeros : ChunkKind::data;
        result.entry.frame_bytes = static_cast<uint32_t>(frame_bytes);
        hasher.update(result.frame);
        cut_hash(hasher.finish(), result.entry.frame_hash);
        hasher.update(plain);
        cut_hash(hasher.finish(), result.entry.content_hash);
        return result;
    }

    // With the lock held.
    void write_ready() {
        while (!failure_ && !ready_.empty() && ready_.begin()->first == next_to_write_) {
            const CompressedChunk chunk = std::move(ready_.begin()->second);
            ready_.erase(ready_.begin());
            uint8_t row[chunk_entry_bytes];
            encode_chunk_entry(chunk.entry, row);
            table_hash_.update(row);
            const Message doing = message("write the image");
            Status status = write_range(descriptor_, file_offset_, chunk.frame, doing);
            if (status.ok())
                status = write_range(descriptor_, header_.table_offset() + next_to_write_ * chunk_entry_bytes,
                                     row, doing);
            if (!status.ok()) return fail(std::move(status).error());
            file_offset_ += chunk.frame.size();
            manifest_.data_bytes += chunk.data_bytes;
            ++next_to_write_;
        }
        room_.notify_all();
        report_progress();
    }

    void report_progress() {
        if (!progress_) return;
        ImageProgress now;
        now.phase = ImagePhase::compress;
        now.done_bytes = std::min(next_to_write_ * manifest_.chunk_bytes, manifest_.disk_bytes);
        now.total_bytes = manifest_.disk_bytes;
        progress_(now);
    }

    // With the lock held; the first failure is the one that counts.
    void fail(Error failure) {
        if (!failure_) failure_ = std::move(failure);
        room_.notify_all();
    }

    ImageSource& source_;
    ImageManifest& manifest_;
    ImageHeader header_;
    int descriptor_;
    const ImageWriteOptions& options_;
    const ImageProgressFunction& progress_;
    std::stop_token stop_;

    std::mutex mutex_;
    std::condition_variable room_;
    std::map<uint64_t, CompressedChunk> ready_;
    uint64_t window_ = 1;
    uint64_t next_to_start_ = 0;
    uint64_t next_to_write_ = 0;
    Hasher table_hash_;
    uint64_t file_offset_;
    std::optional<Error> failure_;
};

Result<ImageManifest> prepare_manifest(const ImageSource& source, ImageManifest draft,
                                       const ImageWriteOptions& options) {
    draft.disk_bytes = source.size_bytes();
    draft.minimum_disk_bytes = std::max(draft.minimum_disk_bytes, draft.disk_bytes);
    draft.chunk_bytes = options.chunk_bytes;
    draft.chunk_count = align_up(draft.disk_bytes, options.chunk_bytes) / options.chunk_bytes;
    draft.hash_algorithm = options.hash_algorithm;
    draft.root_hash = std::string(2 * hash_length(options.hash_algorithm), '0');
    draft.data_bytes = 0;
    draft.file_bytes = 0;
    // The reader's own checks: nothing is written that could not be read again.
    const auto checked = image_manifest_from_json(to_json(draft));
    if (!checked.ok()) return error(ErrorKind::failed, message("write the image"), checked.error().reason);
    if (draft.chunk_count > max_chunk_count)
        return error(ErrorKind::failed, message("write the image"), message("the disk is too large"));
    return draft;
}

Status write_manifest(int descriptor, ImageHeader header, const ImageManifest& manifest,
                      const SigningKey& key) {
    const Message doing = message("write the image");
    REGAIN_ASSIGN(const std::string jws, sign_jws(to_json(manifest), std::string(image_manifest_type), key));
    if (jws.size() > header.manifest_room_bytes)
        return error(ErrorKind::failed, doing,
                     message("the manifest does not fit into the room kept for it"));
    header.manifest_bytes = static_cast<uint32_t>(jws.size());
    REGAIN_TRY(write_range(descriptor, header.manifest_offset(), as_bytes(jws), doing));
    return write_range(descriptor, 0, encode_image_header(header), doing);
}

}  // namespace

Result<ImageManifest> write_image(ImageSource& source, ImageManifest draft, const std::filesystem::path& path,
                                  const SigningKey& key, const ImageWriteOptions& options,
                                  const ImageProgressFunction& progress, std::stop_token stop) {
    REGAIN_ASSIGN(ImageManifest manifest, prepare_manifest(source, std::move(draft), options));
    REGAIN_ASSIGN(const std::string draft_jws,
                  sign_jws(to_json(manifest), std::string(image_manifest_type), key));
    ImageHeader header;
    header.manifest_room_bytes = manifest_room_for(draft_jws.size());
    header.chunk_count = manifest.chunk_count;
    if (header.manifest_room_bytes > max_manifest_room_bytes)
        return error(ErrorKind::failed, message("write the image"),
                     message("its list of packages is too long"));

    REGAIN_ASSIGN(auto file, TemporaryFile::create_beside(path));
    FrameStream frames(source, manifest, header, file.descriptor(), options, progress, stop);
    REGAIN_TRY(frames.run());
    REGAIN_TRY(write_manifest(file.descriptor(), header, manifest, key));
    REGAIN_TRY(file.commit());
    return manifest;
}

}  // namespace regain
