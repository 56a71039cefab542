#pragma once
// One worker process as its supervisor sees it: starting, telling, listening, ending. It dies with its
// parent. Used by wipe_supervisor.cpp only; it judges nothing.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "wiper/wipe_protocol.h"

namespace regain {

class WorkerProcess {
  public:
    static Result<WorkerProcess> start(const std::string& program, const std::vector<std::string>& arguments);
    /// Kills and reaps what still runs.
    ~WorkerProcess();
    WorkerProcess(WorkerProcess&& other) noexcept;
    WorkerProcess& operator=(WorkerProcess&&) = delete;
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    /// Sends a line; an error when the worker is gone.
    Status tell(std::string_view line);
    /// Ends its input: a worker that has not been told to go writes nothing.
    void hang_up() { input_.close(); }
    void send_signal(int number) const;

    /// To be polled for reading; -1 once its end was met.
    int output() const { return output_.get(); }
    int errors() const { return errors_.get(); }
    /// Takes what is there on its output. Closes it at its end.
    void read_output(std::vector<std::string>& lines);
    /// Keeps the last words on its standard error.
    void read_errors();
    const std::string& last_words() const { return last_words_; }

    /// Looks, without waiting, whether it has ended.
    bool has_ended();
    /// How it ended, language-neutral: "exit 1", "signal KILL".
    std::string ending() const;
    /// Gives up a process that can't be reaped (stuck in the kernel).
    void leave_behind() { pid_ = -1; }

  private:
    WorkerProcess(pid_t pid, FileDescriptor input, FileDescriptor output, FileDescriptor errors);

    pid_t pid_ = -1;
    FileDescriptor input_;
    FileDescriptor output_;
    FileDescriptor errors_;
    LineReader reader_;
    std::string last_words_;
    std::optional<int> status_;
};

}  // namespace regain
