#include "inspector/lenient_json.h"

#include <algorithm>
#include <cctype>

namespace regain {

const Json* member(const Json& json, std::initializer_list<const char*> path) {
    const Json* current = &json;
    for (const char* key : path) {
        if (!current->is_object()) return nullptr;
        const auto found = current->find(key);
        if (found == current->end()) return nullptr;
        current = &*found;
    }
    return current;
}

const Json& rows_at(const Json& json, std::initializer_list<const char*> path) {
    static const Json no_rows = Json::array();
    const Json* found = member(json, path);
    return found != nullptr && found->is_array() ? *found : no_rows;
}

std::optional<uint64_t> digits(std::string_view text) {
    if (text.empty() || text.size() > 20) return std::nullopt;
    uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<uint64_t>(c - '0');
        if (value > (UINT64_MAX - digit) / 10) return UINT64_MAX;
        value = value * 10 + digit;
    }
    return value;
}

std::optional<uint64_t> count_at(const Json& json, std::initializer_list<const char*> path) {
    const Json* found = member(json, path);
    if (found == nullptr) return std::nullopt;
    if (found->is_number_unsigned()) return found->get<uint64_t>();
    if (found->is_number_integer()) {
        const auto value = found->get<int64_t>();
        return value >= 0 ? std::optional<uint64_t>(static_cast<uint64_t>(value)) : std::nullopt;
    }
    if (found->is_number_float()) {
        const auto value = found->get<double>();
        if (!(value >= 0)) return std::nullopt;
        return value < 9.0e18 ? static_cast<uint64_t>(value) : UINT64_MAX;
    }
    return found->is_string() ? digits(found->get_ref<const std::string&>()) : std::nullopt;
}

std::optional<unsigned> small_at(const Json& json, std::initializer_list<const char*> path) {
    const auto value = count_at(json, path);
    return value && *value <= 0xFFFFFFFF ? std::optional<unsigned>(static_cast<unsigned>(*value))
                                         : std::nullopt;
}

std::optional<bool> flag_at(const Json& json, std::initializer_list<const char*> path) {
    const Json* found = member(json, path);
    return found != nullptr && found->is_boolean() ? std::optional<bool>(found->get<bool>()) : std::nullopt;
}

std::string text_at(const Json& json, std::initializer_list<const char*> path) {
    const Json* found = member(json, path);
    if (found == nullptr || !found->is_string()) return {};
    std::string text = to_utf8(found->get_ref<const std::string&>());
    const size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace regain
