#include "base/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>

#include "base/file.h"

namespace regain {
namespace {

constexpr size_t max_output_bytes = 64U << 20;
constexpr size_t max_errors_bytes = 64U << 10;
constexpr std::chrono::seconds patience_after_terminate{5};

struct Pipe {
    FileDescriptor read_end;
    FileDescriptor write_end;
};

Result<Pipe> make_pipe(const std::string& program) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return os_error(message("start {0}", program), errno, ErrorKind::environment);
    return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Standard input lies in memory: no pipe that could fill, and no SIGPIPE when the program does not read it.
Result<FileDescriptor> make_input(const ProgramRequest& request) {
    FileDescriptor input(::memfd_create("regain-input", MFD_CLOEXEC));
    std::string_view rest = request.input;
    while (input.is_open() && !rest.empty()) {
        const ssize_t count = ::write(input.get(), rest.data(), rest.size());
        if (count <= 0) break;
        rest.remove_prefix(static_cast<size_t>(count));
    }
    if (!input.is_open() || !rest.empty() || ::lseek(input.get(), 0, SEEK_SET) != 0)
        return os_error(message("start {0}", request.program), errno, ErrorKind::environment);
    return input;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& additions) {
    std::map<std::string, std::string> variables;
    const auto add = [&](const std::string& entry) {
        const size_t equals = entry.find('=');
        if (equals != std::string::npos) variables[entry.substr(0, equals)] = entry.substr(equals + 1);
    };
    for (char** entry = environ; *entry != nullptr; ++entry) add(*entry);
    add("LC_ALL=C.UTF-8");
    for (const auto& entry : additions) add(entry);
    std::vector<std::string> result;
    for (const auto& [name, value] : variables) result.push_back(name + "=" + value);
    return result;
}

std::vector<char*> c_strings(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (auto& text : strings) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// Splits what arrives on both streams into lines for the caller and keeps what fits.
class OutputCollector {
  public:
    explicit OutputCollector(const ProgramRequest& request) : request_(request) {}

    void take(std::string& kept, std::string& line, std::string_view text) {
        kept += text;
        if (!request_.on_output_line) return;
        for (const char c : text) {
            if (c != '\n' && c != '\r') {
                line += c;
                continue;
            }
            if (!line.empty()) request_.on_output_line(line);
            line.clear();
        }
    }

  private:
    const ProgramRequest& request_;
};

}  // namespace

std::string find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
    const char* path = std::getenv("PATH");
    std::string directories = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
    directories += ":/usr/sbin:/sbin";
    size_t start = 0;
    while (start <= directories.size()) {
        const size_t end = std::min(directories.find(':', start), directories.size());
        const std::string candidate = directories.substr(start, end - start) + "/" + name;
        struct stat status {};
        if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
            ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
        start = end + 1;
    }
    return {};
}

Result<ProgramOutcome> run_program(const ProgramRequest& request) {
    const std::string path = find_program(request.program);
    if (path.empty())
        return error(ErrorKind::environment, message("start {0}", request.program),
                     message("it is not installed"), message("Install the package {0}.", request.package));

    REGAIN_ASSIGN(auto input, make_input(request));
    REGAIN_ASSIGN(auto output, make_pipe(request.program));
    REGAIN_ASSIGN(auto errors, make_pipe(request.program));

    std::vector<std::string> arguments{request.program};
    arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
    std::vector<std::string> environment = merged_environment(request.environment);
    std::vector<char*> argument_pointers = c_strings(arguments);
    std::vector<char*> environment_pointers = c_strings(environment);

    const pid_t child = ::fork();
    if (child < 0) return os_error(message("start {0}", request.program), errno, ErrorKind::environment);
    if (child == 0) {
        // Between fork and exec only async-signal-safe calls.
        ::setpgid(0, 0);
        ::dup2(input.get(), 0);
        ::dup2(output.write_end.get(), 1);
        ::dup2(errors.write_end.get(), 2);
        ::signal(SIGPIPE, SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        if (request.working_directory && ::chdir(request.working_directory->c_str()) != 0) ::_exit(127);
        ::execve(path.c_str(), argument_pointers.data(), environment_pointers.data());
        ::_exit(127);
    }
    input.close();
    output.write_end.close();
    errors.write_end.close();

    ProgramOutcome outcome;
    OutputCollector collector(request);
    std::string output_line, errors_line;
    bool stopping = false;
    auto kill_at = std::chrono::steady_clock::time_point::max();

    while (output.read_end.is_open() || errors.read_end.is_open()) {
        if (request.stop.stop_requested() && !stopping) {
            stopping = true;
            ::kill(-child, SIGTERM);
            kill_at = std::chrono::steady_clock::now() + patience_after_terminate;
        }
        if (std::chrono::steady_clock::now() > kill_at) ::kill(-child, SIGKILL);

        pollfd waiting[2] = {{output.read_end.get(), POLLIN, 0}, {errors.read_end.get(), POLLIN, 0}};
        if (::poll(waiting, 2, 200) < 0 && errno != EINTR) break;
        char buffer[65536];
        const auto drain = [&](pollfd& entry, FileDescriptor& end, std::string& kept, std::string& line) {
            if (entry.fd < 0 || (entry.revents & (POLLIN | POLLHUP | POLLERR)) == 0) return;
            const ssize_t count = ::read(end.get(), buffer, sizeof buffer);
            if (count > 0) collector.take(kept, line, {buffer, static_cast<size_t>(count)});
            if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) end.close();
        };
        drain(waiting[0], output.read_end, outcome.output, output_line);
        drain(waiting[1], errors.read_end, outcome.errors, errors_line);
        if (outcome.output.size() > max_output_bytes) outcome.output.resize(max_output_bytes);
        if (outcome.errors.size() > max_errors_bytes)
            outcome.errors.erase(0, outcome.errors.size() - max_errors_bytes);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (request.on_output_line && !output_line.empty()) request.on_output_line(output_line);
    if (request.on_output_line && !errors_line.empty()) request.on_output_line(errors_line);
    if (stopping)
        return error(ErrorKind::interrupted, message("finish {0}", request.program),
                     message("interrupted by the operator"));
    outcome.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
}

Result<ProgramOutcome> run_program_or_fail(const ProgramRequest& request, Message doing) {
    REGAIN_ASSIGN(auto outcome, run_program(request));
    if (outcome.exit_status == 0) return outcome;
    std::string last_line = outcome.errors.empty() ? outcome.output : outcome.errors;
    while (!last_line.empty() && last_line.back() == '\n') last_line.pop_back();
    last_line = last_line.substr(last_line.rfind('\n') == std::string::npos ? 0 : last_line.rfind('\n') + 1);
    return error(ErrorKind::failed, std::move(doing),
                 message("{0} ended with status {1}: {2}", request.program, outcome.exit_status, last_line));
}

}  // namespace regain
