#include "tests/simulator/simulated_scsi_disk.h"

#include <algorithm>
#include <utility>

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
        put_text(8, 8, model_.vendor);
        put_text(16, 16, model_.product);
        put_text(32, 4, "0001");
        return reply;
    }
    if (command.cdb[2] == 0x00) {
        reply.data = {0, 0x00, 0, 2, 0x00, 0x80};
        return reply;
    }
    if (command.cdb[2] != 0x80) return refusal(0x05, 0x24, 0x00);
    reply.data = {0, 0x80, 0, static_cast<uint8_t>(model_.serial.size())};
    reply.data.insert(reply.data.end(), model_.serial.begin(), model_.serial.end());
    return reply;
}

ScsiReply SimulatedScsiDisk::capacity() const {
    ScsiReply reply;
    reply.data.assign(32, 0);
    put_number(reply.data, 0, 8, model_.blocks - 1);
    put_number(reply.data, 8, 4, 512);
    return reply;
}

ScsiReply SimulatedScsiDisk::report_support(const ScsiCommand& command) const {
    if (!model_.knows_report_operation_codes) return refusal(0x05, 0x20, 0x00);
    const bool is_known =
        command.cdb[3] == 0x48 && supports(static_cast<uint8_t>(number_at(command.cdb, 4, 2)));
    ScsiReply reply;
    reply.data = {0, static_cast<uint8_t>(is_known ? 3 : 1), 0, 10};
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
    if (misbehaviour_.reports_success_without_erasing) return;
    if (action_ == 0x01) medium_.overwrite(pattern_);
    if (action_ == 0x02) medium_.erase_blocks();
    if (action_ == 0x03) medium_.change_key();
}

void SimulatedScsiDisk::advance(unsigned seconds) {
    if (state_ != State::running) return;
    elapsed_ += seconds;
    if (misbehaviour_.fails_at_percent && percent() >= *misbehaviour_.fails_at_percent)
        state_ = State::failed;
    else if (percent() >= 100)
        finish();
}

ScsiReply SimulatedScsiDisk::media(const ScsiCommand& command) {
    if (state_ == State::running) return refusal(0x02, 0x04, 0x1B);
    if (state_ == State::failed) return refusal(0x03, 0x31, 0x03);
    const uint64_t lba = number_at(command.cdb, 2, 8);
    const uint64_t count = number_at(command.cdb, 10, 4);
    if (lba >= model_.blocks || count > model_.blocks - lba) return refusal(0x05, 0x21, 0x00);
    ScsiReply reply;
    for (uint64_t i = 0; i < count; ++i) {
        if (command.cdb[0] == 0x88) {
            const Sector sector = medium_.read(lba + i);
            reply.data.insert(reply.data.end(), sector.begin(), sector.end());
        } else {
            const auto first = command.data_out.begin() + static_cast<std::ptrdiff_t>(i * 512);
            medium_.write(lba + i, Sector(first, first + 512));
        }
    }
    return reply;
}

Result<ScsiReply> SimulatedScsiDisk::send(const ScsiCommand& command) {
    switch (command.cdb[0]) {
        case 0x00:
            return state_ == State::running ? refusal(0x02, 0x04, 0x1B) : ScsiReply{};
        case 0x03:
            return request_sense();
        case 0x12:
            return inquiry(command);
        case 0x48:
            return sanitize(command);
        case 0x88:
        case 0x8A:
            return media(command);
        case 0x9E:
            return capacity();
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
