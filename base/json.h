#pragma once
// JSON as Regain writes it: keys sorted, no floating-point numbers in anything signed, UTF-8. Parsing never
// throws out of here; a member that is missing or of the wrong type is an error that names it.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace regain {

using Json = nlohmann::json;

/// Parses one JSON document; ErrorKind::untrusted with the position of the fault. `what` completes "read
/// {0}".
Result<Json> parse_json(std::string_view text, const std::string& what);

/// Canonical form for signing: sorted keys, no white space, no floating-point numbers (checked: an error).
/// Text that is not UTF-8 is an error too: clean it with to_utf8() where it enters.
Result<std::string> canonical_json(const Json& json);
/// Human form: indented by two, ends with a newline.
std::string pretty_json(const Json& json);

/// Parses text that must be exactly what canonical_json() would write (no duplicate keys, no other spelling).
Result<Json> parse_canonical_json(std::string_view text, const std::string& what);

/// Any bytes (a drive's model string) as valid UTF-8: what is not becomes U+FFFD; control characters become
/// spaces.
std::string to_utf8(std::string_view bytes);

/// Reads members with a type check and keeps the first fault; use it in from_json functions.
class JsonReader {
  public:
    JsonReader(const Json& json, std::string what);

    std::string text(const char* key);  ///< required
    std::string text_or(const char* key, std::string fallback = {});
    uint64_t number(const char* key);  ///< required, not negative
    uint64_t number_or(const char* key, uint64_t fallback = 0);
    std::optional<uint64_t> optional_number(const char* key);
    bool boolean_or(const char* key, bool fallback = false);
    const Json& array(const char* key);   ///< empty array when it is absent
    const Json& object(const char* key);  ///< empty object when it is absent
    bool has(const char* key) const;
    void fail(const Message& reason);
    Status status() const { return status_; }

  private:
    const Json* find(const char* key);
    const Json& json_;
    std::string what_;
    Status status_;
};

}  // namespace regain
