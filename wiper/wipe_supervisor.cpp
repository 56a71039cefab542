#include "wiper/wipe_supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "wiper/run_evidence.h"
#include "wiper/stuck_drive.h"
#include "wiper/wipe_journal.h"
#include "wiper/wipe_protocol.h"
#include "wiper/wipe_run.h"
#include "wiper/wipe_verdict.h"
#include "wiper/worker_process.h"

namespace regain {
namespace {

constexpr int tick_milliseconds = 250;
constexpr std::chrono::seconds silence_before_doubt{5};

// Longer than the worker itself waits (security_erase_timeout: twice the estimate and an hour, four times
// where it is a lower bound, 25 hours where there is none): it has to be the one that gives up.
std::chrono::minutes longest_erase(const std::optional<uint64_t>& minutes) {
    return minutes ? std::chrono::minutes(5 * *minutes + 60) : std::chrono::hours(26);
}

// What the supervisor knows of one drive.
struct Ward {
    const WipePlan* plan = nullptr;
    std::optional<WorkerProcess> process;
    bool ready = false;
    bool told_to_go = false;
    bool ended = false;
    std::optional<Error> refusal;      // before it was told to go
    std::optional<WipeRecord> record;  // the worker's own
    std::optional<Error> why_killed;   // ours
    std::optional<WipeRecord> closed;  // the final one, when it has ended
    std::vector<StepResult> steps;     // as far as it told
    WipeProgress progress;
    std::optional<PendingRequest> pending;        // of the last heartbeat
    std::optional<MonotonicTime::duration> hung;  // nothing moved for so long, and it was ended for that
    bool left_behind = false;
    std::string started;
    MonotonicTime went;   // when it was told to go
    MonotonicTime heard;  // anything
    MonotonicTime moved;  // progress or a step
    std::optional<MonotonicTime> stopped;
    std::optional<MonotonicTime> killed;
    LinkShare share;  // as it was told
};

class Supervisor {
  public:
    Supervisor(const std::vector<WipePlan>& plans, const SuperviseOptions& options)
        : options_(options), clock_(options.clock), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        for (const WipePlan& plan : plans) wards_.emplace_back().plan = &plan;
    }

    Result<WipeReport> run() {
        WipeReport report;
        report.started = to_rfc3339(clock_.now());
        const std::stop_callback on_stop(options_.stop, [this] {
            const uint64_t one = 1;
            static_cast<void>(::write(wake_.get(), &one, sizeof one) == 0);
        });
        Status ready = start_all();
        if (ready.ok()) ready = wait_until_ready();
        if (ready.ok()) ready = record_intents();
        if (!ready.ok()) {
            dismiss_all();
            return std::move(ready).error();
        }
        // Beyond this point data is destroyed; every path leads to a record.
        go();
        for (close_ended(); any_running(); close_ended()) attend();
        for (Ward& ward : wards_) report.wipes.push_back(std::move(*ward.closed));
        report.finished = to_rfc3339(clock_.now());
        return report;
    }

  private:
    static Message doing_of(const Ward& ward) { return message("erase {0}", ward.plan->drive.path); }

    Status start_all() {
        const std::string prefix = options_.root.is_recorded() ? options_.root.path("/").string() : "";
        for (Ward& ward : wards_) {
            REGAIN_ASSIGN(auto process,
                          WorkerProcess::start(options_.worker_program, options_.worker_arguments));
            ward.process.emplace(std::move(process));
            ward.heard = ward.moved = clock_.monotonic();
            REGAIN_ASSIGN(const std::string job, canonical_json(to_json(job_of(*ward.plan, prefix))));
            // A worker that is gone by now is met below, with its last words.
            static_cast<void>(ward.process->tell(job).ok());
        }
        return done();
    }

