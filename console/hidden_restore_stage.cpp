#include "console/hidden_restore_stage.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include "certifier/values_in_words.h"
#include "console/hidden_sector_notes.h"
#include "console/progress_display.h"
#include "drives/discovery.h"
#include "drives/drive_channels.h"
#include "drives/linux_drive_rescan.h"
#include "drives/same_drive.h"
#include "wiper/hidden_restore.h"
#include "wiper/wipe_planner.h"

namespace regain {
namespace {

constexpr std::chrono::seconds patience{15};
constexpr std::chrono::milliseconds between_looks{500};

Message doing_of(const DriveRecord& drive) {
    return message("give back the hidden sectors of {0}", drive.path);
}

/// Whatever its size is by now.
Result<std::optional<DriveRecord>> look_for(const Session& session, const DriveRecord& drive) {
    REGAIN_ASSIGN(const auto present, discover_drives(session.root()));
    const FoundAgain found = find_again(drive, present, SizeRule::may_differ);
    if (!found.look_alikes.empty())
        return error(ErrorKind::refused, doing_of(drive),
                     message("two drives answer to its name now: {0} and {1}", found.look_alikes[0],
                             found.look_alikes[1]),
                     message("Take one of them out, and start again."));
    return found.drive != nullptr ? std::optional(*found.drive) : std::nullopt;
}

/// As soon as it shows `bytes`; otherwise what it shows when patience ends.
Result<std::optional<DriveRecord>> wait_for(const Session& session, const DriveRecord& drive,
                                            uint64_t bytes) {
    const auto end = session.clock().monotonic() + patience;
    for (;;) {
        REGAIN_ASSIGN(auto found, look_for(session, drive));
        const bool is_there = found && found->size_bytes == bytes;
        if (is_there || session.clock().monotonic() >= end || session.stop().stop_requested()) return found;
        std::this_thread::sleep_for(between_looks);
    }
}

Error needs_power_cycle(const DriveRecord& drive, uint64_t bytes) {
    return error(ErrorKind::refused, doing_of(drive),
                 message("{0} bytes of it are shown only after it was switched off and on", bytes),
                 message("Switch the computer off and on, and start again: nothing was erased."));
}

/// Something hides the same sectors again at each start (a firmware does so).
bool comes_back(const HiddenSectorNotes& notes, const WipePlan& plan) {
    constexpr size_t enough = 2;
    return notes.times_given_back(plan, plan.preparations.front().kind) >= enough;
}

class Restorer {
  public:
    Restorer(const Session& session, const InspectionReport* inspection, const CapabilitySource& source)
        : session_(session),
          channels_(session.root()),
          notes_(session.state_directory()),
          inspection_(inspection),
          source_(source) {}

    /// What was done to it in this start and before.
    std::vector<EvidenceItem> evidence_of(const WipePlan& plan) const {
        std::vector<EvidenceItem> items;
        for (const Json& log : notes_.of(plan)) items.push_back({"hidden-sectors", log});
        return items;
    }

    /// `drive` and `plan` are what they are afterwards.
    Status run(DriveRecord& drive, WipePlan& plan) {
        if (comes_back(notes_, plan)) return plan_anew(drive, plan);
        session_.say(message("{0}: giving back hidden sectors: {1}", drive.path, hidden_size(drive, plan)));
        REGAIN_ASSIGN(
            const HiddenSectorsLog log,
            restore_hidden_sectors_of(session_.root(), channels_, drive, session_.clock(), session_.stop()));
        REGAIN_TRY(notes_.add(plan, to_json(log)));
        rescan_drive(session_.root(), drive);
        const uint64_t expected = size_after(log, drive);
        REGAIN_ASSIGN(const auto found, wait_for(session_, drive, expected));
        if (session_.stop().stop_requested())
            return error(ErrorKind::interrupted, doing_of(drive),
                         message("it was interrupted before anything was written"));
        if (!found)
            return error(ErrorKind::environment, doing_of(drive), message("it did not come back"),
                         message("Switch the computer off and on, and start again: nothing was erased."));
        if (log.needs_power_cycle)
            return needs_power_cycle(drive, log.after->hidden_sectors() * log.after->sector_bytes);
        // A bridge may keep sectors for itself for ever.
        const bool may_come = !log.change.empty() || drive.bus != Bus::usb;
        if (may_come && found->size_bytes < expected)
            return needs_power_cycle(drive, expected - found->size_bytes);
        REGAIN_TRY(check_unprotected(*found, message("erase {0}", found->path)));
        drive = *found;
        return plan_anew(drive, plan);
    }

  private:
    std::string hidden_size(const DriveRecord& drive, const WipePlan& plan) const {
        return human_size(plan.drive.size_bytes - std::min(plan.drive.size_bytes, drive.size_bytes),
                          session_.translate());
    }

    static uint64_t size_after(const HiddenSectorsLog& log, const DriveRecord& drive) {
        return log.after ? log.after->addressable_sectors * log.after->sector_bytes : drive.size_bytes;
    }

    // By the same policy. What is still hidden stays so: it was tried.
    Status plan_anew(const DriveRecord& drive, WipePlan& plan) {
        DriveCapabilities capabilities = source_(drive);
        capabilities.was_hidden_restore_tried = true;
        REGAIN_ASSIGN(auto plans, plan_wipes(session_, {std::move(capabilities)}, plan.policy, inspection_));
        if (plans.front().spoken_serial != plan.spoken_serial)
            return error(ErrorKind::refused, message("erase {0}", drive.path),
                         message("another drive came back: {0} instead of {1}", plans.front().spoken_serial,
                                 plan.spoken_serial));
        plan = std::move(plans.front());
        return done();
    }

    const Session& session_;
    MachineDriveChannels channels_;
    HiddenSectorNotes notes_;
    const InspectionReport* inspection_;
    const CapabilitySource& source_;
};

}  // namespace

Result<std::vector<std::vector<EvidenceItem>>> restore_hidden_sectors_first(
    const Session& session, std::vector<DriveRecord>& drives, std::vector<WipePlan>& plans,
    const InspectionReport* inspection, const CapabilitySource& source) {
    std::vector<std::vector<EvidenceItem>> evidence;
    Restorer restorer(session, inspection, source);
    std::vector<WipePlan> changed;
    std::optional<Error> refusal;
    for (size_t i = 0; i < plans.size(); ++i) {
        if (!plans[i].preparations.empty()) {
            // All of them, so that one power cycle does for all.
            const Status status = restorer.run(drives[i], plans[i]);
            if (!status.ok() && refusal) session.report(status.error());
            if (!status.ok() && !refusal) refusal = status.error();
            changed.push_back(plans[i]);
        }
        evidence.push_back(restorer.evidence_of(plans[i]));
    }
    if (refusal) return *refusal;
    if (!changed.empty()) say_plans(session, changed);
    return evidence;
}

void forget_hidden_sectors(const Session& session, const WipeReport& report) {
    HiddenSectorNotes notes(session.state_directory());
    for (const WipeRecord& wipe : report.wipes) notes.forget(wipe.plan);
}

}  // namespace regain
