#pragma once
// What all steps of the technician's screen share: the dialog, where things lie, and running one command with
// its result page. Used by technician_screen.cpp and screen_line.cpp only.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "console/image_offers.h"
#include "console/interruption.h"
#include "console/records_mirror.h"
#include "console/records_place.h"
#include "console/screen_dialog.h"
#include "console/screen_job.h"
#include "console/screen_order.h"
#include "console/screen_result.h"
#include "console/session.h"

namespace regain {

class ScreenDesk {
  public:
    ScreenDesk(const Session& session, const InterruptionWatch& watch, ScreenTerminal& terminal);

    ScreenDialog& dialog() { return dialog_; }
    const Session& session() const { return session_; }
    const ScreenJob& job() const { return job_; }
    const RecordsPlace& records() const { return records_; }
    /// Ends what the screen itself waits for; not what a job was interrupted by.
    std::stop_token stop() const { return watch_.token(); }
    /// Drives as the screen offers them: virtual ones only with --virtual.
    Result<std::vector<DriveRecord>> drives() const;
    std::vector<std::filesystem::path> profile_directories() const;
    /// The profile's images: those that lie here, then those on the server that the machine was started from;
    /// each the newest first. An error when there are none here and the server does not answer.
    Result<std::vector<ImageOffer>> images(const Profile& profile);
    /// What a job file's `image` means: a path or an address as it is; a name is looked for here, then on the
    /// server.
    std::string location_of_image(const std::string& named) const;
    /// Where images() looks, for people.
    std::string image_places() const;
    ScreenSurroundings surroundings() const;

    void tell(const Error& error);
    /// Asks before anything is erased when the records are kept nowhere, or the server that takes them does
    /// not answer; true: go on.
    bool accepts_lost_records();
    /// Records that the server lacks, as far as it is known; nothing where they go to no server.
    const std::optional<UnsentRecords>& unsent() const { return unsent_; }
    /// Tries to send them, and says what came of it.
    void send_records_again();
    /// Starts a command, shows how it ended, and does what the job says comes then. True: it was good.
    bool run(const std::string& command, const std::vector<std::string>& words);
    /// The same for a job that erases `drives`, as they were shown and confirmed; refused when another one
    /// has taken a drive's place since. With `remembers` those that are done are known again at the next
    /// start.
    bool run_on(const std::vector<DriveRecord>& drives, bool remembers, const std::string& command,
                const std::vector<std::string>& words);
    /// Copies certificates that the data partition lacks.
    Status copy_certificates_again() const;

  private:
    JobResult start(const std::string& command, const std::vector<std::string>& words);
    bool conclude(JobResult result);
    void show_result(const JobResult& result);
    bool accepts_silent_server();
    void show_waiting(Message sentence);
    std::filesystem::path images_directory() const { return session_.state_directory() / "images"; }
    void leave_machine();
    std::filesystem::path copies_directory() const;

    const Session& session_;
    const InterruptionWatch& watch_;
    ScreenDialog dialog_;
    ScreenJob job_;
    RecordsPlace records_;
    std::unique_ptr<RecordsMirror> mirror_;  ///< nothing where the records go to no server
    std::optional<UnsentRecords> unsent_;
    bool records_stay_here_ = false;  ///< accepted for the next job: the server does not answer
};

}  // namespace regain
