#include "reports/remark.h"

#include <utility>

#include "reports/json_lists.h"
#include "reports/name_table.h"

namespace regain {
namespace {

constexpr NameTable<ErrorKind, 6> error_kinds{{{ErrorKind::failed, "failed"},
                                               {ErrorKind::usage, "usage"},
                                               {ErrorKind::refused, "refused"},
                                               {ErrorKind::untrusted, "untrusted"},
                                               {ErrorKind::environment, "environment"},
                                               {ErrorKind::interrupted, "interrupted"}}};

Json message_to_json(const Message& message) {
    return Json{{"template", message.id}, {"arguments", message.arguments}};
}

Message message_from_json(JsonReader& reader, const char* key) {
    Message result;
    JsonReader inner(reader.object(key), "a message");
    result.id = inner.text_or("template");
    texts_from_json(inner, "arguments", result.arguments);
    return result;
}

}  // namespace

std::string_view kind_name(ErrorKind kind) {
    return name_in(error_kinds, kind);
}

Json to_json(const Remark& remark) {
    Json json{{"code", remark.code}};
    if (!remark.arguments.empty()) json["arguments"] = remark.arguments;
    return json;
}

Result<Remark> remark_from_json(const Json& json) {
    JsonReader reader(json, "a remark");
    Remark remark;
    remark.code = reader.text("code");
    for (const auto& [name, value] : reader.object("arguments").items()) {
        if (value.is_string())
            remark.arguments[name] = value.get<std::string>();
        else
            reader.fail(message("the argument {0} is not a text", name));
    }
    REGAIN_TRY(reader.status());
    return remark;
}

Json to_json(const std::vector<Remark>& remarks) {
    return list_to_json(remarks);
}

Result<std::vector<Remark>> remarks_from_json(const Json& json) {
    std::vector<Remark> remarks;
    REGAIN_TRY(list_from_json(json, remarks, remark_from_json));
    return remarks;
}

Json to_json(const Error& error) {
    Json json{{"kind", kind_name(error.kind)},
              {"text", to_utf8(in_english(error))},
              {"doing", message_to_json(error.doing)},
              {"reason", message_to_json(error.reason)},
              {"advice", message_to_json(error.advice)}};
    if (error.os_errno != 0) json["os_errno"] = error.os_errno;
    return json;
}

Status error_from_json(const Json& json, Error& error) {
    JsonReader reader(json, "an error");
    Error result;
    const std::string kind = reader.text("kind");
    if (!parse_from(error_kinds, kind, result.kind))
        reader.fail(message("the member {0} has the unknown value {1}", "kind", kind));
    result.doing = message_from_json(reader, "doing");
    result.reason = message_from_json(reader, "reason");
    result.advice = message_from_json(reader, "advice");
    result.os_errno = static_cast<int>(reader.number_or("os_errno"));
    REGAIN_TRY(reader.status());
    error = std::move(result);
    return done();
}

Json to_json(const std::vector<Error>& errors) {
    return list_to_json(errors);
}

Status errors_from_json(const Json& json, std::vector<Error>& errors) {
    for (const auto& entry : json) REGAIN_TRY(error_from_json(entry, errors.emplace_back()));
    return done();
}

}  // namespace regain
