#include "drives/ata_commands.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace regain {
namespace {

// Bit 6 of DEVICE: the LBA field holds an LBA.
constexpr uint8_t device_lba = 0x40;

constexpr uint8_t read_native_max_ext_code = 0x27;
constexpr uint8_t set_max_ext_code = 0x37;
constexpr uint8_t trusted_receive_code = 0x5C;
constexpr uint8_t trusted_send_code = 0x5E;
constexpr uint8_t accessible_max_address_code = 0x78;
constexpr uint8_t smart_code = 0xB0;
constexpr uint8_t device_configuration_code = 0xB1;
constexpr uint8_t sanitize_code = 0xB4;
constexpr uint8_t identify_code = 0xEC;
constexpr uint8_t read_native_max_code = 0xF8;
constexpr uint8_t set_max_code = 0xF9;

constexpr uint16_t configuration_restore = 0xC0;
constexpr uint16_t configuration_identify = 0xC2;

// Features of SANITIZE DEVICE, and the keys that stand in the LBA field so that no stray command erases.
constexpr uint16_t smart_feature_read_data = 0xD0;
constexpr uint16_t smart_feature_read_log = 0xD5;
constexpr uint64_t smart_signature = 0xC24F00;  // LBA(23:8)
constexpr uint16_t sanitize_feature_status = 0x0000;
constexpr uint16_t sanitize_feature_crypto = 0x0011;
constexpr uint16_t sanitize_feature_block = 0x0012;
constexpr uint16_t sanitize_feature_overwrite = 0x0014;
constexpr uint16_t sanitize_feature_freeze = 0x0020;
constexpr uint16_t sanitize_feature_antifreeze = 0x0040;
constexpr uint64_t key_crypto = 0x43727970;      // "Cryp"
constexpr uint64_t key_block = 0x426B4572;       // "BkEr"
constexpr uint64_t key_overwrite = 0x4F57;       // "OW", above the 32-bit pattern
constexpr uint64_t key_freeze = 0x46724C6B;      // "FrLk"
constexpr uint64_t key_antifreeze = 0x416E7469;  // "Anti"
constexpr uint16_t count_clear_failure = 1U << 0;
constexpr uint16_t count_failure_mode = 1U << 4;

constexpr size_t sector_bytes = 512;
constexpr size_t password_bytes = 32;
constexpr size_t password_offset = 2;  // words 1-16

AtaCommand plain(std::string_view name, uint8_t code, uint16_t feature = 0) {
    AtaCommand command;
    command.name = name;
    command.command = code;
    command.feature = feature;
    return command;
}

AtaCommand reading(std::string_view name, uint8_t code, uint16_t feature = 0) {
    AtaCommand command = plain(name, code, feature);
    command.protocol = AtaProtocol::pio_in;
    command.count = 1;
    command.data_in_sectors = 1;
    return command;
}

AtaCommand extended(std::string_view name, uint8_t code, uint16_t feature = 0) {
    AtaCommand command = plain(name, code, feature);
    command.addressing = AtaAddressing::bits_48;
    return command;
}

AtaCommand sanitize(std::string_view name, uint16_t feature, uint64_t lba, uint16_t count) {
    AtaCommand command = extended(name, sanitize_code, feature);
    command.lba = lba;
    command.count = count;
    return command;
}

uint16_t failure_bits(AtaSanitizeFailure on_failure) {
    return on_failure == AtaSanitizeFailure::may_be_left ? count_failure_mode : 0;
}

/// Word 0 bit 0: master password.
AtaCommand with_password(std::string_view name, uint8_t code, AtaPassword which, std::string_view password) {
    AtaCommand command = plain(name, code);
    command.protocol = AtaProtocol::pio_out;
    command.count = 1;
    command.data_out.assign(sector_bytes, 0);
    if (which == AtaPassword::master) command.data_out[0] = 0x01;
    const ByteView bytes = as_bytes(password.substr(0, password_bytes));
    std::copy(bytes.begin(), bytes.end(), command.data_out.begin() + password_offset);
    return command;
}

}  // namespace

AtaCommand ata_identify_device() {
    return reading("IDENTIFY DEVICE", identify_code);
}

AtaCommand ata_read_native_max_address() {
    AtaCommand command = plain("READ NATIVE MAX ADDRESS", read_native_max_code);
    command.device = device_lba;
    return command;
}

AtaCommand ata_read_native_max_address_ext() {
    AtaCommand command = extended("READ NATIVE MAX ADDRESS EXT", read_native_max_ext_code);
    command.device = device_lba;
    return command;
}

AtaCommand ata_get_native_max_address_ext() {
    return extended("GET NATIVE MAX ADDRESS EXT", accessible_max_address_code);
}

AtaCommand ata_device_configuration_identify() {
    return reading("DEVICE CONFIGURATION IDENTIFY", device_configuration_code, configuration_identify);
}

AtaCommand ata_sanitize_status() {
    return sanitize("SANITIZE STATUS EXT", sanitize_feature_status, 0, 0);
}

AtaCommand ata_smart_read_data() {
    AtaCommand command = reading("SMART READ DATA", smart_code, smart_feature_read_data);
    command.lba = smart_signature;
    return command;
}

