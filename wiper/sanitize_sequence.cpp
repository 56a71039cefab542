#include "wiper/sanitize_sequence.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace regain {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Progress that does not change for the longer of 10 minutes and a quarter of the estimate.
class StandstillGuard {
  public:
    explicit StandstillGuard(const EraseWatch& watch)
        : clock_(watch.clock),
          limit_(std::max(seconds(minutes(10)), seconds(watch.estimate.value_or(minutes(0))) / 4)),
          moved_(clock_.monotonic()) {}

    bool stands_still(const std::optional<uint32_t>& progress) {
        const MonotonicTime now = clock_.monotonic();
        if (progress && progress != last_) {
            last_ = progress;
            moved_ = now;
        }
        return now - moved_ >= limit_;
    }
    seconds limit() const { return limit_; }

  private:
    const Clock& clock_;
    seconds limit_;
    MonotonicTime moved_;
    std::optional<uint32_t> last_;
};

/// Often at first, because some operations take a second, then less often, because others take a day.
std::chrono::milliseconds pause_after(std::chrono::nanoseconds elapsed) {
    if (elapsed < seconds(30)) return seconds(1);
    return elapsed < minutes(10) ? seconds(5) : seconds(30);
}

bool is_gone(const OperationLook& seen) {
    return seen.error && (seen.error->os_errno == ENODEV || seen.error->os_errno == ENXIO);
}

void note_running(const OperationLook& seen, const EraseWatch& watch, DriveLog& log) {
    log.seen_running = Answer::yes;
    if (!seen.progress) return;
    if (!log.first_progress) log.first_progress = seen.progress;
    log.last_progress = seen.progress;
    if (watch.on_progress) watch.on_progress(*seen.progress);
}

void leave_running(DriveLog& log) {
    log.left_running = true;
    log.remarks.push_back({"left-running", {}});
}

void give_up(const OperationLook& seen, seconds limit, DriveLog& log) {
    if (seen.state == OperationState::running) {
        log.stood_still = true;
        log.remarks.push_back({"progress-stands-still",
                               {{"minutes", std::to_string(limit / minutes(1))},
                                {"progress-65536", std::to_string(seen.progress.value_or(0))}}});
    } else {
        log.remarks.push_back(seen.reason);
        if (seen.error) log.errors.push_back(*seen.error);
    }
    leave_running(log);
}

/// What the end means, given what was seen before our command was sent.
class Conclusion {
  public:
    Conclusion(const OperationLook& before, SanitizeFamily& family, DriveLog& log)
        : before_(before), family_(family), log_(log) {}

    void draw(const OperationLook& after) {
        if (log_.left_running) return;
        if (after.state == OperationState::failed) {
            log_.completed = Answer::no;
            log_.remarks.push_back(after.reason);
        } else if (after.state == OperationState::completed) {
            ended(after);
        } else if (log_.seen_running == Answer::yes) {
            log_.completed = Answer::no;
            log_.remarks.push_back({"ended-without-completing", {{"state", name(after)}}});
        } else {
            log_.seen_running = Answer::no;
            log_.remarks.push_back({"no-transition-seen", {{"state", name(after)}}});
        }
    }

  private:
    static std::string name(const OperationLook& look) { return operation_state_name(look.state); }

    void ended(const OperationLook& after) {
        if (after.is_of_another_kind) {
            log_.completed = Answer::no;
            log_.remarks.push_back({"another-operation-ended", {}});
            return;
        }
        const bool is_new = before_.state != OperationState::completed || before_.is_of_another_kind;
        if (log_.seen_running != Answer::yes) {
            // "Completed" that stood there before proves nothing; one that was not there is our command's,
            // but only what is over in a moment can have escaped the look that follows it at once.
            log_.seen_running = is_new && family_.may_end_at_once() ? Answer::yes : Answer::no;
            if (log_.seen_running == Answer::no)
                log_.remarks.push_back({"no-transition-seen", {{"state", name(after)}}});
        }
        const bool is_ours = is_new || log_.seen_running == Answer::yes;
        log_.completed = is_ours ? Answer::yes : Answer::unknown;
    }

