#include "drives/scsi_sense.h"

#include <cstddef>

namespace regain {
namespace {

constexpr size_t descriptors_offset = 8;
constexpr uint8_t descriptor_sense_key_specific = 0x02;
constexpr uint8_t descriptor_ata_return = 0x09;
constexpr uint8_t descriptor_another_progress = 0x0A;

uint8_t response_code(ByteView sense) {
    return sense[0] & 0x7F;
}

bool is_fixed(uint8_t code) {
    return code == 0x70 || code == 0x71;
}
bool is_descriptor(uint8_t code) {
    return code == 0x72 || code == 0x73;
}

/// The descriptor of this type, header included; empty when there is none or it is cut.
ByteView find_descriptor(ByteView sense, uint8_t type) {
    if (sense.size() < descriptors_offset) return {};
    size_t end = descriptors_offset + sense[7];
    if (end > sense.size()) end = sense.size();
    for (size_t at = descriptors_offset; at + 2 <= end;) {
        const size_t length = size_t{2} + sense[at + 1];
        if (at + length > end) return {};
        if (sense[at] == type) return sense.subspan(at, length);
        at += length;
    }
    return {};
}

std::optional<uint16_t> progress_of(ByteView sense, bool descriptor_format) {
    if (!descriptor_format) {
        if (sense.size() < 18 || (sense[15] & 0x80) == 0) return std::nullopt;  // SKSV
        return read_be16(sense, 16);
    }
    const ByteView specific = find_descriptor(sense, descriptor_sense_key_specific);
    if (specific.size() >= 7 && (specific[4] & 0x80) != 0) return read_be16(specific, 5);
    const ByteView another = find_descriptor(sense, descriptor_another_progress);
    if (another.size() >= 8) return read_be16(another, 6);
    return std::nullopt;
}

std::optional<SenseRegisters> from_descriptor(ByteView sense) {
    const ByteView bytes = find_descriptor(sense, descriptor_ata_return);
    if (bytes.size() < 14) return std::nullopt;
    SenseRegisters registers;
    registers.is_descriptor_format = true;
    registers.extend = (bytes[2] & 0x01) != 0;
    registers.error = bytes[3];
    registers.count = bytes[5];
    registers.lba = uint64_t{bytes[7]} | uint64_t{bytes[9]} << 8 | uint64_t{bytes[11]} << 16;
    if (registers.extend) {
        registers.count = static_cast<uint16_t>(registers.count | bytes[4] << 8);
        registers.lba |= uint64_t{bytes[6]} << 24 | uint64_t{bytes[8]} << 32 | uint64_t{bytes[10]} << 40;
    }
    registers.device = bytes[12];
    registers.status = bytes[13];
    return registers;
}

/// DRDY with ERR or DF and without BSY: what the status register of a failed command looks like.
bool looks_failed(uint8_t status) {
    return (status & 0xC0) == 0x40 && (status & 0x21) != 0;
}

std::optional<SenseRegisters> from_fixed(ByteView sense) {
    const bool is_valid = (sense[0] & 0x80) != 0;
    if (sense.size() < 14 || !is_valid) return std::nullopt;
    const bool says_so = sense[12] == 0x00 && sense[13] == 0x1D;
    if (!says_so && !looks_failed(sense[4])) return std::nullopt;
    SenseRegisters registers;
    registers.error = sense[3];
    registers.status = sense[4];
    registers.device = sense[5];
    registers.count = sense[6];
    registers.extend = (sense[8] & 0x80) != 0;
    registers.count_upper_nonzero = (sense[8] & 0x40) != 0;
    registers.lba_upper_nonzero = (sense[8] & 0x20) != 0;
    registers.lba = uint64_t{sense[9]} | uint64_t{sense[10]} << 8 | uint64_t{sense[11]} << 16;
    return registers;
}

}  // namespace

std::optional<ScsiSense> parse_sense(ByteView sense) {
    if (sense.empty()) return std::nullopt;
    const uint8_t code = response_code(sense);
    ScsiSense parsed;
    parsed.is_deferred = code == 0x71 || code == 0x73;
    parsed.is_descriptor_format = is_descriptor(code);
    if (is_descriptor(code) && sense.size() >= 4) {
        parsed.key = sense[1] & 0x0F;
        parsed.code = sense[2];
        parsed.qualifier = sense[3];
    } else if (is_fixed(code) && sense.size() >= 3) {
        parsed.key = sense[2] & 0x0F;
        if (sense.size() >= 14) {
            parsed.code = sense[12];
            parsed.qualifier = sense[13];
        }
    } else {
        return std::nullopt;
    }
    parsed.progress = progress_of(sense, parsed.is_descriptor_format);
    return parsed;
}

bool is_unit_attention(const ScsiReply& reply) {
    constexpr uint8_t unit_attention = 0x06;
    const auto sense = parse_sense(reply.sense);
    return reply.status == scsi_check_condition && sense && sense->key == unit_attention;
}

std::optional<SenseRegisters> ata_registers_in(ByteView sense) {
    if (sense.empty()) return std::nullopt;
    const uint8_t code = response_code(sense);
    if (code == 0x72) return from_descriptor(sense);
    if (code == 0x70) return from_fixed(sense);
    return std::nullopt;  // deferred: about some earlier command
}

}  // namespace regain
