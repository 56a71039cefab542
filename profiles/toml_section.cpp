#include "profiles/toml_section.h"

#include <algorithm>
#include <utility>

#include "base/json.h"

namespace regain {
namespace {

uint32_t line_of(const toml::node& node) {
    return node.source().begin.line;
}

size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearest_word(const std::string& word, const std::set<std::string>& candidates) {
    std::string nearest;
    size_t least = std::max<size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        const size_t distance = edit_distance(word, candidate);
        if (distance >= least) continue;
        least = distance;
        nearest = candidate;
    }
    return nearest;
}

Error toml_error(const FaultPlace& place, const std::vector<TomlFault>& faults) {
    const TomlFault& first = faults.front();
    if (first.line == 0) return error(ErrorKind::untrusted, message(place.in_file, place.path), first.reason);
    return error(ErrorKind::untrusted, message(place.in_line, place.path, first.line), first.reason);
}

TomlDocument::TomlDocument(const std::string& text) {
    try {
        root_ = toml::parse(text);
    } catch (const toml::parse_error& exception) {
        fault(exception.source().begin.line,
              message("it is not valid TOML: {0}", to_utf8(std::string(exception.description()))));
    }
}

void TomlDocument::fault(uint32_t line, Message reason) {
    faults_.push_back({line, std::move(reason)});
}

std::vector<TomlFault> TomlDocument::faults() const {
    std::vector<TomlFault> sorted = faults_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const TomlFault& a, const TomlFault& b) { return a.line < b.line; });
    return sorted;
}

uint32_t TomlSection::line() const {
    return table_ != nullptr ? line_of(*table_) : line_;
}

const toml::node* TomlSection::find(const char* key, Presence presence) {
    known_.insert(key);
    const toml::node* const node = table_ != nullptr ? table_->get(key) : nullptr;
    if (node == nullptr && presence == Presence::required)
        fault(line(), message("the key \"{0}\" is missing", full_name(key)));
    return node;
}

TomlValue<std::string> TomlSection::text(const char* key, Presence presence) {
    const toml::node* const node = find(key, presence);
    if (node == nullptr) return {{}, line()};
    if (const auto* const value = node->as_string()) {
        if (to_utf8(value->get()) == value->get()) return {value->get(), line_of(*node)};
        fault(line_of(*node), message("\"{0}\" holds control characters", full_name(key)));
    } else {
        fault(line_of(*node), message("\"{0}\" must be a text in quotation marks", full_name(key)));
    }
    return {{}, line_of(*node)};
}

TomlValue<std::string> TomlSection::choice(const char* key, const std::vector<std::string>& choices,
                                           Presence presence) {
    const auto given = text(key, presence);
    if (given.value.empty() && (table_ == nullptr || !table_->contains(key))) return given;
    if (std::find(choices.begin(), choices.end(), given.value) != choices.end()) return given;
    std::string list;
    for (const auto& word : choices) list += (list.empty() ? "" : ", ") + word;
    fault(given.line,
          message("\"{0}\" is \"{1}\" and must be one of: {2}", full_name(key), given.value, list));
    return given;
}

TomlValue<uint64_t> TomlSection::number(const char* key, uint64_t least, uint64_t most, Presence presence,
                                        uint64_t fallback) {
    const toml::node* const node = find(key, presence);
    if (node == nullptr) return {fallback, line()};
    const auto* const value = node->as_integer();
    if (value == nullptr) {
        fault(line_of(*node), message("\"{0}\" must be a whole number", full_name(key)));
        return {fallback, line_of(*node)};
    }
    const int64_t number = value->get();
    if (number < 0 || static_cast<uint64_t>(number) < least || static_cast<uint64_t>(number) > most) {
        fault(line_of(*node), message("\"{0}\" is {1} and must lie between {2} and {3}", full_name(key),
                                      number, least, most));
        return {fallback, line_of(*node)};
    }
    return {static_cast<uint64_t>(number), line_of(*node)};
}

std::vector<TomlValue<std::string>> TomlSection::texts(const char* key, Presence presence) {
    std::vector<TomlValue<std::string>> list;
    const toml::node* const node = find(key, presence);
    if (node == nullptr) return list;
    const auto* const array = node->as_array();
    if (array == nullptr) {
        fault(line_of(*node), message("\"{0}\" must be a list of texts", full_name(key)));
        return list;
    }
    std::set<std::string> seen;
    for (const auto& element : *array) {
        const auto* const value = element.as_string();
        if (value == nullptr || to_utf8(value->get()) != value->get())
            fault(line_of(element), message("\"{0}\" must be a list of texts", full_name(key)));
        else if (!seen.insert(value->get()).second)
            fault(line_of(element), message("\"{0}\" stands twice in \"{1}\"", value->get(), full_name(key)));
        else
            list.push_back({value->get(), line_of(element)});
    }
    return list;
}

bool TomlSection::is_list(const char* key) const {
    const toml::node* const node = table_ != nullptr ? table_->get(key) : nullptr;
    return node != nullptr && node->is_array();
}

TomlSection TomlSection::section(const char* key, Presence presence) {
    known_.insert(key);
    toml::node* const node = table_ != nullptr ? table_->get(key) : nullptr;
    if (node == nullptr) {
        if (presence == Presence::required) fault(0, message("the section [{0}] is missing", full_name(key)));
        return {document_, nullptr, full_name(key), 0};
    }
    if (!node->is_table()) fault(line_of(*node), message("\"{0}\" must be a section", full_name(key)));
    return {document_, node->as_table(), full_name(key), line_of(*node)};
}

std::vector<std::pair<TomlValue<std::string>, std::string>> TomlSection::all_texts() {
    std::vector<std::pair<TomlValue<std::string>, std::string>> list;
    if (table_ == nullptr) return list;
    for (const auto& [key, node] : *table_) {
        const std::string name(key.str());
        const auto given = text(name.c_str());
        list.push_back({{name, line_of(node)}, given.value});
    }
    return list;
}

void TomlSection::finish() {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
        const std::string name(key.str());
        if (known_.contains(name)) continue;
        // The key's own place: a multi-line value starts on another line.
        const uint32_t line = key.source().begin.line;
        const std::string nearest = nearest_word(name, known_);
        if (nearest.empty())
            fault(line, message("unknown key \"{0}\"", full_name(to_utf8(name))));
        else
            fault(line,
                  message("unknown key \"{0}\"; did you mean \"{1}\"?", full_name(to_utf8(name)), nearest));
    }
}

}  // namespace regain
