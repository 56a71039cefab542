// SANITIZE of SCSI drives: cryptographic erase, block erase, overwrite, watched through REQUEST SENSE.

#include <fmt/format.h>

#include <array>
#include <string>

#include "drives/scsi_commands.h"
#include "drives/scsi_pages.h"
#include "drives/scsi_sense.h"
#include "wiper/erase_families.h"
#include "wiper/sanitize_sequence.h"

namespace regain {
namespace {

constexpr int most_tries = 3;

std::optional<uint8_t> action_named(const std::string& name) {
    if (name == "scsi-sanitize-crypto") return scsi_sanitize_crypto_erase_action;
    if (name == "scsi-sanitize-block") return scsi_sanitize_block_erase_action;
    if (name == "scsi-sanitize-overwrite") return scsi_sanitize_overwrite_action;
    return std::nullopt;
}

std::string sense_in_numbers(const ScsiReply& reply) {
    const auto sense = parse_sense(reply.sense);
    if (!sense) return fmt::format("SCSI status 0x{:02x}", reply.status);
    return fmt::format("sense {:x}/{:02x}/{:02x}", sense->key, sense->code, sense->qualifier);
}

/// What sense data say about the operation; nothing when they are about something else.
std::optional<OperationLook> look_in(const ScsiSense& sense) {
    OperationLook look;
    if (sense.is(0x04, 0x1B)) {
        look.state = OperationState::running;
        look.progress = sense.progress;
        return look;
    }
    if (sense.is(0x31, 0x03)) {
        look.state = OperationState::failed;
        look.reason = {"erase-failed-in-the-drive", {{"reason", "sense 31/03"}}};
        return look;
    }
    return std::nullopt;
}

OperationLook unanswered(const std::string& reason, std::optional<Error> error = {}) {
    OperationLook look;
    look.reason = {"no-answer-from-drive", {{"reason", reason}}};
    look.error = std::move(error);
    return look;
}

class ScsiSanitizeFamily final : public SanitizeFamily {
  public:
    ScsiSanitizeFamily(ScsiTransport& scsi, uint8_t action, std::string name)
        : scsi_(scsi), action_(action), name_(std::move(name)) {}

    OperationLook look() override {
        OperationLook seen = unanswered("unit attention");
        for (int i = 0; i < most_tries && seen.state == OperationState::unanswered && !seen.error; ++i)
            seen = ask();
        was_running_ = was_running_ || seen.state == OperationState::running;
        // The drive keeps no record of what ended: it is over when it was seen running and is not any more.
        if (seen.state == OperationState::idle && was_running_) seen.state = OperationState::completed;
        return seen;
    }

    std::optional<Remark> obstacle() override {
        const auto reply =
            send_again_after_attention(scsi_report_supported_operation(scsi_sanitize_code, action_));
        if (!reply.ok()) return Remark{"no-answer-from-drive", {{"reason", in_english(reply.error())}}};
        const bool is_supported =
            reply->status == scsi_good && parse_operation_support(reply->data) == ScsiSupport::yes;
        if (is_supported) return std::nullopt;
        return Remark{"method-not-supported", {{"method", name_}}};
    }

    void start(DriveLog& log) override {
        const auto reply = send_again_after_attention(command());
        if (!reply.ok()) {
            log.errors.push_back(reply.error());
            log.remarks.push_back({"start-not-answered", {{"reason", in_english(reply.error())}}});
            return;
        }
        log.accepted = reply->status == scsi_good ? Answer::yes : Answer::no;
        if (log.accepted == Answer::no)
            log.remarks.push_back({"sanitize-refused", {{"reason", sense_in_numbers(*reply)}}});
    }

    bool leave_failure() override {
        const auto reply = scsi_.send(scsi_sanitize_exit_failure_mode());
        return reply.ok() && reply->status == scsi_good && look().state != OperationState::failed;
    }

    bool may_end_at_once() const override { return action_ == scsi_sanitize_crypto_erase_action; }

  private:
    /// A unit attention means that the command was not carried out.
    Result<ScsiReply> send_again_after_attention(const ScsiCommand& command) {
        auto reply = scsi_.send(command);
        for (int i = 1; i < most_tries && reply.ok() && is_unit_attention(*reply); ++i)
            reply = scsi_.send(command);
        return reply;
    }

    /// Some drives tell it in the data of REQUEST SENSE, some only when they refuse another command.
    OperationLook ask() {
        const auto reply = scsi_.send(scsi_request_sense(SenseFormat::fixed));
        if (!reply.ok()) return unanswered(in_english(reply.error()), reply.error());
        const auto sense = parse_sense(reply->status == scsi_good ? reply->data : reply->sense);
        if (!sense) return unanswered("REQUEST SENSE brought no sense data");
        if (const auto seen = look_in(*sense)) return *seen;
        const auto ready = scsi_.send(scsi_test_unit_ready());
        if (!ready.ok()) return unanswered(in_english(ready.error()), ready.error());
        if (ready->status == scsi_good) {
            OperationLook idle;
            idle.state = OperationState::idle;
            return idle;
        }
        const auto refused = parse_sense(ready->sense);
        const auto seen = refused ? look_in(*refused) : std::nullopt;
        return seen ? *seen : unanswered(sense_in_numbers(*ready));
    }

    ScsiCommand command() const {
        constexpr auto exit = UnrestrictedExit::yes;
        constexpr std::array<uint8_t, 4> zeros{};
        if (action_ == scsi_sanitize_crypto_erase_action) return scsi_sanitize_cryptographic_erase(exit);
        if (action_ == scsi_sanitize_block_erase_action) return scsi_sanitize_block_erase(exit);
        return scsi_sanitize_overwrite(exit, 1, zeros);
    }

    ScsiTransport& scsi_;
    uint8_t action_;
    std::string name_;
    bool was_running_ = false;
};

}  // namespace

void erase_by_scsi_sanitize(ScsiTransport& scsi, const EraseWatch& watch, DriveLog& log) {
    const auto action = action_named(log.method);
    if (!action) return refuse(log, {"method-not-supported", {{"method", log.method}}});
    LoggedScsiTransport logged(scsi, log.commands);
    ScsiSanitizeFamily family(logged, *action, log.method);
    const bool overwrites = *action == scsi_sanitize_overwrite_action;
    run_sanitize(family, overwrites ? with_time_to_overwrite(watch) : watch, log);
}

}  // namespace regain
