#include "inspector/linux_listing.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/json.h"
#include "inspector/lenient_json.h"

namespace regain {

std::vector<std::string> names_in(const SystemRoot& root, std::string_view directory) {
    std::vector<std::string> names;
    std::error_code fault;
    std::filesystem::directory_iterator entry(root.path(directory), fault);
    for (const std::filesystem::directory_iterator end; !fault && entry != end; entry.increment(fault))
        names.push_back(entry->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string line_of(const SystemRoot& root, std::string_view file) {
    const std::string text = to_utf8(read_line(root.path(file)));
    const size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<uint64_t> number_in(const SystemRoot& root, std::string_view file) {
    return digits(line_of(root, file));
}

}  // namespace regain
