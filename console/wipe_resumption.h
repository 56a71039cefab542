#pragma once
// Wipes that a power cut interrupted while they overwrote: found by the journals in STATE/wipe-journals,
// matched with the drives that are there now, and gone on with by `--resume`. Used by wipe and process before
// they confirm, and by the technician's screen. Opens no drive.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "console/session.h"
#include "reports/wipe_report.h"
#include "wiper/wipe_journal.h"

namespace regain {

/// STATE/wipe-journals.
std::filesystem::path wipe_journal_directory(const std::filesystem::path& state_directory);

struct LeftWipes {
    std::vector<WipeJournalContent> wipes;
    std::vector<Error> unreadable;
};
LeftWipes left_wipes(const std::filesystem::path& state_directory);

/// The drives that `wipe --resume` is about: those that are named, else all that were interrupted and are
/// here (those that are not are said). ErrorKind::refused where another drive is in the place of one, where
/// nothing is known of any that is named, and where two look alike.
Result<std::vector<std::string>> drives_to_resume(const Session& session);

/// The policy that this drive's wipe was begun with; nothing where none was interrupted.
std::optional<WipePolicy> interrupted_policy(const LeftWipes& left, const DriveRecord& drive);

/// Whether the wipe of any of these drives was interrupted while it overwrote.
bool is_any_interrupted(const std::filesystem::path& state_directory, const std::vector<DriveRecord>& drives);

/// For each plan whether it goes on where its drive's journal says; says what it does, and why where it
/// begins from the start. Without --resume none does, and those that could are mentioned.
std::vector<bool> resumed_plans(const Session& session, const std::vector<WipePlan>& plans);

/// Their records are kept: there is nothing to go on with any more. A failure is a warning.
void forget_wipe_journal(const Session& session, const WipePlan& plan);
/// The same, unless the operator interrupted it: then --resume goes on with it.
void forget_ended_wipe(const Session& session, const WipeRecord& wipe);

}  // namespace regain
