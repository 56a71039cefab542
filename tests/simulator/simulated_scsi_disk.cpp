#include "tests/simulator/simulated_scsi_disk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulator/block_commands.h"
#include "tests/simulator/simulated_bridge.h"

namespace regain::simulator {
namespace {

uint64_t number_at(const std::vector<uint8_t>& bytes, size_t at, size_t length) {
    uint64_t value = 0;
    for (size_t i = 0; i < length; ++i) value = value << 8 | bytes[at + i];
    return value;
}

void put_number(std::vector<uint8_t>& bytes, size_t at, size_t length, uint64_t value) {
    for (size_t i = 0; i < length; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * (length - 1 - i)));
}

}  // namespace

SimulatedScsiDisk::SimulatedScsiDisk(ScsiDiskModel model)
    : model_(std::move(model)), medium_(model_.medium, model_.blocks) {}

bool SimulatedScsiDisk::supports(uint8_t service_action) const {
    switch (service_action) {
        case 0x01:
            return model_.sanitize_overwrite;
        case 0x02:
            return model_.sanitize_block;
        case 0x03:
            return model_.sanitize_crypto;
        case 0x1F:
            return model_.sanitize_overwrite || model_.sanitize_block || model_.sanitize_crypto;
        default:
            return false;
    }
}

