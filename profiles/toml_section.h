#pragma once
// A TOML table that is read strictly: each key is asked for by name and type, and what nobody asked for is a
// fault with its line and the nearest known key. Used by the readers of this room only. Nothing throws.

#include <toml++/toml.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/message.h"
#include "base/result.h"
#include "profiles/profile_reader.h"

namespace regain {

enum class Presence { required, optional };

/// A text or number together with where it stands, so that a later check can name the line.
template <typename Value>
struct TomlValue {
    Value value{};
    uint32_t line = 0;
};

class TomlDocument {
  public:
    /// Parses TOML text; a syntax error becomes a fault and leaves an empty table.
    explicit TomlDocument(const std::string& text);

    void fault(uint32_t line, Message reason);
    /// By line.
    std::vector<TomlFault> faults() const;
    toml::table& root() { return root_; }

  private:
    toml::table root_;
    std::vector<TomlFault> faults_;
};

class TomlSection {
  public:
    /// The document's root.
    explicit TomlSection(TomlDocument& document) : document_(document), table_(&document.root()) {}

    TomlValue<std::string> text(const char* key, Presence presence = Presence::required);
    /// One of `choices`.
    TomlValue<std::string> choice(const char* key, const std::vector<std::string>& choices,
                                  Presence presence = Presence::required);
    TomlValue<uint64_t> number(const char* key, uint64_t least, uint64_t most,
                               Presence presence = Presence::required, uint64_t fallback = 0);
    /// A list of texts, none twice.
    std::vector<TomlValue<std::string>> texts(const char* key, Presence presence = Presence::required);
    /// Whether the key is there and holds a list; does not count as asking for it.
    bool is_list(const char* key) const;
    /// A table of its own; an absent one counts as empty.
    TomlSection section(const char* key, Presence presence = Presence::required);
    /// Every key with its text, whatever the keys are.
    std::vector<std::pair<TomlValue<std::string>, std::string>> all_texts();
    /// Reports the keys that were never asked for. Call it last.
    void finish();

    uint32_t line() const;
    void fault(uint32_t line, Message reason) { document_.fault(line, std::move(reason)); }

  private:
    TomlSection(TomlDocument& document, toml::table* table, std::string name, uint32_t line)
        : document_(document), table_(table), name_(std::move(name)), line_(line) {}
    const toml::node* find(const char* key, Presence presence);
    std::string full_name(const std::string& key) const { return name_.empty() ? key : name_ + "." + key; }

    TomlDocument& document_;
    toml::table* table_;
    std::string name_;
    uint32_t line_ = 0;
    std::set<std::string> known_;
};

/// The one of `candidates` that `word` was probably meant to be; empty when none is near.
std::string nearest_word(const std::string& word, const std::set<std::string>& candidates);

/// Turns the first fault into an error: `cannot read the profile X, line 12: unknown key ...`. `where` makes
/// the words before the colon, for a line and for the whole file.
struct FaultPlace {
    const char* in_line;  ///< "read the profile {0}, line {1}"
    const char* in_file;  ///< "read the profile {0}"
    std::string path;
};
Error toml_error(const FaultPlace& place, const std::vector<TomlFault>& faults);

}  // namespace regain
