#include "base/json.h"

#include <cstdint>
#include <utility>

namespace regain {
namespace {

bool holds_floating_point(const Json& json) {
    if (json.is_number_float()) return true;
    if (!json.is_structured()) return false;
    for (const auto& element : json)
        if (holds_floating_point(element)) return true;
    return false;
}

// Length of the valid UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), 0 when there is none.
size_t utf8_sequence_length(std::string_view text) {
    const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
    const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const uint8_t first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (first == 0xE0 && byte(1) < 0xA0) return 0;
        if (first == 0xED && byte(1) > 0x9F) return 0;
        return continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (first == 0xF0 && byte(1) < 0x90) return 0;
        if (first == 0xF4 && byte(1) > 0x8F) return 0;
        return continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

// Deeper than any document of ours; a hostile one would otherwise exhaust the stack before anything is
// verified.
constexpr size_t max_nesting = 64;

bool is_nested_too_deeply(std::string_view text) {
    size_t depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_text) {
            if (c == '\\') ++i;
            if (c == '"') in_text = false;
        } else if (c == '"') {
            in_text = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_nesting) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

const Json& empty_array() {
    static const Json value = Json::array();
    return value;
}
const Json& empty_object() {
    static const Json value = Json::object();
    return value;
}

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& what) {
    if (is_nested_too_deeply(text))
        return error(ErrorKind::untrusted, message("read {0}", what),
                     message("its JSON is nested too deeply"));
    try {
        return Json::parse(text);
    } catch (const nlohmann::json::exception& exception) {
        return error(ErrorKind::untrusted, message("read {0}", what),
                     message("it is not valid JSON: {0}", to_utf8(exception.what())));
    }
}

Result<std::string> canonical_json(const Json& json) {
    if (holds_floating_point(json))
        return error(ErrorKind::failed, message("write JSON"), message("it holds a floating-point number"));
    try {
        return json.dump();
    } catch (const nlohmann::json::exception& exception) {
        return error(ErrorKind::failed, message("write JSON"), message("{0}", to_utf8(exception.what())));
    }
}

std::string pretty_json(const Json& json) {
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<Json> parse_canonical_json(std::string_view text, const std::string& what) {
    REGAIN_ASSIGN(auto json, parse_json(text, what));
    const auto again = canonical_json(json);
    if (!again.ok() || *again != text)
        return error(ErrorKind::untrusted, message("read {0}", what),
                     message("its JSON is not in canonical form"));
    return json;
}

std::string to_utf8(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        const size_t length = utf8_sequence_length(bytes);
        if (length == 0) {
            text += "\xEF\xBF\xBD";
            bytes.remove_prefix(1);
            continue;
        }
        const auto first = static_cast<uint8_t>(bytes[0]);
        if (length == 1 && (first < 0x20 || first == 0x7F))
            text += ' ';
        else
            text += bytes.substr(0, length);
        bytes.remove_prefix(length);
    }
    return text;
}

JsonReader::JsonReader(const Json& json, std::string what) : json_(json), what_(std::move(what)) {
    if (!json_.is_object()) fail(message("it is not a JSON object"));
}

void JsonReader::fail(const Message& reason) {
    if (status_.ok()) status_ = error(ErrorKind::untrusted, message("read {0}", what_), reason);
}

const Json* JsonReader::find(const char* key) {
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
}

bool JsonReader::has(const char* key) const {
    return json_.is_object() && json_.contains(key) && !json_.at(key).is_null();
}

std::string JsonReader::text(const char* key) {
    if (find(key) == nullptr) fail(message("the member {0} is missing", key));
    return text_or(key);
}

std::string JsonReader::text_or(const char* key, std::string fallback) {
    const Json* found = find(key);
    if (found == nullptr) return fallback;
    if (found->is_string()) return found->get<std::string>();
    fail(message("the member {0} is not a text", key));
    return fallback;
}

uint64_t JsonReader::number(const char* key) {
    if (find(key) == nullptr) fail(message("the member {0} is missing", key));
    return number_or(key);
}

uint64_t JsonReader::number_or(const char* key, uint64_t fallback) {
    return optional_number(key).value_or(fallback);
}

std::optional<uint64_t> JsonReader::optional_number(const char* key) {
    const Json* found = find(key);
    if (found == nullptr) return std::nullopt;
    if (found->is_number_unsigned() || (found->is_number_integer() && found->get<int64_t>() >= 0))
        return found->get<uint64_t>();
    fail(message("the member {0} is not a whole number", key));
    return std::nullopt;
}

bool JsonReader::boolean_or(const char* key, bool fallback) {
    const Json* found = find(key);
    if (found == nullptr) return fallback;
    if (found->is_boolean()) return found->get<bool>();
    fail(message("the member {0} is neither true nor false", key));
    return fallback;
}

const Json& JsonReader::array(const char* key) {
    const Json* found = find(key);
    if (found == nullptr) return empty_array();
    if (found->is_array()) return *found;
    fail(message("the member {0} is not a list", key));
    return empty_array();
}

const Json& JsonReader::object(const char* key) {
    const Json* found = find(key);
    if (found == nullptr) return empty_object();
    if (found->is_object()) return *found;
    fail(message("the member {0} is not an object", key));
    return empty_object();
}

}  // namespace regain
