#include "console/hidden_restore_stage.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include "certifier/values_in_words.h"
#include "console/progress_display.h"
#include "drives/discovery.h"
#include "drives/drive_channels.h"
#include "drives/linux_drive_rescan.h"
#include "wiper/hidden_restore.h"
#include "wiper/wipe_planner.h"

namespace regain {
namespace {

constexpr std::chrono::seconds patience{15};
constexpr std::chrono::milliseconds between_looks{500};

Message doing_of(const DriveRecord& drive) {
    return message("give back the hidden sectors of {0}", drive.path);
}

/// The same drive, whatever its name and size are by now. One without a serial is only known by its place.
bool is_same(const DriveRecord& before, const DriveRecord& now) {
    if (before.model != now.model || before.serial != now.serial || before.wwn != now.wwn) return false;
    return !before.serial.empty() || before.path == now.path;
}

Result<std::optional<DriveRecord>> find_again(const Session& session, const DriveRecord& drive) {
    REGAIN_ASSIGN(const auto present, discover_drives(session.root()));
    std::optional<DriveRecord> found;
    for (const DriveRecord& candidate : present) {
        if (!is_same(drive, candidate)) continue;
        if (found)
            return error(
                ErrorKind::refused, doing_of(drive),
                message("two drives answer to its name now: {0} and {1}", found->path, candidate.path),
                message("Take one of them out, and start again."));
        found = candidate;
    }
    return found;
}

/// As soon as it shows `bytes`; otherwise what it shows when patience ends.
Result<std::optional<DriveRecord>> wait_for(const Session& session, const DriveRecord& drive,
                                            uint64_t bytes) {
    const auto end = session.clock().monotonic() + patience;
    for (;;) {
        REGAIN_ASSIGN(auto found, find_again(session, drive));
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

class Restorer {
  public:
    Restorer(const Session& session, const InspectionReport* inspection, const CapabilitySource& source)
        : session_(session), channels_(session.root()), inspection_(inspection), source_(source) {}

    /// The evidence; `drive` and `plan` are what they are afterwards.
    Result<EvidenceItem> run(DriveRecord& drive, WipePlan& plan) {
        session_.say(message("{0}: giving back hidden sectors: {1}", drive.path, hidden_size(drive, plan)));
        REGAIN_ASSIGN(
            const HiddenSectorsLog log,
            restore_hidden_sectors_of(session_.root(), channels_, drive, session_.clock(), session_.stop()));
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
        if (!log.change.empty() && found->size_bytes < expected)
            return needs_power_cycle(drive, expected - found->size_bytes);
        REGAIN_TRY(check_unprotected(*found, message("erase {0}", found->path)));
        drive = *found;
        REGAIN_TRY(plan_anew(drive, plan));
        return EvidenceItem{"hidden-sectors", to_json(log)};
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
        REGAIN_ASSIGN(auto plans, plan_wipes({std::move(capabilities)}, plan.policy, inspection_));
        plan = std::move(plans.front());
        return done();
    }

    const Session& session_;
    MachineDriveChannels channels_;
    const InspectionReport* inspection_;
    const CapabilitySource& source_;
};

}  // namespace

Result<std::vector<std::vector<EvidenceItem>>> restore_hidden_sectors_first(
    const Session& session, std::vector<DriveRecord>& drives, std::vector<WipePlan>& plans,
    const InspectionReport* inspection, const CapabilitySource& source) {
    std::vector<std::vector<EvidenceItem>> evidence(plans.size());
    Restorer restorer(session, inspection, source);
    std::vector<WipePlan> changed;
    for (size_t i = 0; i < plans.size(); ++i) {
        if (plans[i].preparations.empty()) continue;
        REGAIN_ASSIGN(auto item, restorer.run(drives[i], plans[i]));
        evidence[i].push_back(std::move(item));
        changed.push_back(plans[i]);
    }
    if (!changed.empty()) say_plans(session, changed);
    return evidence;
}

}  // namespace regain
