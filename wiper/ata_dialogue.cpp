#include "wiper/ata_dialogue.h"

#include <fmt/format.h>

#include "drives/ata_commands.h"
#include "drives/scsi_sense.h"

namespace regain {
namespace {

constexpr int most_tries = 3;

OperationState state_of(const AtaSanitizeStatus& status) {
    constexpr uint8_t reason_frozen = 3;
    if (status.failed)
        return status.failure_reason == reason_frozen ? OperationState::frozen : OperationState::failed;
    if (status.in_progress) return OperationState::running;
    if (status.frozen) return OperationState::frozen;
    return status.completed ? OperationState::completed : OperationState::idle;
}

OperationLook look_in(const AtaReply& reply) {
    OperationLook look;
    const auto status = sanitize_status_in(reply);
    if (status) {
        look.state = state_of(*status);
        if (look.state == OperationState::running) look.progress = status->progress;
        look.reason = {"erase-failed-in-the-drive", {{"reason", std::to_string(status->failure_reason)}}};
    } else if (reply.outcome == AtaOutcome::failed) {
        // Refused, and the registers that say why were lost (libata before 2024): in the failed state the
        // drive answers its status with an error.
        look.state = OperationState::failed;
        look.reason = {"erase-failed-in-the-drive", {{"reason", reply_in_numbers(reply)}}};
    } else {
        look.reason = {"registers-not-returned", {}};
    }
    return look;
}

}  // namespace

bool is_unit_attention(const AtaReply& reply) {
    constexpr uint8_t unit_attention = 0x06;
    const auto sense = parse_sense(reply.sense);
    return reply.registers == AtaRegisters::none && sense && sense->key == unit_attention;
}

IdentifyLook identify_with_registers(AtaTransport& ata) {
    IdentifyLook look;
    for (int i = 0; i < most_tries; ++i) {
        const auto reply = ata.send(ata_identify_device());
        if (!reply.ok()) {
            look.fault = {"no-answer-from-drive", {{"reason", in_english(reply.error())}}};
            look.error = reply.error();
            return look;
        }
        if (is_unit_attention(*reply)) continue;
        const auto identify = AtaIdentify::from(reply->data);
        if (!identify || identify->checksum() == AtaIdentify::Checksum::bad ||
            reply->outcome == AtaOutcome::failed)
            break;
        if (reply->outcome != AtaOutcome::succeeded || reply->registers != AtaRegisters::all) {
            look.fault = {"registers-not-returned", {}};
            return look;
        }
        look.identify = identify;
        const auto sense = parse_sense(reply->sense);
        look.carries_upper_bytes = sense && sense->is_descriptor_format;
        return look;
    }
    look.fault = {"no-answer-from-drive", {{"reason", "IDENTIFY DEVICE brought no valid data"}}};
    return look;
}

OperationLook look_at_ata_sanitize(AtaTransport& ata) {
    OperationLook look;
    for (int i = 0; i < most_tries; ++i) {
        const auto reply = ata.send(ata_sanitize_status());
        if (!reply.ok()) {
            look.reason = {"no-answer-from-drive", {{"reason", in_english(reply.error())}}};
            look.error = reply.error();
            return look;
        }
        if (is_unit_attention(*reply)) {
            look.reason = {"no-answer-from-drive", {{"reason", "unit attention"}}};
            continue;
        }
        return look_in(*reply);
    }
    return look;
}

std::string reply_in_numbers(const AtaReply& reply) {
    if (reply.registers != AtaRegisters::none)
        return fmt::format("status 0x{:02x} error 0x{:02x} lba 0x{:x}", reply.status, reply.error, reply.lba);
    const auto sense = parse_sense(reply.sense);
    if (sense) return fmt::format("sense {:x}/{:02x}/{:02x}", sense->key, sense->code, sense->qualifier);
    return fmt::format("SCSI status 0x{:02x}", reply.scsi_status);
}

Answer acceptance_of(const Result<AtaReply>& reply) {
    if (!reply.ok() || reply->outcome == AtaOutcome::unknown) return Answer::unknown;
    return reply->outcome == AtaOutcome::succeeded ? Answer::yes : Answer::no;
}

std::string refusal_of(const Result<AtaReply>& reply) {
    return reply.ok() ? reply_in_numbers(*reply) : in_english(reply.error());
}

}  // namespace regain
