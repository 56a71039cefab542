#pragma once
// The bytes of an image file (docs/image-format.md): one zstd skippable frame with the signed manifest and
// the chunk table, then one zstd frame for each chunk of the disk. Offsets, bounds and the coding of header
// and table entries; used by the writer and the reader. Does no I/O.

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// Ref: Zstandard compression format (RFC 8878) section 3.1.2: any of 0x184D2A50..0x184D2A5F is skipped.
constexpr uint32_t image_frame_magic = 0x184D2A57;
constexpr std::string_view image_signature{"Regain image\r\n\x1a\n", 16};
constexpr uint32_t image_format_version = 1;
constexpr size_t image_fixed_header_bytes = 64;
/// The header ends on a multiple of this, so that frames can be read with large aligned requests.
constexpr uint64_t image_header_alignment = 4096;
constexpr std::string_view image_manifest_type = "regain.image+jws";

/// Bounds of what an image may ask a reader for; anything beyond is refused before it is read.
constexpr uint32_t max_manifest_room_bytes = 8U << 20;
constexpr uint32_t min_chunk_bytes = 4096;
constexpr uint32_t default_chunk_bytes = 4U << 20;
constexpr uint32_t max_chunk_bytes = 16U << 20;
constexpr uint64_t max_chunk_count = uint64_t{1}
                                     << 25;  ///< 128 TiB in chunks of 4 MiB; their table fills 2.3 GiB
constexpr uint64_t max_image_disk_bytes = uint64_t{1} << 50;

/// What the header says before the manifest can be read; everything in it is checked against the manifest.
struct ImageHeader {
    uint32_t manifest_bytes = 0;       ///< length of the JWS
    uint32_t manifest_room_bytes = 0;  ///< what is reserved for it; the rest is zero
    uint64_t chunk_count = 0;

    uint64_t manifest_offset() const { return image_fixed_header_bytes; }
    uint64_t table_offset() const { return image_fixed_header_bytes + manifest_room_bytes; }
    uint64_t table_bytes() const;
    /// Where the first chunk's frame starts: the end of the skippable frame.
    uint64_t frames_offset() const;
};

/// How much room to reserve for a manifest whose final length is not known exactly yet.
uint32_t manifest_room_for(size_t draft_bytes);

/// 64 bytes.
Bytes encode_image_header(const ImageHeader& header);
/// Checks every byte of the fixed header; ErrorKind::untrusted with the reason in words.
Result<ImageHeader> decode_image_header(ByteView bytes);

enum class ChunkKind : uint8_t { data = 0, zeros = 1 };

constexpr size_t chunk_hash_bytes = 32;  ///< hashes in the table are cut to their first 32 bytes
constexpr size_t chunk_entry_bytes = 8 + 2 * chunk_hash_bytes;

/// One row of the chunk table.
struct ChunkEntry {
    uint32_t frame_bytes = 0;
    ChunkKind kind = ChunkKind::data;
    uint8_t frame_hash[chunk_hash_bytes] = {};
    uint8_t content_hash[chunk_hash_bytes] = {};
};

void encode_chunk_entry(const ChunkEntry& entry, MutableByteView bytes);
/// False when a reserved byte is set, the kind is unknown, or the frame is empty.
bool decode_chunk_entry(ByteView bytes, ChunkEntry& entry);

/// Round up to a multiple.
constexpr uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) / alignment * alignment;
}

}  // namespace regain
