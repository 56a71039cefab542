#pragma once
// What a drive itself said about one of its own erase operations: accepted, seen running, ended; with every
// command and reply. One of the three kinds of evidence of a firmware erase; the verdict reads its JSON form.
// Plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "drives/command_log.h"
#include "reports/remark.h"

namespace regain {

/// `unknown` is never success.
enum class Answer { no, yes, unknown };
std::string_view answer_name(Answer answer);  ///< "no", "yes", "unknown"

struct DriveLog {
    std::string method;        ///< "ata-sanitize-block"
    std::string state_before;  ///< "idle", "never", "completed", "running", "failed", "frozen"...; "unknown"
    Answer accepted = Answer::unknown;  ///< the command that starts it was answered with success
    Answer seen_running =
        Answer::unknown;  ///< a transition: in progress after our command, or a state that only it can give
    Answer completed = Answer::unknown;  ///< the drive says that it ended without error
    /// SECURITY ERASE: enabled = 0 and locked = 0 afterwards, enabled = 1 before; nothing for other methods.
    std::optional<Answer> security_released;
    std::optional<uint32_t> first_progress, last_progress;  ///< of 65536
    uint64_t samples = 0;                                   ///< how often the drive was asked
    bool stood_still = false;     ///< given up: progress did not move within the limit
    bool left_running = false;    ///< it goes on inside the drive (stopped, or given up)
    std::vector<Remark> remarks;  ///< what went wrong, by code
    std::vector<Error> errors;
    CommandLog commands;

    /// All that this method's own log can show was shown. Format NVM, the erases of an eMMC and a revert are
    /// answered only when they have ended: nothing can be seen running there, and it is not asked for.
    bool shows_success() const;
};

/// The facts of the evidence item "drive-log": the fields above under their names, answers as words,
/// "shows_success", "commands" as the command log's JSON (bounded: the first 40 and the last 40, with the
/// number of those between as "commands_left_out"). Yes and no are words.
Json to_json(const DriveLog& log);

}  // namespace regain
