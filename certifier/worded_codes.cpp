#include "certifier/worded_codes.h"

#include <algorithm>

namespace regain {

std::optional<Message> find_sentence(std::span<const Words> table, std::string_view code,
                                     const std::map<std::string, std::string>& values) {
    const auto words =
        std::find_if(table.begin(), table.end(), [&](const Words& known) { return known.code == code; });
    if (words == table.end()) return std::nullopt;
    Message sentence{words->sentence, {}};
    for (const std::string_view name : words->arguments) {
        if (name.empty()) break;
        const auto found = values.find(std::string(name));
        sentence.arguments.push_back(found == values.end() ? "?" : found->second);
    }
    return sentence;
}

std::optional<Message> find_sentence(std::span<const Words> table, const Remark& remark) {
    return find_sentence(table, remark.code, remark.arguments);
}

Message word_or_code(std::span<const Words> table, std::string_view code) {
    return find_sentence(table, code, {}).value_or(Message{"{0}", {std::string(code)}});
}

std::vector<std::string> codes_of(std::initializer_list<std::span<const Words>> tables) {
    std::vector<std::string> codes;
    for (const auto& table : tables)
        for (const Words& words : table) codes.emplace_back(words.code);
    return codes;
}

}  // namespace regain
