#pragma once
// Lists and enumerations between structs and JSON: what every report needs. Used by reports/*.cpp only.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace regain {

template <typename Element>
Json list_to_json(const std::vector<Element>& elements) {
    Json list = Json::array();
    for (const auto& element : elements) list.push_back(to_json(element));
    return list;
}

/// Reads every element with `read`; the first fault ends it.
template <typename Element, typename Read>
Status list_from_json(const Json& list, std::vector<Element>& elements, Read read) {
    for (const auto& entry : list) {
        REGAIN_ASSIGN(auto element, read(entry));
        elements.push_back(std::move(element));
    }
    return done();
}

inline void texts_from_json(JsonReader& reader, const char* key, std::vector<std::string>& texts) {
    for (const auto& entry : reader.array(key)) {
        if (entry.is_string())
            texts.push_back(entry.get<std::string>());
        else
            reader.fail(message("the member {0} holds something that is not a text", key));
    }
}

/// Reads a name through `parse`; a name that is unknown is a fault.
template <typename Enumeration>
void name_from_json(JsonReader& reader, const char* key, bool (*parse)(std::string_view, Enumeration&),
                    Enumeration& value) {
    const std::string name = reader.text(key);
    if (!parse(name, value)) reader.fail(message("the member {0} has the unknown value {1}", key, name));
}

template <typename Number>
Json optional_to_json(const std::optional<Number>& number) {
    return number ? Json(*number) : Json(nullptr);
}

}  // namespace regain
