#include "wiper/firmware_run.h"

#include <algorithm>
#include <utility>

namespace regain {
namespace {

Answer same_size(const std::optional<SpokenIdentity>& before, const std::optional<SpokenIdentity>& after) {
    if (!before || !after || before->size_bytes == 0 || after->size_bytes == 0) return Answer::unknown;
    return before->size_bytes == after->size_bytes ? Answer::yes : Answer::no;
}

// A drive without a serial is the same as long as it still has none; one that tells no more is unknown.
Answer same_serial(const std::optional<SpokenIdentity>& before, const std::optional<SpokenIdentity>& after) {
    if (!before || !after) return Answer::unknown;
    return before->serial == after->serial ? Answer::yes : Answer::no;
}

}  // namespace

bool is_named(const WipePlan& plan) {
    return plan.spoken_bytes != 0 || !plan.spoken_serial.empty();
}

std::string firmware_method_of(const WipePlan& plan) {
    for (const WipeStep& step : plan.steps)
        if (step.step == "firmware-erase") return step.method;
    return {};
}

Status FirmwareRun::check_channels() const {
    if (means_ == nullptr)
        return error(ErrorKind::failed, message("erase {0}", plan_.drive.path),
                     message("no command channel of the drive is open"));
    if (means_->why_closed) return *means_->why_closed;
    return done();
}

Status FirmwareRun::ask_before(bool has_been_sent_to) {
    const std::string method = firmware_method_of(plan_);
    if (!method.empty()) {
        REGAIN_TRY(check_channels());
        REGAIN_ASSIGN(before_, ask_identity(method, means_->channels));
        return compare(*before_);
    }
    if (has_been_sent_to || !is_named(plan_) || !check_channels().ok()) return done();
    const char* family = means_->channels.nvme != nullptr ? "nvme-" : "ata-";
    const auto said = ask_identity(family, means_->channels);
    return said.ok() ? compare(*said) : done();
}

Status FirmwareRun::compare(const SpokenIdentity& said) const {
    const bool has_that_size = plan_.spoken_bytes == 0 || said.size_bytes == plan_.spoken_bytes;
    if (!is_named(plan_) || (has_that_size && said.serial == plan_.spoken_serial)) return done();
    return error(ErrorKind::refused, message("erase {0}", plan_.drive.path),
                 message("it calls itself {0} ({1} bytes) now, and {2} ({3} bytes) when the plan was made",
                         said.serial, said.size_bytes, plan_.spoken_serial, plan_.spoken_bytes));
}

void FirmwareRun::open(StepResult& result) {
    if (means_ == nullptr) {
        result.result = "failed";
        result.remarks.push_back({"channel-not-open", {}});
        return;
    }
    const EraseWatch watch{clock_, means_->wait, {}, stop_, {}};
    opening_ = open_by_psid(means_->channels, watch);
    result.remarks = opening_->remarks;
    if (opening_->completed != Answer::yes) result.result = "failed";
}

void FirmwareRun::erase(const WipeStep& step, StepResult& result,
                        std::function<void(uint32_t of_65536)> on_progress) {
    if (means_ == nullptr || !before_) {
        result.result = "failed";
        result.remarks.push_back({"channel-not-open", {}});
        return;
    }
    EraseWatch watch{clock_, means_->wait, std::move(on_progress), stop_, {}};
    if (step.minutes) watch.estimate = std::chrono::minutes(*step.minutes);
    const DriveLog& log =
        logs_.emplace_back(erase_by_firmware(step.method, means_->channels, watch, means_->passwords));
    result.remarks = log.remarks;
    if (log.shows_success()) return;
    const bool was_stopped = stop_.stop_requested() && log.completed != Answer::yes;
    result.result = was_stopped ? "interrupted" : "failed";
}

void FirmwareRun::identify_again(StepResult& result) {
    was_asked_again_ = true;
    const std::string method = firmware_method_of(plan_);
    const Status channels = check_channels();
    auto found =
        channels.ok() ? ask_identity(method, means_->channels) : Result<SpokenIdentity>(channels.error());
    if (found.ok())
        after_ = *found;
    else
        after_error_ = found.error();
    if (same_size(before_, after_) != Answer::yes) {
        result.result = "failed";
        result.remarks.push_back({"size-changed", {}});
    }
    if (same_serial(before_, after_) != Answer::yes) {
        result.result = "failed";
        result.remarks.push_back({"serial-changed", {}});
    }
}

void FirmwareRun::add_evidence(std::vector<EvidenceItem>& evidence) const {
    if (opening_) evidence.push_back({"drive-opened", to_json(*opening_)});
    for (const DriveLog& log : logs_) evidence.push_back({"drive-log", to_json(log)});
    if (!was_asked_again_) return;
    Json facts{{"size_same", answer_name(same_size(before_, after_))},
               {"serial_same", answer_name(same_serial(before_, after_))},
               {"size_bytes", after_ ? after_->size_bytes : 0},
               {"serial", after_ ? after_->serial : ""}};
    if (after_error_) facts["error"] = in_english(*after_error_);
    evidence.push_back({"identity-again", std::move(facts)});
}

bool FirmwareRun::is_left_running() const {
    if (opening_ && opening_->left_running) return true;
    return std::any_of(logs_.begin(), logs_.end(), [](const DriveLog& log) { return log.left_running; });
}

bool FirmwareRun::has_completed() const {
    return !logs_.empty() && logs_.back().completed == Answer::yes && !logs_.back().left_running;
}

}  // namespace regain
