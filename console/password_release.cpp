#include "console/password_release.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "console/drive_questions.h"
#include "console/interrupted_jobs.h"
#include "drives/discovery.h"
#include "drives/drive_channels.h"
#include "drives/drive_hold.h"
#include "wiper/held_channels.h"
#include "wiper/password_file.h"

namespace regain {
namespace {

/// A drive by what it calls itself, behind whatever dock; as the system knows it where it does not answer.
DriveRecord as_it_calls_itself(DriveQuestions& questions, const DriveRecord& drive) {
    DriveRecord named = drive;
    if (drive.protocol != "ata" && drive.protocol != "scsi") return named;
    const DriveCapabilities capabilities = questions.ask(drive);
    if (!capabilities.ata) return named;
    named.model = capabilities.ata->model();
    named.serial = capabilities.ata->serial();
    named.wwn = capabilities.ata->wwn();
    return named;
}

/// Notes with the drives that they are about, among these; null where it is not there.
std::vector<std::pair<const PasswordNote*, const DriveRecord*>> find_drives(
    const Session& session, const std::vector<PasswordNote>& notes, const std::vector<DriveRecord>& drives) {
    std::vector<std::pair<const PasswordNote*, const DriveRecord*>> found;
    if (notes.empty()) return found;
    DriveQuestions questions(session);
    std::vector<DriveRecord> named;
    for (const DriveRecord& drive : drives) named.push_back(as_it_calls_itself(questions, drive));
    for (const PasswordNote& note : notes) {
        const auto place = std::find_if(named.begin(), named.end(),
                                        [&](const DriveRecord& drive) { return is_about(note, drive); });
        found.emplace_back(
            &note, place == named.end() ? nullptr : &drives[static_cast<size_t>(place - named.begin())]);
    }
    return found;
}

bool says(const DriveLog& log, std::string_view code) {
    return std::any_of(log.remarks.begin(), log.remarks.end(),
                       [&](const Remark& remark) { return remark.code == code; });
}

Message advice_for(const DriveLog& log, const PasswordNote& note) {
    if (says(log, "takes-its-password-only-to-erase"))
        return message(
            "\"regain wipe --resume --confirm {0}\" erases it again, which takes the password off.",
            note.serial);
    if (says(log, "security-frozen"))
        return message(
            "The firmware froze it: suspend the computer and wake it, or plug the drive's power out "
            "and in, then start \"regain wipe --resume\".");
    return message(
        "Switch the computer off and on again, then start \"regain wipe --resume\"; the password "
        "is in {0}.",
        note.file.string());
}

// Held exclusively and proven like for a wipe: nothing else uses the drive, and it is the one that the note
// is about.
Status release(const Session& session, const PasswordNote& note, const DriveRecord& drive, ReleaseBy how) {
    session.say(
        how == ReleaseBy::unlocking
            ? message("{0}: taking off the password of an interrupted erasure.", drive.path)
            : message("{0}: taking off the password of an interrupted erasure; it may be erased again "
                      "for that, which takes as long as an erasure.",
                      drive.path));
    REGAIN_ASSIGN(const DriveHold hold, DriveHold::acquire(session.root(), drive));
    MachineDriveChannels channels(session.root());
    REGAIN_ASSIGN(const auto held, HeldChannels::open_for(channels, drive, "ata", password_directory(session),
                                                          session.clock(), session.stop()));
    // Asked once more on the held drive: our password is sent to no other.
    if (held->password_file() != note.file)
        return error(ErrorKind::refused, message("take the erasure's password off {0}", drive.path),
                     message("it is another drive by now"));
    FilePasswordJournal journal(note.file, drive, session.clock());
    const EraseWatch watch{session.clock(), held->means().wait, {}, session.stop(), {}};
    const DriveLog log = release_password(held->means().channels, watch, journal, how);
    if (log.security_released == Answer::yes) {
        session.say(message("{0} is free of the password of an interrupted erasure.", drive.path));
        return done();
    }
    if (!log.errors.empty()) return log.errors.front();
    return error(ErrorKind::refused, message("take the erasure's password off {0}", drive.path),
                 message("the drive keeps it"), advice_for(log, note));
}

bool is_confirmed(const Session& session, const PasswordNote& note) {
    const auto& given = session.arguments().values("confirm");
    return !note.serial.empty() && std::find(given.begin(), given.end(), note.serial) != given.end();
}

Status check_usage(const Session& session) {
    if (session.arguments().operands().empty() && !session.json()) return done();
    return error(ErrorKind::usage, message("understand the command line"),
                 message("--resume looks for its drives itself and leaves no report"),
                 message("Use \"regain wipe --resume\" without a drive and without --json."));
}

}  // namespace

std::filesystem::path password_directory(const Session& session) {
    return session.state_directory() / "drive-passwords";
}

Status release_left_passwords(const Session& session, const std::vector<DriveRecord>& drives) {
    REGAIN_ASSIGN(const auto left, left_passwords(password_directory(session)));
    for (const Error& unreadable : left.unreadable)
        session.warn(message("A note about a drive's password can't be read: {0}", in_english(unreadable)));
    for (const auto& [note, drive] : find_drives(session, left.notes, drives))
        if (drive != nullptr) REGAIN_TRY(release(session, *note, *drive, ReleaseBy::unlocking));
    return done();
}

int resume_wipes(const Session& session) {
    if (const Status usage = check_usage(session); !usage.ok()) return session.report(usage.error());
    const auto drives = discover_drives(session.root());
    if (!drives.ok()) return session.report(drives.error());
    const auto left = left_passwords(password_directory(session));
    if (!left.ok()) return session.report(left.error());
    int status = 0;
    for (const Error& unreadable : left->unreadable) status = session.report(unreadable);
    for (const auto& [note, drive] : find_drives(session, left->notes, *drives)) {
        if (drive == nullptr) {
            session.say(message("Not here: {0} {1}, which may carry the password of an erasure begun on {2}.",
                                note->model, note->serial, note->written));
            continue;
        }
        const Status released =
            release(session, *note, *drive,
                    is_confirmed(session, *note) ? ReleaseBy::erasing_too : ReleaseBy::unlocking);
        if (!released.ok()) status = session.report(released.error());
    }
    mention_interrupted_jobs(session, *drives);
    if (left->notes.empty()) session.say(message("No drive was left with the password of an erasure."));
    return status;
}

}  // namespace regain
