#pragma once
// Enumerations and their stable names in JSON, both ways, from one table. Used by reports/*.cpp only.

#include <array>
#include <string_view>
#include <utility>

namespace regain {

template <typename Enumeration, size_t count>
using NameTable = std::array<std::pair<Enumeration, std::string_view>, count>;

template <typename Enumeration, size_t count>
std::string_view name_in(const NameTable<Enumeration, count>& table, Enumeration value) {
    for (const auto& [candidate, name] : table)
        if (candidate == value) return name;
    return {};
}

template <typename Enumeration, size_t count>
bool parse_from(const NameTable<Enumeration, count>& table, std::string_view name, Enumeration& value) {
    for (const auto& [candidate, candidate_name] : table) {
        if (candidate_name != name) continue;
        value = candidate;
        return true;
    }
    return false;
}

}  // namespace regain