    // The barrier: one drive that can't be held refuses the whole command.
    Status wait_until_ready() {
        for (;;) {
            if (options_.stop.stop_requested())
                return error(ErrorKind::interrupted, message("erase the drives"),
                             message("it was interrupted before anything was written"));
            for (const Ward& ward : wards_)
                if (ward.refusal) return *ward.refusal;
            for (const Ward& ward : wards_)
                if (ward.ended) return end_before_writing(ward);
            if (std::all_of(wards_.begin(), wards_.end(), [](const Ward& ward) { return ward.ready; }))
                return done();
            attend();
        }
    }

    Status record_intents() {
        if (!options_.before_first_write) return done();
        for (size_t i = 0; i < wards_.size(); ++i)
            REGAIN_TRY(options_.before_first_write(i, *wards_[i].plan));
        return done();
    }

    // Nothing was written: a worker that is not told to go ends by itself.
    void dismiss_all() {
        for (Ward& ward : wards_) {
            if (!ward.process) continue;
            ward.process->hang_up();
            ward.stopped = clock_.monotonic() - options_.stop_patience;
        }
        while (any_running()) attend();
    }

    void go() {
        for (Ward& ward : wards_) {
            ward.started = to_rfc3339(clock_.now());
            ward.went = ward.heard = ward.moved = clock_.monotonic();
            ward.told_to_go = true;
            static_cast<void>(ward.process->tell(R"({"order":"go"})").ok());
            if (options_.links != nullptr) options_.links->join(ward.plan->drive, ward.heard);
        }
    }

    // How much of its link the drive may take by now. A worker that is not listening is told nothing more:
    // a full pipe would hold us up.
    void tell_share(Ward& ward) const {
        if (options_.links == nullptr || !ward.told_to_go || ward.record || ward.stopped || ward.killed)
            return;
        const LinkShare share = options_.links->share_of(ward.plan->drive);
        if (share == ward.share || clock_.monotonic() - ward.heard > silence_before_doubt) return;
        const auto order = canonical_json(to_json(share));
        if (order.ok()) static_cast<void>(ward.process->tell(*order).ok());
        ward.share = share;
    }

    bool any_running() const {
        return std::any_of(wards_.begin(), wards_.end(),
                           [](const Ward& ward) { return ward.process && !ward.ended; });
    }

    // The records of those that have ended are final, whatever the others do.
    void close_ended() {
        for (size_t i = 0; i < wards_.size(); ++i) {
            Ward& ward = wards_[i];
            if ((ward.process && !ward.ended) || ward.closed) continue;
            if (options_.links != nullptr) options_.links->leave(ward.plan->drive, clock_.monotonic());
            ward.closed = record_of(ward);
            if (i < options_.evidence_before.size())
                for (const EvidenceItem& item : options_.evidence_before[i])
                    ward.closed->evidence.push_back(item);
            if (options_.on_record) options_.on_record(i, *ward.closed);
        }
    }

    // One turn: waits for words, takes them, looks at the clocks.
    void attend() {
        wait_for_words();
        for (size_t i = 0; i < wards_.size(); ++i) {
            Ward& ward = wards_[i];
            if (!ward.process || ward.ended) continue;
            listen(i, ward);
            look_after(ward);
            tell_share(ward);
        }
    }

    void wait_for_words() const {
        std::vector<pollfd> waiting{{wake_.get(), POLLIN, 0}};
        for (const Ward& ward : wards_) {
            if (!ward.process || ward.ended) continue;
            waiting.push_back({ward.process->output(), POLLIN, 0});  // poll ignores -1
            waiting.push_back({ward.process->errors(), POLLIN, 0});
        }
        ::poll(waiting.data(), waiting.size(), tick_milliseconds);
        uint64_t count = 0;
        static_cast<void>(::read(wake_.get(), &count, sizeof count) == 0);
    }

    void listen(size_t index, Ward& ward) {
        const bool has_ended = ward.process->has_ended();  // first: what it said before is still in the pipe
        std::vector<std::string> lines;
        do {
            lines.clear();
            ward.process->read_output(lines);
            for (const std::string& line : lines) take(index, ward, line);
        } while (!lines.empty() ||
                 (has_ended && ward.process->output() >= 0 && is_readable(ward.process->output())));
        while (ward.process->errors() >= 0 && is_readable(ward.process->errors()))
            ward.process->read_errors();
        if (has_ended) ward.ended = true;
    }

