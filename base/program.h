#pragma once
// Starting another program: one function, an argument list, never a shell. A missing program is an error
// that names the Debian package to install.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace regain {

struct ProgramRequest {
    std::string program;                 ///< looked up in PATH (and in /usr/sbin and /sbin)
    std::vector<std::string> arguments;  ///< without argv[0]
    std::string package;                 ///< Debian package that holds it, for the error
    std::string input;                   ///< given on standard input
    std::vector<std::string>
        environment;  ///< NAME=value, added to the current environment; LC_ALL=C.UTF-8 always is
    std::optional<std::string> working_directory;
    std::function<void(std::string_view line)>
        on_output_line;    ///< called for each line of either stream while it runs
    std::stop_token stop;  ///< when asked: SIGTERM, then SIGKILL after five seconds
};

struct ProgramOutcome {
    int exit_status = 0;  ///< 128 + signal when it was killed
    std::string output;   ///< standard output (at most 64 MiB are kept)
    std::string errors;   ///< standard error (the last 64 KiB are kept)
};

/// Runs a program to its end and gives its exit status, whatever it is. Errors: it could not be started
/// (ErrorKind::environment), or the stop token fired (ErrorKind::interrupted).
Result<ProgramOutcome> run_program(const ProgramRequest& request);
/// The same, but an exit status other than 0 is an error whose reason holds the last line of its errors.
Result<ProgramOutcome> run_program_or_fail(const ProgramRequest& request, Message doing);
/// Full path of a program, empty when it is not installed.
std::string find_program(const std::string& name);

}  // namespace regain
