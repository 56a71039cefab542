#include "wiper/wipe_worker.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "wiper/drive_capabilities.h"
#include "wiper/drive_thermometer.h"
#include "wiper/journal_writer.h"
#include "wiper/resume_point.h"
#include "wiper/shared_link_io.h"
#include "wiper/watched_io.h"
#include "wiper/wipe_journal.h"
#include "wiper/wipe_protocol.h"

namespace regain {
namespace {

constexpr int heartbeat_milliseconds = 1000;
constexpr std::chrono::seconds rest_of_a_failing_drive{2};

// Speaks for the run and for the heartbeat, one line at a time.
class Speaker {
  public:
    Speaker(int out, std::stop_source& stop) : out_(out), stop_(stop) {}

    bool say(const WorkerEvent& event) {
        const auto text = canonical_json(to_json(event));
        const std::lock_guard lock(mutex_);
        // Nobody listens any more: then nobody would keep the report either.
        if (text.ok() && write_line(out_, *text).ok()) return true;
        stop_.request_stop();
        return false;
    }

  private:
    int out_;
    std::stop_source& stop_;
    std::mutex mutex_;
};

sigset_t handled_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, number);
    return signals;
}

// Blocked in every thread: the attendant takes them from a descriptor, and a broken pipe is an error of
// write().
void block_signals() {
    sigset_t signals = handled_signals();
    ::sigaddset(&signals, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// Beats while the run is busy or the drive is slow, and turns signals into the stop token.
class Attendant {
  public:
    Attendant(Speaker& speaker, std::stop_source& stop, const RequestWatch& watch)
        : speaker_(speaker), stop_(stop), watch_(watch), end_(::eventfd(0, EFD_CLOEXEC)) {
        const sigset_t signals = handled_signals();
        signals_ = FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
        thread_ = std::thread([this] { attend(); });
    }
    ~Attendant() {
        const uint64_t one = 1;
        static_cast<void>(::write(end_.get(), &one, sizeof one) == 0);
        thread_.join();
    }
    Attendant(const Attendant&) = delete;
    Attendant& operator=(const Attendant&) = delete;

  private:
    void attend() {
        for (;;) {
            std::array<pollfd, 2> waiting{pollfd{end_.get(), POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
            const int count = ::poll(waiting.data(), waiting.size(), heartbeat_milliseconds);
            if ((waiting[0].revents & POLLIN) != 0) return;
            if ((waiting[1].revents & POLLIN) != 0) {
                signalfd_siginfo signal{};
                if (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) stop_.request_stop();
            }
            if (count != 0) continue;
            WorkerEvent beat;
            beat.pending = watch_.oldest();
            if (!speaker_.say(beat)) return;
        }
    }

    Speaker& speaker_;
    std::stop_source& stop_;
    const RequestWatch& watch_;
    FileDescriptor end_;
    FileDescriptor signals_;
    std::thread thread_;
};

// The next line of the input, nothing at its end.
class Orders {
  public:
    explicit Orders(int in) : in_(in) {}
    /// Whether next() would not wait.
    bool has_next() const { return !lines_.empty(); }
    std::optional<std::string> next() {
        while (lines_.empty())
            if (reader_.read_from(in_, lines_) == LineReader::State::ended && lines_.empty())
                return std::nullopt;
        std::string line = std::move(lines_.front());
        lines_.erase(lines_.begin());
        return line;
    }

  private:
    int in_;
    LineReader reader_;
    std::vector<std::string> lines_;
};

Result<WipeJob> read_job(Orders& orders) {
    const auto line = orders.next();
    if (!line)
        return error(ErrorKind::usage, message("start a wipe worker"),
                     message("there is no job on its input"),
                     message("Use regain wipe; it starts its workers itself."));
    REGAIN_ASSIGN(const Json json, parse_json(*line, "a wipe job"));
    return wipe_job_from_json(json);
}

bool is_told_to_go(Orders& orders) {
    const auto line = orders.next();
    if (!line) return false;
    const auto json = parse_json(*line, "an order");
    return json.ok() && json->is_object() && json->value("order", "") == "go";
}

// Takes the orders that come while the drive is at work.
class OrderTaker {
  public:
    OrderTaker(Orders& orders, int in, LinkGate& gate)
        : orders_(orders), in_(in), gate_(gate), end_(::eventfd(0, EFD_CLOEXEC)), thread_([this] {
              take();
          }) {}
    ~OrderTaker() {
        const uint64_t one = 1;
        static_cast<void>(::write(end_.get(), &one, sizeof one) == 0);
        thread_.join();
    }
    OrderTaker(const OrderTaker&) = delete;
    OrderTaker& operator=(const OrderTaker&) = delete;

  private:
    void take() {
        for (;;) {
            if (!orders_.has_next()) {
                std::array<pollfd, 2> waiting{pollfd{end_.get(), POLLIN, 0}, pollfd{in_, POLLIN, 0}};
                if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
                if (waiting[0].revents != 0) return;
            }
            const auto line = orders_.next();
            if (!line) return;
            const auto json = parse_json(*line, "an order");
            const auto share = json.ok() ? link_share_from_json(*json) : Result<LinkShare>(json.error());
            if (share.ok()) gate_.set(*share);
        }
    }

    Orders& orders_;
    int in_;
    LinkGate& gate_;
    FileDescriptor end_;
    std::thread thread_;
};

WorkerEvent event_of(WorkerEvent::Kind kind) {
    WorkerEvent event;
    event.kind = kind;
    return event;
}

int refuse(Speaker& speaker, const Error& reason) {
    WorkerEvent event = event_of(WorkerEvent::Kind::refused);
    event.error = reason;
    speaker.say(event);
    return 1;
}

/// For the drive's own commands; a SAS disk tells its temperature that way, too.
bool wants_channels(const WipePlan& plan) {
    return needs_channels(plan) || (plan.drive.bus == Bus::scsi && plan.drive.protocol == "scsi");
}

WipeRunOptions run_options(const Clock& clock, Speaker& speaker, std::stop_token stop) {
    WipeRunOptions options{clock, std::move(stop), {}, {}, {}, nullptr};
    options.on_progress = [&speaker](const WipeProgress& progress) {
        WorkerEvent event = event_of(WorkerEvent::Kind::progress);
        event.progress = progress;
        speaker.say(event);
    };
    options.on_step = [&speaker](const StepResult& step) {
        WorkerEvent event = event_of(WorkerEvent::Kind::step);
        event.step = step;
        speaker.say(event);
    };
    return options;
}

/// What the run goes on with; nothing for one that begins. ErrorKind::refused where the journal is of another
/// wipe.
Result<std::optional<WipeJournalContent>> resumed_by(const WipeJob& job) {
    if (!job.is_resumed) return std::optional<WipeJournalContent>();
    REGAIN_ASSIGN(auto journal, read_wipe_journal(job.journal_file));
    const auto rung = rung_to_resume(journal, job.plan);
    if (!rung)
        return error(ErrorKind::refused, message("go on erasing {0}", job.plan.drive.path),
                     message("its journal tells of another way to erase it"));
    return std::optional(resumed_content(std::move(journal), job.plan, *rung));
}

/// $REGAIN_JOURNAL_INTERVAL, in milliseconds: for tests.
JournalPace journal_pace() {
    JournalPace pace;
    const char* const text = std::getenv("REGAIN_JOURNAL_INTERVAL");
    const std::string_view words = text == nullptr ? "" : text;
    uint32_t milliseconds = 0;
    const auto [rest, failure] = std::from_chars(words.data(), words.data() + words.size(), milliseconds);
    if (!words.empty() && failure == std::errc() && rest == words.data() + words.size())
        pace.interval = pace.longest = std::chrono::milliseconds(milliseconds);
    return pace;
}

/// In the order of the drive's nodes with user data.
std::vector<std::unique_ptr<WipeTarget>> watched_targets(
    const std::vector<std::unique_ptr<WipeTarget>>& targets, const DriveRecord& drive, RequestWatch& watch) {
    const std::vector<DriveNode> nodes = user_data_nodes(drive);
    std::vector<std::unique_ptr<WipeTarget>> watched;
    for (size_t i = 0; i < targets.size(); ++i)
        watched.push_back(std::make_unique<WatchedTarget>(*targets[i], watch,
                                                          i < nodes.size() ? nodes[i].path : drive.path));
    return watched;
}

}  // namespace

int run_wipe_worker(int in, int out, const HoldTargets& hold_targets, const OpenChannels& open_channels) {
    block_signals();
    std::stop_source stop;
    Speaker speaker(out, stop);
    const SystemClock clock;
    RequestWatch watch(clock);
    const Attendant attendant(speaker, stop, watch);
    Orders orders(in);

    auto job = read_job(orders);
    if (!job.ok()) return refuse(speaker, job.error());
    const SystemRoot root = job->system_root.empty() ? SystemRoot() : SystemRoot(job->system_root);
    auto targets = hold_targets(root, job->plan.drive);
    if (!targets.ok()) return refuse(speaker, targets.error());
    const auto resumed = resumed_by(*job);
    if (!resumed.ok()) return refuse(speaker, resumed.error());
    // A channel that can't be opened is found out now; the run says why then, and falls down to an overwrite.
    std::unique_ptr<HeldChannels> channels;
    FirmwareMeans closed;
    if (open_channels && wants_channels(job->plan)) {
        auto opened = open_channels(*job, root, clock, stop.get_token());
        if (opened.ok())
            channels = std::move(*opened);
        else
            closed.why_closed = opened.error();
    }
    speaker.say(event_of(WorkerEvent::Kind::ready));
    if (!is_told_to_go(orders)) return 1;

    // From here on data is destroyed: every path leads to a record.
    LinkGate gate;
    const OrderTaker order_taker(orders, in, gate);
    const auto watched = watched_targets(*targets, job->plan.drive, watch);
    std::vector<std::unique_ptr<WipeTarget>> on_link;
    for (const auto& target : watched)
        on_link.push_back(std::make_unique<SharedLinkTarget>(*target, gate, clock));
    std::vector<WipeTarget*> nodes;
    for (const auto& target : on_link) nodes.push_back(target.get());
    WorkerEvent report = event_of(WorkerEvent::Kind::report);
    WipeRunOptions options = run_options(clock, speaker, stop.get_token());
    options.limits.rest = rest_of_a_failing_drive;
    if (channels || closed.why_closed) options.firmware = channels ? &channels->means() : &closed;
    options.pace = [&] { gate.wait_for_turn(clock, stop.get_token()); };
    const EraseChannels no_channels;
    DriveThermometer thermometer([&] { return read_temperature(root, job->plan.drive); },
                                 channels ? channels->means().channels : no_channels);
    options.temperature = [&] { return thermometer.read(); };
    // What an earlier wipe noted is true no more once this one begins.
    if (!job->is_resumed && !job->journal_file.empty())
        static_cast<void>(remove_wipe_journal(job->journal_file).ok());
    DurableJournalFile journal_file(job->journal_file);
    JournalWriter journal(journal_file, clock, journal_pace());
    if (!job->journal_file.empty()) options.journal = &journal;
    if (*resumed) options.resumed = &**resumed;
    report.record = run_wipe(job->plan, nodes, options);
    return speaker.say(report) ? 0 : 1;
}

}  // namespace regain
