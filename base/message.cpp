#include "base/message.h"

namespace regain {

std::string fill_placeholders(std::string_view pattern, const std::vector<std::string>& arguments) {
    std::string text;
    text.reserve(pattern.size() + 32);
    for (size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
        if ((c == '{' || c == '}') && next == c) {
            text += c;
            ++i;
            continue;
        }
        const bool placeholder =
            c == '{' && next >= '0' && next <= '9' && i + 2 < pattern.size() && pattern[i + 2] == '}';
        if (placeholder && static_cast<size_t>(next - '0') < arguments.size()) {
            text += arguments[static_cast<size_t>(next - '0')];
            i += 2;
            continue;
        }
        text += c;
    }
    return text;
}

std::string in_english(const Message& message) {
    return fill_placeholders(message.id, message.arguments);
}

}  // namespace regain