AtaCommand ata_smart_read_log(uint8_t log) {
    AtaCommand command = reading("SMART READ LOG", smart_code, smart_feature_read_log);
    command.lba = smart_signature | log;
    return command;
}

AtaCommand ata_trusted_receive(uint8_t security_protocol, uint16_t sp_specific, uint16_t sectors) {
    AtaCommand command = reading("TRUSTED RECEIVE", trusted_receive_code, security_protocol);
    // The length is split: COUNT holds its low byte, LBA(7:0) its high byte.
    command.count = sectors & 0xFF;
    command.lba = static_cast<uint64_t>(sectors >> 8) | static_cast<uint64_t>(sp_specific) << 8;
    command.data_in_sectors = sectors;
    return command;
}

AtaCommand ata_trusted_send(uint8_t security_protocol, uint16_t sp_specific, Bytes data) {
    assert(!data.empty() && data.size() % sector_bytes == 0 && data.size() / sector_bytes <= 0xFFFF);
    const auto sectors = static_cast<uint16_t>(data.size() / sector_bytes);
    AtaCommand command = plain("TRUSTED SEND", trusted_send_code, security_protocol);
    command.protocol = AtaProtocol::pio_out;
    command.count = sectors & 0xFF;
    command.lba = static_cast<uint64_t>(sectors >> 8) | static_cast<uint64_t>(sp_specific) << 8;
    command.data_out = std::move(data);
    command.timeout = std::chrono::seconds(60);
    return command;
}

AtaCommand ata_set_max_address(uint32_t max_lba, SizeKept kept) {
    AtaCommand command = plain("SET MAX ADDRESS", set_max_code);
    command.device = device_lba;
    command.lba = max_lba;
    command.count = kept == SizeKept::for_good ? 1 : 0;
    return command;
}

AtaCommand ata_set_max_address_ext(uint64_t max_lba, SizeKept kept) {
    AtaCommand command = extended("SET MAX ADDRESS EXT", set_max_ext_code);
    command.device = device_lba;
    command.lba = max_lba;
    command.count = kept == SizeKept::for_good ? 1 : 0;
    return command;
}

AtaCommand ata_set_accessible_max_address_ext(uint64_t max_lba) {
    AtaCommand command = extended("SET ACCESSIBLE MAX ADDRESS EXT", accessible_max_address_code, 0x0001);
    command.lba = max_lba;
    return command;
}

AtaCommand ata_device_configuration_restore() {
    return plain("DEVICE CONFIGURATION RESTORE", device_configuration_code, configuration_restore);
}

AtaCommand ata_security_set_password(AtaPassword which, AtaSecurityLevel level, std::string_view password) {
    AtaCommand command = with_password("SECURITY SET PASSWORD", 0xF1, which, password);
    if (level == AtaSecurityLevel::maximum) command.data_out[1] = 0x01;  // word 0 bit 8
    return command;
}

AtaCommand ata_security_unlock(AtaPassword which, std::string_view password) {
    return with_password("SECURITY UNLOCK", 0xF2, which, password);
}

AtaCommand ata_security_disable_password(AtaPassword which, std::string_view password) {
    return with_password("SECURITY DISABLE PASSWORD", 0xF6, which, password);
}

AtaCommand ata_security_erase_prepare() {
    return plain("SECURITY ERASE PREPARE", 0xF3);
}

AtaCommand ata_security_erase_unit(AtaPassword which, AtaErase erase, std::string_view password,
                                   std::chrono::seconds timeout) {
    AtaCommand command = with_password("SECURITY ERASE UNIT", 0xF4, which, password);
    if (erase == AtaErase::enhanced) command.data_out[0] |= 0x02;
    command.timeout = timeout;
    return command;
}

AtaCommand ata_sanitize_clear_failure() {
    return sanitize("SANITIZE STATUS EXT (clear failure)", sanitize_feature_status, 0, count_clear_failure);
}

AtaCommand ata_sanitize_crypto_scramble(AtaSanitizeFailure on_failure) {
    return sanitize("CRYPTO SCRAMBLE EXT", sanitize_feature_crypto, key_crypto, failure_bits(on_failure));
}

AtaCommand ata_sanitize_block_erase(AtaSanitizeFailure on_failure) {
    return sanitize("BLOCK ERASE EXT", sanitize_feature_block, key_block, failure_bits(on_failure));
}

AtaCommand ata_sanitize_overwrite(AtaSanitizeFailure on_failure, uint32_t pattern, unsigned passes) {
    assert(passes >= 1 && passes <= 16);
    // Sixteen passes are coded as 0 in the four bits of the field.
    const auto count = static_cast<uint16_t>(failure_bits(on_failure) | (passes & 0xF));
    return sanitize("OVERWRITE EXT", sanitize_feature_overwrite, key_overwrite << 32 | pattern, count);
}

AtaCommand ata_sanitize_freeze_lock() {
    return sanitize("SANITIZE FREEZE LOCK EXT", sanitize_feature_freeze, key_freeze, 0);
}

AtaCommand ata_sanitize_antifreeze_lock() {
    return sanitize("SANITIZE ANTIFREEZE LOCK EXT", sanitize_feature_antifreeze, key_antifreeze, 0);
}

}  // namespace regain
