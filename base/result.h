#pragma once
// Result<T> and Status: a value or an Error. Every function that can fail returns one; nothing is printed
// below console/, and exceptions never cross a room. The console prints an Error once, as
// `cannot <doing>: <reason>`, followed by `advice`.

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/message.h"

namespace regain {

/// What an error means for the exit status (docs/command-line.md).
enum class ErrorKind {
    failed,       ///< 1: the job ran and failed or fell short
    usage,        ///< 2: wrong usage
    refused,      ///< 3: refused for safety before anything was written
    untrusted,    ///< 4: an input is damaged or not trusted
    environment,  ///< 5: no root, no such device, a missing program, a full state directory
    interrupted,  ///< 130: by the operator
};

struct Error {
    ErrorKind kind = ErrorKind::failed;
    Message doing;     ///< completes "cannot ...": message("open {0}", path)
    Message reason;    ///< why, without a full stop; empty when os_errno says it all
    int os_errno = 0;  ///< 0 when no system call failed; device status is never put here
    Message advice;    ///< what to do about it: a sentence; may be empty
};

/// The error of a system call that just failed with `os_errno`.
Error os_error(Message doing, int os_errno, ErrorKind kind = ErrorKind::failed);
/// An error with a reason in words.
Error error(ErrorKind kind, Message doing, Message reason, Message advice = {});
/// `cannot <doing>: <reason>` in English (for logs, reports and tests).
std::string in_english(const Error& error);

template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : content_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : content_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return std::holds_alternative<T>(content_); }
    explicit operator bool() const { return ok(); }

    T& value() & {
        assert(ok());
        return *std::get_if<T>(&content_);
    }
    const T& value() const& {
        assert(ok());
        return *std::get_if<T>(&content_);
    }
    T&& value() && {
        assert(ok());
        return std::move(*std::get_if<T>(&content_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& {
        assert(!ok());
        return *std::get_if<Error>(&content_);
    }
    Error&& error() && {
        assert(!ok());
        return std::move(*std::get_if<Error>(&content_));
    }

  private:
    std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return !error_.has_value(); }
    explicit operator bool() const { return ok(); }
    const Error& error() const& {
        assert(!ok());
        return *error_;
    }
    Error&& error() && {
        assert(!ok());
        return std::move(*error_);
    }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

/// Success, spelled out: `return done();`
inline Status done() {
    return {};
}

}  // namespace regain

#define REGAIN_CONCAT_INNER(a, b) a##b
#define REGAIN_CONCAT(a, b) REGAIN_CONCAT_INNER(a, b)

/// Returns the error of a failed Status or Result from the current function.
#define REGAIN_TRY(expression)                                        \
    do {                                                              \
        if (auto regain_status = (expression); !regain_status.ok()) { \
            return std::move(regain_status).error();                  \
        }                                                             \
    } while (false)

/// `REGAIN_ASSIGN(auto file, open_file(path));`: declares from a Result, or returns its error.
#define REGAIN_ASSIGN(declaration, expression) \
    REGAIN_ASSIGN_INNER(REGAIN_CONCAT(regain_result_, __LINE__), declaration, expression)
#define REGAIN_ASSIGN_INNER(result, declaration, expression) \
    auto result = (expression);                              \
    if (!result.ok()) return std::move(result).error();      \
    declaration = std::move(result).value()
