#include "tests/simulator/block_commands.h"

#include <algorithm>

#include "tests/simulator/simulated_bridge.h"

namespace regain::simulator {
namespace {

uint64_t number_in(const std::vector<uint8_t>& bytes, size_t at, size_t length) {
    uint64_t value = 0;
    for (size_t i = 0; i < length; ++i) value = value << 8 | bytes[at + i];
    return value;
}

void put(std::vector<uint8_t>& bytes, size_t at, size_t length, uint64_t value) {
    for (size_t i = 0; i < length; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * (length - 1 - i)));
}

}  // namespace

std::optional<BlockTransfer> block_transfer_in(const std::vector<uint8_t>& cdb) {
    using Kind = BlockTransfer::Kind;
    const auto count_6 = [&] { return cdb[4] == 0 ? uint64_t{256} : uint64_t{cdb[4]}; };
    switch (cdb[0]) {
        case 0x08:
            return BlockTransfer{Kind::read, number_in(cdb, 1, 3) & 0x1FFFFF, count_6()};
        case 0x0A:
            return BlockTransfer{Kind::write, number_in(cdb, 1, 3) & 0x1FFFFF, count_6()};
        case 0x28:
            return BlockTransfer{Kind::read, number_in(cdb, 2, 4), number_in(cdb, 7, 2)};
        case 0x2A:
            return BlockTransfer{Kind::write, number_in(cdb, 2, 4), number_in(cdb, 7, 2)};
        case 0xA8:
            return BlockTransfer{Kind::read, number_in(cdb, 2, 4), number_in(cdb, 6, 4)};
        case 0xAA:
            return BlockTransfer{Kind::write, number_in(cdb, 2, 4), number_in(cdb, 6, 4)};
        case 0x88:
            return BlockTransfer{Kind::read, number_in(cdb, 2, 8), number_in(cdb, 10, 4)};
        case 0x8A:
            return BlockTransfer{Kind::write, number_in(cdb, 2, 8), number_in(cdb, 10, 4)};
        case 0x35:
        case 0x91:
            return BlockTransfer{Kind::flush, 0, 0};
        default:
            return std::nullopt;
    }
}

ScsiReply capacity_10(uint64_t blocks) {
    ScsiReply reply;
    reply.data.assign(8, 0);
    put(reply.data, 0, 4, std::min<uint64_t>(blocks - 1, 0xFFFFFFFF));
    put(reply.data, 4, 4, 512);
    return reply;
}

ScsiReply capacity_16(uint64_t blocks, uint8_t physical_exponent) {
    ScsiReply reply;
    reply.data.assign(32, 0);
    put(reply.data, 0, 8, blocks - 1);
    put(reply.data, 8, 4, 512);
    reply.data[13] = physical_exponent;
    return reply;
}

std::optional<ScsiReply> mode_sense(const std::vector<uint8_t>& cdb) {
    const bool is_10 = cdb[0] == 0x5A;
    if (!is_10 && cdb[0] != 0x1A) return std::nullopt;
    constexpr uint8_t caching = 0x08;
    constexpr uint8_t every = 0x3F;
    constexpr uint8_t changeable = 0x40;
    const uint8_t page = cdb[2] & 0x3F;
    if (page != caching && page != every) return refusal(0x05, 0x24, 0x00);
    ScsiReply reply;
    reply.data.assign(is_10 ? 8 : 4, 0);
    constexpr size_t page_bytes = 20;
    std::vector<uint8_t> body(page_bytes, 0);
    body[0] = caching;
    body[1] = page_bytes - 2;
    if ((cdb[2] & 0xC0) != changeable) body[2] = 0x04;  // the write cache is on
    reply.data.insert(reply.data.end(), body.begin(), body.end());
    if (is_10)
        put(reply.data, 0, 2, reply.data.size() - 2);
    else
        reply.data[0] = static_cast<uint8_t>(reply.data.size() - 1);
    return reply;
}

ScsiReply vital_page(uint8_t code, const std::vector<uint8_t>& body) {
    ScsiReply reply;
    reply.data.assign(4 + body.size(), 0);
    reply.data[1] = code;
    put(reply.data, 2, 2, body.size());
    std::copy(body.begin(), body.end(), reply.data.begin() + 4);
    return reply;
}

ScsiReply identification_page(uint64_t name) {
    std::vector<uint8_t> body(12, 0);
    body[0] = 0x01;  // binary
    body[1] = 0x03;  // of the logical unit, NAA
    body[3] = 8;
    put(body, 4, 8, name);
    return vital_page(0x83, body);
}

ScsiReply block_limits_page() {
    return vital_page(0xB0, std::vector<uint8_t>(60, 0));
}

ScsiReply characteristics_page(MediumKind medium) {
    std::vector<uint8_t> body(60, 0);
    put(body, 0, 2, medium == MediumKind::flash ? 1 : 7200);
    return vital_page(0xB1, body);
}

}  // namespace regain::simulator
