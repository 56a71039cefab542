#include "tests/simulator/served/nvme_fabrics_controller.h"

#include <algorithm>
#include <utility>

namespace regain::simulator {
namespace {

constexpr uint16_t controller_id = 1;
constexpr uint16_t most_queues = 4;  // I/O queues
constexpr uint16_t most_entries = 128;
constexpr uint32_t capsule_data = 8192;

constexpr uint16_t invalid_opcode = 0x4001;
constexpr uint16_t invalid_field = 0x4002;
constexpr uint16_t out_of_order = 0x400C;
constexpr uint16_t too_many_events = 0x4105;
constexpr uint16_t wrong_connect_format = 0x4180;
constexpr uint16_t invalid_connect_parameter = 0x4182;

constexpr uint8_t fabrics_opcode = 0x7F;
constexpr uint8_t connect_type = 0x01;

uint32_t dword(const SubmissionEntry& entry, size_t number) {
    return static_cast<uint32_t>(little_endian(&entry[number * 4], 4));
}

FabricsReply status(uint16_t code, uint64_t result = 0) {
    FabricsReply reply;
    reply.completion.status = code;
    reply.completion.result = result;
    return reply;
}

std::string text_at(const std::vector<uint8_t>& bytes, size_t at, size_t length) {
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto to = from + static_cast<std::ptrdiff_t>(length);
    return {from, std::find(from, to, 0)};
}

NvmeCommand command_of(const SubmissionEntry& entry, std::vector<uint8_t> data) {
    NvmeCommand command;
    command.opcode = entry[0];
    command.nsid = dword(entry, 1);
    command.cdw10 = dword(entry, 10);
    command.cdw11 = dword(entry, 11);
    command.cdw12 = dword(entry, 12);
    command.cdw13 = dword(entry, 13);
    command.cdw14 = dword(entry, 14);
    command.cdw15 = dword(entry, 15);
    if (!NvmeFabricsController::sends_data(entry))
        command.data_in_bytes = NvmeFabricsController::data_bytes(entry);
    command.data_out = std::move(data);
    return command;
}

/// What an admin command may change on the medium, or on who may read it.
bool can_change(uint8_t opcode) {
    constexpr uint8_t changing[] = {0x0D, 0x10, 0x11, 0x15, 0x80, 0x81, 0x84};
    return std::find(std::begin(changing), std::end(changing), opcode) != std::end(changing);
}

}  // namespace

bool NvmeFabricsController::sends_data(const SubmissionEntry& entry) {
    // Bits 1:0 of an opcode, and of a fabrics command's type, say in which direction data goes.
    return ((entry[0] == fabrics_opcode ? entry[4] : entry[0]) & 3) == 1;
}

uint32_t NvmeFabricsController::data_bytes(const SubmissionEntry& entry) {
    const uint8_t direction = (entry[0] == fabrics_opcode ? entry[4] : entry[0]) & 3;
    return direction == 0 ? 0 : static_cast<uint32_t>(little_endian(&entry[32], 4));
}

bool NvmeFabricsController::has_data_in_capsule(const SubmissionEntry& entry) {
    return entry[39] == 0x01;  // a data block, its address an offset into the capsule
}

std::optional<FabricsReply> NvmeFabricsController::execute(FabricsQueue& queue, const SubmissionEntry& entry,
                                                           std::vector<uint8_t> data,
                                                           const SendEvent& send_event) {
    const std::lock_guard lock(mutex_);
    const auto command_id = static_cast<uint16_t>(little_endian(&entry[2], 2));
    const bool is_current = queue.id && queue.association == association_;
    FabricsReply reply;
    if (entry[0] == fabrics_opcode) {
        reply = fabrics(queue, entry, data);
    } else if (!is_current || !is_enabled()) {
        reply = status(out_of_order);
    } else if (*queue.id != 0) {
        reply = ask_drive(entry, std::move(data), false);
    } else if (entry[0] == 0x0C && held_.size() < 4) {
        held_.push_back({command_id, send_event});
        report_events();
        return std::nullopt;
    } else {
        reply = admin(entry, std::move(data));
    }
    if (queue.size != 0) queue.head = static_cast<uint16_t>((queue.head + 1) % queue.size);
    reply.completion.queue_head = queue.head;
    reply.completion.queue_id = queue.id.value_or(0);
    reply.completion.command_id = command_id;
    return reply;
}

FabricsReply NvmeFabricsController::fabrics(FabricsQueue& queue, const SubmissionEntry& entry,
                                            const std::vector<uint8_t>& data) {
    if (entry[4] == connect_type) return connect(queue, entry, data);
    const bool is_current = queue.id && *queue.id == 0 && queue.association == association_;
    if (!is_current) return status(out_of_order);
    if (entry[4] == 0x00) return set_property(entry);
    if (entry[4] == 0x04) return get_property(entry);
    return status(invalid_opcode);
}

FabricsReply NvmeFabricsController::connect(FabricsQueue& queue, const SubmissionEntry& entry,
                                            const std::vector<uint8_t>& data) {
    if (queue.id) return status(out_of_order);
    if (little_endian(&entry[40], 2) != 0) return status(wrong_connect_format);
    if (data.size() < 1024) return status(invalid_field);
    const auto id = static_cast<uint16_t>(little_endian(&entry[42], 2));
    const auto size = static_cast<uint16_t>(little_endian(&entry[44], 2));
    const uint64_t wanted_controller = little_endian(&data[16], 2);
    const bool is_admin = id == 0;
    const bool is_right = text_at(data, 256, 256) == subsystem_name_ && size != 0 && size < most_entries &&
                          id <= most_queues && wanted_controller == (is_admin ? 0xFFFF : controller_id);
    if (!is_right) return status(invalid_connect_parameter);
    if (is_admin) {
        // A host that comes back before its old connections were seen to end takes their place.
        ++association_;
        configuration_ = 0;
        held_.clear();
    } else if (!is_enabled()) {
        return status(out_of_order);
    }
    queue.id = id;
    queue.size = static_cast<uint16_t>(size + 1);
    queue.association = association_;
    return status(0, controller_id);
}

FabricsReply NvmeFabricsController::get_property(const SubmissionEntry& entry) const {
    constexpr uint64_t nvm_command_set = uint64_t{1} << 37;
    constexpr uint64_t timeout = uint64_t{20} << 24;  // of 500 ms
    constexpr uint64_t contiguous = 1U << 16;
    switch (little_endian(&entry[44], 4)) {
        case 0x00:
            return status(0, nvm_command_set | timeout | contiguous | (most_entries - 1));
        case 0x08:
            return status(0, drive_.model().version);
        case 0x14:
            return status(0, configuration_);
        case 0x1C: {  // ready; and shutdown has ended as soon as it was asked for
            const bool is_shut = (configuration_ >> 14 & 3) != 0;
            return status(0, (is_enabled() ? 1U : 0U) | (is_shut ? 8U : 0U));
        }
        default:
            return status(invalid_field);
    }
}

FabricsReply NvmeFabricsController::set_property(const SubmissionEntry& entry) {
    if (little_endian(&entry[44], 4) != 0x14) return status(invalid_field);
    configuration_ = static_cast<uint32_t>(little_endian(&entry[48], 8));
    return status(0);
}

FabricsReply NvmeFabricsController::admin(const SubmissionEntry& entry, std::vector<uint8_t> data) {
    switch (entry[0]) {
        case 0x08:  // Abort: too late, always
            return status(0, 1);
        case 0x09:
        case 0x0A:
            return features(entry);
        case 0x0C:
            return status(too_many_events);
        case 0x18:  // Keep Alive
            return status(0);
        default:
            return ask_drive(entry, std::move(data), true);
    }
}

FabricsReply NvmeFabricsController::features(const SubmissionEntry& entry) const {
    switch (dword(entry, 10) & 0xFF) {
        case 0x06:  // volatile write cache
            return status(0, 1);
        case 0x07: {  // number of queues
            const bool is_set = entry[0] == 0x09;
            const uint32_t wanted = is_set ? dword(entry, 11) & 0xFFFF : most_queues - 1U;
            const uint32_t given = std::min<uint32_t>(wanted, most_queues - 1U);
            return status(0, given | given << 16);
        }
        case 0x0B:  // asynchronous events
        case 0x0F:  // keep alive timer
            return status(0);
        default:
            return status(invalid_field);
    }
}

FabricsReply NvmeFabricsController::ask_drive(const SubmissionEntry& entry, std::vector<uint8_t> data,
                                              bool is_admin) {
    const NvmeCommand command = command_of(entry, std::move(data));
    if (is_admin && can_change(command.opcode)) changing_.emplace_back(command.opcode, command.cdw10);
    const bool is_log = is_admin && command.opcode == 0x02;
    NvmeReply answer = is_admin ? std::move(drive_.send(command)).value() : drive_.transfer(command);
    if (is_admin && !drive_.has_sanitize_event()) is_event_reported_ = false;
    report_events();
    FabricsReply reply = status(answer.status, answer.result);
    if (answer.status != 0 || command.data_in_bytes == 0) return reply;
    if (is_admin && command.opcode == 0x06 && (command.cdw10 & 0xFF) == 0x01) add_fabrics_fields(answer.data);
    const size_t offset = is_log ? std::min<size_t>(command.cdw12, answer.data.size()) : 0;
    reply.data.assign(answer.data.begin() + static_cast<std::ptrdiff_t>(offset), answer.data.end());
    reply.data.resize(command.data_in_bytes, 0);
    return reply;
}

void NvmeFabricsController::add_fabrics_fields(std::vector<uint8_t>& identify) const {
    put_little_endian(identify, 78, 2, controller_id);
    identify[259] = 3;                       // four events may be awaited
    put_little_endian(identify, 320, 2, 1);  // KAS: the timer counts 100 ms
    put_little_endian(identify, 514, 2, most_entries);
    put_little_endian(identify, 536, 4, 1U | 1U << 20);  // SGLS: supported, offsets into the capsule too
    std::copy(subsystem_name_.begin(), subsystem_name_.end(), identify.begin() + 768);
    put_little_endian(identify, 1792, 4, (64 + capsule_data) / 16);  // IOCCSZ
    put_little_endian(identify, 1796, 4, 1);                         // IORCSZ
    identify[1803] = 1;                                              // MSDBD
}

void NvmeFabricsController::report_events() {
    if (held_.empty() || is_event_reported_ || !drive_.has_sanitize_event()) return;
    is_event_reported_ = true;
    const HeldRequest request = std::move(held_.front());
    held_.pop_front();
    CompletionEntry completion;
    completion.command_id = request.command_id;
    completion.result = 0x00810106;  // of the I/O command set: a sanitize operation ended; see log page 81h
    request.send(completion);
}

void NvmeFabricsController::forget(const FabricsQueue& queue) {
    const std::lock_guard lock(mutex_);
    if (!queue.id || *queue.id != 0 || queue.association != association_) return;
    ++association_;
    configuration_ = 0;
    held_.clear();
}

void NvmeFabricsController::advance(unsigned seconds) {
    const std::lock_guard lock(mutex_);
    drive_.advance(seconds);
    report_events();
}

std::vector<std::pair<uint8_t, uint32_t>> NvmeFabricsController::changing_commands() const {
    const std::lock_guard lock(mutex_);
    return changing_;
}

}  // namespace regain::simulator
