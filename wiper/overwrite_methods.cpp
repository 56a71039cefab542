#include "wiper/overwrite_methods.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "wiper/random_stream.h"

namespace regain {
namespace {

/// Passes from `first_free` to before `end_free` may come in any order.
struct OverwriteMethod {
    std::string name;
    std::vector<std::string> passes;
    bool includes_reading_back = false;
    size_t first_free = 0;
    size_t end_free = 0;
};

/// Passes 5 to 31 of the table in "Secure Deletion of Data from Magnetic and Solid-State Memory" (Gutmann
/// 1996).
std::vector<std::string> gutmann_passes() {
    std::vector<std::string> passes(4, "random");
    passes.insert(passes.end(),
                  {"byte-55", "byte-aa", "bytes-924924", "bytes-492492", "bytes-249249", "zero"});
    for (const char digit : std::string("123456789abcde"))
        passes.push_back(std::string("byte-") + digit + digit);
    passes.insert(passes.end(), {"byte-ff", "bytes-924924", "bytes-492492", "bytes-249249", "bytes-6db6db",
                                 "bytes-b6db6d", "bytes-db6db6"});
    passes.insert(passes.end(), 4, "random");
    return passes;
}

const std::vector<OverwriteMethod>& all_methods() {
    static const std::vector<OverwriteMethod> all{
        {"zero", {"zero"}},
        {"random", {"random"}},
        {"dod-5220.22-m", {"zero", "byte-ff", "random"}, true},
        {"hmg-is5-enhanced", {"zero", "byte-ff", "random"}, true},
        {"bsi-vsitr", {"zero", "byte-ff", "zero", "byte-ff", "zero", "byte-ff", "byte-aa"}},
        {"gutmann", gutmann_passes(), false, 4, 31},
    };
    return all;
}

const OverwriteMethod* find_method(std::string_view name) {
    const auto found = std::find_if(all_methods().begin(), all_methods().end(),
                                    [&](const OverwriteMethod& method) { return method.name == name; });
    return found == all_methods().end() ? nullptr : &*found;
}

/// Numbers that follow from the drive alone, as different as those of two dice.
RandomStream dice_of(const DriveRecord& drive) {
    std::string text;
    for (const std::string& part : {drive.model, drive.serial, drive.wwn, std::to_string(drive.size_bytes)})
        text.append(part).push_back('\0');
    const Bytes hash = sha256(as_bytes(text));
    RandomStream::Key key;
    std::copy(hash.begin(), hash.end(), key.key.begin());
    return RandomStream(key);
}

void shuffle(std::vector<std::string>& passes, size_t first, size_t end, RandomStream dice) {
    for (size_t i = end; i > first + 1; --i) {
        Bytes number(8);
        dice.fill(i * number.size(), number);
        uint64_t value = 0;
        for (const uint8_t byte : number) value = value << 8 | byte;
        std::swap(passes[i - 1], passes[first + value % (i - first)]);
    }
}

}  // namespace

const std::vector<std::string>& overwrite_methods() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const OverwriteMethod& method : all_methods()) all.push_back(method.name);
        return all;
    }();
    return names;
}

bool is_overwrite(std::string_view method) {
    return find_method(method) != nullptr;
}

size_t pass_count(std::string_view method) {
    const OverwriteMethod* found = find_method(method);
    return found == nullptr ? 0 : found->passes.size();
}

bool has_several_passes(std::string_view method) {
    return pass_count(method) > 1;
}

Remark more_passes_add_nothing(std::string_view method) {
    return {"more-passes-add-nothing", {{"method", std::string(method)}}};
}

bool includes_reading_back(std::string_view method) {
    const OverwriteMethod* found = find_method(method);
    return found != nullptr && found->includes_reading_back;
}

std::vector<std::string> overwrite_passes(std::string_view method, const DriveRecord& drive) {
    const OverwriteMethod* found = find_method(method);
    if (found == nullptr) return {};
    std::vector<std::string> passes = found->passes;
    if (found->end_free != 0) shuffle(passes, found->first_free, found->end_free, dice_of(drive));
    return passes;
}

bool are_passes_of(std::string_view method, const std::vector<std::string>& patterns) {
    const OverwriteMethod* found = find_method(method);
    if (found == nullptr || patterns.size() != found->passes.size()) return false;
    std::vector<std::string> ours = patterns;
    std::vector<std::string> theirs = found->passes;
    const auto sort_free = [&](std::vector<std::string>& passes) {
        std::sort(passes.begin() + static_cast<std::ptrdiff_t>(found->first_free),
                  passes.begin() + static_cast<std::ptrdiff_t>(found->end_free));
    };
    sort_free(ours);
    sort_free(theirs);
    return ours == theirs;
}

}  // namespace regain
