#include "imager/image_format.h"

#include <algorithm>
#include <cstring>

namespace regain {
namespace {

// Offsets in the fixed header.
constexpr size_t at_frame_magic = 0;
constexpr size_t at_frame_content_bytes = 4;
constexpr size_t at_signature = 8;
constexpr size_t at_version = 24;
constexpr size_t at_manifest_bytes = 28;
constexpr size_t at_manifest_room = 32;
constexpr size_t at_entry_bytes = 36;
constexpr size_t at_chunk_count = 40;
constexpr size_t at_reserved = 48;
constexpr uint32_t skippable_frame_prefix_bytes = 8;

// Offsets in a table entry.
constexpr size_t at_frame_bytes = 0;
constexpr size_t at_kind = 4;
constexpr size_t at_entry_reserved = 5;
constexpr size_t at_frame_hash = 8;
constexpr size_t at_content_hash = at_frame_hash + chunk_hash_bytes;

Error header_error(Message reason) {
    return error(ErrorKind::untrusted, message("read the image's header"), std::move(reason));
}

}  // namespace

uint64_t ImageHeader::table_bytes() const {
    return chunk_count * chunk_entry_bytes;
}

uint64_t ImageHeader::frames_offset() const {
    return align_up(table_offset() + table_bytes(), image_header_alignment);
}

uint32_t manifest_room_for(size_t draft_bytes) {
    constexpr size_t slack_bytes = 1024;  // counters and hashes that are filled in at the end
    const uint64_t whole =
        align_up(image_fixed_header_bytes + draft_bytes + slack_bytes, image_header_alignment);
    return static_cast<uint32_t>(whole - image_fixed_header_bytes);
}

Bytes encode_image_header(const ImageHeader& header) {
    Bytes bytes(image_fixed_header_bytes, 0);
    write_little_endian<uint32_t>(bytes, at_frame_magic, image_frame_magic);
    write_little_endian<uint32_t>(
        bytes, at_frame_content_bytes,
        static_cast<uint32_t>(header.frames_offset() - skippable_frame_prefix_bytes));
    std::copy(image_signature.begin(), image_signature.end(), bytes.begin() + at_signature);
    write_little_endian<uint32_t>(bytes, at_version, image_format_version);
    write_little_endian<uint32_t>(bytes, at_manifest_bytes, header.manifest_bytes);
    write_little_endian<uint32_t>(bytes, at_manifest_room, header.manifest_room_bytes);
    write_little_endian<uint32_t>(bytes, at_entry_bytes, chunk_entry_bytes);
    write_little_endian<uint64_t>(bytes, at_chunk_count, header.chunk_count);
    return bytes;
}

Result<ImageHeader> decode_image_header(ByteView bytes) {
    if (bytes.size() < image_fixed_header_bytes) return header_error(message("the file is too short"));
    if (read_le32(bytes, at_frame_magic) != image_frame_magic ||
        as_text(bytes.subspan(at_signature, image_signature.size())) != image_signature)
        return header_error(message("it is not a Regain image"));
    const uint32_t version = read_le32(bytes, at_version);
    if (version != image_format_version)
        return header_error(message("its format is version {0}, this program reads version {1}", version,
                                    image_format_version));
    ImageHeader header;
    header.manifest_bytes = read_le32(bytes, at_manifest_bytes);
    header.manifest_room_bytes = read_le32(bytes, at_manifest_room);
    header.chunk_count = read_le64(bytes, at_chunk_count);
    if (header.manifest_bytes == 0 || header.manifest_room_bytes > max_manifest_room_bytes ||
        header.manifest_bytes > header.manifest_room_bytes)
        return header_error(message("the length of its manifest is out of bounds"));
    if (header.chunk_count == 0 || header.chunk_count > max_chunk_count)
        return header_error(message("the number of its chunks is out of bounds"));
    if (read_le32(bytes, at_entry_bytes) != chunk_entry_bytes ||
        read_le32(bytes, at_frame_content_bytes) != header.frames_offset() - skippable_frame_prefix_bytes ||
        !is_filled_with(bytes.subspan(at_reserved, image_fixed_header_bytes - at_reserved), 0))
        return header_error(message("it is damaged"));
    return header;
}

void encode_chunk_entry(const ChunkEntry& entry, MutableByteView bytes) {
    std::fill_n(bytes.begin(), chunk_entry_bytes, uint8_t{0});
    write_little_endian<uint32_t>(bytes, at_frame_bytes, entry.frame_bytes);
    bytes[at_kind] = static_cast<uint8_t>(entry.kind);
    std::copy_n(entry.frame_hash, chunk_hash_bytes, bytes.begin() + at_frame_hash);
    std::copy_n(entry.content_hash, chunk_hash_bytes, bytes.begin() + at_content_hash);
}

bool decode_chunk_entry(ByteView bytes, ChunkEntry& entry) {
    entry.frame_bytes = read_le32(bytes, at_frame_bytes);
    if (entry.frame_bytes == 0 || bytes[at_kind] > static_cast<uint8_t>(ChunkKind::zeros)) return false;
    if (!is_filled_with(bytes.subspan(at_entry_reserved, at_frame_hash - at_entry_reserved), 0)) return false;
    entry.kind = static_cast<ChunkKind>(bytes[at_kind]);
    std::copy_n(bytes.begin() + at_frame_hash, chunk_hash_bytes, entry.frame_hash);
    std::copy_n(bytes.begin() + at_content_hash, chunk_hash_bytes, entry.content_hash);
    return true;
}

}  // namespace regain
