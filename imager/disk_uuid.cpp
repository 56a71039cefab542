#include "imager/disk_uuid.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace regain {

DiskUuid random_uuid() {
    DiskUuid uuid{};
    fill_random(uuid);
    uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0F) | 0x40);
    uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3F) | 0x80);
    return uuid;
}

std::string to_text(const DiskUuid& uuid) {
    std::string text = to_hex(uuid);
    for (const size_t at : {size_t{8}, size_t{13}, size_t{18}, size_t{23}}) text.insert(at, 1, '-');
    return text;
}

bool parse_uuid(std::string_view text, DiskUuid& uuid) {
    if (text.size() != 36) return false;
    std::string digits;
    for (size_t i = 0; i < text.size(); ++i) {
        const bool is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_hyphen_place != (text[i] == '-')) return false;
        if (is_hyphen_place) continue;
        const char c = text[i];
        digits += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    Bytes bytes;
    if (!from_hex(digits, bytes)) return false;
    std::copy(bytes.begin(), bytes.end(), uuid.begin());
    return true;
}

DiskUuid swap_guid_fields(const DiskUuid& uuid) {
    DiskUuid swapped = uuid;
    std::reverse(swapped.begin(), swapped.begin() + 4);
    std::reverse(swapped.begin() + 4, swapped.begin() + 6);
    std::reverse(swapped.begin() + 6, swapped.begin() + 8);
    return swapped;
}

}  // namespace regain
