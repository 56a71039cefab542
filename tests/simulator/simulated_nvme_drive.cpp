#include "tests/simulator/simulated_nvme_drive.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace regain::simulator {
namespace {

constexpr uint16_t invalid_opcode = 0x4001;  // DNR
constexpr uint16_t invalid_field = 0x4002;
constexpr uint16_t invalid_namespace = 0x400B;
constexpr uint16_t sanitize_failed = 0x001C;
constexpr uint16_t sanitize_in_progress = 0x001D;

NvmeReply status(uint16_t code) {
    NvmeReply reply;
    reply.status = code;
    return reply;
}

void put(std::vector<uint8_t>& bytes, size_t at, size_t length, uint64_t value) {
    for (size_t i = 0; i < length; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
}

void put_text(std::vector<uint8_t>& bytes, size_t at, size_t length, std::string text) {
    text.resize(length, ' ');
    std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

uint64_t number_at(const std::vector<uint8_t>& bytes, size_t at, size_t length) {
    uint64_t value = 0;
    for (size_t i = length; i-- > 0;) value = value << 8 | bytes[at + i];
    return value;
}

/// "fails at 40 %" → 40 for "fails at".
std::optional<unsigned> percent_after(const std::string& how, const std::string& what) {
    if (how.rfind(what + " ", 0) != 0 || how.size() < what.size() + 4 || how.substr(how.size() - 2) != " %")
        return std::nullopt;
    unsigned percent = 0;
    for (const char each : how.substr(what.size() + 1, how.size() - what.size() - 3)) {
        if (each < '0' || each > '9') return std::nullopt;
        percent = percent * 10 + static_cast<unsigned>(each - '0');
    }
    return percent;
}

}  // namespace

SimulatedNvmeDrive::SimulatedNvmeDrive(NvmeDriveModel model) : model_(std::move(model)) {
    for (const NvmeNamespaceModel& each : model_.namespaces)
        spaces_.push_back({each, std::make_unique<SimulatedMedium>(MediumKind::flash, each.blocks,
                                                                   size_t{1} << each.block_power)});
}

SimulatedMedium& SimulatedNvmeDrive::medium(uint32_t nsid) {
    const auto found = std::find_if(spaces_.begin(), spaces_.end(),
                                    [&](const Space& each) { return each.model.nsid == nsid; });
    assert(found != spaces_.end());
    return *found->medium;
}

bool SimulatedNvmeDrive::misbehave(const std::string& how) {
    if (how == "none") {
        misbehaviour_ = {};
        return true;
    }
    if (how == "success without erasing") return misbehaviour_.reports_success_without_erasing = true;
    if (how == "completed without running") return misbehaviour_.reports_completed_without_running = true;
    if (const auto at = percent_after(how, "fails at"))
        return misbehaviour_.sanitize_fails_at_percent = at, true;
    if (const auto at = percent_after(how, "progress sticks at"))
        return misbehaviour_.progress_sticks_at_percent = at, true;
    if (how == "refuses the command") return misbehaviour_.refuses_to_erase = true;
    if (how == "fixed pattern afterwards") return misbehaviour_.pattern_afterwards.emplace(0x33CC55AA) != 0;
    if (how == "another serial afterwards") return !(misbehaviour_.serial_after_erase = "OTHER").empty();
    if (how == "another capacity afterwards")
        return misbehaviour_.blocks_after_erase.emplace(spaces_.front().model.blocks / 2) != 0;
    if (how == "bad sectors") {
        const uint64_t middle = spaces_.front().medium->sectors() / 2;
        spaces_.front().medium->damage(middle, middle + 255);
        return true;
    }
    if (how == "erased but for one region") {
        const uint64_t middle = spaces_.front().medium->sectors() / 2;
        spaces_.front().medium->spare(middle, middle + 255);
        return true;
    }
    return false;
}

std::vector<uint8_t> SimulatedNvmeDrive::controller() const {
    std::vector<uint8_t> data(4096, 0);
    put_text(data, 4, 20, model_.serial);
    put_text(data, 24, 40, model_.model);
    put_text(data, 64, 8, model_.firmware);
    data[76] = model_.is_shared ? 2 : 0;  // CMIC
    data[77] = 5;                         // MDTS: 128 KiB in one command
    put(data, 80, 4, model_.version);
    data[111] = 1;  // an I/O controller
    put(data, 256, 2,
        (model_.tcg_discovery.empty() && !tper_ ? 0U : 1U) | (model_.has_format ? 2U : 0U) |
            (model_.has_namespace_management ? 8U : 0U));
    uint64_t total = model_.unallocated_bytes;
    for (const Space& each : spaces_) total += each.model.blocks << each.model.block_power;
    put(data, 280, 8, total);
    put(data, 296, 8, model_.unallocated_bytes);
    put(data, 328, 4,
        (model_.sanitize_crypto ? 1U : 0U) | (model_.sanitize_block ? 2U : 0U) |
            (model_.sanitize_overwrite ? 4U : 0U));
    uint32_t highest = 0;
    for (const Space& each : spaces_) highest = std::max(highest, each.model.nsid);
    put(data, 516, 4, highest);
    data[512] = 0x66;         // entries of 64 bytes
    data[513] = 0x44;         // of 16 bytes
    put(data, 520, 2, 0x0C);  // ONCS: Dataset Management and Write Zeroes
    data[525] = 1;            // a volatile write cache
    data[524] = static_cast<uint8_t>((model_.format_concerns_all ? 3 : 0) | (model_.format_crypto ? 4 : 0));
    return data;
}

std::vector<uint8_t> SimulatedNvmeDrive::space(const Space& space) const {
    std::vector<uint8_t> data(4096, 0);
    put(data, 0, 8, space.model.blocks);
    put(data, 8, 8, space.model.blocks);
    data[25] = 0;                         // one format
    data[30] = model_.is_shared ? 1 : 0;  // NMIC
    data[99] = space.model.is_write_protected ? 1 : 0;
    data[130] = space.model.block_power;
    const std::vector<uint8_t> name = unique_name(space.model.nsid);
    std::copy(name.begin(), name.end(), data.begin() + 120);
    return data;
}

/// An EUI-64, the same as long as the drive lives.
std::vector<uint8_t> SimulatedNvmeDrive::unique_name(uint32_t nsid) const {
    uint32_t sum = 0x811C9DC5;
    for (const char each : model_.serial) sum = (sum ^ static_cast<uint8_t>(each)) * 0x01000193;
    return {0x02,
            0x52,
            0x47,
            static_cast<uint8_t>(sum >> 24),
            static_cast<uint8_t>(sum >> 16),
            static_cast<uint8_t>(sum >> 8),
            static_cast<uint8_t>(sum),
            static_cast<uint8_t>(nsid)};
}

/// CNS 03h: one descriptor, the EUI-64.
NvmeReply SimulatedNvmeDrive::descriptors(uint32_t nsid) const {
    const bool is_attached = std::any_of(spaces_.begin(), spaces_.end(), [&](const Space& each) {
        return each.model.nsid == nsid && each.model.is_attached;
    });
    if (!is_attached) return status(invalid_namespace);
    NvmeReply reply;
    reply.data.assign(4096, 0);
    reply.data[0] = 1;
    reply.data[1] = 8;
    const std::vector<uint8_t> name = unique_name(nsid);
    std::copy(name.begin(), name.end(), reply.data.begin() + 4);
    return reply;
}

NvmeReply SimulatedNvmeDrive::list(const NvmeCommand& command, bool attached_only) const {
    NvmeReply reply;
    reply.data.assign(4096, 0);
    std::vector<uint32_t> found;
    for (const Space& each : spaces_)
        if (each.model.nsid > command.nsid && (!attached_only || each.model.is_attached))
            found.push_back(each.model.nsid);
    std::sort(found.begin(), found.end());
    for (size_t i = 0; i < std::min<size_t>(found.size(), 1024); ++i) put(reply.data, i * 4, 4, found[i]);
    return reply;
}

NvmeReply SimulatedNvmeDrive::identify(const NvmeCommand& command) const {
    NvmeReply reply;
    const uint32_t structure = command.cdw10 & 0xFF;
    if (structure == 0x01) {
        reply.data = controller();
        return reply;
    }
    if (structure == 0x03)
        return model_.version < 0x00010300 ? status(invalid_field) : descriptors(command.nsid);
    if (structure ==
        0x06) {  // of the NVM command set alone: nothing beyond the limits of Identify Controller
        if (model_.version < 0x00020000 || command.cdw11 >> 24 != 0) return status(invalid_field);
        reply.data.assign(4096, 0);
        return reply;
    }
    if (structure == 0x02) return model_.knows_lists ? list(command, true) : status(invalid_field);
    if (structure == 0x10)
        return model_.has_namespace_management ? list(command, false) : status(invalid_field);
    if (structure != 0x00 && structure != 0x11) return status(invalid_field);
    if (structure == 0x11 && !model_.has_namespace_management) return status(invalid_field);
    for (const Space& each : spaces_)
        if (each.model.nsid == command.nsid) {
            // What is not attached answers CNS 00h with zeros.
            const bool is_shown = each.model.is_attached || structure == 0x11;
            reply.data = is_shown ? space(each) : std::vector<uint8_t>(4096, 0);
            return reply;
        }
    const bool is_possible =
        command.nsid != 0 && std::any_of(spaces_.begin(), spaces_.end(),
                                         [&](const Space& each) { return each.model.nsid >= command.nsid; });
    if (!is_possible) return status(invalid_namespace);
    reply.data.assign(4096, 0);
    return reply;
}

/// Pages that each controller has: error information, SMART, firmware slots, changed namespaces.
NvmeReply SimulatedNvmeDrive::ordinary_log(uint32_t page) const {
    NvmeReply reply;
    switch (page) {
        case 0x01:
            reply.data.assign(64, 0);
            return reply;
        case 0x02:
            reply.data.assign(512, 0);
            put(reply.data, 1, 2, 300);  // kelvin
            reply.data[3] = 100;         // available spare
            reply.data[4] = 10;
            return reply;
        case 0x03:
            reply.data.assign(512, 0);
            reply.data[0] = 1;
            put_text(reply.data, 8, 8, model_.firmware);
            return reply;
        case 0x04:
            reply.data.assign(4096, 0);
            return reply;
        default:
            return status(0x4109);
    }
}

NvmeReply SimulatedNvmeDrive::log(const NvmeCommand& command) {
    const uint32_t page = command.cdw10 & 0xFF;
    if (page != 0x81) return ordinary_log(page);
    if (controller()[328] == 0) return status(0x4109);
    // RAE = 0 takes the event away.
    if ((command.cdw10 & 1U << 15) == 0) has_event_ = false;
    NvmeReply reply;
    reply.data.assign(512, 0);
    put(reply.data, 0, 2, state_ == 2 ? percent() * 65535U / 100U : 0xFFFF);
    put(reply.data, 2, 2, state_ | (is_global_data_erased_ ? 0x100U : 0U));
    put(reply.data, 4, 4, command_);
    put(reply.data, 8, 4, 0xFFFFFFFF);
    put(reply.data, 12, 4, 90);
    put(reply.data, 16, 4, 5);
    return reply;
}

NvmeReply SimulatedNvmeDrive::sanitize(const NvmeCommand& command) {
    const uint32_t action = command.cdw10 & 7;
    if (state_ == 2) return status(sanitize_in_progress);
    if (action == 1) {
        // Only when the failed operation allowed it (AUSE).
        if (state_ == 3 && (command_ & 8) == 0) return status(sanitize_failed);
        if (state_ == 3) state_ = 0;
        return {};
    }
    const bool is_known = (action == 2 && model_.sanitize_block) ||
                          (action == 3 && model_.sanitize_overwrite) ||
                          (action == 4 && model_.sanitize_crypto);
    if (!is_known) return status(invalid_field);
    if (misbehaviour_.refuses_to_erase) return status(invalid_opcode);
    command_ = command.cdw10;
    elapsed_ = 0;
    is_global_data_erased_ = false;
    has_event_ = false;
    state_ = misbehaviour_.reports_completed_without_running ? 1 : 2;
    if (state_ == 1) has_event_ = true;
    return {};
}

NvmeReply SimulatedNvmeDrive::format(const NvmeCommand& command) {
    if (state_ == 2) return status(sanitize_in_progress);
    if (state_ == 3) return status(sanitize_failed);
    if (!model_.has_format || misbehaviour_.refuses_to_erase) return status(invalid_opcode);
    const uint32_t erase = command.cdw10 >> 9 & 7;
    if (erase > 2 || (erase == 2 && !model_.format_crypto)) return status(invalid_field);
    const bool concerns_all = model_.format_concerns_all || command.nsid == 0xFFFFFFFF;
    bool is_found = false;
    for (Space& each : spaces_) {
        if (!concerns_all && each.model.nsid != command.nsid) continue;
        is_found = true;
        if (misbehaviour_.reports_success_without_erasing) continue;
        if (erase == 1) each.medium->erase_blocks();
        if (erase == 2) each.medium->change_key();
        // SES 0: the mapping goes, the cells keep what they hold.
        if (erase == 0)
            for (uint64_t lba = 0; lba < each.model.blocks; ++lba) each.medium->discard(lba);
    }
    if (is_found) change_identity();
    return is_found ? NvmeReply{} : status(invalid_namespace);
}

/// Attached to this controller, of which the list has to be, or detached from it.
NvmeReply SimulatedNvmeDrive::attach(const NvmeCommand& command) {
    constexpr uint16_t already_attached = 0x4118;
    constexpr uint16_t not_attached = 0x411A;
    constexpr uint16_t wrong_list = 0x411C;
    if (!model_.has_namespace_management) return status(invalid_opcode);
    if (state_ == 2) return status(sanitize_in_progress);
    if (state_ == 3) return status(sanitize_failed);
    const bool attaches = (command.cdw10 & 0xF) == 0;
    if ((command.cdw10 & 0xF) > 1) return status(invalid_field);
    const auto found = std::find_if(spaces_.begin(), spaces_.end(),
                                    [&](const Space& each) { return each.model.nsid == command.nsid; });
    if (found == spaces_.end()) return status(invalid_namespace);
    if (command.data_out.size() < 4 || number_at(command.data_out, 0, 2) != 1) return status(wrong_list);
    if (found->model.is_attached == attaches) return status(attaches ? already_attached : not_attached);
    found->model.is_attached = attaches;
    return {};
}

unsigned SimulatedNvmeDrive::percent() const {
    const unsigned reached = std::min(100U, elapsed_ * 100 / std::max(1U, sanitize_seconds));
    return std::min(reached, misbehaviour_.progress_sticks_at_percent.value_or(100));
}

void SimulatedNvmeDrive::finish() {
    state_ = 1;
    has_event_ = true;
    is_global_data_erased_ = true;
    change_identity();
    if (misbehaviour_.reports_success_without_erasing) return;
    for (Space& each : spaces_) {
        if (misbehaviour_.forgets_namespace == each.model.nsid) continue;
        if ((command_ & 7) == 4)
            each.medium->change_key();
        else
            each.medium->erase_blocks();
    }
}

void SimulatedNvmeDrive::change_identity() {
    if (!misbehaviour_.serial_after_erase.empty()) model_.serial = misbehaviour_.serial_after_erase;
    NvmeNamespaceModel& first = spaces_.front().model;
    first.blocks = misbehaviour_.blocks_after_erase.value_or(first.blocks);
    if (misbehaviour_.pattern_afterwards)
        spaces_.front().medium->set_erased_pattern(*misbehaviour_.pattern_afterwards);
}

void SimulatedNvmeDrive::fail() {
    state_ = 3;
    has_event_ = true;
}

void SimulatedNvmeDrive::advance(unsigned seconds) {
    if (state_ != 2) return;
    elapsed_ += seconds;
    if (misbehaviour_.sanitize_fails_at_percent && percent() >= *misbehaviour_.sanitize_fails_at_percent)
        fail();
    else if (percent() >= 100)
        finish();
}

SimulatedTper& SimulatedNvmeDrive::add_tper(TperModel model) {
    return tper_.emplace(std::move(model), [this] {
        for (Space& each : spaces_) each.medium->change_key();
    });
}

NvmeReply SimulatedNvmeDrive::security(const NvmeCommand& command) {
    const auto protocol = static_cast<uint8_t>(command.cdw10 >> 24);
    const auto com_id = static_cast<uint16_t>(command.cdw10 >> 8);
    NvmeReply reply;
    if (tper_ && command.opcode == 0x81)
        return command.cdw11 == command.data_out.size() && tper_->send(protocol, com_id, command.data_out)
                   ? reply
                   : status(invalid_field);
    if (tper_) {
        auto data = tper_->receive(protocol, com_id, command.cdw11);
        if (!data) return status(invalid_field);
        reply.data = std::move(*data);
        return reply;
    }
    if (model_.tcg_discovery.empty() || command.opcode != 0x82) return status(invalid_opcode);
    reply.data = model_.tcg_discovery;
    reply.data.resize(command.data_in_bytes, 0);
    return reply;
}

Result<NvmeReply> SimulatedNvmeDrive::send(const NvmeCommand& command) {
    switch (command.opcode) {
        case 0x02:
            return log(command);
        case 0x06:
            return identify(command);
        case 0x15:
            return attach(command);
        case 0x80:
            return format(command);
        case 0x81:
        case 0x82:
            if (state_ == 2) return status(sanitize_in_progress);
            if (state_ == 3) return status(sanitize_failed);
            return security(command);
        case 0x84:
            return sanitize(command);
        default:
            return status(invalid_opcode);
    }
}

}  // namespace regain::simulator
