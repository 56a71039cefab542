#pragma once
// Looking into a payload that may have any shape: what is not there, or has another type, is empty, zero or
// false. For renderings only; what is signed is read with JsonReader.

#include <cstdint>
#include <initializer_list>
#include <string>

#include "base/json.h"

namespace regain {

class PayloadReader {
  public:
    /// Refers to `json`, which must outlive it.
    explicit PayloadReader(const Json& json) : json_(&json) {}
    explicit PayloadReader(Json&&) = delete;

    using Path = std::initializer_list<const char*>;
    bool has(Path path) const { return find(path) != nullptr; }
    std::string text(Path path) const {
        const Json* found = find(path);
        return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
    }
    uint64_t number(Path path) const {
        const Json* found = find(path);
        if (found == nullptr || !found->is_number_integer()) return 0;
        return found->is_number_unsigned() || found->get<int64_t>() >= 0 ? found->get<uint64_t>() : 0;
    }
    bool flag(Path path) const {
        const Json* found = find(path);
        return found != nullptr && found->is_boolean() && found->get<bool>();
    }
    /// A number or a text as it is shown.
    std::string shown(Path path) const {
        const Json* found = find(path);
        if (found == nullptr) return {};
        return found->is_string() ? found->get<std::string>() : found->dump();
    }
    const Json& list(Path path) const {
        static const Json empty = Json::array();
        const Json* found = find(path);
        return found != nullptr && found->is_array() ? *found : empty;
    }
    PayloadReader object(Path path) const {
        static const Json empty = Json::object();
        const Json* found = find(path);
        return PayloadReader(found != nullptr ? *found : empty);
    }

  private:
    const Json* find(Path path) const {
        const Json* current = json_;
        for (const char* key : path) {
            if (!current->is_object()) return nullptr;
            const auto found = current->find(key);
            if (found == current->end() || found->is_null()) return nullptr;
            current = &*found;
        }
        return current;
    }
    const Json* json_;
};

}  // namespace regain
