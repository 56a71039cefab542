#include "inspector/drive_health_reader.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/message.h"

namespace regain {
namespace {

constexpr const char* program = "smartctl";
constexpr const char* package = "smartmontools";

/// Asks for a stop after a while, or as soon as somebody else does.
class Deadline {
  public:
    Deadline(std::chrono::milliseconds timeout, const std::stop_token& other)
        : forward_(other, [this] { source_.request_stop(); }),
          watch_([this, timeout](const std::stop_token& finished) { wait(timeout, finished); }) {}

    std::stop_token token() const { return source_.get_token(); }

  private:
    void wait(std::chrono::milliseconds timeout, const std::stop_token& finished) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, finished, timeout, [] { return false; });
        if (!finished.stop_requested()) source_.request_stop();
    }

    std::stop_source source_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::stop_callback<std::function<void()>> forward_;
    std::jthread watch_;  // last: it ends before what it uses
};

}  // namespace

SmartctlHealthReader::SmartctlHealthReader(std::chrono::milliseconds timeout, Runner runner)
    : timeout_(timeout), runner_(std::move(runner)) {}

std::optional<MissingProgram> SmartctlHealthReader::missing_program() const {
    if (!find_program(program).empty()) return std::nullopt;
    return MissingProgram{program, package};
}

Result<SmartReport> SmartctlHealthReader::run(std::vector<std::string> arguments, const std::string& path,
                                              const std::stop_token& stop) {
    const Deadline deadline(timeout_, stop);
    ProgramRequest request;
    request.program = program;
    request.package = package;
    request.arguments = std::move(arguments);
    request.stop = deadline.token();
    auto outcome = runner_(request);
    if (!outcome.ok() && outcome.error().kind == ErrorKind::interrupted && !stop.stop_requested())
        return error(ErrorKind::failed, message("read the health of {0}", path),
                     message("it gave no answer within {0} seconds", timeout_.count() / 1000));
    if (!outcome.ok()) return std::move(outcome).error();
    return parse_smart_report(outcome->output, static_cast<unsigned>(outcome->exit_status) & 0xFFU);
}

Result<SmartReport> SmartctlHealthReader::read_health(const DriveRecord& drive, std::stop_token stop) {
    if (drive.is_virtual() || !drive.path.starts_with("/dev/") || drive.path.starts_with("/dev/loop"))
        return error(ErrorKind::refused, message("read the health of {0}", drive.path),
                     message("it is not a physical drive"));
    REGAIN_ASSIGN(auto report, run({"--json", "-x", drive.path}, drive.path, stop));
    if (!report.has_unknown_usb_bridge()) return report;
    return run({"--json", "-x", "-d", "sat", drive.path}, drive.path, stop);
}

}  // namespace regain
