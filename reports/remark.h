#pragma once
// A stable code with its arguments: how reports say why something was rejected, what went wrong or what a
// check found. Words are made only by renderings (certifier/wording.h); codes are never renamed once
// released.

#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace regain {

struct Remark {
    std::string code;                              ///< "overwrite-cannot-reach-reallocated-sectors"
    std::map<std::string, std::string> arguments;  ///< name → language-neutral value
    bool operator==(const Remark&) const = default;
};

Json to_json(const Remark& remark);
Result<Remark> remark_from_json(const Json& json);
Json to_json(const std::vector<Remark>& remarks);
Result<std::vector<Remark>> remarks_from_json(const Json& json);

/// An Error inside a report: the English words, its doing/reason templates and arguments, so that a rendering
/// can translate it.
Json to_json(const Error& error);
Status error_from_json(const Json& json, Error& error);
Json to_json(const std::vector<Error>& errors);
Status errors_from_json(const Json& json, std::vector<Error>& errors);
std::string_view kind_name(ErrorKind kind);

}  // namespace regain
