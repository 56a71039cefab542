#pragma once
// Runs one worker process for each plan and brings their records together. Nothing is written before every
// worker holds its drive and the caller has recorded the intent; after that every path leads to a record: a
// worker that dies, falls silent or stands still leaves one that the supervisor makes, and it says "not
// erased". Used by the console; it opens no device.

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/system_root.h"
#include "reports/wipe_report.h"
#include "wiper/link_board.h"
#include "wiper/wipe_progress.h"

namespace regain {

struct SuperviseOptions {
    const Clock& clock;
    SystemRoot root;
    std::stop_token
        stop;  ///< the operator's Ctrl-C: workers are told to stop, and their reports are waited for

    std::string worker_program = "/proc/self/exe";
    std::vector<std::string> worker_arguments = {"wipe-worker"};

    /// Called on run_wipes' own thread; `drive` is the index of the plan.
    std::function<void(size_t drive, const WipeProgress&)> on_progress;
    std::function<void(size_t drive, const StepResult&)> on_step;
    /// Called for each drive once all are held and before anything is written (the journal, the registry's
    /// intent). When one fails, nothing is written on any drive and its error is returned.
    std::function<Status(size_t drive, const WipePlan&)> before_first_write;
    /// Called once for each drive as soon as its record is final, while others may still be at work: a
    /// certificate need not wait for the slowest drive. May block for seconds; the workers go on meanwhile.
    std::function<void(size_t drive, const WipeRecord&)> on_record = {};

    std::chrono::milliseconds silence_limit{60'000};  ///< without a heartbeat: the worker is killed
    /// Heartbeats, but nothing moves: the drive hangs. While a drive erases itself without telling how far it
    /// is, its own estimate counts, five times and an hour and this long beside it; 26 hours where it gives
    /// none.
    std::chrono::milliseconds stall_limit{45 * 60'000};
    std::chrono::milliseconds stop_patience{120'000};  ///< between being told to stop and being killed
    std::chrono::milliseconds kill_patience{
        10'000};  ///< a killed process may hang in the kernel: left behind
    /// Where the worker notes the password of a SECURITY ERASE; empty: it sets none.
    std::filesystem::path password_directory = {};
    /// Where the workers note how far they are, a file for each drive (wipe_journal.h); empty: nowhere.
    std::filesystem::path journal_directory = {};
    /// The plans that go on with what their drives' journals tell of. May be empty.
    std::vector<bool> resumed = {};
    /// For each plan what was found before: it goes into the record. May be empty.
    std::vector<std::vector<EvidenceItem>> evidence_before = {};
    /// The numbers on the drives' labels by the drives' paths, where they were typed.
    std::map<std::string, std::string> psids = {};
    /// Divides the links that drives share, also with those of other supervisors; null: nothing is divided.
    LinkBoard* links = nullptr;
};

/// One record for each plan, in their order. Blocks until all have ended. An error means that nothing was
/// written to any drive: ErrorKind::refused, environment or whatever the first worker that could not hold its
/// drive said; the error of before_first_write; ErrorKind::interrupted when it was stopped before the start.
Result<WipeReport> run_wipes(const std::vector<WipePlan>& plans, const SuperviseOptions& options);

}  // namespace regain
