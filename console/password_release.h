#pragma once
// Drives that a power cut left with the password of a SECURITY ERASE: found by the notes in
// STATE/drive-passwords, unlocked and freed of it. Used by wipe and process before they plan, and by `wipe
// --resume`. Writes nothing to a drive's medium, unless --resume is given the serial of a drive that takes
// its password only for another erasure.

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "console/session.h"
#include "reports/drive_record.h"

namespace regain {

/// STATE/drive-passwords.
std::filesystem::path password_directory(const Session& session);

/// Frees those of `drives` that a note is about. Done when none of them carries our password
/// any more. ErrorKind::refused naming the first drive that keeps it. A note that can't be read is warned of.
Status release_left_passwords(const Session& session, const std::vector<DriveRecord>& drives);

/// `regain wipe --resume`: frees every drive that is there and says which are not. The exit status.
int resume_wipes(const Session& session);

}  // namespace regain