    static bool is_readable(int descriptor) {
        pollfd waiting{descriptor, POLLIN, 0};
        return ::poll(&waiting, 1, 0) > 0;
    }

    void take(size_t index, Ward& ward, const std::string& line) {
        const auto json = parse_json(line, "a worker's line");
        const auto event = json.ok() ? worker_event_from_json(*json) : Result<WorkerEvent>(json.error());
        if (!event.ok()) return kill(ward, event.error());
        const MonotonicTime now = clock_.monotonic();
        ward.heard = now;
        if (event->kind != WorkerEvent::Kind::heartbeat) ward.moved = now;
        switch (event->kind) {
            case WorkerEvent::Kind::ready:
                ward.ready = true;
                break;
            case WorkerEvent::Kind::refused:
                ward.refusal = event->error;
                break;
            case WorkerEvent::Kind::heartbeat:
                ward.pending = event->pending;
                break;
            case WorkerEvent::Kind::progress:
                ward.progress = *event->progress;
                if (options_.links != nullptr) options_.links->moved(ward.plan->drive, ward.progress, now);
                if (options_.on_progress) options_.on_progress(index, ward.progress);
                break;
            case WorkerEvent::Kind::step:
                ward.steps.push_back(*event->step);
                if (options_.on_step) options_.on_step(index, *event->step);
                break;
            case WorkerEvent::Kind::report:
                ward.record = event->record;
                break;
        }
    }

    void look_after(Ward& ward) {
        if (ward.ended) return;
        const MonotonicTime now = clock_.monotonic();
        if (ward.killed) {
            // A process in the kernel's hands can't be ended; its drive hangs, ours goes on.
            if (now - *ward.killed < options_.kill_patience) return;
            ward.process->leave_behind();
            ward.left_behind = true;
            ward.ended = true;
        } else if (ward.told_to_go && options_.stop.stop_requested() && !ward.stopped) {
            ward.stopped = now;
            ward.process->send_signal(SIGTERM);
        } else if (ward.stopped && now - *ward.stopped >= options_.stop_patience) {
            ward.hung = now - ward.moved;
            kill(ward, error(ErrorKind::interrupted, doing_of(ward),
                             message("its worker did not heed the interruption"),
                             message("The drive may hang; switch it off and erase it again.")));
        } else if (now - ward.heard >= options_.silence_limit) {
            ward.hung = now - ward.moved;
            kill(ward, error(ErrorKind::failed, doing_of(ward),
                             message("its worker fell silent for {0} seconds", seconds(now - ward.heard)),
                             message("Erase the drive again.")));
        } else if (ward.told_to_go && !ward.record && now - ward.moved >= stall_limit(ward)) {
            ward.hung = now - ward.moved;
            kill(ward,
                 error(ErrorKind::failed, doing_of(ward),
                       message("nothing moved for {0} seconds: the drive hangs", seconds(now - ward.moved)),
                       message("Switch the drive off, check its cables, and erase it again.")));
        }
    }

    WipeJob job_of(const WipePlan& plan, const std::string& prefix) const {
        WipeJob job{plan, prefix, options_.password_directory.string(), psid_of(plan)};
        if (options_.journal_directory.empty() || !can_be_resumed(plan)) return job;
        job.journal_file = wipe_journal_file(options_.journal_directory, plan).string();
        for (size_t i = 0; i < options_.resumed.size() && i < wards_.size(); ++i)
            if (wards_[i].plan == &plan) job.is_resumed = options_.resumed[i];
        return job;
    }

    std::string psid_of(const WipePlan& plan) const {
        const auto found = options_.psids.find(plan.drive.path);
        return found == options_.psids.end() ? std::string() : found->second;
    }

    std::chrono::milliseconds stall_limit(const Ward& ward) const {
        if (ward.progress.step != "firmware-erase") return options_.stall_limit;
        std::chrono::minutes longest{0};
        const auto look = [&](const WipePlan& plan) {
            for (const WipeStep& step : plan.steps)
                if (step.step == "firmware-erase") longest = std::max(longest, longest_erase(step.minutes));
        };
        look(*ward.plan);
        for (const WipePlan& fallback : ward.plan->fallbacks) look(fallback);
        return options_.stall_limit + longest;
    }

