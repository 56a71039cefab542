#include "drives/udev_database.h"

#include <sys/sysmacros.h>

#include <sstream>

#include "base/file.h"
#include "base/json.h"

namespace regain {
namespace {

constexpr size_t max_database_bytes = 1 << 20;

/// udev writes characters that it does not like as \x20.
std::string decode(const std::string& text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        Bytes byte;
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' &&
            from_hex(text.substr(i + 2, 2), byte)) {
            plain.push_back(static_cast<char>(byte[0]));
            i += 3;
        } else {
            plain.push_back(text[i]);
        }
    }
    return to_utf8(plain);
}

}  // namespace

std::map<std::string, std::string> read_udev_properties(const SystemRoot& root, uint64_t device_number) {
    std::map<std::string, std::string> properties;
    const std::string name = "/run/udev/data/b" + std::to_string(major(device_number)) + ":" +
                             std::to_string(minor(device_number));
    const auto text = read_file(root.path(name), max_database_bytes);
    if (!text.ok()) return properties;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        const size_t equals = line.find('=');
        if (!line.starts_with("E:") || equals == std::string::npos) continue;
        properties[line.substr(2, equals - 2)] = decode(line.substr(equals + 1));
    }
    return properties;
}

ContentNames content_names(const std::map<std::string, std::string>& udev_properties) {
    const auto value = [&](const char* key) {
        const auto found = udev_properties.find(key);
        return found == udev_properties.end() ? std::string() : found->second;
    };
    const std::string encoded_label = value("ID_FS_LABEL_ENC");
    return {value("ID_PART_TABLE_TYPE"), value("ID_FS_TYPE"), value("ID_FS_UUID"),
            encoded_label.empty() ? value("ID_FS_LABEL") : encoded_label, value("ID_PART_ENTRY_UUID")};
}

}  // namespace regain
