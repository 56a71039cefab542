#include "console/records_place.h"

#include "base/file.h"
#include "base/json.h"

namespace regain {
namespace {

constexpr size_t max_detail_bytes = 300;

Message word_reason(const std::string& reason) {
    if (reason == "no-stick") return message("no stick of Regain is plugged in");
    if (reason == "several-sticks") return message("several sticks of Regain are plugged in");
    if (reason == "read-only") return message("the medium can only be read");
    if (reason == "damaged") return message("the stick's records can't be read");
    if (reason == "network")
        return message("the computer was started from the network, and no server takes records");
    if (reason.empty()) return message("the reason is not known");
    return message("the reason is \"{0}\"", reason);
}

}  // namespace

RecordsPlace parse_records_place(std::string_view text) {
    const std::string line = to_utf8(text.substr(0, text.find('\n')));
    const size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string detail =
        space == std::string::npos ? "" : line.substr(space + 1).substr(0, max_detail_bytes);
    if (word == "stick" && !detail.empty()) return {RecordsPlace::Kind::stick, detail};
    if (word == "network" && !detail.empty()) return {RecordsPlace::Kind::network, detail};
    return {RecordsPlace::Kind::none, word == "none" ? detail : ""};
}

RecordsPlace read_records_place(const SystemRoot& root) {
    const auto path = root.path("/run/regain/records");
    // The live system's own directory lies in RAM: what did not say where the records go found no place for
    // them.
    if (!path_exists(path) && path_exists(root.path("/etc/regain-live"))) return parse_records_place("");
    if (!path_exists(path)) return {};
    const auto text = read_file(path, 4096);
    return text.ok() ? parse_records_place(*text) : RecordsPlace{RecordsPlace::Kind::none, ""};
}

std::string describe_records_place(const RecordsPlace& place, const std::string& state_directory,
                                   const Translator& translate) {
    switch (place.kind) {
        case RecordsPlace::Kind::stick:
            return translate(message("The records go onto the stick ({0}).", place.detail));
        case RecordsPlace::Kind::network:
            return translate(message("The records go over the network to {0}.", place.detail));
        case RecordsPlace::Kind::none:
            return translate(
                message("The records go NOWHERE and are lost when this computer is switched off: {0}.",
                        translate(word_reason(place.detail))));
        case RecordsPlace::Kind::state_directory:
            break;
    }
    return translate(message("The records go to {0}.", state_directory));
}

std::string kernel_parameter(const SystemRoot& root, std::string_view name) {
    const std::string line = read_line(root.path("/proc/cmdline"));
    std::string value;
    std::string word;
    bool is_quoted = false;
    const auto take = [&] {
        if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=')
            value = to_utf8(word.substr(name.size() + 1));
        word.clear();
    };
    // Ref: Linux admin-guide/kernel-parameters: "double-quotes can be used to protect spaces in values".
    for (const char c : line) {
        if (c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && (c == ' ' || c == '\t' || c == '\n')) {
            take();
        } else {
            word += c;
        }
    }
    take();
    return value;
}

}  // namespace regain
