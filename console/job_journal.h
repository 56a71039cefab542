#pragma once
// The journal of a job that destroys (STATE/journals/<id>.json, docs/journal-format.md): written durably
// after the intent and before the first write, again at each stage, removed after the last record. One that
// is found while no program works on it tells of a job that a power cut (or a crash) interrupted. Used by
// wipe, process and deploy; interrupted_jobs.h reads them. It opens no drive.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/system_root.h"
#include "console/session.h"
#include "reports/drive_record.h"

namespace regain {

/// Which program works on a job: a process id alone is given again after a restart.
struct JobProcess {
    std::string boot_id;
    uint64_t pid = 0;
    std::string started_ticks;  ///< field "starttime" of /proc/PID/stat
    bool operator==(const JobProcess&) const = default;
};

struct JournalContent {
    std::string id;
    std::string started, updated;  ///< RFC 3339
    std::string stage;             ///< "wipe", "deploy", "certify"
    std::string command;           ///< "wipe", "process", "deploy"
    std::vector<std::string> arguments;
    std::vector<DriveRecord> drives;
    std::string deploy_to;  ///< process: path of the drive that gets the system; empty otherwise
    JobProcess process;
};

Json to_json(const JournalContent& journal);
/// Reads a stranger's text: ErrorKind::untrusted for anything that to_json() would not write.
Result<JournalContent> journal_from_json(const Json& json);

/// This process as `root` shows it.
JobProcess this_process(const SystemRoot& root);
/// Whether that process is still at work on this machine.
bool is_running(const SystemRoot& root, const JobProcess& process);

class JobJournal {
  public:
    /// Not begun: nothing to update and to remove.
    JobJournal() = default;
    /// Writes the journal of a job that is about to destroy. An error means that nothing may be destroyed;
    /// with --no-certificate, which promises to need no place for records, it is only reported.
    /// Journals of interrupted jobs that this job does again on all their drives are removed once it is
    /// there.
    static Result<JobJournal> begin(const Session& session, const std::string& command,
                                    const std::vector<DriveRecord>& drives,
                                    const std::string& deploy_to = {});

    /// The job goes on with "deploy" or "certify". A failure is only a warning: the drives are more important
    /// than this line.
    void enter(const std::string& stage);
    /// After the last record: there is nothing to tell any more.
    void finish();

  private:
    JobJournal(const Session& session, std::filesystem::path path, JournalContent content)
        : session_(&session), path_(std::move(path)), content_(std::move(content)) {}

    const Session* session_ = nullptr;
    std::filesystem::path path_;  ///< empty: not begun
    JournalContent content_;
};

}  // namespace regain
