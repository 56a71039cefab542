#include "tests/simulator/simulated_bridge.h"

#include <algorithm>
#include <utility>

#include "tests/simulator/block_commands.h"

namespace regain::simulator {
namespace {

bool has_failed(const AtaResult& result) {
    return (result.status & 0x21) != 0;
}

AtaCommand command_in(const ScsiCommand& carrier, bool is_16) {
    const auto& cdb = carrier.cdb;
    AtaCommand command;
    const bool extended = is_16 && (cdb[1] & 1) != 0;
    command.addressing = extended ? AtaAddressing::bits_48 : AtaAddressing::bits_28;
    if (is_16) {
        command.feature = cdb[4];
        command.count = cdb[6];
        command.lba = cdb[8] | uint64_t{cdb[10]} << 8 | uint64_t{cdb[12]} << 16;
        command.device = cdb[13];
        command.command = cdb[14];
        if (extended) {
            command.feature = static_cast<uint16_t>(command.feature | cdb[3] << 8);
            command.count = static_cast<uint16_t>(command.count | cdb[5] << 8);
            command.lba |= uint64_t{cdb[7]} << 24 | uint64_t{cdb[9]} << 32 | uint64_t{cdb[11]} << 40;
        }
    } else {
        command.feature = cdb[3];
        command.count = cdb[4];
        command.lba = cdb[5] | uint64_t{cdb[6]} << 8 | uint64_t{cdb[7]} << 16;
        command.device = cdb[8];
        command.command = cdb[9];
    }
    if (!extended) command.lba |= uint64_t{static_cast<uint8_t>(command.device & 0x0F)} << 24;
    command.data_out = carrier.data_out;
    command.data_in_sectors = carrier.data_in_bytes / 512;
    return command;
}

ScsiReply no_sense() {
    ScsiReply reply;
    reply.data.assign(18, 0);
    reply.data[0] = 0x70;
    reply.data[7] = 10;
    return reply;
}

}  // namespace

ScsiReply refusal(uint8_t key, uint8_t code, uint8_t qualifier) {
    ScsiReply reply;
    reply.status = 0x02;
    reply.sense.assign(18, 0);
    reply.sense[0] = 0x70;
    reply.sense[2] = key;
    reply.sense[7] = 10;
    reply.sense[12] = code;
    reply.sense[13] = qualifier;
    return reply;
}

std::vector<uint8_t> SimulatedBridge::sense_of(const AtaCommand& command, const AtaResult& result) const {
    using Registers = BridgeModel::Registers;
    const bool extended = command.addressing == AtaAddressing::bits_48;
    const bool failed = has_failed(result);
    const bool is_libata =
        model_.registers == Registers::libata || model_.registers == Registers::libata_before_2024;
    const auto byte = [](uint64_t value, unsigned index) {
        return static_cast<uint8_t>(value >> (8 * index));
    };
    std::vector<uint8_t> sense;
    if (model_.registers == Registers::descriptor || (is_libata && !failed)) {
        sense = {0x72, static_cast<uint8_t>(failed ? 0x0B : 0x01),
                 0x00, static_cast<uint8_t>(failed ? 0 : 0x1D),
                 0,    0,
                 0,    14};
        sense.insert(
            sense.end(),
            {0x09, 12, static_cast<uint8_t>(extended ? 1 : 0), result.error,
             byte(extended ? result.count : 0, 1), byte(result.count, 0), byte(extended ? result.lba : 0, 3),
             byte(result.lba, 0), byte(extended ? result.lba : 0, 4), byte(result.lba, 1),
             byte(extended ? result.lba : 0, 5), byte(result.lba, 2), result.device, result.status});
        return sense;
    }
    sense.assign(22, 0);
    sense[0] = 0x70;
    sense[2] = failed ? 0x0B : 0x01;
    sense[7] = 14;
    if (!failed || model_.registers == Registers::fixed) sense[13] = 0x1D;
    const size_t at = model_.registers == Registers::libata_before_2024 ? 8 : 3;
    if (at == 3) sense[0] = 0xF0;
    sense[at] = result.error;
    sense[at + 1] = result.status;
    sense[at + 2] = result.device;
    sense[at + 3] = byte(result.count, 0);
    if (at == 8) return sense;
    if (extended)
        sense[8] = static_cast<uint8_t>(0x80 | (byte(result.count, 1) != 0 ? 0x40 : 0) |
                                        ((result.lba >> 24) != 0 ? 0x20 : 0));
    for (unsigned i = 0; i < 3; ++i) sense[9 + i] = byte(result.lba, i);
    return sense;
}

ScsiReply SimulatedBridge::pass_through(const ScsiCommand& carrier, bool is_16) {
    ++pass_throughs_;
    const AtaCommand command = command_in(carrier, is_16);
    if (model_.blocks_trusted_commands && command.command >= 0x5C && command.command <= 0x5F)
        return refusal(0x05, 0x24, 0x00);
    AtaResult result = drive_.execute(command);
    const bool wants_registers = (carrier.cdb[2] & 0x20) != 0;
    ScsiReply reply;
    reply.data = std::move(result.data);
    reply.data.resize(std::min<size_t>(reply.data.size(), carrier.data_in_bytes));
    if (model_.registers == BridgeModel::Registers::dropped) return reply;
    if (wants_registers || has_failed(result)) {
        reply.status = 0x02;
        reply.sense = sense_of(command, result);
    }
    return reply;
}

ScsiReply SimulatedBridge::inquiry(const ScsiCommand& command) const {
    ScsiReply reply;
    const auto text = [&](size_t at, size_t length, std::string value) {
        value.resize(length, ' ');
        std::copy(value.begin(), value.end(), reply.data.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if ((command.cdb[1] & 1) == 0) {
        reply.data.assign(36, 0);
        reply.data[2] = 5;
        reply.data[4] = 31;
        text(8, 8, model_.vendor);
        text(16, 16, model_.product.empty() ? drive_.model().model : model_.product);
        text(32, 4, drive_.model().firmware);
    } else {
        reply = page(command.cdb[2]);
    }
    reply.data.resize(std::min<size_t>(reply.data.size(), command.data_in_bytes));
    return reply;
}

ScsiReply SimulatedBridge::page(uint8_t code) const {
    const std::string serial = model_.serial.empty() ? drive_.model().serial : model_.serial;
    switch (code) {
        case 0x00:
            if (model_.lacks_page_89) return vital_page(0x00, {0x00, 0x80, 0x83, 0xB0, 0xB1});
            return vital_page(0x00, {0x00, 0x80, 0x83, 0x89, 0xB0, 0xB1});
        case 0x80:
            return vital_page(0x80, {serial.begin(), serial.end()});
        case 0x83:
            return identification_page(drive_.model().wwn);
        case 0x89: {
            if (model_.lacks_page_89) return refusal(0x05, 0x24, 0x00);
            // Names of the translator, the drive's signature, the command that brought the data, the data.
            std::vector<uint8_t> body(56, ' ');
            std::fill_n(body.begin() + 32, 24, uint8_t{0});
            body[52] = 0xEC;
            const std::vector<uint8_t> identify = drive_.identify();
            body.insert(body.end(), identify.begin(), identify.end());
            return vital_page(0x89, body);
        }
        case 0xB0:
            return block_limits_page();
        case 0xB1:
            return characteristics_page(drive_.model().medium);
        default:
            return refusal(0x05, 0x24, 0x00);
    }
}

ScsiReply SimulatedBridge::capacity() const {
    if (!model_.has_read_capacity_16) return refusal(0x05, 0x20, 0x00);
    return capacity_16(drive_.addressable_sectors(), 0);
}

ScsiReply SimulatedBridge::media(const BlockTransfer& transfer, const ScsiCommand& command) {
    if (transfer.kind == BlockTransfer::Kind::flush) {
        AtaCommand flush;
        flush.command = 0xEA;
        return has_failed(drive_.execute(flush)) ? refusal(0x0B, 0x00, 0x00) : ScsiReply{};
    }
    constexpr uint64_t most = 0xFFFF;
    const uint64_t sectors = drive_.addressable_sectors();
    if (transfer.lba >= sectors || transfer.count > sectors - transfer.lba || transfer.count > most)
        return refusal(0x05, 0x21, 0x00);
    const bool is_write = transfer.kind == BlockTransfer::Kind::write;
    if (is_write && command.data_out.size() < transfer.count * 512) return refusal(0x05, 0x24, 0x00);
    AtaCommand ata;
    ata.command = is_write ? 0x34 : 0x24;
    ata.addressing = AtaAddressing::bits_48;
    ata.lba = transfer.lba;
    ata.count = static_cast<uint16_t>(transfer.count);
    ata.data_out = command.data_out;
    AtaResult result = drive_.execute(ata);
    // As libata translates an aborted command.
    if (has_failed(result)) return refusal(0x0B, 0x00, 0x00);
    ScsiReply reply;
    reply.data = std::move(result.data);
    return reply;
}

Result<ScsiReply> SimulatedBridge::send(const ScsiCommand& command) {
    const auto& cdb = command.cdb;
    if (is_hung_)
        return error(ErrorKind::failed, message("send"), message("the drive did not answer in time"));
    const bool is_pass_through = cdb[0] == 0x85 || cdb[0] == 0xA1;
    if (is_pass_through && model_.hangs_on_pass_through) {
        is_hung_ = true;
        return send(command);
    }
    if (cdb[0] == 0x85 && model_.accepts_16) return pass_through(command, true);
    if (cdb[0] == 0xA1 && model_.accepts_12) return pass_through(command, false);
    if (cdb[0] == 0x12) return inquiry(command);
    if (cdb[0] == 0x9E) return capacity();
    if (cdb[0] == 0x25) return capacity_10(drive_.addressable_sectors());
    if (cdb[0] == 0x00 || cdb[0] == 0x1B) return ScsiReply{};  // TEST UNIT READY, START STOP UNIT
    if (cdb[0] == 0x03) return no_sense();
    if (const auto transfer = block_transfer_in(cdb)) return media(*transfer, command);
    if (const auto pages = mode_sense(cdb)) return *pages;
    if ((cdb[0] == 0xA2 || cdb[0] == 0xB5) && model_.translates_security_protocol) {
        AtaCommand trusted;
        trusted.command = cdb[0] == 0xA2 ? 0x5C : 0x5E;
        trusted.feature = cdb[1];
        // INC_512: the length counts sectors.
        const auto sectors = static_cast<uint16_t>(cdb[8] << 8 | cdb[9]);
        trusted.count = sectors & 0xFF;
        trusted.lba = uint64_t{cdb[2]} << 16 | uint64_t{cdb[3]} << 8 | sectors >> 8;
        trusted.data_in_sectors = cdb[0] == 0xA2 ? sectors : 0;
        trusted.data_out = command.data_out;
        const AtaResult result = drive_.execute(trusted);
        if (has_failed(result)) return refusal(0x0B, 0x00, 0x00);
        ScsiReply reply;
        reply.data = result.data;
        return reply;
    }
    return refusal(0x05, 0x20, 0x00);
}

}  // namespace regain::simulator
