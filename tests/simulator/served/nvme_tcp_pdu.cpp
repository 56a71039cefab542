#include "tests/simulator/served/nvme_tcp_pdu.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace regain::simulator {
namespace {

constexpr size_t common_bytes = 8;
constexpr size_t initialize_bytes = 128;
constexpr size_t short_header_bytes = 24;
constexpr size_t command_header_bytes = common_bytes + 64;
constexpr size_t longest_pdu = 4U << 20;
constexpr uint8_t last_data = 1U << 2;

std::vector<uint8_t> header(PduType type, size_t length, size_t data_bytes = 0) {
    std::vector<uint8_t> bytes(length, 0);
    bytes[0] = static_cast<uint8_t>(type);
    bytes[2] = static_cast<uint8_t>(length);
    bytes[3] = static_cast<uint8_t>(data_bytes != 0 ? length : 0);
    put_little_endian(bytes, 4, 4, length + data_bytes);
    return bytes;
}

/// How long the header of a type has to be; 0: a host never sends it.
size_t header_length(PduType type) {
    switch (type) {
        case PduType::initialize_request:
            return initialize_bytes;
        case PduType::command_capsule:
            return command_header_bytes;
        case PduType::data_to_controller:
        case PduType::host_terminates:
            return short_header_bytes;
        default:
            return 0;
    }
}

}  // namespace

uint64_t little_endian(const uint8_t* bytes, size_t length) {
    uint64_t value = 0;
    for (size_t i = length; i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

void put_little_endian(std::vector<uint8_t>& bytes, size_t at, size_t length, uint64_t value) {
    for (size_t i = 0; i < length; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

PduStream::~PduStream() {
    ::close(socket_);
}

void PduStream::shut_down() {
    ::shutdown(socket_, SHUT_RDWR);
}

bool PduStream::read_exactly(uint8_t* bytes, size_t length) {
    while (length > 0) {
        const ssize_t got = ::recv(socket_, bytes, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        length -= static_cast<size_t>(got);
    }
    return true;
}

std::optional<Pdu> PduStream::read() {
    std::array<uint8_t, common_bytes> common{};
    if (!read_exactly(common.data(), common.size())) return std::nullopt;
    Pdu pdu;
    pdu.type = static_cast<PduType>(common[0]);
    pdu.flags = common[1];
    const size_t length = common[2];
    const size_t data_offset = common[3];
    const size_t whole = little_endian(&common[4], 4);
    const bool has_digests = (pdu.flags & 3) != 0;
    if (length != header_length(pdu.type) || has_digests || whole < length || whole > longest_pdu)
        return std::nullopt;
    std::vector<uint8_t> rest(whole - common_bytes);
    if (!read_exactly(rest.data(), rest.size())) return std::nullopt;
    const auto split = rest.begin() + static_cast<std::ptrdiff_t>(length - common_bytes);
    pdu.header.assign(common.begin(), common.end());
    pdu.header.insert(pdu.header.end(), rest.begin(), split);
    if (whole == length) return pdu;
    if (data_offset < length || data_offset > whole) return std::nullopt;
    pdu.data.assign(split + static_cast<std::ptrdiff_t>(data_offset - length), rest.end());
    return pdu;
}

bool PduStream::write_all(const std::vector<uint8_t>& bytes) {
    const std::lock_guard lock(writing_);
    for (size_t at = 0; at < bytes.size();) {
        const ssize_t put = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        at += static_cast<size_t>(put);
    }
    return true;
}

bool PduStream::write_initialize_response() {
    std::vector<uint8_t> bytes = header(PduType::initialize_response, initialize_bytes);
    // PFV 0, no alignment of data, no digests.
    put_little_endian(bytes, 12, 4, most_data);
    return write_all(bytes);
}

bool PduStream::write_response(const CompletionEntry& completion) {
    std::vector<uint8_t> bytes = header(PduType::response_capsule, short_header_bytes);
    put_little_endian(bytes, 8, 8, completion.result);
    put_little_endian(bytes, 16, 2, completion.queue_head);
    put_little_endian(bytes, 18, 2, completion.queue_id);
    put_little_endian(bytes, 20, 2, completion.command_id);
    put_little_endian(bytes, 22, 2, static_cast<uint64_t>(completion.status) << 1);
    return write_all(bytes);
}

bool PduStream::write_data(uint16_t command_id, const std::vector<uint8_t>& data) {
    for (size_t at = 0; at < data.size();) {
        const size_t length = std::min<size_t>(data.size() - at, most_data);
        std::vector<uint8_t> bytes = header(PduType::data_to_host, short_header_bytes, length);
        if (at + length == data.size()) bytes[1] = last_data;
        put_little_endian(bytes, 8, 2, command_id);
        put_little_endian(bytes, 12, 4, at);
        put_little_endian(bytes, 16, 4, length);
        const auto from = data.begin() + static_cast<std::ptrdiff_t>(at);
        bytes.insert(bytes.end(), from, from + static_cast<std::ptrdiff_t>(length));
        if (!write_all(bytes)) return false;
        at += length;
    }
    return true;
}

bool PduStream::write_ready_to_transfer(uint16_t command_id, uint16_t tag, uint32_t offset, uint32_t length) {
    std::vector<uint8_t> bytes = header(PduType::ready_to_transfer, short_header_bytes);
    put_little_endian(bytes, 8, 2, command_id);
    put_little_endian(bytes, 10, 2, tag);
    put_little_endian(bytes, 12, 4, offset);
    put_little_endian(bytes, 16, 4, length);
    return write_all(bytes);
}

}  // namespace regain::simulator
