#pragma once
// What a worker and its supervisor say to each other: JSON, one document a line.
//
//   supervisor → worker {"schema":"regain.wipe-job/1","plan":{...},"system_root":"","password_directory":"",
//                         "psid":"","journal_file":"","is_resumed":false},
//   then, once the intent is
//                         recorded, {"order":"go"}. The end of the input before that means: write nothing.
//                         Later, any number of times:
//                         {"order":"share","requests":4,"bytes_per_second":0}  of its link, 0: no limit
//   worker → supervisor   {"event":"ready"}               everything is held, nothing is written
//                         {"event":"refused","error":{}}  nothing was written, nothing will be
//                         {"event":"heartbeat"}           from a thread of its own, however slow the drive is; "pending":
//                                                         the request that the drive has had for longest
//                         {"event":"progress",...}        {"event":"step","step":{...}}
//                         {"event":"report","record":{}}  the last one
//
// Pure, apart from the two that read and write lines.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/system_root.h"
#include "reports/wipe_report.h"
#include "wiper/link_shares.h"
#include "wiper/wipe_progress.h"

namespace regain {

struct WipeJob {
    WipePlan plan;
    std::string system_root;              ///< prefix of a recorded tree; empty: the running machine
    std::string password_directory = {};  ///< where a password that is set is noted; empty: none may be set
    std::string psid = {};                ///< the number on the drive's label; in no report and no file
    std::string journal_file = {};        ///< where an overwrite notes how far it is; empty: nowhere
    bool is_resumed = false;              ///< it goes on with what that file tells of
};

/// A request to a drive that has not ended, and for how long.
struct PendingRequest {
    std::string node;
    std::string operation;  ///< "read", "write", "flush"
    uint64_t offset = 0;    ///< bytes from the node's start
    uint64_t length = 0;
    uint64_t milliseconds = 0;
    bool operator==(const PendingRequest&) const = default;
};

struct WorkerEvent {
    enum class Kind { ready, refused, heartbeat, progress, step, report };
    Kind kind = Kind::heartbeat;
    std::optional<Error> error;
    std::optional<PendingRequest> pending;  ///< heartbeat: the oldest one
    std::optional<WipeProgress> progress;
    std::optional<StepResult> step;
    std::optional<WipeRecord> record;
};

Json to_json(const WipeJob& job);
Result<WipeJob> wipe_job_from_json(const Json& json);
/// The order "share".
Json to_json(const LinkShare& share);
/// ErrorKind::untrusted for any other order.
Result<LinkShare> link_share_from_json(const Json& json);
Json to_json(const WorkerEvent& event);
Result<WorkerEvent> worker_event_from_json(const Json& json);

/// Collects what arrives on a descriptor into lines. Not thread-safe.
class LineReader {
  public:
    enum class State { open, ended };
    /// Reads once what is there (blocks on a blocking descriptor) and appends complete lines. A line longer
    /// than 64 MiB, an error and the end of the input all give `ended`.
    State read_from(int descriptor, std::vector<std::string>& lines);

  private:
    std::string rest_;
};

/// Writes a line and its end. ErrorKind::failed when nobody reads any more (SIGPIPE must be blocked or
/// ignored).
Status write_line(int descriptor, std::string_view line);

}  // namespace regain
