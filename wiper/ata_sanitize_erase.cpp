// SANITIZE DEVICE of ATA drives: crypto scramble, block erase, overwrite.

#include <string>
#include <utility>

#include "drives/ata_commands.h"
#include "wiper/ata_dialogue.h"
#include "wiper/erase_families.h"

namespace regain {
namespace {

enum class AtaSanitizeMethod { crypto, block, overwrite };

std::optional<AtaSanitizeMethod> method_named(const std::string& name) {
    if (name == "ata-sanitize-crypto") return AtaSanitizeMethod::crypto;
    if (name == "ata-sanitize-block") return AtaSanitizeMethod::block;
    if (name == "ata-sanitize-overwrite") return AtaSanitizeMethod::overwrite;
    return std::nullopt;
}

class AtaSanitizeFamily final : public SanitizeFamily {
  public:
    AtaSanitizeFamily(AtaTransport& ata, AtaSanitizeMethod method, std::string name)
        : ata_(ata), method_(method), name_(std::move(name)) {}

    OperationLook look() override { return look_at_ata_sanitize(ata_); }

    std::optional<Remark> obstacle() override {
        const IdentifyLook seen = identify_with_registers(ata_);
        if (!seen.identify) return seen.fault;
        // In fixed format an idle drive can be told, a running one can't.
        if (!seen.carries_upper_bytes) return Remark{"registers-not-returned", {}};
        const AtaSanitize sanitize = seen.identify->sanitize();
        if (!is_supported(sanitize)) return Remark{"method-not-supported", {{"method", name_}}};
        if (seen.identify->security().locked) return Remark{"security-locked", {}};
        has_antifreeze_ = sanitize.antifreeze_lock;
        return std::nullopt;
    }

    void start(DriveLog& log) override {
        // So that nothing freezes the drive between this and the next command. A drive that refuses it may
        // still accept the operation.
        if (has_antifreeze_) {
            const auto reply = ata_.send(ata_sanitize_antifreeze_lock());
            if (!reply.ok()) log.errors.push_back(reply.error());
        }
        const auto reply = ata_.send(command());
        log.accepted = acceptance_of(reply);
        if (!reply.ok()) log.errors.push_back(reply.error());
        if (log.accepted == Answer::no)
            log.remarks.push_back({"sanitize-refused", {{"reason", refusal_of(reply)}}});
        if (log.accepted == Answer::unknown)
            log.remarks.push_back({"start-not-answered", {{"reason", refusal_of(reply)}}});
        // The reply to the command has the registers of the status, and the operation may be over at the next
        // look.
        const auto status = reply.ok() ? sanitize_status_in(*reply) : std::nullopt;
        if (status && status->in_progress) log.seen_running = Answer::yes;
    }

    bool leave_failure() override {
        const auto reply = ata_.send(ata_sanitize_clear_failure());
        return acceptance_of(reply) == Answer::yes && look().state != OperationState::failed;
    }

    bool may_end_at_once() const override { return method_ == AtaSanitizeMethod::crypto; }

  private:
    bool is_supported(const AtaSanitize& sanitize) const {
        if (method_ == AtaSanitizeMethod::crypto) return sanitize.crypto_scramble;
        return method_ == AtaSanitizeMethod::block ? sanitize.block_erase : sanitize.overwrite;
    }

    AtaCommand command() const {
        constexpr auto on_failure = AtaSanitizeFailure::may_be_left;
        if (method_ == AtaSanitizeMethod::crypto) return ata_sanitize_crypto_scramble(on_failure);
        if (method_ == AtaSanitizeMethod::block) return ata_sanitize_block_erase(on_failure);
        return ata_sanitize_overwrite(on_failure, 0, 1);
    }

    AtaTransport& ata_;
    AtaSanitizeMethod method_;
    std::string name_;
    bool has_antifreeze_ = false;
};

}  // namespace

void erase_by_ata_sanitize(ScsiTransport& scsi, PassThroughSize size, const EraseWatch& watch,
                           DriveLog& log) {
    const auto method = method_named(log.method);
    if (!method) return refuse(log, {"method-not-supported", {{"method", log.method}}});
    LoggedScsiTransport logged(scsi, log.commands);
    SatTransport ata(logged, size);
    AtaSanitizeFamily family(ata, *method, log.method);
    const bool overwrites = *method == AtaSanitizeMethod::overwrite;
    run_sanitize(family, overwrites ? with_time_to_overwrite(watch) : watch, log);
}

}  // namespace regain