ScsiReply SimulatedScsiDisk::inquiry(const ScsiCommand& command) const {
    ScsiReply reply;
    const auto put_text = [&](size_t at, size_t length, std::string text) {
        text.resize(length, ' ');
        std::copy(text.begin(), text.end(), reply.data.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if ((command.cdb[1] & 1) == 0) {
        reply.data.assign(36, 0);
        reply.data[2] = 6;
        reply.data[4] = 31;
        put_text(8, 8, model_.vendor);
        put_text(16, 16, model_.product);
        put_text(32, 4, "0001");
        return reply;
    }
    switch (command.cdb[2]) {
        case 0x00:
            return vital_page(0x00, {0x00, 0x80, 0x83, 0xB0, 0xB1});
        case 0x80:
            return vital_page(0x80, {model_.serial.begin(), model_.serial.end()});
        case 0x83:
            return identification_page(model_.wwn);
        case 0xB0:
            return block_limits_page();
        case 0xB1:
            return characteristics_page(model_.medium);
        default:
            return refusal(0x05, 0x24, 0x00);
    }
}

std::vector<std::array<uint8_t, 2>> SimulatedScsiDisk::operations() const {
    std::vector<std::array<uint8_t, 2>> known = {{0x00, 0}, {0x03, 0}, {0x12, 0}, {0x1A, 0}, {0x1B, 0},
                                                 {0x25, 0}, {0x28, 0}, {0x2A, 0}, {0x35, 0}};
    constexpr uint8_t sanitize_actions[] = {0x01, 0x02, 0x03, 0x1F};
    for (const uint8_t action : sanitize_actions)
        if (supports(action)) known.push_back({0x48, action});
    known.insert(known.end(), {{0x5A, 0}, {0x88, 0}, {0x8A, 0}, {0x91, 0}, {0x9E, 0x10}, {0xA3, 0x0C}});
    return known;
}

ScsiReply SimulatedScsiDisk::report_support(const ScsiCommand& command) const {
    if (!model_.knows_report_operation_codes) return refusal(0x05, 0x20, 0x00);
    const auto has_actions = [](uint8_t code) { return code == 0x48 || code == 0x9E || code == 0xA3; };
    const auto length = [](uint8_t code) {
        return code < 0x20 ? 6U : (code < 0x80 ? 10U : (code < 0xA0 ? 16U : 12U));
    };
    const auto known = operations();
    ScsiReply reply;
    if ((command.cdb[2] & 7) == 0) {  // all of them
        reply.data.assign(4 + known.size() * 8, 0);
        put_number(reply.data, 0, 4, known.size() * 8);
        for (size_t i = 0; i < known.size(); ++i) {
            uint8_t* descriptor = reply.data.data() + 4 + i * 8;
            descriptor[0] = known[i][0];
            descriptor[3] = known[i][1];
            descriptor[5] = has_actions(known[i][0]) ? 1 : 0;
            descriptor[7] = static_cast<uint8_t>(length(known[i][0]));
        }
        return reply;
    }
    const uint8_t code = command.cdb[3];
    const auto action = static_cast<uint8_t>(has_actions(code) ? number_at(command.cdb, 4, 2) : 0);
    const bool is_known =
        std::find(known.begin(), known.end(), std::array<uint8_t, 2>{code, action}) != known.end();
    reply.data = {0, static_cast<uint8_t>(is_known ? 3 : 1), 0, static_cast<uint8_t>(length(code))};
    reply.data.resize(4 + reply.data[3], 0);
    reply.data[4] = code;
    return reply;
}

ScsiReply SimulatedScsiDisk::request_sense() const {
    ScsiReply reply;
    reply.data.assign(18, 0);
    reply.data[0] = 0x70;
    reply.data[7] = 10;
    if (state_ == State::running) {
        reply.data[2] = 0x02;
        reply.data[12] = 0x04;
        reply.data[13] = 0x1B;
        reply.data[15] = 0x80;
        put_number(reply.data, 16, 2, percent() * 65535U / 100U);
    } else if (state_ == State::failed) {
        reply.data[2] = 0x03;
        reply.data[12] = 0x31;
        reply.data[13] = 0x03;
    }
    return reply;
}

ScsiReply SimulatedScsiDisk::sanitize(const ScsiCommand& command) {
    const uint8_t action = command.cdb[1] & 0x1F;
    if (state_ == State::running) return refusal(0x02, 0x04, 0x1B);
    if (!supports(action)) return refusal(0x05, 0x24, 0x00);
    if (misbehaviour_.refuses_to_erase) return refusal(0x05, 0x20, 0x00);
    if (action == 0x1F) {
        if (state_ == State::failed && !may_leave_failure_) return refusal(0x05, 0x24, 0x00);
        state_ = State::idle;
        return {};
    }
    pattern_.assign(512, 0);
    if (action == 0x01) {
        const auto length = static_cast<size_t>(number_at(command.data_out, 2, 2));
        if (length == 0 || command.data_out.size() != length + 4 ||
            number_at(command.cdb, 7, 2) != command.data_out.size())
            return refusal(0x05, 0x26, 0x00);
        for (size_t i = 0; i < pattern_.size(); ++i) pattern_[i] = command.data_out[4 + i % length];
    }
    action_ = action;
    may_leave_failure_ = (command.cdb[1] & 0x20) != 0;
    elapsed_ = 0;
    state_ = misbehaviour_.reports_completed_without_running ? State::idle : State::running;
    return {};
}

unsigned SimulatedScsiDisk::percent() const {
    const unsigned reached = std::min(100U, elapsed_ * 100 / std::max(1U, sanitize_seconds));
    return std::min(reached, misbehaviour_.progress_sticks_at_percent.value_or(100));
}

void SimulatedScsiDisk::finish() {
    state_ = State::idle;
    if (!misbehaviour_.serial_after_erase.empty()) model_.serial = misbehaviour_.serial_after_erase;
    model_.blocks = misbehaviour_.blocks_after_erase.value_or(model_.blocks);
    if (misbehaviour_.reports_success_without_erasing) return;
    if (action_ == 0x01) medium_.overwrite(pattern_);
    if (action_ == 0x02) medium_.erase_blocks();
    if (action_ == 0x03) medium_.change_key();
    if (misbehaviour_.pattern_afterwards) medium_.set_erased_pattern(*misbehaviour_.pattern_afterwards);
}

void SimulatedScsiDisk::advance(unsigned seconds) {
    if (state_ != State::running) return;
    elapsed_ += seconds;
    if (misbehaviour_.fails_at_percent && percent() >= *misbehaviour_.fails_at_percent)
        state_ = State::failed;
    else if (percent() >= 100)
        finish();
}

ScsiReply SimulatedScsiDisk::media(const BlockTransfer& transfer, const ScsiCommand& command) {
    if (state_ == State::running) return refusal(0x02, 0x04, 0x1B);
    if (state_ == State::failed) return refusal(0x03, 0x31, 0x03);
    if (transfer.kind == BlockTransfer::Kind::flush) return {};
    if (transfer.lba >= model_.blocks || transfer.count > model_.blocks - transfer.lba)
        return refusal(0x05, 0x21, 0x00);
    ScsiReply reply;
    if (transfer.kind == BlockTransfer::Kind::write && command.data_out.size() < transfer.count * 512)
        return refusal(0x05, 0x24, 0x00);
    for (uint64_t i = 0; i < transfer.count; ++i) {
        if (transfer.kind == BlockTransfer::Kind::read) {
            const Sector sector = medium_.read(transfer.lba + i);
            reply.data.insert(reply.data.end(), sector.begin(), sector.end());
        } else {
            const auto first = command.data_out.begin() + static_cast<std::ptrdiff_t>(i * 512);
            medium_.write(transfer.lba + i, Sector(first, first + 512));
        }
    }
    return reply;
}

Result<ScsiReply> SimulatedScsiDisk::send(const ScsiCommand& command) {
    if (const auto transfer = block_transfer_in(command.cdb)) return media(*transfer, command);
    if (const auto pages = mode_sense(command.cdb)) return *pages;
    switch (command.cdb[0]) {
        case 0x00:
            if (state_ == State::failed) return refusal(0x03, 0x31, 0x03);
            return state_ == State::running ? refusal(0x02, 0x04, 0x1B) : ScsiReply{};
        case 0x03:
            return request_sense();
        case 0x12:
            return inquiry(command);
        case 0x48:
            return sanitize(command);
        case 0x1B:  // START STOP UNIT
            return ScsiReply{};
        case 0x25:
            return capacity_10(model_.blocks);
        case 0x9E:
            return capacity_16(model_.blocks, 0);
        case 0xA3:
            return report_support(command);
        case 0xA2: {
            if (model_.tcg_discovery.empty() || command.cdb[1] != 1) return refusal(0x05, 0x20, 0x00);
            ScsiReply reply;
            reply.data = model_.tcg_discovery;
            return reply;
        }
        default:
            return refusal(0x05, 0x20, 0x00);
    }
}

}  // namespace regain::simulator
