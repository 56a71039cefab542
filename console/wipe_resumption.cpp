#include "console/wipe_resumption.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "certifier/certificate_text.h"
#include "certifier/values_in_words.h"
#include "console/progress_display.h"
#include "drives/discovery.h"
#include "drives/same_drive.h"
#include "wiper/journal_writer.h"
#include "wiper/range_set.h"
#include "wiper/resume_point.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_journals = 256;

Message doing_of(const std::string& drive) {
    return message("go on erasing {0}", drive);
}

const WipeJournalContent* journal_of(const LeftWipes& left, const DriveRecord& drive) {
    for (const WipeJournalContent& wipe : left.wipes)
        if (is_drive_of(wipe, drive)) return &wipe;
    return nullptr;
}

/// The drives that are named, as far as they can be told apart from what is in their places by now.
Status check_named(const Session& session, const std::vector<std::string>& names, const LeftWipes& left,
                   const std::vector<DriveRecord>& present) {
    const auto files = session.arguments().has("virtual") ? VirtualFiles::accepted : VirtualFiles::refused;
    bool is_any_known = false;
    for (const std::string& name : names) {
        REGAIN_ASSIGN(const auto drive, find_drive(session.root(), present, name, files));
        if (journal_of(left, drive) != nullptr) {
            is_any_known = true;
            continue;
        }
        for (const WipeJournalContent& wipe : left.wipes)
            if (wipe.plan.drive.path == drive.path)
                return error(
                    ErrorKind::refused, doing_of(drive.path),
                    message("another drive is in its place: {0} {1}, not {2} {3}", drive.model, drive.serial,
                            wipe.plan.drive.model, wipe.plan.drive.serial),
                    message("Nothing was written. Without --resume this drive is erased from the start."));
    }
    if (is_any_known) return done();
    return error(ErrorKind::refused, doing_of(names.front()),
                 message("nothing is known of an overwrite of it that was interrupted"),
                 message("Nothing was written. Without --resume it is erased from the start."));
}

/// What was done by the journal, of the node that it is at.
Message how_far(const Session& session, const WipePlan& plan, const WipeJournalContent& content) {
    uint64_t done_bytes = 0;
    for (const StandingPart& part : standing_parts(content, plan.drive.logical_sector_bytes))
        done_bytes += part.done.bytes();
    return message(
        "{0}: goes on where it was interrupted, at step {1} of {2}; what was written before ({3}) is checked "
        "first",
        plan.drive.path, content.steps.size() + 1, content.current_plan().steps.size(),
        human_size(done_bytes, session.translate()));
}

/// The same drive as today's, whatever it is plugged into.
bool is_proven_to_be(const WipeJournalContent& wipe, const WipePlan& today) {
    return can_be_resumed(today) && is_drive_of(wipe, today.drive) &&
           wipe.plan.spoken_serial == today.spoken_serial;
}

void say_not_here(const Session& session, const WipeJournalContent& wipe) {
    const DriveRecord& drive = wipe.plan.drive;
    std::string name = model_in_words(drive.model, session.translate());
    const std::string& serial = drive.serial.empty() ? drive.path : drive.serial;
    name += (name.empty() ? "" : " ") + serial;
    const std::string when = time_in_words(wipe.started, session.translate());
    // A file is among the drives only when it is named.
    if (drive.protocol == "file")
        session.say(message("Not named: {0}, whose erasure was interrupted ({1}).", name, when));
    else
        session.say(message("Not here: {0}, whose erasure was interrupted ({1}).", name, when));
}

