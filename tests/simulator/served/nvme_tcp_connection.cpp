#include "tests/simulator/served/nvme_tcp_connection.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace regain::simulator {

void NvmeTcpConnection::serve() {
    bool goes_on = initialize();
    while (goes_on) {
        const auto pdu = stream_->read();
        goes_on = pdu && take(*pdu);
    }
    stream_->shut_down();
    controller_.forget(queue_);
}

bool NvmeTcpConnection::initialize() {
    const auto request = stream_->read();
    // PFV 0; no digests, because they are not built in.
    const bool is_understood = request && request->type == PduType::initialize_request &&
                               little_endian(&request->header[8], 2) == 0 && request->header[11] == 0;
    return is_understood && stream_->write_initialize_response();
}

bool NvmeTcpConnection::take(const Pdu& pdu) {
    if (pdu.type == PduType::command_capsule) return take_command(pdu);
    return pdu.type == PduType::data_to_controller && take_data(pdu);
}

bool NvmeTcpConnection::take_command(const Pdu& pdu) {
    SubmissionEntry entry;
    std::copy_n(pdu.header.begin() + 8, entry.size(), entry.begin());
    const uint32_t length = NvmeFabricsController::data_bytes(entry);
    if (!NvmeFabricsController::sends_data(entry) || length == 0) return carry_out(entry, {});
    if (NvmeFabricsController::has_data_in_capsule(entry)) {
        const uint64_t offset = little_endian(&entry[24], 8);
        if (offset > pdu.data.size() || length > pdu.data.size() - offset) return false;
        const auto from = pdu.data.begin() + static_cast<std::ptrdiff_t>(offset);
        return carry_out(entry, {from, from + static_cast<std::ptrdiff_t>(length)});
    }
    constexpr uint32_t longest_transfer = 1U << 20;
    if (length > longest_transfer) return false;
    const uint16_t tag = next_tag_++;
    awaited_[tag] = {entry, std::vector<uint8_t>(length), 0};
    return stream_->write_ready_to_transfer(static_cast<uint16_t>(little_endian(&entry[2], 2)), tag, 0,
                                            length);
}

bool NvmeTcpConnection::take_data(const Pdu& pdu) {
    const auto found = awaited_.find(static_cast<uint16_t>(little_endian(&pdu.header[10], 2)));
    if (found == awaited_.end()) return false;
    AwaitedData& awaited = found->second;
    // In order, without gaps, as the host was told to.
    const uint64_t offset = little_endian(&pdu.header[12], 4);
    const uint64_t length = little_endian(&pdu.header[16], 4);
    if (offset != awaited.received || length != pdu.data.size() || length > awaited.data.size() - offset)
        return false;
    std::copy(pdu.data.begin(), pdu.data.end(), awaited.data.begin() + static_cast<std::ptrdiff_t>(offset));
    awaited.received += length;
    if (awaited.received < awaited.data.size()) return true;
    AwaitedData whole = std::move(awaited);
    awaited_.erase(found);
    return carry_out(whole.entry, std::move(whole.data));
}

bool NvmeTcpConnection::carry_out(const SubmissionEntry& entry, std::vector<uint8_t> data) {
    const auto send_event = [stream = stream_](const CompletionEntry& event) {
        stream->write_response(event);
    };
    const auto reply = controller_.execute(queue_, entry, std::move(data), send_event);
    if (!reply) return true;  // held
    return stream_->write_data(reply->completion.command_id, reply->data) &&
           stream_->write_response(reply->completion);
}

}  // namespace regain::simulator
