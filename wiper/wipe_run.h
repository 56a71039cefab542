#pragma once
// Carries out a plan on a drive that is held: markers, overwriting, flushing, reading back, and collects the
// evidence. Whatever happens, the result is a record; its verdict comes from judge_wipe alone. Used by the
// worker (and by tests with drives in memory). It opens nothing and prints nothing.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/waiting.h"
#include "drives/block_io.h"
#include "drives/drive_temperature.h"
#include "reports/wipe_report.h"
#include "wiper/block_pump.h"
#include "wiper/firmware_run.h"
#include "wiper/wipe_progress.h"

namespace regain {

class JournalWriter;
struct WipeJournalContent;

/// What the block layer counted for a node since boot, in units of 512 bytes.
struct BlockCounters {
    uint64_t read_sectors = 0;
    uint64_t written_sectors = 0;
    uint64_t discarded_sectors = 0;
};

/// One node of a drive, held exclusively: what the run needs of it (held_drive.h is the real one).
class WipeTarget {
  public:
    virtual ~WipeTarget() = default;
    virtual BlockIo& io() = 0;
    /// Done when it is still the drive that the plan was made for.
    virtual Status prove_identity() = 0;
    /// Nothing where the kernel does not count (files).
    virtual std::optional<BlockCounters> counters() = 0;
};

struct WipeRunOptions {
    const Clock& clock;
    std::stop_token stop;
    std::function<void(const WipeProgress&)> on_progress;
    std::function<void(const StepResult&)> on_step;  ///< after each step, skipped ones included
    PumpLimits limits;
    /// The drive's own command channels; null: a plan that needs them fails before its first write.
    const FirmwareMeans* firmware = nullptr;
    /// How warm the drive is; empty, or nothing: nobody knows. Costs the drive a command.
    std::function<std::optional<DriveTemperature>()> temperature = {};
    /// Waits, or less when it is told to stop.
    std::function<bool(std::chrono::milliseconds, const std::stop_token&)> wait = wait_unless_stopped;
    /// Called before each large request, and may block: a drive whose neighbours need the link too.
    std::function<void()> pace = {};
    /// Notes how far an overwrite has come, so that it can be resumed; null: it can't.
    JournalWriter* journal = nullptr;
    /// What an interrupted run left (resumed_content, for this plan): it is gone on with. Null: from the
    /// start.
    const WipeJournalContent* resumed = nullptr;
};

/// Runs every step. `targets` are the drive's user_data_nodes in their order. Proves their identity before
/// the first write and after the last step. Blocks until the end or until the stop token is heeded. When a
/// plan does not reach its level, those of its fallbacks that promise more than was reached are run in their
/// order, unless the run was stopped, an
/// operation goes on inside the drive, or its identity can't be proved any more; the record is that of the
/// last one, with what was tried before.
WipeRecord run_wipe(const WipePlan& plan, const std::vector<WipeTarget*>& targets,
                    const WipeRunOptions& options);

/// The record of a wipe of which nothing was done: every step skipped, not erased. The supervisor starts from
/// it when a worker leaves no record of its own.
WipeRecord record_of_nothing(const WipePlan& plan);

}  // namespace regain