bool decide(const Session& session, const WipePlan& plan) {
    const auto say_anew = [&](const Message& why) {
        session.say(message("{0}: begins from the start: {1}", plan.drive.path, session.text(why)));
        return false;
    };
    const fs::path file = wipe_journal_file(wipe_journal_directory(session.state_directory()), plan);
    if (!can_be_resumed(plan))
        return say_anew(message("only its dock tells a serial number: another drive may be in it by now"));
    if (!path_exists(file))
        return say_anew(message("nothing is known of an overwrite of it that was interrupted"));
    const auto journal = read_wipe_journal(file);
    if (!journal.ok()) {
        session.report(journal.error());
        return say_anew(message("its journal can't be used"));
    }
    if (!is_proven_to_be(*journal, plan)) return say_anew(message("its journal is about another drive"));
    const auto rung = rung_to_resume(*journal, plan);
    if (!rung) return say_anew(message("it was being erased another way"));
    session.say(how_far(session, plan, resumed_content(*journal, plan, *rung)));
    return true;
}

}  // namespace

fs::path wipe_journal_directory(const fs::path& state_directory) {
    return state_directory / "wipe-journals";
}

LeftWipes left_wipes(const fs::path& state_directory) {
    LeftWipes left;
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::directory_iterator entry(wipe_journal_directory(state_directory), failed), end;
         !failed && entry != end && files.size() < most_journals; entry.increment(failed))
        if (entry->path().extension() == ".jsonl") files.push_back(entry->path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        auto content = read_wipe_journal(file);
        if (content.ok())
            left.wipes.push_back(std::move(*content));
        else
            left.unreadable.push_back(content.error());
    }
    return left;
}

Result<std::vector<std::string>> drives_to_resume(const Session& session) {
    const LeftWipes left = left_wipes(session.state_directory());
    for (const Error& unreadable : left.unreadable) session.report(unreadable);
    REGAIN_ASSIGN(const auto present, discover_drives(session.root()));
    std::vector<std::string> names = session.arguments().operands();
    if (!names.empty()) {
        REGAIN_TRY(check_named(session, names, left, present));
        return names;
    }
    for (const WipeJournalContent& wipe : left.wipes) {
        const DriveRecord& drive = wipe.plan.drive;
        const FoundAgain found = find_again(drive, present);
        if (!found.look_alikes.empty())
            return error(ErrorKind::refused, doing_of(drive.path),
                         message("it can't be told from another drive"),
                         message("Name the one that is meant."));
        if (found.drive != nullptr && is_drive_of(wipe, *found.drive))
            names.push_back(found.drive->path);
        else
            say_not_here(session, wipe);
    }
    return names;
}

std::optional<WipePolicy> interrupted_policy(const LeftWipes& left, const DriveRecord& drive) {
    const WipeJournalContent* const journal = journal_of(left, drive);
    return journal != nullptr ? std::optional(journal->plan.policy) : std::nullopt;
}

bool is_any_interrupted(const fs::path& state_directory, const std::vector<DriveRecord>& drives) {
    const LeftWipes left = left_wipes(state_directory);
    return std::any_of(drives.begin(), drives.end(),
                       [&](const DriveRecord& drive) { return journal_of(left, drive) != nullptr; });
}

std::vector<bool> resumed_plans(const Session& session, const std::vector<WipePlan>& plans) {
    std::vector<bool> resumed;
    if (session.arguments().has("resume")) {
        for (const WipePlan& plan : plans) resumed.push_back(decide(session, plan));
        return resumed;
    }
    const LeftWipes left = left_wipes(session.state_directory());
    for (const WipePlan& plan : plans)
        if (journal_of(left, plan.drive) != nullptr)
            session.warn(message(
                "An erasure of {0} was interrupted; \"regain wipe --resume {0}\" would go on with it. "
                "This one begins from the start.",
                plan.drive.path));
    return std::vector<bool>(plans.size(), false);
}

void forget_wipe_journal(const Session& session, const WipePlan& plan) {
    if (!can_be_resumed(plan)) return;
    const fs::path file = wipe_journal_file(wipe_journal_directory(session.state_directory()), plan);
    if (const Status removed = remove_wipe_journal(file); !removed.ok()) session.report(removed.error());
}

void forget_ended_wipe(const Session& session, const WipeRecord& wipe) {
    if (!wipe.interrupted) forget_wipe_journal(session, wipe.plan);
}

}  // namespace regain
