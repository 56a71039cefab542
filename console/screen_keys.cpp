#include "console/screen_keys.h"

#include <optional>

namespace regain {
namespace {

size_t character_length(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Length of the sequence that begins with Escape; 0 while it has not ended. Ref: ECMA-48 5th edition 5.4.
size_t sequence_length(const std::string& bytes) {
    if (bytes.size() < 2) return 0;
    if (bytes[1] == 'O') return bytes.size() >= 3 ? 3 : 0;
    if (bytes[1] != '[') return 1;
    // The Linux console's own function keys: ESC [ [ A.
    if (bytes.size() >= 3 && bytes[2] == '[') return bytes.size() >= 4 ? 4 : 0;
    for (size_t i = 2; i < bytes.size(); ++i)
        if (bytes[i] >= 0x40 && bytes[i] <= 0x7E) return i + 1;
    return 0;
}

Key key_of_sequence(const std::string& sequence) {
    if (sequence.size() == 1) return {KeyKind::escape};
    if (sequence == "\x1b[A" || sequence == "\x1bOA") return {KeyKind::up};
    if (sequence == "\x1b[B" || sequence == "\x1bOB") return {KeyKind::down};
    return {};
}

Key key_of_control(char c) {
    if (c == '\r' || c == '\n') return {KeyKind::enter};
    if (c == 0x7F || c == '\b') return {KeyKind::backspace};
    if (c == 0x03) return {KeyKind::interrupt};
    if (c == 0x04) return {KeyKind::escape};
    return {};
}

}  // namespace

std::vector<Key> take_keys(std::string& bytes, bool nothing_follows) {
    std::vector<Key> keys;
    while (!bytes.empty()) {
        size_t length = 1;
        Key key;
        if (bytes[0] == 0x1B) {
            length = sequence_length(bytes);
            if (length == 0 && !nothing_follows) break;
            if (length == 0) length = bytes.size();
            key = key_of_sequence(bytes.substr(0, length));
        } else if (static_cast<unsigned char>(bytes[0]) < 0x20 || bytes[0] == 0x7F) {
            key = key_of_control(bytes[0]);
        } else {
            length = character_length(bytes[0]);
            if (length > bytes.size() && !nothing_follows) break;
            if (length > bytes.size()) length = bytes.size();
            key = {KeyKind::text, bytes.substr(0, length)};
        }
        bytes.erase(0, length);
        if (key.kind != KeyKind::none) keys.push_back(key);
    }
    return keys;
}

}  // namespace regain
