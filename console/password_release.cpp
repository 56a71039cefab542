#include "console/password_release.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
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

/// A drive by what it calls itself; as the system knows it where it does not answer.
DriveRecord by_its_own_name(DriveQuestions& questions, const DriveRecord& drive) {
    if (drive.protocol != "ata" && drive.protocol != "scsi") return drive;
    const DriveCapabilities capabilities = questions.ask(drive);
    return capabilities.ata ? as_it_calls_itself(drive, *capabilities.ata) : drive;
}

/// A note, and the drive that it is about.
struct NotedDrive {
    const PasswordNote* note;
    Result<std::optional<DriveRecord>> drive;  ///< nothing where it is not there
};

std::vector<NotedDrive> find_drives(const Session& session, const std::vector<PasswordNote>& notes,
                                    const std::vector<DriveRecord>& drives) {
    std::vector<NotedDrive> found;
    if (notes.empty()) return found;
    DriveQuestions questions(session);
    std::vector<DriveRecord> named;
    named.reserve(drives.size());
    for (const DriveRecord& drive : drives) named.push_back(by_its_own_name(questions, drive));
    for (const PasswordNote& note : notes) {
        const auto place = find_drive_of(note, named);
        if (!place.ok())
            found.push_back({&note, place.error()});
        else
            found.push_back({&note, *place ? std::optional(drives[**place]) : std::nullopt});
    }
    return found;
}

bool says(const DriveLog& log, std::string_view code) {
    return std::any_of(log.remarks.begin(), log.remarks.end(),
                       [&](const Remark& remark) { return remark.code == code; });
}

/// What the operator confirms it by.
const std::string& confirmation_of(const PasswordNote& note) {
    return note.serial.empty() ? note.wwn : note.serial;
}

Message advice_for(const DriveLog& log, const PasswordNote& note) {
    if (says(log, "takes-its-password-only-to-erase"))
        return message(
            "\"regain wipe --resume --confirm {0}\" erases it again, which takes the password off.",
            confirmation_of(note));
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

/// The notes whose drives may be erased again. Each confirmation is about one of them.
Result<std::vector<const PasswordNote*>> confirmed_notes(const Session& session,
                                                         const std::vector<PasswordNote>& notes) {
    std::vector<const PasswordNote*> confirmed;
    for (const std::string& given : session.arguments().values("confirm")) {
        std::vector<const PasswordNote*> meant;
        for (const PasswordNote& note : notes)
            if (!given.empty() && confirmation_of(note) == given) meant.push_back(&note);
        if (meant.size() == 1 &&
            std::find(confirmed.begin(), confirmed.end(), meant.front()) == confirmed.end()) {
            confirmed.push_back(meant.front());
            continue;
        }
        return error(ErrorKind::refused, message("confirm the drives"),
                     meant.size() > 1
                         ? message("several drives that may carry a password have the serial {0}", given)
                         : message("the confirmation {0} belongs to none of them", given),
                     message("\"regain wipe --resume\" without --confirm names them; nothing was written."));
    }
    return confirmed;
}

Status check_usage(const Session& session) {
    const auto refuse = [](Message reason) {
        return error(ErrorKind::usage, message("understand the command line"), std::move(reason),
                     message("Use \"regain wipe --resume\" without a drive and without --json."));
    };
    constexpr std::array<std::string_view, 7> goes_with_it{"resume", "confirm",  "help",     "lang",
                                                           "quiet",  "progress", "state-dir"};
    const auto goes = [&](std::string_view name) {
        return std::find(goes_with_it.begin(), goes_with_it.end(), name) != goes_with_it.end();
    };
    if (!session.arguments().operands().empty() || session.json() || session.arguments().has("output"))
        return refuse(message("--resume looks for its drives itself and leaves no report"));
    // --plan promises that nothing is sent that changes anything; a level or a method would be heeded by
    // nobody. --no-certificate is true of it anyway.
    for (const std::string& name : session.arguments().names())
        if (!goes(name) && name != "no-certificate" && name != "sysroot")
            return refuse(message("--{0} does not go with --resume", name));
    return done();
}

}  // namespace

std::filesystem::path password_directory(const Session& session) {
    return session.state_directory() / "drive-passwords";
}

Status release_left_passwords(const Session& session, const std::vector<DriveRecord>& drives) {
    REGAIN_ASSIGN(const auto left, left_passwords(password_directory(session)));
    for (const Error& unreadable : left.unreadable)
        session.warn(message("A note about a drive's password can't be read: {0}", in_english(unreadable)));
    for (const auto& [note, found] : find_drives(session, left.notes, drives)) {
        REGAIN_ASSIGN(const auto drive, found);
        if (drive) REGAIN_TRY(release(session, *note, *drive, ReleaseBy::unlocking));
    }
    return done();
}

int resume_wipes(const Session& session) {
    if (const Status usage = check_usage(session); !usage.ok()) return session.report(usage.error());
    const auto drives = discover_drives(session.root());
    if (!drives.ok()) return session.report(drives.error());
    const auto left = left_passwords(password_directory(session));
    if (!left.ok()) return session.report(left.error());
    const auto confirmed = confirmed_notes(session, left->notes);
    if (!confirmed.ok()) return session.report(confirmed.error());
    int status = 0;
    for (const Error& unreadable : left->unreadable) status = session.report(unreadable);
    for (const auto& [note, found] : find_drives(session, left->notes, *drives)) {
        if (!found.ok()) {
            status = session.report(found.error());
            continue;
        }
        if (!*found) {
            session.say(message("Not here: {0} {1}, which may carry the password of an erasure begun on {2}.",
                                note->model, note->serial, note->written));
            continue;
        }
        const bool may_erase = std::find(confirmed->begin(), confirmed->end(), note) != confirmed->end();
        const Status released =
            release(session, *note, **found, may_erase ? ReleaseBy::erasing_too : ReleaseBy::unlocking);
        if (!released.ok()) status = session.report(released.error());
    }
    mention_interrupted_jobs(session, *drives);
    if (left->notes.empty() && left->unreadable.empty())
        session.say(message("No drive was left with the password of an erasure."));
    return status;
}

}  // namespace regain
