#pragma once
// Reading and writing integers at named offsets of a byte buffer, in the order that a format prescribes.
// Binary formats are decoded with these, never by casting structs. Offsets are the caller's to check.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace regain {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;
using MutableByteView = std::span<uint8_t>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename Integer>
Integer read_little_endian(ByteView bytes, size_t offset) {
    Integer value = 0;
    for (size_t i = sizeof(Integer); i-- > 0;) value = static_cast<Integer>((value << 8) | bytes[offset + i]);
    return value;
}
template <typename Integer>
Integer read_big_endian(ByteView bytes, size_t offset) {
    Integer value = 0;
    for (size_t i = 0; i < sizeof(Integer); ++i)
        value = static_cast<Integer>((value << 8) | bytes[offset + i]);
    return value;
}
inline uint8_t read_u8(ByteView bytes, size_t offset) {
    return bytes[offset];
}
inline uint16_t read_le16(ByteView bytes, size_t offset) {
    return static_cast<uint16_t>(bytes[offset] | (bytes[offset + 1] << 8));
}
inline uint32_t read_le32(ByteView bytes, size_t offset) {
    return read_little_endian<uint32_t>(bytes, offset);
}
inline uint64_t read_le64(ByteView bytes, size_t offset) {
    return read_little_endian<uint64_t>(bytes, offset);
}
inline uint16_t read_be16(ByteView bytes, size_t offset) {
    return static_cast<uint16_t>((bytes[offset] << 8) | bytes[offset + 1]);
}
inline uint32_t read_be32(ByteView bytes, size_t offset) {
    return read_big_endian<uint32_t>(bytes, offset);
}
inline uint64_t read_be64(ByteView bytes, size_t offset) {
    return read_big_endian<uint64_t>(bytes, offset);
}

template <typename Integer>
void write_little_endian(MutableByteView bytes, size_t offset, Integer value) {
    for (size_t i = 0; i < sizeof(Integer); ++i) bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i));
}
template <typename Integer>
void write_big_endian(MutableByteView bytes, size_t offset, Integer value) {
    for (size_t i = 0; i < sizeof(Integer); ++i)
        bytes[offset + i] = static_cast<uint8_t>(value >> (8 * (sizeof(Integer) - 1 - i)));
}

/// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
/// Strict inverse of to_hex: lower case, even length; false when it is anything else.
bool from_hex(std::string_view text, Bytes& bytes);

/// True when every byte is `value`; vectorised by comparing the buffer with itself shifted by one.
bool is_filled_with(ByteView bytes, uint8_t value);

}  // namespace regain
