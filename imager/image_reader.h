#pragma once
// Opens an image, in a file or on a web server, and checks everything in front of its frames before it gives
// anything away: header, signature, chunk table, lengths. Whether the signer is believed is a question of its
// own. Lengths come from a stranger's file: each is bounded before memory is taken. Never decompresses
// (chunk_pipeline.h does).

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "imager/image_bytes.h"
#include "imager/image_format.h"
#include "imager/image_manifest.h"
#include "trust/keys.h"

namespace regain {

/// A chunk table entry and where its frame lies in the file.
struct ChunkRow {
    ChunkEntry entry;
    uint64_t frame_offset = 0;
};

class ImageReader {
  public:
    /// Checks the header, the manifest's signature and the whole chunk table; reads no frame. Errors:
    /// ErrorKind::environment when it cannot be opened or read, untrusted when it is damaged or no image;
    /// interrupted.
    static Result<std::shared_ptr<const ImageReader>> open(std::unique_ptr<ImageBytes> bytes,
                                                           const std::stop_token& stop = {});
    /// The same for a file.
    static Result<std::shared_ptr<const ImageReader>> open(const std::filesystem::path& path);
    /// The same for what was given on a command line: a path, or an address on a web server.
    static Result<std::shared_ptr<const ImageReader>> open_location(const std::string& location,
                                                                    const std::stop_token& stop);

    /// Path or address, as it was given.
    const std::string& location() const { return bytes_->location(); }
    /// The last part of it: what people call the image.
    std::string file_name() const;
    const ImageManifest& manifest() const { return manifest_; }
    /// Certificates that the image brings with it, the signer's first; intact, but not yet believed.
    const std::vector<SignerCertificate>& signer() const { return signer_; }
    std::string signer_fingerprint() const { return signer_.front().key_fingerprint(); }
    ImageReference reference() const { return image_reference(manifest_, signer_fingerprint()); }
    /// The longest frame of a chunk that is not all zero.
    uint32_t longest_data_frame_bytes() const { return longest_data_frame_bytes_; }
    uint32_t longest_frame_bytes() const { return longest_frame_bytes_; }

    /// Reads a frame. `frame` has entry.frame_bytes. Thread-safe. Nothing is checked: check_frame().
    Status read_frame(const ChunkRow& row, MutableByteView frame, const std::stop_token& stop) const;
    /// The same for a reader that takes frames in their order, one call at a time: the next ones are fetched
    /// meanwhile.
    Status read_frame_forward(const ChunkRow& row, MutableByteView frame, const std::stop_token& stop) const;
    /// No more frames are read forward for now.
    void rest() const { bytes_->rest(); }
    /// Whom to tell when bytes do not come and are waited for; an empty one ends it.
    void tell_troubles_to(ImageTroubleFunction function) const {
        bytes_->tell_troubles_to(std::move(function));
    }
    /// Whether a frame is the one that was signed. Thread-safe. ErrorKind::untrusted.
    Status check_frame(const ChunkRow& row, uint64_t chunk, ByteView frame) const;
    /// True when `content` has the hash that the table promises. Thread-safe.
    bool is_content(const ChunkEntry& entry, ByteView content) const;

  private:
    friend class ChunkCursor;
    // The table of a large disk does not stay in memory: only the hash of each page of it, made while the
    // whole table was checked against the signed root hash, so that a page that is read again is still
    // authenticated.
    struct TablePage {
        Bytes hash;
        uint64_t first_frame_offset = 0;
    };
    static constexpr uint64_t rows_per_page = 1024;

    ImageReader() = default;
    Status read_manifest(const std::stop_token& stop);
    Status read_table(const std::stop_token& stop);
    Status check_padding(uint64_t offset, uint64_t end, const std::stop_token& stop) const;
    Status check_entry(const ChunkEntry& entry, uint64_t chunk, const Bytes& zero_hash) const;
    Result<Bytes> read_page(uint64_t page, const std::stop_token& stop) const;
    Error damaged(Message reason) const;

    std::unique_ptr<ImageBytes> bytes_;
    ImageHeader header_;
    ImageManifest manifest_;
    std::vector<SignerCertificate> signer_;
    std::vector<TablePage> pages_;
    uint32_t longest_data_frame_bytes_ = 0;
    uint32_t longest_frame_bytes_ = 0;
};

/// Looks rows up, holding one page of the table (72 KiB). One for each thread.
class ChunkCursor {
  public:
    explicit ChunkCursor(std::shared_ptr<const ImageReader> reader) : reader_(std::move(reader)) {}
    /// `chunk` is below the manifest's chunk_count. ErrorKind::untrusted when the file changed since it was
    /// opened.
    Result<ChunkRow> row(uint64_t chunk, const std::stop_token& stop = {});

  private:
    std::shared_ptr<const ImageReader> reader_;
    uint64_t page_ = UINT64_MAX;
    std::vector<ChunkRow> rows_;
};

/// Refuses an image whose signer is not among the anchors. ErrorKind::untrusted; the advice names the key.
Status check_image_signer(const ImageReader& reader, const TrustAnchors& anchors);

}  // namespace regain
