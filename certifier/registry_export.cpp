#include "certifier/registry_export.h"

#include <string>

#include "base/json.h"
#include "trust/jws.h"

namespace regain {
namespace {

// The payload of a JWS without checking it: an export is not a verification.
Json payload_of(const std::string& jws) {
    const size_t first = jws.find('.');
    const size_t second = jws.find('.', first + 1);
    Bytes bytes;
    if (first == std::string::npos || second == std::string::npos ||
        !from_base64url(std::string_view(jws).substr(first + 1, second - first - 1), bytes))
        return {};
    auto payload = parse_json(as_text(bytes), "a document");
    return payload.ok() ? std::move(payload).value() : Json();
}

// Ref: RFC 4180 section 2. A leading = + - @ tab or carriage return would be a formula in a spreadsheet.
std::string csv_field(std::string text) {
    if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
        text.insert(0, "'");
    if (text.find_first_of("\",\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

// A member deep in a payload as text; empty when it is not there.
std::string at(const Json& json, std::initializer_list<const char*> path) {
    const Json* current = &json;
    for (const char* key : path) {
        if (!current->is_object()) return {};
        const auto found = current->find(key);
        if (found == current->end()) return {};
        current = &*found;
    }
    return current->is_string() ? current->get<std::string>() : current->is_null() ? "" : current->dump();
}

constexpr const char* csv_header =
    "index,kind,event,id,refers_to,time,clock_source,lot,machine,document_kind,specimen,donor,asset_tag,"
    "operator,"
    "drive_model,drive_serial,size_bytes,verdict,method,standard,document_sha256\r\n";

std::string csv_line(const RegistryEntry& entry) {
    const RegistryRecord& record = entry.record;
    const Json payload = entry.document ? payload_of(*entry.document) : Json();
    std::string line;
    for (const std::string& field : {std::to_string(record.index),
                                     record.kind,
                                     record.event,
                                     record.id,
                                     record.refers_to,
                                     record.clock.time,
                                     record.clock.source,
                                     record.lot,
                                     record.machine,
                                     at(payload, {"kind"}),
                                     at(payload, {"specimen"}),
                                     at(payload, {"job", "donor"}),
                                     at(payload, {"job", "asset_tag"}),
                                     at(payload, {"job", "operator"}),
                                     at(payload, {"drive", "model"}),
                                     at(payload, {"drive", "serial"}),
                                     at(payload, {"drive", "size_bytes"}),
                                     at(payload, {"erasure", "verdict"}),
                                     at(payload, {"erasure", "method"}),
                                     at(payload, {"erasure", "standard"}),
                                     record.document_sha256}) {
        if (!line.empty()) line += ',';
        line += csv_field(field);
    }
    return line + "\r\n";
}

}  // namespace

Status export_json_lines(const RegistryReader& registry, const RegistryFilter& filter, const LineSink& sink) {
    return registry.for_each(filter, [&](const RegistryEntry& entry) -> Status {
        Json line{{"record", to_json(entry.record)}, {"document", nullptr}, {"jws", nullptr}};
        if (entry.document) {
            line["document"] = payload_of(*entry.document);
            line["jws"] = *entry.document;
        }
        REGAIN_ASSIGN(const std::string text, canonical_json(line));
        return sink(text + "\n");
    });
}

Status export_csv(const RegistryReader& registry, const RegistryFilter& filter, const LineSink& sink) {
    REGAIN_TRY(sink(csv_header));
    return registry.for_each(filter, [&](const RegistryEntry& entry) { return sink(csv_line(entry)); });
}

}  // namespace regain
