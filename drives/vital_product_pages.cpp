#include "drives/vital_product_pages.h"

#include <cstddef>
#include <string_view>

#include "base/json.h"

namespace regain {
namespace {

constexpr size_t header_bytes = 4;
constexpr size_t identify_offset = 60;  // of the IDENTIFY DEVICE data in page 89h
constexpr size_t identify_bytes = 512;

std::string trimmed(std::string text) {
    const size_t first = text.find_first_not_of(std::string_view(" \0", 2));
    if (first == std::string::npos) return {};
    const size_t last = text.find_last_not_of(std::string_view(" \0", 2));
    return to_utf8(std::string_view(text).substr(first, last - first + 1));
}

bool is_page(ByteView page, uint8_t code, size_t least_bytes) {
    return page.size() >= least_bytes && page.size() >= header_bytes && page[1] == code;
}

uint16_t word_of(ByteView identify, size_t word) {
    return read_le16(identify, word * 2);
}

/// ATA strings hold two characters per word, the first in the high byte.
std::string ata_text(ByteView identify, size_t first_word, size_t last_word) {
    std::string text;
    for (size_t word = first_word; word <= last_word; ++word) {
        text.push_back(static_cast<char>(identify[word * 2 + 1]));
        text.push_back(static_cast<char>(identify[word * 2]));
    }
    return trimmed(text);
}

}  // namespace

std::string unit_serial(ByteView page) {
    if (!is_page(page, 0x80, header_bytes)) return {};
    const size_t length = read_be16(page, 2);
    if (length > page.size() - header_bytes) return {};
    return trimmed(std::string(as_text(page.subspan(header_bytes, length))));
}

Rotation rotation_of(uint16_t rate) {
    if (rate == 1) return Rotation::non_rotating;
    return rate >= 0x0401 && rate <= 0xFFFE ? Rotation::rotating : Rotation::not_reported;
}

Rotation rotation_from_page(ByteView page) {
    return is_page(page, 0xB1, 6) ? rotation_of(read_be16(page, 4)) : Rotation::not_reported;
}

std::optional<AtaIdentity> ata_identity(ByteView page) {
    if (!is_page(page, 0x89, identify_offset + identify_bytes)) return std::nullopt;
    const ByteView identify = page.subspan(identify_offset, identify_bytes);
    AtaIdentity identity;
    identity.model = ata_text(identify, 27, 46);
    identity.serial = ata_text(identify, 10, 19);
    identity.firmware = ata_text(identify, 23, 26);
    identity.rotation = rotation_of(word_of(identify, 217));
    identity.is_compact_flash = word_of(identify, 0) == 0x848A;
    // Word 87 is valid when its bits 15:14 are 01b; bit 8: words 108-111 hold a world wide name.
    const uint16_t supported = word_of(identify, 87);
    if ((supported & 0xC000) == 0x4000 && (supported & 0x0100) != 0) {
        Bytes name(8);
        for (size_t i = 0; i < 4; ++i)
            write_big_endian(MutableByteView(name), i * 2, word_of(identify, 108 + i));
        if (!is_filled_with(name, 0)) identity.wwn = "0x" + to_hex(name);
    }
    return identity;
}

}  // namespace regain