    // The plan that a worker carried out last is the one it was given or one of its fallbacks.
    static bool is_of_plan(const WipePlan& found, const WipePlan& given) {
        const auto& fallbacks = given.fallbacks;
        return found == given || std::find(fallbacks.begin(), fallbacks.end(), found) != fallbacks.end();
    }

    static int64_t seconds(MonotonicTime::duration duration) {
        return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    }

    void kill(Ward& ward, Error why) {
        if (!ward.why_killed) ward.why_killed = std::move(why);
        if (ward.killed) return;
        ward.killed = clock_.monotonic();
        ward.process->send_signal(SIGKILL);
    }

    static Error end_before_writing(const Ward& ward) {
        if (ward.why_killed) return *ward.why_killed;
        return error(ErrorKind::failed, doing_of(ward),
                     message("its worker ended before anything was written ({0}) {1}", ward.process->ending(),
                             to_utf8(ward.process->last_words())),
                     message("Try again; if it happens again, report it."));
    }

    static Error end_without_report(const Ward& ward) {
        if (ward.why_killed) return *ward.why_killed;
        return error(ErrorKind::failed, doing_of(ward),
                     message("its worker ended without a report ({0}) {1}", ward.process->ending(),
                             to_utf8(ward.process->last_words())),
                     message("Erase the drive again; if it happens again, report it."));
    }

    // The worker's record, judged once more: its verdict is not taken on trust.
    WipeRecord record_of(Ward& ward) const {
        if (ward.record && is_of_plan(ward.record->plan, *ward.plan) && !ward.why_killed) {
            apply_verdict(*ward.record);
            return std::move(*ward.record);
        }
        return failure_record(ward);
    }

    // What is known of a wipe whose worker left no record. The bytes are what was last heard of: a lower
    // bound.
    WipeRecord failure_record(const Ward& ward) const {
        // Each plan that was gone through told all of its steps, the skipped ones too.
        const WipePlan* plan = ward.plan;
        auto steps = std::span(ward.steps);
        for (const WipePlan& fallback : ward.plan->fallbacks) {
            if (steps.size() <= plan->steps.size()) break;
            steps = steps.subspan(plan->steps.size());
            plan = &fallback;
        }
        WipeRecord record = record_of_nothing(*plan);
        for (size_t i = 0; i < steps.size() && i < record.steps.size(); ++i) {
            record.steps[i] = steps[i];
            if (steps[i].step == "overwrite") record.bytes_written += steps[i].bytes;
        }
        if (steps.size() < record.steps.size()) {
            StepResult& last = record.steps[steps.size()];
            last.result = "failed";
            if (ward.progress.step == last.step && ward.progress.node == last.node &&
                ward.progress.step_number == steps.size() + 1) {
                last.bytes = ward.progress.bytes_done;
                if (last.step == "overwrite") record.bytes_written += last.bytes;
            }
        }
        record.coverage.overwritten_bytes = overwritten_bytes(record.steps);
        record.interrupted = ward.stopped.has_value();
        record.errors.push_back(end_without_report(ward));
        if (ward.hung)
            record.evidence.push_back(stuck_evidence(
                ward.progress, ward.pending, static_cast<uint64_t>(seconds(*ward.hung)), ward.left_behind));
        record.started = ward.started;
        record.duration_ms = static_cast<uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - ward.went).count());
        record.finished = to_rfc3339(clock_.now());
        apply_verdict(record);
        return record;
    }

    const SuperviseOptions& options_;
    const Clock& clock_;
    FileDescriptor wake_;
    std::vector<Ward> wards_;
};

}  // namespace

Result<WipeReport> run_wipes(const std::vector<WipePlan>& plans, const SuperviseOptions& options) {
    return Supervisor(plans, options).run();
}

}  // namespace regain
