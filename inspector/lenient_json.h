#pragma once
// Reading another program's JSON without ever failing: what is missing or of another type is absent. Used for
// smartctl's reports (inspector/smart_report.cpp); Regain's own documents are read strictly, with JsonReader.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace regain {

/// The member at the end of a path of keys; null when it is missing at any step.
const Json* member(const Json& json, std::initializer_list<const char*> path);
/// The rows of a table; none when it is missing.
const Json& rows_at(const Json& json, std::initializer_list<const char*> path);
/// A whole number that is not negative. Counters of 128 bits arrive as numbers, as texts, or as
/// floating-point numbers when they are very large; the largest are cut to UINT64_MAX.
std::optional<uint64_t> count_at(const Json& json, std::initializer_list<const char*> path);
std::optional<unsigned> small_at(const Json& json, std::initializer_list<const char*> path);
std::optional<bool> flag_at(const Json& json, std::initializer_list<const char*> path);
/// A text as valid UTF-8 without blanks around it; empty when it is missing.
std::string text_at(const Json& json, std::initializer_list<const char*> path);

/// Decimal digits and nothing else; a number beyond 64 bits is UINT64_MAX.
std::optional<uint64_t> digits(std::string_view text);
std::string lower_case(std::string text);
bool contains(std::string_view text, std::string_view part);

}  // namespace regain
