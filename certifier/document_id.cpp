#include "certifier/document_id.h"

#include "base/hash.h"

namespace regain {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t id_bytes = 10;
constexpr size_t group_length = 4;
constexpr std::string_view prefix = "RG-";
constexpr size_t id_length = prefix.size() + 19;

}  // namespace

std::string eighty_bits_as_text(ByteView bytes) {
    std::string text;
    uint32_t pending = 0;
    unsigned bits = 0;
    for (const uint8_t byte : bytes.first(id_bytes)) {
        pending = (pending << 8) | byte;
        for (bits += 8; bits >= 5; bits -= 5) {
            if (text.size() % (group_length + 1) == group_length) text += '-';
            text += alphabet[(pending >> (bits - 5)) & 0x1F];
        }
    }
    return text;
}

std::string new_document_id() {
    return std::string(prefix) + eighty_bits_as_text(random_bytes(id_bytes));
}

bool is_document_id(std::string_view text) {
    if (text.size() != id_length || !text.starts_with(prefix)) return false;
    for (size_t i = prefix.size(); i < text.size(); ++i) {
        const bool is_dash_place = (i - prefix.size()) % (group_length + 1) == group_length;
        if (is_dash_place ? text[i] != '-' : alphabet.find(text[i]) == std::string_view::npos) return false;
    }
    return true;
}

}  // namespace regain