    const OperationLook& before_;
    SanitizeFamily& family_;
    DriveLog& log_;
};

/// At most once in a run.
class FailureExit {
  public:
    FailureExit(SanitizeFamily& family, DriveLog& log) : family_(family), log_(log) {}
    void leave() {
        const bool has_left = !std::exchange(was_tried_, true) && family_.leave_failure();
        log_.remarks.push_back({has_left ? "failure-state-left" : "failure-state-kept", {}});
    }

  private:
    SanitizeFamily& family_;
    DriveLog& log_;
    bool was_tried_ = false;
};

}  // namespace

std::string operation_state_name(OperationState state) {
    constexpr std::array<const char*, 7> names{"never",  "idle",   "completed", "running",
                                               "failed", "frozen", "unknown"};
    return names[static_cast<size_t>(state)];
}

OperationLook watch_to_its_end(const LookAtOperation& look, const EraseWatch& watch, DriveLog& log) {
    const MonotonicTime begun = watch.clock.monotonic();
    StandstillGuard guard(watch);
    for (;;) {
        OperationLook seen = look();
        ++log.samples;
        if (seen.state == OperationState::running)
            note_running(seen, watch, log);
        else if (seen.state != OperationState::unanswered)
            return seen;
        const bool stands_still = guard.stands_still(seen.progress);
        if (stands_still || is_gone(seen)) {
            give_up(seen, guard.limit(), log);
            return seen;
        }
        if (watch.stop.stop_requested()) {
            leave_running(log);
            return seen;
        }
        watch.wait(pause_after(watch.clock.monotonic() - begun));
    }
}

EraseWatch with_time_to_overwrite(const EraseWatch& watch) {
    EraseWatch patient = watch;
    if (!patient.estimate) patient.estimate = std::chrono::hours(4);
    return patient;
}

void watch_what_already_runs(const LookAtOperation& look, const EraseWatch& watch, DriveLog& log) {
    log.remarks.push_back({"already-running", {}});
    const OperationLook after = watch_to_its_end(look, watch, log);
    if (log.left_running) return;
    log.completed = after.state == OperationState::completed ? Answer::yes : Answer::no;
    if (after.state == OperationState::failed) log.remarks.push_back(after.reason);
}

void refuse(DriveLog& log, Remark reason) {
    log.accepted = Answer::no;
    log.seen_running = Answer::no;
    log.completed = Answer::no;
    log.remarks.push_back(std::move(reason));
}

bool is_stopped_before_start(const EraseWatch& watch, DriveLog& log) {
    if (!watch.stop.stop_requested()) return false;
    refuse(log, {"stopped-before-start", {}});
    return true;
}

void run_sanitize(SanitizeFamily& family, const EraseWatch& watch, DriveLog& log) {
    const LookAtOperation look = [&] { return family.look(); };
    const OperationLook before = look();
    log.state_before = operation_state_name(before.state);
    if (before.error) log.errors.push_back(*before.error);
    if (before.state == OperationState::unanswered) return refuse(log, before.reason);
    if (before.state == OperationState::running) return watch_what_already_runs(look, watch, log);
    if (auto obstacle = family.obstacle()) return refuse(log, std::move(*obstacle));
    if (before.state == OperationState::frozen) return refuse(log, {"sanitize-frozen", {}});
    if (is_stopped_before_start(watch, log)) return;
    FailureExit failure(family, log);
    if (before.state == OperationState::failed) failure.leave();

    family.start(log);
    if (log.accepted == Answer::no) {
        log.seen_running = log.completed = Answer::no;
        return;
    }
    // Asked even when the reply was lost: it may run all the same.
    const OperationLook after = watch_to_its_end(look, watch, log);
    Conclusion(before, family, log).draw(after);
    if (after.state == OperationState::failed) failure.leave();
}

}  // namespace regain
