#include "console/password_release.h"

#include <algorithm>
#include <optional>

#include "console/interrupted_jobs.h"
#include "drives/discovery.h"
#include "drives/drive_channels.h"
#include "drives/drive_hold.h"
#include "wiper/held_channels.h"
#include "wiper/password_file.h"

namespace regain {
namespace {

const DriveRecord* drive_of(const PasswordNote& note, const std::vector<DriveRecord>& drives) {
    const auto found = std::find_if(drives.begin(), drives.end(),
                                    [&](const DriveRecord& drive) { return is_about(note, drive); });
    return found == drives.end() ? nullptr : &*found;
}

// Held exclusively and proven like for a wipe: nothing else uses the drive, and it is the one that the note
// is about.
Status release(const Session& session, const PasswordNote& note, const DriveRecord& drive) {
    REGAIN_ASSIGN(const DriveHold hold, DriveHold::acquire(session.root(), drive));
    MachineDriveChannels channels(session.root());
    REGAIN_ASSIGN(const auto held,
                  HeldChannels::open_for(channels, drive, "ata", note.file, session.clock(), session.stop()));
    const EraseWatch watch{session.clock(), held->means().wait, {}, session.stop(), {}};
    const DriveLog log = release_password(held->means().channels, watch, *held->means().passwords);
    if (log.security_released == Answer::yes) {
        session.say(
            message("{0} carried the password of an interrupted erasure; it is free again.", drive.path));
        return done();
    }
    if (!log.errors.empty()) return log.errors.front();
    return error(
        ErrorKind::failed, message("take the erasure's password off {0}", drive.path),
        message("the drive keeps it"),
        message("Switch the computer off and on again, then start \"regain wipe --resume\"; the password "
                "is in {0}.",
                note.file.string()));
}

}  // namespace

std::filesystem::path password_directory(const Session& session) {
    return session.state_directory() / "drive-passwords";
}

Status release_left_passwords(const Session& session, const std::vector<DriveRecord>& drives) {
    REGAIN_ASSIGN(const auto notes, left_passwords(password_directory(session)));
    for (const PasswordNote& note : notes)
        if (const DriveRecord* drive = drive_of(note, drives)) REGAIN_TRY(release(session, note, *drive));
    return done();
}

int resume_wipes(const Session& session) {
    const auto drives = discover_drives(session.root());
    if (!drives.ok()) return session.report(drives.error());
    const auto notes = left_passwords(password_directory(session));
    if (!notes.ok()) return session.report(notes.error());
    int status = 0;
    for (const PasswordNote& note : *notes) {
        const DriveRecord* drive = drive_of(note, *drives);
        if (drive == nullptr) {
            session.say(message("Not here: {0} {1}, which may carry the password of an erasure begun on {2}.",
                                note.model, note.serial, note.written));
            continue;
        }
        const Status released = release(session, note, *drive);
        if (!released.ok()) status = session.report(released.error());
    }
    mention_interrupted_jobs(session, *drives);
    if (notes->empty()) session.say(message("No drive was left with the password of an erasure."));
    return status;
}

}  // namespace regain
