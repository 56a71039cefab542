// Sanitize and Format NVM of NVMe controllers. Sanitize is about the whole subsystem and is watched through
// log page 81h; Format is sent for every namespace, keeps its format, and is answered when it has ended.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "drives/nvme_commands.h"
#include "drives/nvme_pages.h"
#include "wiper/capability_facts.h"
#include "wiper/erase_families.h"
#include "wiper/sanitize_sequence.h"

namespace regain {
namespace {

std::string refusal_of(const Result<NvmeReply>& reply) {
    return reply.ok() ? fmt::format("status 0x{:04x}", reply->status) : in_english(reply.error());
}

std::optional<NvmeSanitize> sanitize_named(const std::string& name) {
    if (name == "nvme-sanitize-crypto") return NvmeSanitize::crypto_erase;
    if (name == "nvme-sanitize-block") return NvmeSanitize::block_erase;
    if (name == "nvme-sanitize-overwrite") return NvmeSanitize::overwrite;
    return std::nullopt;
}

std::optional<NvmeFormatErase> format_named(const std::string& name) {
    if (name == "nvme-format-crypto") return NvmeFormatErase::cryptographic;
    if (name == "nvme-format-user-data") return NvmeFormatErase::user_data;
    return std::nullopt;
}

OperationState state_of(NvmeSanitizeState state) {
    switch (state) {
        case NvmeSanitizeState::never:
            return OperationState::never;
        case NvmeSanitizeState::completed:
        case NvmeSanitizeState::completed_no_deallocate:
            return OperationState::completed;
        case NvmeSanitizeState::in_progress:
            return OperationState::running;
        case NvmeSanitizeState::failed:
            return OperationState::failed;
        case NvmeSanitizeState::unknown:
            break;
    }
    return OperationState::unanswered;
}

OperationLook look_at_sanitize(NvmeTransport& nvme, NvmeSanitize ours) {
    OperationLook look;
    const auto reply = nvme.send(nvme_get_sanitize_status());
    look.reason = {"sanitize-status-not-readable", {{"reason", refusal_of(reply)}}};
    if (!reply.ok()) look.error = reply.error();
    if (!reply.ok() || !reply->succeeded()) return look;
    const auto log = parse_nvme_sanitize_log(reply->data);
    if (!log) return look;
    look.state = state_of(log->state);
    if (look.state == OperationState::running) look.progress = log->progress;
    const uint32_t action = log->last_command & 0x7;
    // Some controllers leave the field empty: nothing is known then.
    look.is_of_another_kind = log->last_command != 0 && action != static_cast<uint32_t>(ours);
    const std::string status = fmt::format("SSTAT 0x{:04x}", log->raw_status);
    if (look.state == OperationState::failed)
        look.reason = {"erase-failed-in-the-drive", {{"reason", status}}};
    else
        look.reason = {"sanitize-status-not-readable", {{"reason", status}}};
    return look;
}

class NvmeSanitizeFamily final : public SanitizeFamily {
  public:
    NvmeSanitizeFamily(NvmeTransport& nvme, NvmeSanitize action, std::string name)
        : nvme_(nvme), action_(action), name_(std::move(name)) {}

    OperationLook look() override { return look_at_sanitize(nvme_, action_); }

    std::optional<Remark> obstacle() override {
        const auto reply = nvme_.send(nvme_identify_controller());
        const auto controller =
            reply.ok() && reply->succeeded() ? parse_nvme_controller(reply->data) : std::nullopt;
        if (!controller) return Remark{"no-answer-from-drive", {{"reason", refusal_of(reply)}}};
        if (!is_supported(*controller)) return Remark{"method-not-supported", {{"method", name_}}};
        return std::nullopt;
    }

    void start(DriveLog& log) override {
        const auto reply = nvme_.send(nvme_sanitize(action_));
        if (!reply.ok()) {
            log.errors.push_back(reply.error());
            log.remarks.push_back({"start-not-answered", {{"reason", refusal_of(reply)}}});
            return;
        }
        log.accepted = reply->succeeded() ? Answer::yes : Answer::no;
        if (log.accepted == Answer::no)
            log.remarks.push_back({"sanitize-refused", {{"reason", refusal_of(reply)}}});
    }

    bool leave_failure() override {
        const auto reply = nvme_.send(nvme_sanitize(NvmeSanitize::exit_failure_mode));
        return reply.ok() && reply->succeeded() && look().state != OperationState::failed;
    }

    bool may_end_at_once() const override { return action_ == NvmeSanitize::crypto_erase; }

  private:
    bool is_supported(const NvmeController& controller) const {
        if (action_ == NvmeSanitize::crypto_erase) return controller.sanitize_crypto;
        if (action_ == NvmeSanitize::block_erase) return controller.sanitize_block;
        return controller.sanitize_overwrite;
    }

    NvmeTransport& nvme_;
    NvmeSanitize action_;
    std::string name_;
};

class NvmeFormatter {
  public:
    NvmeFormatter(NvmeTransport& nvme, NvmeFormatErase erase, const EraseWatch& watch, DriveLog& log)
        : nvme_(nvme), erase_(erase), watch_(watch), log_(log) {}

