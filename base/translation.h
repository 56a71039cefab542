#pragma once
// Putting messages into a language. Catalogues are made by the gettext tools (po/*.po → .mo) and compiled
// into the program, so that a language needs no locale on the machine: libc's gettext() refuses to translate
// under C.UTF-8, which is what a bare live system has (docs/decisions/0004-own-reader-of-mo-files.md).
// Only renderings (console/, certifier/) call this.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/message.h"
#include "base/result.h"

namespace regain {

/// One language's sentences, read from the bytes of a .mo file.
/// Ref: GNU gettext manual, "The Format of GNU MO Files".
class Catalogue {
  public:
    Catalogue() = default;
    /// Reads a .mo file; ErrorKind::untrusted when it is malformed.
    static Result<Catalogue> from_mo(ByteView mo);

    /// The translation of `id`, or nothing.
    std::optional<std::string_view> find(std::string_view id) const;
    size_t size() const { return sentences_.size(); }

  private:
    std::map<std::string, std::string, std::less<>> sentences_;
};

/// A language to write in. Plain value: passed to renderings, never global.
class Translator {
  public:
    /// English: the sources' own words.
    Translator() = default;
    /// "fr", "en", ...; an unknown language gives English and is_known() is false.
    explicit Translator(std::string_view language);

    std::string operator()(const Message& message) const;
    std::string operator()(const char* id) const;
    const std::string& language() const { return language_; }
    bool is_known() const { return known_; }

    /// The languages that are compiled in, English first.
    static std::vector<std::string> languages();

  private:
    std::string language_ = "en";
    bool known_ = true;
    const Catalogue* catalogue_ = nullptr;
};

/// An error as the console prints it, first line: `cannot <doing>: <reason>`.
std::string describe(const Error& error, const Translator& translate);

}  // namespace regain
