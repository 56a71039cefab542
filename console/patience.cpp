#include "console/patience.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace regain {

std::chrono::milliseconds patience_from(const char* variable, std::chrono::milliseconds usual) {
    const char* text = std::getenv(variable);
    if (text == nullptr) return usual;
    uint32_t milliseconds = 0;
    const char* end = text + std::strlen(text);
    const auto [rest, failure] = std::from_chars(text, end, milliseconds);
    constexpr uint32_t longest = 3'600'000;
    if (failure != std::errc() || rest != end || milliseconds > longest) return usual;
    return std::chrono::milliseconds(milliseconds);
}

}  // namespace regain
