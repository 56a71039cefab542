#include "console/session.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/file.h"
#include "console/terminal.h"
#include "console/text_lines.h"

namespace regain {
namespace {

void put_text(std::FILE* stream, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
}

// For a person: no word is broken at the edge of the screen.
void put_words(std::FILE* stream, const std::string& text) {
    put_text(stream, is_terminal(::fileno(stream)) ? wrap_prose(text, terminal_width()) : text);
}

ProgressMode progress_mode(const Arguments& arguments) {
    const std::string given = arguments.value("progress");
    if (given == "json") return ProgressMode::json;
    if (given == "none" || arguments.has("quiet")) return ProgressMode::none;
    if (given == "bar") return ProgressMode::bar;
    return is_terminal(STDERR_FILENO) ? ProgressMode::bar : ProgressMode::none;
}

}  // namespace

int exit_status(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::failed:
            return 1;
        case ErrorKind::usage:
            return 2;
        case ErrorKind::refused:
            return 3;
        case ErrorKind::untrusted:
            return 4;
        case ErrorKind::environment:
            return 5;
        case ErrorKind::interrupted:
            return 130;
    }
    return 1;
}

Session::Session(Arguments arguments, Translator translator, std::stop_token stop)
    : arguments_(std::move(arguments)),
      translator_(std::move(translator)),
      stop_(std::move(stop)),
      root_(arguments_.has("sysroot") ? SystemRoot(arguments_.value("sysroot")) : SystemRoot()),
      progress_(progress_mode(arguments_)) {}

std::filesystem::path Session::state_directory() const {
    if (arguments_.has("state-dir")) return arguments_.value("state-dir");
    if (const char* directory = std::getenv("REGAIN_STATE_DIR"); directory != nullptr && *directory != '\0')
        return directory;
    if (::geteuid() == 0) return "/var/lib/regain";
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
        return std::filesystem::path(data) / "regain";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home != nullptr ? home : "/") / ".local/share/regain";
}

void Session::say(const Message& message) const {
    say_raw(translator_(message) + "\n");
}

void Session::say_raw(const std::string& text) const {
    if (!quiet()) put(Voice::words, text);
}

void Session::put(Voice voice, const std::string& text) const {
    if (speak_) return speak_(voice, text);
    put_words(voice == Voice::warning || json() ? stderr : stdout, text);
}

void Session::warn(const Message& message) const {
    put(Voice::warning,
        "regain: " + translator_(regain::message("warning: {0}", translator_(message))) + "\n");
}

void Session::print(const Error& error) const {
    std::string text = "regain: " + describe(error, translator_) + "\n";
    const std::string advice = translator_(error.advice);
    if (!advice.empty()) text += "  → " + advice + "\n";
    put(Voice::warning, text);
}

int Session::report(const Error& error) const {
    if (outcome_ != nullptr) outcome_->errors.push_back(error);
    print(error);
    return exit_status(error.kind);
}

void Session::report_unsent(const UnsentRecords& unsent, const std::optional<Error>& failure) const {
    if (outcome_ != nullptr) outcome_->unsent = unsent;
    if (failure) print(*failure);
}

void Session::note_certificate(const std::filesystem::path& path) const {
    if (outcome_ != nullptr) outcome_->certificates.push_back(path);
}

void Session::put_json(const Json& document) const {
    if (outcome_ != nullptr) outcome_->document = document;
    if (json()) put_text(stdout, pretty_json(document));
}

Status Session::write_report_file(const Json& document) const {
    if (!arguments_.has("output")) return done();
    return write_file(arguments_.value("output"), pretty_json(document));
}

Status Session::check_report_file() const {
    if (!arguments_.has("output")) return done();
    const std::filesystem::path file = arguments_.value("output");
    const auto refuse = [&](Message reason) {
        return error(ErrorKind::usage, message("write {0}", file.string()), std::move(reason),
                     message("Choose another file for -o."));
    };
    if (file.empty()) return refuse(message("it has no name"));
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) return refuse(message("it is a directory"));
    // The report takes the place of what has this name: never that of a device, a drive, an image or a
    // record.
    if (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored))
        return refuse(message("it is not a regular file"));
    for (const auto& operand : arguments_.operands())
        if (std::filesystem::equivalent(file, operand, ignored))
            return refuse(message("it is what the command works on"));
    const auto directory =
        std::filesystem::weakly_canonical(file.parent_path().empty() ? "." : file.parent_path(), ignored);
    const auto state = std::filesystem::weakly_canonical(state_directory(), ignored);
    if ((directory / "").string().starts_with((state / "").string()))
        return refuse(message("it lies among the records"));
    if (::access(directory.c_str(), W_OK) != 0)
        return os_error(message("write {0}", file.string()), errno, ErrorKind::environment);
    return done();
}

}  // namespace regain
