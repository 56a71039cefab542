// Sizes, times and durations as people read them. Integers only.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "certifier/certificate_text.h"
#include "certifier/values_in_words.h"

namespace regain {
namespace {

struct Unit {
    uint64_t bytes;
    const char* pattern;
};
constexpr std::array<Unit, 4> units{{{1000000000000, N_("{0}.{1} TB ({2} bytes)")},
                                     {1000000000, N_("{0}.{1} GB ({2} bytes)")},
                                     {1000000, N_("{0}.{1} MB ({2} bytes)")},
                                     {1000, N_("{0}.{1} kB ({2} bytes)")}}};

}  // namespace

std::string size_in_words(uint64_t bytes, const Translator& translate) {
    for (const Unit& unit : units) {
        if (bytes < unit.bytes) continue;
        const uint64_t tenths = (bytes / (unit.bytes / 100) + 5) / 10;
        return translate(
            Message{unit.pattern,
                    {std::to_string(tenths / 10), std::to_string(tenths % 10), number_in_words(bytes)}});
    }
    // French has no plural of nought.
    if (bytes == 0) return translate(message("0 bytes"));
    return translate(message("{0} bytes", bytes));
}

std::string time_in_words(const std::string& rfc3339, const Translator& translate) {
    WallTime time;
    if (!from_rfc3339(rfc3339, time)) return rfc3339;
    return translate(message("{0}-{1}-{2} {3} UTC", rfc3339.substr(0, 4), rfc3339.substr(5, 2),
                             rfc3339.substr(8, 2), rfc3339.substr(11, 5)));
}

std::string duration_in_words(uint64_t milliseconds, const Translator& translate) {
    const uint64_t seconds = (milliseconds + 999) / 1000;
    if (seconds < 60) return translate(message("{0} s", seconds));
    if (seconds < 3600)
        return translate(message("{0} min {1} s", seconds / 60, fmt::format("{:02}", seconds % 60)));
    return translate(message("{0} h {1} min", seconds / 3600, fmt::format("{:02}", seconds / 60 % 60)));
}

}  // namespace regain
