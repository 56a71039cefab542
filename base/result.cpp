#include "base/result.h"

#include <cstring>
#include <string>

namespace regain {

Error os_error(Message doing, int os_errno, ErrorKind kind) {
    Error result;
    result.kind = kind;
    result.doing = std::move(doing);
    result.os_errno = os_errno;
    return result;
}

Error error(ErrorKind kind, Message doing, Message reason, Message advice) {
    return Error{kind, std::move(doing), std::move(reason), 0, std::move(advice)};
}

std::string in_english(const Error& error) {
    std::string text = "cannot " + in_english(error.doing);
    if (!error.reason.empty()) text += ": " + in_english(error.reason);
    if (error.os_errno != 0) text += std::string(": ") + strerrordesc_np(error.os_errno);
    return text;
}

}  // namespace regain
