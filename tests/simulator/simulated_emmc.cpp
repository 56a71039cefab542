#include "tests/simulator/simulated_emmc.h"

#include <utility>

namespace regain::simulator {
namespace {

constexpr uint32_t ready_in_transfer_state = 0x00000900;
constexpr uint32_t switch_error = 1U << 7;
constexpr uint32_t illegal_command = 1U << 22;
constexpr uint32_t erase_sequence_error = 1U << 28;

}  // namespace

SimulatedEmmc::SimulatedEmmc(EmmcModel model)
    : model_(std::move(model)), medium_(MediumKind::flash, model_.sectors) {}

std::vector<uint8_t> SimulatedEmmc::ext_csd() const {
    std::vector<uint8_t> csd(512, 0);
    csd[192] = model_.revision;
    for (unsigned i = 0; i < 4; ++i) csd[212 + i] = static_cast<uint8_t>(model_.sectors >> (8 * i));
    csd[143] = model_.general_purpose_units;
    csd[168] = model_.rpmb_units;
    csd[221] = 16;
    csd[223] = 1;
    csd[224] = 1;
    csd[226] = model_.boot_units;
    csd[230] = 17;
    csd[231] = static_cast<uint8_t>((model_.has_secure_erase ? 1 : 0) | (model_.has_trim ? 0x10 : 0) |
                                    (model_.has_sanitize ? 0x40 : 0));
    return csd;
}

/// Erase and trim take the mapping away; the cells keep what they hold until a sanitize or a secure erase.
void SimulatedEmmc::erase(uint32_t argument) {
    for (uint64_t lba = first_; lba <= last_ && lba < medium_.sectors(); ++lba) medium_.discard(lba);
    const bool is_secure = argument == 0x80000000 || argument == 0x80008000;
    if (is_secure && !misbehaviour_.secure_erase_does_nothing && first_ == 0 &&
        last_ + 1 >= medium_.sectors())
        medium_.erase_blocks();
}

MmcReply SimulatedEmmc::execute(const MmcCommand& command) {
    MmcReply reply;
    reply.response[0] = ready_in_transfer_state;
    switch (command.index) {
        case 8:
            reply.data = ext_csd();
            return reply;
        case 6: {
            const uint32_t index = command.argument >> 16 & 0xFF;
            const bool is_write = command.argument >> 24 == 3;
            if (!is_write || index != 165 || !model_.has_sanitize)
                reply.response[0] |= switch_error;
            else if (!misbehaviour_.sanitize_does_nothing)
                medium_.erase_blocks();
            return reply;
        }
        case 35:
            first_ = command.argument;
            range_state_ = 1;
            return reply;
        case 36:
            last_ = command.argument;
            range_state_ = range_state_ == 1 ? 2 : 0;
            return reply;
        case 38:
            if (misbehaviour_.refuses_to_erase)
                reply.response[0] |= illegal_command;
            else if (range_state_ == 2 && first_ <= last_)
                erase(command.argument);
            else
                reply.response[0] |= erase_sequence_error;
            range_state_ = 0;
            return reply;
        default:
            reply.response[0] |= illegal_command;
            return reply;
    }
}

Result<std::vector<MmcReply>> SimulatedEmmc::send(const std::vector<MmcCommand>& commands) {
    std::vector<MmcReply> replies;
    for (const MmcCommand& command : commands) {
        if (range_state_ != 0 && command.index != 36 && command.index != 38) range_state_ = 0;
        replies.push_back(execute(command));
    }
    return replies;
}

}  // namespace regain::simulator
