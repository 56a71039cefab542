#pragma once
// From what the operator typed to drives that may be erased: found, unprotected, told apart, confirmed.
// Refuses the whole command when one drive is refused. Nothing is opened for writing here.

#include <string>
#include <vector>

#include "console/session.h"
#include "reports/drive_record.h"

namespace regain {

struct DriveChoice {
    std::vector<DriveRecord> drives;
    std::vector<std::string>
        confirmations;  ///< for each drive: its serial; its path where that serial proves nothing
};

/// The machine's drives and, with --virtual, the files among `names`; each one found, once, and unprotected.
/// `doing` says for what ("erase {0}"); its first argument is set to each drive's path.
Result<DriveChoice> choose_drives(const Session& session, const std::vector<std::string>& names,
                                  const char* doing);

/// Compares --confirm with each drive's confirmation, and asks on the terminal for those that are missing.
/// ErrorKind::refused for a wrong or missing one, ErrorKind::interrupted on Ctrl-C.
Status confirm_drives(const Session& session, const DriveChoice& choice);

/// What confirms this drive among all that the machine has: its serial; its path where that serial proves
/// nothing.
std::string confirmation_of(const DriveRecord& drive, const std::vector<DriveRecord>& all);

/// ErrorKind::refused unless each of `chosen` is still at its path among `present`: a path that was typed
/// minutes ago confirms nothing when the drive in the dock is another one by now.
Status check_same_drives(const std::vector<DriveRecord>& chosen, const std::vector<DriveRecord>& present);

/// "network (TCP)", "iSCSI"; empty for a drive that is not reached through a network.
std::string network_words(const DriveRecord& drive, const Translator& translate);

/// "/dev/sda  WDC WD5000AAKX  WD-123  500 GB (SATA hard disk)"
std::string describe_drive(const DriveRecord& drive, const Translator& translate);

/// ErrorKind::environment unless the program runs as root, or every drive is a regular file.
Status check_rights(const std::vector<DriveRecord>& drives);

}  // namespace regain
