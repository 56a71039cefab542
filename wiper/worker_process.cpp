#include "wiper/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace regain {
namespace {

constexpr size_t last_words_bytes = 2048;

struct Pipe {
    FileDescriptor read_end;
    FileDescriptor write_end;
};

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return os_error(message("start a wipe worker"), errno, ErrorKind::environment);
    return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Between fork and exec: async-signal-safe calls only. A group of its own, so that the terminal's Ctrl-C
// reaches the supervisor alone, which then stops its workers in order.
[[noreturn]] void become_worker(const char* program, char* const* arguments, int input, int output,
                                int errors, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(input, 0);
    ::dup2(output, 1);
    ::dup2(errors, 2);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
    ::execv(program, arguments);
    ::_exit(127);
}

}  // namespace

Result<WorkerProcess> WorkerProcess::start(const std::string& program,
                                           const std::vector<std::string>& arguments) {
    REGAIN_ASSIGN(Pipe input, make_pipe());
    REGAIN_ASSIGN(Pipe output, make_pipe());
    REGAIN_ASSIGN(Pipe errors, make_pipe());
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);

    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return os_error(message("start a wipe worker"), errno, ErrorKind::environment);
    if (child == 0)
        become_worker(program.c_str(), pointers.data(), input.read_end.get(), output.write_end.get(),
                      errors.write_end.get(), parent);
    for (const int descriptor : {output.read_end.get(), errors.read_end.get()})
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    return WorkerProcess(child, std::move(input.write_end), std::move(output.read_end),
                         std::move(errors.read_end));
}

WorkerProcess::WorkerProcess(pid_t pid, FileDescriptor input, FileDescriptor output, FileDescriptor errors)
    : pid_(pid), input_(std::move(input)), output_(std::move(output)), errors_(std::move(errors)) {}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      reader_(std::move(other.reader_)),
      last_words_(std::move(other.last_words_)),
      status_(other.status_) {}

WorkerProcess::~WorkerProcess() {
    if (pid_ < 0 || has_ended()) return;
    send_signal(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Status WorkerProcess::tell(std::string_view line) {
    // A worker that is gone must be an error here, not a signal to the console.
    sigset_t pipe_signal, before;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    const Status status = write_line(input_.get(), line);
    if (!status.ok() && status.error().os_errno == EPIPE) {
        constexpr timespec at_once{0, 0};
        while (::sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return status;
}

void WorkerProcess::send_signal(int number) const {
    if (pid_ > 0 && !status_) ::kill(pid_, number);
}

void WorkerProcess::read_output(std::vector<std::string>& lines) {
    if (output_.is_open() && reader_.read_from(output_.get(), lines) == LineReader::State::ended)
        output_.close();
}

void WorkerProcess::read_errors() {
    std::array<char, 1024> buffer{};
    const ssize_t count = ::read(errors_.get(), buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) return errors_.close();
    last_words_.append(buffer.data(), static_cast<size_t>(count));
    if (last_words_.size() > last_words_bytes) last_words_.erase(0, last_words_.size() - last_words_bytes);
}

bool WorkerProcess::has_ended() {
    if (status_) return true;
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_.has_value();
}

std::string WorkerProcess::ending() const {
    if (!status_) return "running";
    if (WIFSIGNALED(*status_)) {
        const char* name = ::sigabbrev_np(WTERMSIG(*status_));
        return fmt::format("signal {}", name != nullptr ? name : "unknown");
    }
    return fmt::format("exit {}", WEXITSTATUS(*status_));
}

}  // namespace regain
