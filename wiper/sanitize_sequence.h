#pragma once
// The sequence that the SANITIZE operations of ATA, NVMe and SCSI have in common: look first, start, watch to
// the end, say what was seen. Each family says how it looks, starts and leaves a failure. Used by the files
// of firmware_erase.h; sends nothing by itself.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "wiper/drive_log.h"
#include "wiper/firmware_erase.h"

namespace regain {

/// `unanswered`: nobody knows.
enum class OperationState { never, idle, completed, running, failed, frozen, unanswered };
std::string operation_state_name(OperationState state);  ///< "unknown" for unanswered

/// How the operation inside a drive stands at one moment.
struct OperationLook {
    OperationState state = OperationState::unanswered;
    std::optional<uint32_t> progress;  ///< of 65536
    bool is_of_another_kind = false;   ///< what the drive tells is about another operation than ours
    Remark reason;                     ///< failed, unanswered: why
    std::optional<Error> error;        ///< unanswered: what the channel said
};
using LookAtOperation = std::function<OperationLook()>;

/// Looks until the operation is over, the drive stands still or the stop token is heeded; fills samples,
/// progress, seen_running and what was given up.
OperationLook watch_to_its_end(const LookAtOperation& look, const EraseWatch& watch, DriveLog& log);

/// Without an estimate: drives that overwrite tell their progress in coarse steps, and a large one needs a
/// quarter of an hour and more for each.
EraseWatch with_time_to_overwrite(const EraseWatch& watch);

/// An operation that runs before anything was sent: watched to its end, and not ours.
void watch_what_already_runs(const LookAtOperation& look, const EraseWatch& watch, DriveLog& log);

/// Nothing was sent: accepted is "no".
void refuse(DriveLog& log, Remark reason);
/// Heeds the stop token before anything was sent: true when it is not to begin.
bool is_stopped_before_start(const EraseWatch& watch, DriveLog& log);

class SanitizeFamily {
  public:
    virtual ~SanitizeFamily() = default;
    virtual OperationLook look() = 0;
    /// Why the method can't be started on this drive; nothing when it can.
    virtual std::optional<Remark> obstacle() = 0;
    /// Sends the command; reply and `log.accepted` are filled in.
    virtual void start(DriveLog& log) = 0;
    /// Leaves the failed state; false when the drive stays in it.
    virtual bool leave_failure() = 0;
    /// So quick that it may be over before the drive is asked for the first time.
    virtual bool may_end_at_once() const = 0;
};

void run_sanitize(SanitizeFamily& family, const EraseWatch& watch, DriveLog& log);

}  // namespace regain
