#pragma once
// A sentence that has not been put into a language yet: an English template and its arguments.
// Every room writes these (in errors, in remarks); only renderings (console, certificates) turn them into
// words. Templates are marked for translation by the call itself: xgettext looks for `message(` and `N_(`.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace regain {

/// Marks a string literal for translation without translating it here.
constexpr const char* N_(const char* id) {
    return id;
}

struct Message {
    std::string id;  ///< English template with {0}, {1} ... placeholders; also the catalogue key
    std::vector<std::string> arguments;  ///< already formatted, language-neutral (paths, numbers, serials)

    bool empty() const { return id.empty(); }
    bool operator==(const Message&) const = default;
};

/// Makes a message; `id` is an English template with positional placeholders.
template <typename... Arguments>
Message message(const char* id, const Arguments&... arguments) {
    return Message{id, {fmt::format("{}", arguments)...}};
}

/// Fills the placeholders of `pattern`; a placeholder without an argument stays as it is (never throws, so
/// that a faulty translation cannot stop a wipe). Placeholders are {0}..{9}; {{ and }} are literal braces.
std::string fill_placeholders(std::string_view pattern, const std::vector<std::string>& arguments);

/// The message in English, whatever the language in force (logs, reports, tests).
std::string in_english(const Message& message);

}  // namespace regain
