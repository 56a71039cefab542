#include "tests/simulator/simulated_ata_drive.h"

#include <algorithm>
#include <utility>

namespace regain::simulator {
namespace {

AtaResult aborted() {
    AtaResult result;
    result.status = 0x51;
    result.error = 0x04;
    return result;
}

void put_word(std::vector<uint8_t>& bytes, size_t word, uint16_t value) {
    bytes[word * 2] = static_cast<uint8_t>(value);
    bytes[word * 2 + 1] = static_cast<uint8_t>(value >> 8);
}

void put_text(std::vector<uint8_t>& bytes, size_t first, size_t last, std::string text) {
    text.resize((last - first + 1) * 2, ' ');
    for (size_t i = 0; i < text.size(); i += 2) {
        bytes[first * 2 + i] = static_cast<uint8_t>(text[i + 1]);
        bytes[first * 2 + i + 1] = static_cast<uint8_t>(text[i]);
    }
}

/// The last byte makes all 512 sum to zero.
void sign(std::vector<uint8_t>& bytes) {
    bytes[510] = 0xA5;
    uint8_t sum = 0;
    for (size_t i = 0; i < 511; ++i) sum = static_cast<uint8_t>(sum + bytes[i]);
    bytes[511] = static_cast<uint8_t>(0 - sum);
}

}  // namespace

SimulatedAtaDrive::SimulatedAtaDrive(AtaDriveModel model)
    : model_(std::move(model)),
      medium_(model_.medium, model_.native_sectors),
      configured_sectors_(model_.native_sectors - model_.overlay_sectors),
      kept_max_(configured_sectors_ - model_.area_sectors - 1),
      volatile_max_(kept_max_),
      accessible_max_(configured_sectors_ - 1),
      is_configuration_frozen_(model_.firmware_freezes_security),
      is_security_frozen_(model_.firmware_freezes_security) {}

uint64_t SimulatedAtaDrive::addressable_sectors() const {
    return std::min({volatile_max_, accessible_max_, configured_sectors_ - 1}) + 1;
}

void SimulatedAtaDrive::set_configured_sectors(uint64_t sectors) {
    configured_sectors_ = sectors;
    kept_max_ = volatile_max_ = std::min(kept_max_, sectors - 1);
}

std::vector<uint8_t> SimulatedAtaDrive::identify() const {
    std::vector<uint8_t> bytes(512, 0);
    const auto word = [&](size_t index, unsigned value) {
        put_word(bytes, index, static_cast<uint16_t>(value));
    };
    const auto bit = [](bool value, unsigned number) { return value ? 1U << number : 0U; };
    const uint64_t sectors = addressable_sectors();
    const uint64_t sectors_28 = std::min<uint64_t>(sectors, 0x0FFFFFFF);
    word(0, 0x0040);
    put_text(bytes, 10, 19, model_.serial);
    put_text(bytes, 23, 26, model_.firmware);
    put_text(bytes, 27, 46, model_.model);
    word(48, 0x4000 | bit(model_.has_trusted_computing, 0));
    word(49, 0x0F00);
    const bool sanitizes = model_.sanitize_block || model_.sanitize_crypto || model_.sanitize_overwrite;
    word(59, bit(sanitizes, 12) | bit(model_.sanitize_crypto, 13) | bit(model_.sanitize_overwrite, 14) |
                 bit(model_.sanitize_block, 15) | bit(sanitizes && model_.sanitize_antifreeze, 10));
    word(60, static_cast<uint16_t>(sectors_28));
    word(61, static_cast<uint16_t>(sectors_28 >> 16));
    word(69, bit(model_.encrypts_always, 4));
    word(80, 0x07F0);
    const bool hidden = model_.has_host_protected_area;
    word(82, 0x4001 | bit(model_.has_security, 1) | bit(hidden, 10));
    word(83, 0x4000 | bit(model_.has_48_bit, 10) | bit(model_.has_configuration_overlay, 11));
    word(84, 0x4000);
    word(85, bit(is_security_enabled(), 1) | bit(hidden, 10));
    word(86, bit(model_.has_48_bit, 10) | bit(model_.has_configuration_overlay, 11));
    word(87, 0x4100);
    if (model_.has_security) {
        word(89, model_.erase_time_word);
        word(90, model_.has_enhanced_erase ? model_.enhanced_erase_time_word : 0U);
        word(92, 0xFFFE);
        word(128, 1U | bit(is_security_enabled(), 1) | bit(is_locked_, 2) | bit(is_security_frozen_, 3) |
                      bit(tries_left_ == 0, 4) | bit(model_.has_enhanced_erase, 5));
    }
    if (model_.has_48_bit)
        for (unsigned i = 0; i < 4; ++i) word(100 + i, static_cast<uint16_t>(sectors >> (16 * i)));
    for (unsigned i = 0; i < 4; ++i) word(108 + i, static_cast<uint16_t>(model_.wwn >> (48 - 16 * i)));
    word(119, 0x4000 | bit(model_.has_accessible_max_address, 8));
    word(120, 0x4000 | bit(model_.has_accessible_max_address, 8));
    word(169, bit(model_.medium == MediumKind::flash, 0));
    word(217, model_.medium == MediumKind::flash ? 1U : 7200U);
    sign(bytes);
    if (misbehaviour_.has_bad_identify_checksum) bytes[511] ^= 0x5A;
    return bytes;
}

AtaResult SimulatedAtaDrive::identify_result() const {
    AtaResult result;
    result.data = identify();
    return result;
}

AtaResult SimulatedAtaDrive::execute(const AtaCommand& command) {
    commands_.push_back({command.command, command.feature});
    const bool was_prepared = std::exchange(erase_is_prepared_, false);
    const bool had_read_native = std::exchange(native_max_was_read_, false);
    const auto& refused = misbehaviour_.aborted_commands;
    if (std::find(refused.begin(), refused.end(), command.command) != refused.end()) return aborted();
    // While a sanitize operation runs, or after it failed, only these are carried out.
    const bool is_busy = sanitize_ == Sanitize::running || sanitize_ == Sanitize::failed;
    if (is_busy && command.command != 0xEC && command.command != 0xB4) return aborted();
    switch (command.command) {
        case 0xEC:
            return identify_result();
        case 0x27:
            return model_.has_48_bit ? read_native_max(true) : aborted();
        case 0xF8:
            return read_native_max(false);
        case 0x37:
        case 0xF9:
            return had_read_native ? set_max(command) : aborted();
        case 0x78:
            return accessible_max_address(command);
        case 0xB1:
            return device_configuration(command);
        case 0xB4:
            return sanitize(command);
        case 0x5C:
            return trusted_receive(command);
        case 0x5E:
            return trusted_send(command);
        case 0xF3: {
            if (!model_.has_security || is_security_frozen_) return aborted();
            erase_is_prepared_ = true;
            return {};
        }
        case 0xF4:
            return was_prepared ? erase_unit(command) : aborted();
        case 0xF1:
        case 0xF2:
        case 0xF5:
        case 0xF6:
            return security(command);
        case 0x24:
        case 0x34:
        case 0xEA:
            return media(command);
        default:
            return aborted();
    }
}

AtaResult SimulatedAtaDrive::read_native_max(bool extended) {
    if (!model_.has_host_protected_area) return aborted();
    native_max_was_read_ = true;
    AtaResult result;
    result.lba = configured_sectors_ - 1;
    if (!extended) {
        result.lba = std::min<uint64_t>(result.lba, 0x0FFFFFFE);
        result.device = static_cast<uint8_t>(0x40 | (result.lba >> 24 & 0x0F));
        result.lba &= 0xFFFFFF;
    }
    return result;
}

AtaResult SimulatedAtaDrive::set_max(const AtaCommand& command) {
    if (!model_.has_host_protected_area || max_was_set_ || command.lba >= configured_sectors_)
        return aborted();
    volatile_max_ = command.lba;
    if ((command.count & 1) != 0) {
        kept_max_ = command.lba;
        max_was_set_ = true;
    }
    return {};
}

AtaResult SimulatedAtaDrive::accessible_max_address(const AtaCommand& command) {
    if (!model_.has_accessible_max_address) return aborted();
    AtaResult result;
    if (command.feature == 0x0000) {
        result.lba = configured_sectors_ - 1;
        return result;
    }
    if (is_accessible_max_frozen_ || max_was_set_) return aborted();
    if (command.feature == 0x0002) {
        is_accessible_max_frozen_ = true;
        return result;
    }
    if (command.feature != 0x0001 || command.lba >= configured_sectors_) return aborted();
    accessible_max_ = command.lba;
    max_was_set_ = true;
    return result;
}

AtaResult SimulatedAtaDrive::device_configuration(const AtaCommand& command) {
    if (!model_.has_configuration_overlay || is_configuration_frozen_) return aborted();
    AtaResult result;
    if (command.feature == 0xC2) {
        result.data.assign(512, 0);
        put_word(result.data, 0, 2);
        for (unsigned i = 0; i < 4; ++i)
            put_word(result.data, 3 + i, static_cast<uint16_t>((model_.native_sectors - 1) >> (16 * i)));
        sign(result.data);
        return result;
    }
    if (command.feature == 0xC1) {
        is_configuration_frozen_ = true;
        return result;
    }
    // A host-protected area must be gone first.
    const bool has_area = volatile_max_ != configured_sectors_ - 1;
    if (command.feature != 0xC0 || has_area) return aborted();
    configured_sectors_ = misbehaviour_.native_after_restore.value_or(model_.native_sectors);
    kept_max_ = volatile_max_ = accessible_max_ = configured_sectors_ - 1;
    return result;
}

bool SimulatedAtaDrive::is_password_right(const AtaCommand& command) const {
    if (!user_password_ || command.data_out.size() != 512) return false;
    std::string given(command.data_out.begin() + 2, command.data_out.begin() + 34);
    std::string right = *user_password_;
    right.resize(32, '\0');
    return (command.data_out[0] & 1) == 0 && given == right;
}

AtaResult SimulatedAtaDrive::security(const AtaCommand& command) {
    if (!model_.has_security || is_security_frozen_) return aborted();
    switch (command.command) {
        case 0xF1:
            if (is_locked_ || command.data_out.size() != 512) return aborted();
            user_password_ = std::string(command.data_out.begin() + 2, command.data_out.begin() + 34);
            return {};
        case 0xF2:
            if (tries_left_ == 0) return aborted();
            if (!is_password_right(command)) {
                --tries_left_;
                return aborted();
            }
            is_locked_ = false;
            tries_left_ = 5;
            return {};
        case 0xF5:
            is_security_frozen_ = true;
            return {};
        case 0xF6:
            if (is_locked_ || !is_password_right(command)) return aborted();
            user_password_.reset();
            return {};
        default:
            return aborted();
    }
}

void SimulatedAtaDrive::erase_everything() {
    if (!misbehaviour_.reports_success_without_erasing) medium_.erase_blocks();
    medium_.set_erased_pattern(misbehaviour_.pattern_afterwards.value_or(0));
    change_identity();
}

void SimulatedAtaDrive::change_identity() {
    if (!misbehaviour_.serial_after_erase.empty()) model_.serial = misbehaviour_.serial_after_erase;
    if (misbehaviour_.sectors_after_erase) set_configured_sectors(*misbehaviour_.sectors_after_erase);
}

AtaResult SimulatedAtaDrive::erase_unit(const AtaCommand& command) {
    if (!model_.has_security || is_security_frozen_ || !is_password_right(command)) return aborted();
    const bool is_enhanced = (command.data_out[0] & 2) != 0;
    if (is_enhanced && !model_.has_enhanced_erase) return aborted();
    erase_everything();
    if (!misbehaviour_.keeps_enabled_after_erase) user_password_.reset();
    is_locked_ = false;
    return {};
}

unsigned SimulatedAtaDrive::sanitize_percent() const {
    const unsigned percent = std::min(100U, sanitize_elapsed_ * 100 / std::max(1U, sanitize_seconds));
    return std::min(percent, misbehaviour_.progress_sticks_at_percent.value_or(100));
}

AtaResult SimulatedAtaDrive::sanitize_result(bool is_error) const {
    AtaResult result;
    if (is_error) {
        result = aborted();
        result.lba = sanitize_ == Sanitize::failed ? 1 : (sanitize_ == Sanitize::frozen ? 3 : 2);
        return result;
    }
    if (sanitize_ == Sanitize::succeeded) result.count |= 0x8000;
    if (sanitize_ == Sanitize::running) result.count |= 0x4000;
    if (sanitize_ == Sanitize::frozen) result.count |= 0x2000;
    if (is_antifreeze_locked_) result.count |= 0x1000;
    result.lba = sanitize_ == Sanitize::running ? sanitize_percent() * 65535U / 100U : 0xFFFFU;
    return result;
}

AtaResult SimulatedAtaDrive::sanitize(const AtaCommand& command) {
    if (!model_.sanitize_block && !model_.sanitize_crypto && !model_.sanitize_overwrite) return aborted();
    const auto key = static_cast<uint32_t>(command.lba);
    switch (command.feature) {
        case 0x0000:
            if (sanitize_ == Sanitize::failed && (command.count & 1) != 0 && sanitize_failure_may_be_left_)
                sanitize_ = Sanitize::idle;
            return sanitize_result(sanitize_ == Sanitize::failed);
        case 0x0020:
            if (key != 0x46724C6B || is_antifreeze_locked_ || sanitize_ == Sanitize::running)
                return sanitize_result(true);
            sanitize_ = Sanitize::frozen;
            return sanitize_result(false);
        case 0x0040:
            if (!model_.sanitize_antifreeze || key != 0x416E7469 || sanitize_ == Sanitize::frozen)
                return sanitize_result(true);
            is_antifreeze_locked_ = true;
            return sanitize_result(false);
        default:
            return start_sanitize(command);
    }
}

AtaResult SimulatedAtaDrive::start_sanitize(const AtaCommand& command) {
    const auto key = static_cast<uint32_t>(command.lba);
    const bool is_known =
        (command.feature == 0x0011 && model_.sanitize_crypto && key == 0x43727970) ||
        (command.feature == 0x0012 && model_.sanitize_block && key == 0x426B4572) ||
        (command.feature == 0x0014 && model_.sanitize_overwrite && command.lba >> 32 == 0x4F57);
    if (!is_known || is_locked_ || sanitize_ == Sanitize::frozen || sanitize_ == Sanitize::running)
        return sanitize_result(true);
    sanitize_feature_ = command.feature;
    sanitize_failure_may_be_left_ = (command.count & 0x10) != 0;
    sanitize_pattern_ = key;
    sanitize_elapsed_ = 0;
    sanitize_ = misbehaviour_.reports_completed_without_running ? Sanitize::succeeded : Sanitize::running;
    return sanitize_result(false);
}

void SimulatedAtaDrive::finish_sanitize() {
    sanitize_ = Sanitize::succeeded;
    change_identity();
    if (misbehaviour_.reports_success_without_erasing) return;
    if (sanitize_feature_ == 0x0011) {
        medium_.change_key();
        return;
    }
    medium_.erase_blocks();
    const uint32_t pattern = sanitize_feature_ == 0x0014 ? sanitize_pattern_ : 0;
    medium_.set_erased_pattern(misbehaviour_.pattern_afterwards.value_or(pattern));
}

void SimulatedAtaDrive::advance(unsigned seconds) {
    if (sanitize_ != Sanitize::running) return;
    sanitize_elapsed_ += seconds;
    const unsigned percent = sanitize_percent();
    if (misbehaviour_.sanitize_fails_at_percent && percent >= *misbehaviour_.sanitize_fails_at_percent)
        sanitize_ = Sanitize::failed;
    else if (percent >= 100)
        finish_sanitize();
}

void SimulatedAtaDrive::suspend_and_wake() {
    volatile_max_ = kept_max_;
    max_was_set_ = native_max_was_read_ = erase_is_prepared_ = false;
    is_accessible_max_frozen_ = is_configuration_frozen_ = is_security_frozen_ = false;
    is_locked_ = user_password_.has_value();
    tries_left_ = 5;
    is_antifreeze_locked_ = false;
    if (sanitize_ == Sanitize::frozen) sanitize_ = Sanitize::idle;  // a running operation goes on
    if (tper_) tper_->power_cycle();
}

void SimulatedAtaDrive::power_cycle() {
    suspend_and_wake();
    is_security_frozen_ = is_configuration_frozen_ = model_.firmware_freezes_security;
}

void SimulatedAtaDrive::lock_by_stranger(const std::string& password) {
    user_password_ = password;
    is_locked_ = true;
}

AtaResult SimulatedAtaDrive::media(const AtaCommand& command) {
    if (command.command == 0xEA) return {};
    const uint64_t sectors = addressable_sectors();
    if (is_locked() || command.lba >= sectors || command.count > sectors - command.lba) return aborted();
    AtaResult result;
    for (uint64_t i = 0; i < command.count; ++i) {
        if (command.command == 0x24) {
            const Sector sector = medium_.read(command.lba + i);
            result.data.insert(result.data.end(), sector.begin(), sector.end());
        } else {
            const auto first = command.data_out.begin() + static_cast<std::ptrdiff_t>(i * 512);
            medium_.write(command.lba + i, Sector(first, first + 512));
        }
    }
    return result;
}

SimulatedTper& SimulatedAtaDrive::add_tper(TperModel model) {
    model_.has_trusted_computing = true;
    return tper_.emplace(std::move(model), [this] { medium_.change_key(); });
}

AtaResult SimulatedAtaDrive::trusted_receive(const AtaCommand& command) {
    if (!model_.has_trusted_computing) return aborted();
    const size_t sectors = (command.lba & 0xFF) << 8 | (command.count & 0xFF);
    AtaResult result;
    if (tper_) {
        auto data = tper_->receive(static_cast<uint8_t>(command.feature),
                                   static_cast<uint16_t>(command.lba >> 8), sectors * 512);
        if (!data) return aborted();
        result.data = std::move(*data);
        return result;
    }
    if (model_.tcg_discovery.empty() || command.feature != 1) return aborted();
    result.data = model_.tcg_discovery;
    result.data.resize(command.data_in_sectors * 512, 0);
    return result;
}

AtaResult SimulatedAtaDrive::trusted_send(const AtaCommand& command) {
    const size_t sectors = (command.lba & 0xFF) << 8 | (command.count & 0xFF);
    const bool is_taken = tper_ && command.data_out.size() == sectors * 512 &&
                          tper_->send(static_cast<uint8_t>(command.feature),
                                      static_cast<uint16_t>(command.lba >> 8), command.data_out);
    return is_taken ? AtaResult{} : aborted();
}

Result<AtaReply> SimulatedAtaDrive::send(const AtaCommand& command) {
    AtaResult result = execute(command);
    AtaReply reply;
    reply.registers = AtaRegisters::all;
    reply.status = result.status;
    reply.error = result.error;
    reply.count = result.count;
    reply.lba = result.lba | (command.addressing == AtaAddressing::bits_28
                                  ? static_cast<uint64_t>(result.device & 0x0F) << 24
                                  : 0);
    reply.device = result.device;
    reply.outcome = (result.status & 0x21) != 0 ? AtaOutcome::failed : AtaOutcome::succeeded;
    reply.data = std::move(result.data);
    return reply;
}

}  // namespace regain::simulator
