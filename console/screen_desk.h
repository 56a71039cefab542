#pragma once
// What all steps of the technician's screen share: the dialog, where things lie, and running one command with
// its result page. Used by technician_screen.cpp and screen_line.cpp only.

#include <filesystem>
#include <string>
#include <vector>

#include "console/interruption.h"
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
    /// Drives as the screen offers them: virtual ones only with --virtual.
    Result<std::vector<DriveRecord>> drives() const;
    std::vector<std::filesystem::path> profile_directories() const;
    std::filesystem::path images_directory() const { return session_.state_directory() / "images"; }
    ScreenSurroundings surroundings() const;

    void tell(const Error& error);
    /// Asks before anything is erased when the records are kept nowhere; true: go on.
    bool accepts_lost_records();
    /// Starts a command, shows how it ended, and does what the job says comes then. True: it was good.
    bool run(const std::string& command, const std::vector<std::string>& words);
    /// Copies certificates that the data partition lacks.
    Status copy_certificates_again() const;

  private:
    JobResult start(const std::string& command, const std::vector<std::string>& words);
    void show_result(const JobResult& result);
    void leave_machine();
    std::filesystem::path copies_directory() const;

    const Session& session_;
    const InterruptionWatch& watch_;
    ScreenDialog dialog_;
    ScreenJob job_;
    RecordsPlace records_;
};

}  // namespace regain
