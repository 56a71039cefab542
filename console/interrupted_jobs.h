#pragma once
// Jobs that were interrupted, from their journals (job_journal.h): found, told in words, matched with the
// drives that are there now, and turned into the words of a command that does them again. Paths change from
// one start to the next, so a drive is known by what it says of itself. Used by wipe, process and deploy (to
// mention them) and by the technician's screen. Opens no drive.

#include <filesystem>
#include <string>
#include <vector>

#include "console/job_journal.h"
#include "console/session.h"

namespace regain {

struct InterruptedJob {
    std::filesystem::path path;      ///< of the journal
    Result<JournalContent> content;  ///< an error when the journal can't be read
};

/// The journals of STATE/journals that no running program works on, by name. Never fails: what can't be read
/// is told of.
std::vector<InterruptedJob> find_interrupted_jobs(const std::filesystem::path& state_directory,
                                                  const SystemRoot& root);

/// "Erasing and deploying was interrupted on 2026-11-22T09:12:33Z, while erasing:" and a line for each drive.
std::vector<std::string> describe_interrupted_job(const InterruptedJob& job, const Translator& translate);

/// On standard error: the interrupted jobs that concern one of these drives.
void mention_interrupted_jobs(const Session& session, const std::vector<DriveRecord>& drives);

/// The journals whose drives are all among `drives` and that `command` makes good: a deployment does not make
/// good an interrupted wipe.
std::vector<std::filesystem::path> journals_done_again(const Session& session, const std::string& command,
                                                       const std::vector<DriveRecord>& drives);

/// The command that does an interrupted job again.
struct RestartedJob {
    std::string command;
    std::vector<std::string> words;   ///< options without confirmations, `--`, operands with today's paths
    std::vector<DriveRecord> drives;  ///< today's, in the journal's order
};

/// ErrorKind::refused when one of its drives is not there, can't be told from another, or is protected.
Result<RestartedJob> restart_of(const JournalContent& journal, const std::vector<DriveRecord>& present);

/// Moves the journal to STATE/journals/set-aside: nothing asks for it any more, and it is not lost.
Status set_aside(const InterruptedJob& job);

}  // namespace regain
