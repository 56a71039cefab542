#pragma once
// What the technician (or his job file) decided, as the words of the command that does it: the screen starts
// the same commands as the command line does. Pure.

#include <string>
#include <vector>

#include "reports/drive_record.h"

namespace regain {

struct ScreenOrder {
    std::string command;  ///< "wipe", "process", "inspect"
    std::vector<DriveRecord> drives;
    std::vector<std::string> confirmations;  ///< for each drive
    std::string profile, image, deploy_to;   ///< paths; for "process"
    std::string answers;                     ///< path; for "process"
    std::string policy, method, verify;      ///< as the options; empty: the command's own choice
    std::string suspend;                     ///< the same
};

/// What goes with every command that the screen starts.
struct ScreenSurroundings {
    std::string state_directory;
    std::string language;
    std::string job;  ///< the job file that is in force, or empty
    bool virtual_drives = false;
    bool records_stay_here = false;  ///< the server that takes them does not answer, and that was accepted
};

std::vector<std::string> words_of(const ScreenOrder& order, const ScreenSurroundings& surroundings);
/// What goes with any command, also one that is started again: `words` with the surroundings and one
/// --confirm for each drive in front.
std::vector<std::string> words_with(const ScreenSurroundings& surroundings,
                                    const std::vector<std::string>& confirmations,
                                    std::vector<std::string> words, bool leaves_records);

}  // namespace regain
