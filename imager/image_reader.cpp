#include "imager/image_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/hash.h"
#include "imager/frame_codec.h"
#include "trust/jws.h"

namespace regain {
namespace {

bool has_cut_hash(const Bytes& digest, const uint8_t* cut) {
    return std::memcmp(digest.data(), cut, chunk_hash_bytes) == 0;
}

}  // namespace

Error ImageReader::damaged(Message reason) const {
    return error(ErrorKind::untrusted, message("use the image {0}", location()), std::move(reason),
                 message("Copy or build the image again."));
}

Result<std::shared_ptr<const ImageReader>> ImageReader::open(std::unique_ptr<ImageBytes> bytes,
                                                             const std::stop_token& stop) {
    const std::shared_ptr<ImageReader> reader(new ImageReader);
    reader->bytes_ = std::move(bytes);
    REGAIN_TRY(reader->read_manifest(stop));
    REGAIN_TRY(reader->read_table(stop));
    return std::shared_ptr<const ImageReader>(reader);
}

Result<std::shared_ptr<const ImageReader>> ImageReader::open(const std::filesystem::path& path) {
    REGAIN_ASSIGN(auto bytes, open_image_file(path));
    return open(std::move(bytes));
}

Result<std::shared_ptr<const ImageReader>> ImageReader::open_location(const std::string& location,
                                                                      const std::stop_token& stop) {
    REGAIN_ASSIGN(auto bytes, open_image_bytes(location, stop));
    return open(std::move(bytes), stop);
}

std::string ImageReader::file_name() const {
    return std::filesystem::path(location()).filename().string();
}

Status ImageReader::read_manifest(const std::stop_token& stop) {
    const uint64_t file_bytes = bytes_->size_bytes();
    if (file_bytes < image_fixed_header_bytes) return damaged(message("the file is too short"));
    Bytes fixed(image_fixed_header_bytes);
    REGAIN_TRY(bytes_->read(0, fixed, stop));
    auto header = decode_image_header(fixed);
    if (!header.ok()) return damaged(header.error().reason);
    header_ = *header;
    if (header_.frames_offset() > file_bytes) return damaged(message("the file is cut short"));

    Bytes jws(header_.manifest_bytes);
    REGAIN_TRY(bytes_->read(header_.manifest_offset(), jws, stop));
    REGAIN_TRY(
        check_padding(header_.manifest_offset() + header_.manifest_bytes, header_.table_offset(), stop));
    auto verified = verify_jws(as_text(jws), std::string(image_manifest_type));
    if (!verified.ok())
        return damaged(message("its signature does not hold: {0}", in_english(verified.error().reason)));
    signer_ = verified->signer;
    if (signer_.empty()) return damaged(message("it does not say who signed it"));
    auto manifest = image_manifest_from_json(verified->payload);
    if (!manifest.ok()) return damaged(manifest.error().reason);
    manifest_ = std::move(manifest).value();
    if (manifest_.chunk_count != header_.chunk_count) return damaged(message("header and manifest differ"));
    if (manifest_.file_bytes != file_bytes)
        return damaged(
            message("the file has {0} bytes and should have {1}", file_bytes, manifest_.file_bytes));
    return done();
}

Status ImageReader::check_padding(uint64_t offset, uint64_t end, const std::stop_token& stop) const {
    uint8_t buffer[65536];
    while (offset < end) {
        const MutableByteView part{buffer, std::min<size_t>(sizeof buffer, end - offset)};
        REGAIN_TRY(bytes_->read(offset, part, stop));
        if (!is_filled_with(part, 0)) return damaged(message("its header is damaged"));
        offset += part.size();
    }
    return done();
}

Status ImageReader::check_entry(const ChunkEntry& entry, uint64_t chunk, const Bytes& zero_hash) const {
    const uint32_t content_bytes = manifest_.content_bytes(chunk);
    if (entry.frame_bytes > max_frame_bytes(content_bytes))
        return damaged(message("the length of chunk {0} is out of bounds", chunk));
    if (entry.kind != ChunkKind::zeros) return done();
    const bool is_whole = content_bytes == manifest_.chunk_bytes;
    const Bytes expected = is_whole ? zero_hash : hash(manifest_.hash_algorithm, Bytes(content_bytes, 0));
    if (!has_cut_hash(expected, entry.content_hash))
        return damaged(message("chunk {0} is said to be zero and has another hash", chunk));
    return done();
}

Status ImageReader::read_table(const std::stop_token& stop) {
    const Bytes zero_hash = hash(manifest_.hash_algorithm, Bytes(manifest_.chunk_bytes, 0));
    Hasher whole(manifest_.hash_algorithm);
    uint64_t frame_offset = header_.frames_offset();
    uint64_t data_bytes = 0;
    for (uint64_t first = 0; first < header_.chunk_count; first += rows_per_page) {
        const uint64_t count = std::min(rows_per_page, header_.chunk_count - first);
        Bytes page(count * chunk_entry_bytes);
        REGAIN_TRY(bytes_->read(header_.table_offset() + first * chunk_entry_bytes, page, stop));
        whole.update(page);
        pages_.push_back({hash(manifest_.hash_algorithm, page), frame_offset});
        for (uint64_t i = 0; i < count; ++i) {
            ChunkEntry entry;
            if (!decode_chunk_entry(ByteView(page).subspan(i * chunk_entry_bytes, chunk_entry_bytes), entry))
                return damaged(message("its chunk table is damaged"));
            REGAIN_TRY(check_entry(entry, first + i, zero_hash));
            frame_offset += entry.frame_bytes;
            longest_frame_bytes_ = std::max(longest_frame_bytes_, entry.frame_bytes);
            if (entry.kind == ChunkKind::zeros) continue;
            data_bytes += manifest_.content_bytes(first + i);
            longest_data_frame_bytes_ = std::max(longest_data_frame_bytes_, entry.frame_bytes);
        }
    }
    if (to_hex(whole.finish()) != manifest_.root_hash) return damaged(message("its chunk table is damaged"));
    if (frame_offset != bytes_->size_bytes()) return damaged(message("its frames do not fill the file"));
    if (data_bytes != manifest_.data_bytes) return damaged(message("table and manifest differ"));
    return check_padding(header_.table_offset() + header_.table_bytes(), header_.frames_offset(), stop);
}

Result<Bytes> ImageReader::read_page(uint64_t page, const std::stop_token& stop) const {
    const uint64_t first = page * rows_per_page;
    Bytes bytes(std::min(rows_per_page, header_.chunk_count - first) * chunk_entry_bytes);
    REGAIN_TRY(bytes_->read(header_.table_offset() + first * chunk_entry_bytes, bytes, stop));
    if (hash(manifest_.hash_algorithm, bytes) != pages_[page].hash)
        return damaged(message("its chunk table has changed since it was opened"));
    return bytes;
}

Status ImageReader::read_frame(const ChunkRow& row, MutableByteView frame,
                               const std::stop_token& stop) const {
    return bytes_->read(row.frame_offset, frame, stop);
}

Status ImageReader::read_frame_forward(const ChunkRow& row, MutableByteView frame,
                                       const std::stop_token& stop) const {
    return bytes_->read_forward(row.frame_offset, frame, stop);
}

Status ImageReader::check_frame(const ChunkRow& row, uint64_t chunk, ByteView frame) const {
    if (!has_cut_hash(hash(manifest_.hash_algorithm, frame), row.entry.frame_hash))
        return damaged(message("chunk {0} is damaged", chunk));
    return done();
}

bool ImageReader::is_content(const ChunkEntry& entry, ByteView content) const {
    return has_cut_hash(hash(manifest_.hash_algorithm, content), entry.content_hash);
}

Result<ChunkRow> ChunkCursor::row(uint64_t chunk, const std::stop_token& stop) {
    const uint64_t page = chunk / ImageReader::rows_per_page;
    if (page != page_) {
        REGAIN_ASSIGN(const Bytes bytes, reader_->read_page(page, stop));
        rows_.clear();
        uint64_t offset = reader_->pages_[page].first_frame_offset;
        for (size_t at = 0; at < bytes.size(); at += chunk_entry_bytes) {
            ChunkRow row;
            decode_chunk_entry(ByteView(bytes).subspan(at, chunk_entry_bytes),
                               row.entry);  // checked when it was opened
            row.frame_offset = offset;
            offset += row.entry.frame_bytes;
            rows_.push_back(row);
        }
        page_ = page;
    }
    return rows_[chunk % ImageReader::rows_per_page];
}

Status check_image_signer(const ImageReader& reader, const TrustAnchors& anchors) {
    if (anchors.believes(reader.signer())) return done();
    return error(
        ErrorKind::untrusted, message("use the image {0}", reader.location()),
        message("its signer, {0} (key {1}), is not among those that are trusted",
                to_utf8(reader.signer().front().common_name()), reader.signer_fingerprint()),
        message("If you know this signer, give its certificate with --trust, or put it into the state "
                "directory's trust folder."));
}

}  // namespace regain
