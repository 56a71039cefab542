#pragma once
// The part of a run that lets the drive erase itself: who the drive says that it is before and afterwards,
// its own erase commands, and the evidence of both. Used by wipe_run.cpp; opens nothing, judges nothing.

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "reports/wipe_report.h"
#include "wiper/firmware_erase.h"
#include "wiper/spoken_identity.h"

namespace regain {

/// What a "firmware-erase" step needs; owned by the worker (or a test), and outlives the run.
struct FirmwareMeans {
    EraseChannels channels;
    PasswordJournal* passwords = nullptr;
    /// Waits that long, or until the run's stop token is heeded.
    std::function<void(std::chrono::milliseconds)> wait;
    /// Why there are no channels; then everything that needs them fails with it.
    std::optional<Error> why_closed = {};
};

/// The first method of the drive's own in the plan; empty: an overwrite alone.
std::string firmware_method_of(const WipePlan& plan);

/// The drive was asked for its name when the plan was made.
bool is_named(const WipePlan& plan);

class FirmwareRun {
  public:
    /// `means` may be null: then every step fails before anything is sent.
    FirmwareRun(const WipePlan& plan, const FirmwareMeans* means, const Clock& clock, std::stop_token stop)
        : plan_(plan), means_(means), clock_(clock), stop_(std::move(stop)) {}

    /// Before the first write: ErrorKind::refused when it calls itself another drive than the plan's. A plan
    /// that only overwrites needs no answer, but heeds one; `has_been_sent_to`: an attempt before sent the
    /// drive its own commands, which may have changed its name.
    Status ask_before(bool has_been_sent_to);
    /// Opens a locked drive by the number on its label (firmware_erase.h).
    void open(StepResult& result);
    /// Sends the step's method and watches it. `on_progress` may be empty.
    void erase(const WipeStep& step, StepResult& result, std::function<void(uint32_t of_65536)> on_progress);
    /// What the drive says of itself now, compared with before.
    void identify_again(StepResult& result);
    /// "drive-log" for each method, "identity-again"; "drive-opened", which proves nothing of an erasure.
    void add_evidence(std::vector<EvidenceItem>& evidence) const;

    /// An operation goes on inside the drive: nothing may write to it.
    bool is_left_running() const;
    /// What the drive's own log can't show can still be looked for on the medium; false when the drive has
    /// not said that it completed.
    bool has_completed() const;

  private:
    Status check_channels() const;
    Status compare(const SpokenIdentity& said) const;

    const WipePlan& plan_;
    const FirmwareMeans* means_;
    const Clock& clock_;
    std::stop_token stop_;
    std::optional<SpokenIdentity> before_;
    std::optional<SpokenIdentity> after_;
    std::optional<Error> after_error_;
    bool was_asked_again_ = false;
    std::optional<DriveLog> opening_;
    std::vector<DriveLog> logs_;
};

}  // namespace regain
