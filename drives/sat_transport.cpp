#include "drives/sat_transport.h"

#include <utility>

#include "drives/scsi_sense.h"

namespace regain {
namespace {

constexpr uint8_t operation_12 = 0xA1;
constexpr uint8_t operation_16 = 0x85;
constexpr uint8_t check_condition_bit = 0x20;
constexpr uint8_t from_device_bit = 0x08;
constexpr uint8_t blocks_bit = 0x04;       // the length counts blocks (of 512 bytes: T_TYPE = 0)
constexpr uint8_t length_in_count = 0x02;  // it stands in COUNT

uint8_t protocol_bits(AtaProtocol protocol) {
    switch (protocol) {
        case AtaProtocol::non_data:
            return 3U << 1;
        case AtaProtocol::pio_in:
            return 4U << 1;
        case AtaProtocol::pio_out:
            return 5U << 1;
    }
    return 3U << 1;
}

uint8_t transfer_bits(AtaProtocol protocol, RegistersWanted registers) {
    uint8_t bits = registers == RegistersWanted::yes ? check_condition_bit : uint8_t{0};
    if (protocol != AtaProtocol::non_data) bits |= blocks_bit | length_in_count;
    if (protocol == AtaProtocol::pio_in) bits |= from_device_bit;
    return bits;
}

uint8_t byte_of(uint64_t value, unsigned index) {
    return static_cast<uint8_t>(value >> (8 * index));
}

/// In 28-bit commands LBA(27:24) stands in DEVICE(3:0).
uint8_t device_of(const AtaCommand& command) {
    if (command.addressing == AtaAddressing::bits_48) return command.device;
    return static_cast<uint8_t>(command.device | (byte_of(command.lba, 3) & 0x0F));
}

Bytes command_block_16(const AtaCommand& command, RegistersWanted registers) {
    const bool is_extended = command.addressing == AtaAddressing::bits_48;
    Bytes cdb(16, 0);
    cdb[0] = operation_16;
    cdb[1] = static_cast<uint8_t>(protocol_bits(command.protocol) | (is_extended ? 1 : 0));
    cdb[2] = transfer_bits(command.protocol, registers);
    if (is_extended) {
        cdb[3] = byte_of(command.feature, 1);
        cdb[5] = byte_of(command.count, 1);
        cdb[7] = byte_of(command.lba, 3);
        cdb[9] = byte_of(command.lba, 4);
        cdb[11] = byte_of(command.lba, 5);
    }
    cdb[4] = byte_of(command.feature, 0);
    cdb[6] = byte_of(command.count, 0);
    cdb[8] = byte_of(command.lba, 0);
    cdb[10] = byte_of(command.lba, 1);
    cdb[12] = byte_of(command.lba, 2);
    cdb[13] = device_of(command);
    cdb[14] = command.command;
    return cdb;
}

Bytes command_block_12(const AtaCommand& command, RegistersWanted registers) {
    Bytes cdb(12, 0);
    cdb[0] = operation_12;
    cdb[1] = protocol_bits(command.protocol);
    cdb[2] = transfer_bits(command.protocol, registers);
    cdb[3] = byte_of(command.feature, 0);
    cdb[4] = byte_of(command.count, 0);
    cdb[5] = byte_of(command.lba, 0);
    cdb[6] = byte_of(command.lba, 1);
    cdb[7] = byte_of(command.lba, 2);
    cdb[8] = device_of(command);
    cdb[9] = command.command;
    return cdb;
}

AtaRegisters known_registers(const AtaCommand& command, const SenseRegisters& registers) {
    if (command.addressing == AtaAddressing::bits_28) return AtaRegisters::all;
    if (!registers.extend) return AtaRegisters::low_bytes;
    if (registers.is_descriptor_format) return AtaRegisters::all;
    // Fixed format: what is said to be 0 is known.
    const bool lost = registers.count_upper_nonzero || registers.lba_upper_nonzero;
    return lost ? AtaRegisters::low_bytes : AtaRegisters::all;
}

AtaOutcome outcome_of(uint8_t status) {
    constexpr uint8_t busy = 0x80;
    constexpr uint8_t ready = 0x40;
    constexpr uint8_t fault_or_error = 0x21;
    if ((status & busy) != 0 || (status & ready) == 0) return AtaOutcome::unknown;
    return (status & fault_or_error) != 0 ? AtaOutcome::failed : AtaOutcome::succeeded;
}

}  // namespace

std::optional<ScsiCommand> ata_pass_through(const AtaCommand& command, PassThroughSize size,
                                            RegistersWanted registers) {
    if (size == PassThroughSize::bytes_12 && command.addressing == AtaAddressing::bits_48)
        return std::nullopt;
    ScsiCommand carrier;
    carrier.name = command.name;
    carrier.cdb = size == PassThroughSize::bytes_16 ? command_block_16(command, registers)
                                                    : command_block_12(command, registers);
    carrier.timeout = command.timeout;
    if (command.protocol == AtaProtocol::pio_in) {
        carrier.direction = ScsiDirection::in;
        carrier.data_in_bytes = command.data_in_sectors * 512;
    } else if (command.protocol == AtaProtocol::pio_out) {
        carrier.direction = ScsiDirection::out;
        carrier.data_out = command.data_out;
    }
    return carrier;
}

AtaReply ata_reply_of(const AtaCommand& command, ScsiReply reply) {
    AtaReply answer;
    answer.scsi_status = reply.status;
    answer.data = std::move(reply.data);
    answer.sense = std::move(reply.sense);
    const auto registers = ata_registers_in(answer.sense);
    if (registers) {
        answer.registers = known_registers(command, *registers);
        answer.status = registers->status;
        answer.error = registers->error;
        answer.device = registers->device;
        answer.count = registers->count;
        answer.lba = registers->lba;
        if (command.addressing == AtaAddressing::bits_28)
            answer.lba |= static_cast<uint64_t>(registers->device & 0x0F) << 24;
        answer.outcome = outcome_of(registers->status);
        return answer;
    }
    const auto sense = parse_sense(answer.sense);
    constexpr uint8_t recovered_error = 0x01;
    const bool is_refused = answer.scsi_status == scsi_check_condition && sense && !sense->is_deferred &&
                            sense->key > recovered_error;
    if (is_refused) answer.outcome = AtaOutcome::failed;
    return answer;
}

Result<AtaReply> SatTransport::send(const AtaCommand& command) {
    auto carrier = ata_pass_through(command, size_, RegistersWanted::yes);
    if (!carrier)
        return error(ErrorKind::failed, message("send {0}", command.name),
                     message("this bridge only takes commands of 12 bytes, and this one needs 16"));
    REGAIN_ASSIGN(ScsiReply reply, scsi_.send(*carrier));
    return ata_reply_of(command, std::move(reply));
}

}  // namespace regain