    void run() {
        log_.state_before = "idle";
        if (is_sanitizing()) return;
        read_nvme_capabilities(nvme_, found_);
        if (const auto reason = obstacle()) return refuse(log_, *reason);
        if (is_stopped_before_start(watch_, log_)) return;
        log_.accepted = log_.completed = Answer::yes;
        for (const NvmeNamespaceState& each : found_.namespaces) {
            if (watch_.stop.stop_requested()) {
                log_.completed = Answer::no;
                log_.remarks.push_back({"stopped-between-namespaces", {{"nsid", std::to_string(each.nsid)}}});
                return;
            }
            if (!format(each)) return;
        }
    }

  private:
    /// A sanitize operation that goes on from before: watched, and nothing of ours is sent.
    bool is_sanitizing() {
        const LookAtOperation look = [&] { return look_at_sanitize(nvme_, NvmeSanitize::crypto_erase); };
        if (look().state != OperationState::running) return false;
        log_.state_before = operation_state_name(OperationState::running);
        watch_what_already_runs(look, watch_, log_);
        return true;
    }

    std::optional<Remark> obstacle() const {
        if (!found_.nvme)
            return found_.not_known.empty() ? Remark{"no-answer-from-drive", {}} : found_.not_known.front();
        const bool is_supported =
            found_.nvme->has_format && (erase_ == NvmeFormatErase::user_data || found_.nvme->format_crypto);
        if (!is_supported) return Remark{"method-not-supported", {{"method", log_.method}}};
        // Every namespace has to be known, or some would be left out and nobody would hear of it.
        const std::set<std::string> gaps{"namespaces-not-listed", "unattached-namespaces-not-listed",
                                         "namespace-not-readable"};
        for (const Remark& gap : found_.not_known)
            if (gaps.count(gap.code) != 0) return gap;
        if (found_.namespaces.empty()) return Remark{"namespaces-not-listed", {}};
        for (const NvmeNamespaceState& each : found_.namespaces)
            if (each.identify->is_write_protected)
                return Remark{"namespace-write-protected", {{"nsid", std::to_string(each.nsid)}}};
        return std::nullopt;
    }

    std::chrono::seconds timeout() const {
        // There is no estimate: what a controller needs for a large drive, and more.
        constexpr std::chrono::minutes least{120};
        return std::max(least, watch_.estimate.value_or(std::chrono::minutes(0)) * 3);
    }

    /// False when the controller did not answer: it may be at it still, and nothing else may be sent.
    bool format(const NvmeNamespaceState& space) {
        NvmeFormat kept;
        kept.lba_format_index = space.identify->format_index;
        kept.extended_metadata = space.identify->extended_metadata;
        kept.protection_type = space.identify->protection_type;
        kept.protection_first = space.identify->protection_first;
        const auto reply = nvme_.send(nvme_format(space.nsid, erase_, kept, timeout()));
        ++log_.samples;
        if (!reply.ok()) log_.errors.push_back(reply.error());
        if (reply.ok() && reply->succeeded()) {
            check_kept(space);
            return true;
        }
        log_.remarks.push_back({"namespace-not-formatted",
                                {{"nsid", std::to_string(space.nsid)}, {"reason", refusal_of(reply)}}});
        log_.completed = Answer::no;
        if (reply.ok()) {
            log_.accepted = Answer::no;
            return true;
        }
        if (log_.accepted == Answer::yes) log_.accepted = Answer::unknown;
        log_.left_running = true;
        log_.remarks.push_back({"left-running", {}});
        return false;
    }

    void check_kept(const NvmeNamespaceState& space) {
        const auto reply = nvme_.send(space.is_attached ? nvme_identify_namespace(space.nsid)
                                                        : nvme_identify_allocated_namespace(space.nsid));
        const auto now = reply.ok() && reply->succeeded() ? parse_nvme_namespace(reply->data) : std::nullopt;
        const bool is_same = now && now->size_blocks == space.identify->size_blocks &&
                             now->block_bytes == space.identify->block_bytes &&
                             now->format_index == space.identify->format_index;
        if (!is_same) log_.remarks.push_back({"namespace-changed", {{"nsid", std::to_string(space.nsid)}}});
    }

    NvmeTransport& nvme_;
    NvmeFormatErase erase_;
    const EraseWatch& watch_;
    DriveLog& log_;
    DriveCapabilities found_;
};

}  // namespace

void erase_by_nvme(NvmeTransport& nvme, const EraseWatch& watch, DriveLog& log) {
    LoggedNvmeTransport logged(nvme, log.commands);
    if (const auto action = sanitize_named(log.method)) {
        NvmeSanitizeFamily family(logged, *action, log.method);
        const bool overwrites = *action == NvmeSanitize::overwrite;
        run_sanitize(family, overwrites ? with_time_to_overwrite(watch) : watch, log);
    } else if (const auto erase = format_named(log.method)) {
        NvmeFormatter(logged, *erase, watch, log).run();
    } else {
        refuse(log, {"method-not-supported", {{"method", log.method}}});
    }
}

}  // namespace regain
