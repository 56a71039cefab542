// A worker for the supervisor's tests. The first argument says how it behaves:
//   well      the real worker, on the regular file that the plan's path names
//   really    the real worker with the real hold, as the product runs it
//   crash     holds, is told to go, writes a little and kills itself
//   silent    says that it is ready, then nothing any more, and ignores SIGTERM
//   linger    the real worker; on a file named "linger" it first waits until "handed-out" lies beside it
//   hang      the real worker on a drive whose writes never end; a file named "sound" is as good as any
//   forge     sends a record with a verdict that its evidence does not bear
//   babble    says what is no JSON
//   die       ends at once, with words on standard error

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/file.h"
#include "drives/sync_block_io.h"
#include "wiper/wipe_protocol.h"
#include "wiper/wipe_worker.h"

namespace regain {
namespace {

class FileTarget : public WipeTarget {
  public:
    FileTarget(FileDescriptor file, uint64_t size_bytes)
        : file_(std::move(file)), io_(file_.get(), {size_bytes, 512, 16, false}) {}
    BlockIo& io() override { return io_; }
    Status prove_identity() override { return done(); }
    std::optional<BlockCounters> counters() override { return std::nullopt; }

  private:
    FileDescriptor file_;
    SyncBlockIo io_;
};

using Targets = std::vector<std::unique_ptr<WipeTarget>>;

Result<Targets> hold_file(const SystemRoot&, const DriveRecord& node) {
    FileDescriptor file(::open(node.path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file.is_open()) return os_error(message("open {0}", node.path), errno, ErrorKind::environment);
    struct stat status {};
    ::fstat(file.get(), &status);
    if (static_cast<uint64_t>(status.st_size) != node.size_bytes)
        return error(ErrorKind::refused, message("erase {0}", node.path),
                     message("its size is not the planned one"));
    Targets targets;
    targets.push_back(std::make_unique<FileTarget>(std::move(file), node.size_bytes));
    return targets;
}

// Takes a write and never completes it, the way a drive hangs whose firmware is lost.
class HangingIo final : public BlockIo {
  public:
    explicit HangingIo(BlockIo& inner) : inner_(inner) {}
    uint64_t size_bytes() const override { return inner_.size_bytes(); }
    uint32_t alignment() const override { return inner_.alignment(); }
    size_t queue_depth() const override { return 1; }
    bool reads_medium() const override { return false; }
    Status submit(const IoRequest& request) override {
        if (request.operation == IoOperation::write) hangs_ = true;
        return inner_.submit(request);
    }
    Status wait(std::vector<IoCompletion>& completions) override {
        while (hangs_) ::pause();
        return inner_.wait(completions);
    }
    size_t in_flight() const override { return inner_.in_flight(); }

  private:
    BlockIo& inner_;
    bool hangs_ = false;
};

class HangingTarget final : public WipeTarget {
  public:
    explicit HangingTarget(std::unique_ptr<WipeTarget> inner) : inner_(std::move(inner)), io_(inner_->io()) {}
    BlockIo& io() override { return io_; }
    Status prove_identity() override { return done(); }
    std::optional<BlockCounters> counters() override { return std::nullopt; }

  private:
    std::unique_ptr<WipeTarget> inner_;
    HangingIo io_;
};

Result<Targets> hold_hanging_file(const SystemRoot& root, const DriveRecord& node) {
    REGAIN_ASSIGN(Targets targets, hold_file(root, node));
    if (node.path.ends_with("sound")) return targets;
    targets.front() = std::make_unique<HangingTarget>(std::move(targets.front()));
    return targets;
}

// A drive that takes long: until the test says so, or for ten seconds.
class LingeringTarget final : public WipeTarget {
  public:
    LingeringTarget(std::unique_ptr<WipeTarget> inner, std::string until)
        : inner_(std::move(inner)), until_(std::move(until)) {}
    BlockIo& io() override { return inner_->io(); }
    Status prove_identity() override {
        for (int i = 0; i < 1000 && ::access(until_.c_str(), F_OK) != 0; ++i) ::usleep(10'000);
        return inner_->prove_identity();
    }
    std::optional<BlockCounters> counters() override { return std::nullopt; }

  private:
    std::unique_ptr<WipeTarget> inner_;
    std::string until_;
};

Result<Targets> hold_lingering_file(const SystemRoot& root, const DriveRecord& node) {
    REGAIN_ASSIGN(Targets targets, hold_file(root, node));
    const std::string suffix = "linger";
    if (node.path.ends_with(suffix)) {
        const std::string until = node.path.substr(0, node.path.size() - suffix.size()) + "handed-out";
        targets.front() = std::make_unique<LingeringTarget>(std::move(targets.front()), until);
    }
    return targets;
}

std::string read_one_line() {
    std::string line;
    char letter = 0;
    while (::read(0, &letter, 1) == 1 && letter != '\n') line += letter;
    return line;
}

void say(const WorkerEvent& event) {
    static_cast<void>(write_line(1, to_json(event).dump()).ok());
}

WipePlan take_job_and_go() {
    const auto json = parse_json(read_one_line(), "a job");
    const auto job = wipe_job_from_json(*json);
    WorkerEvent ready;
    ready.kind = WorkerEvent::Kind::ready;
    say(ready);
    read_one_line();
    return job->plan;
}

int crash() {
    const WipePlan plan = take_job_and_go();
    WorkerEvent event;
    event.kind = WorkerEvent::Kind::step;
    for (size_t i = 0; i < 3; ++i) {
        event.step = StepResult{plan.steps[i].step, "done", "", "", 0, 512, {}, ""};
        say(event);
    }
    event = {};
    event.kind = WorkerEvent::Kind::progress;
    event.progress = WipeProgress{"overwrite", "", 4, 7, 1048576, 4194304, 0, {}, 0, 0, {}, 0};
    say(event);
    ::raise(SIGKILL);
    return 0;
}

int be_silent() {
    ::signal(SIGTERM, SIG_IGN);
    take_job_and_go();
    for (;;) ::pause();
}

int forge() {
    WipeRecord record = record_of_nothing(take_job_and_go());
    record.verdict = Verdict::purged;
    record.errors.clear();
    WorkerEvent event;
    event.kind = WorkerEvent::Kind::report;
    event.record = record;
    say(event);
    return 0;
}

int run(const std::string& behaviour) {
    if (behaviour == "well") return run_wipe_worker(0, 1, hold_file);
    if (behaviour == "really") return run_wipe_worker(0, 1);
    if (behaviour == "linger") return run_wipe_worker(0, 1, hold_lingering_file);
    if (behaviour == "hang") return run_wipe_worker(0, 1, hold_hanging_file);
    if (behaviour == "crash") return crash();
    if (behaviour == "silent") return be_silent();
    if (behaviour == "forge") return forge();
    if (behaviour == "babble") {
        take_job_and_go();
        static_cast<void>(write_line(1, "all is well, trust me").ok());
        for (;;) ::pause();
    }
    std::fputs("something is badly wrong\n", stderr);
    return 3;
}

}  // namespace
}  // namespace regain

int main(int count, char** arguments) {
    return regain::run(count > 1 ? arguments[1] : "");
}
