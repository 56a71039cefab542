#include "drives/scsi_commands.h"

#include <cassert>
#include <utility>

namespace regain {
namespace {

constexpr uint32_t inquiry_bytes = 96;
constexpr uint32_t page_bytes = 1024;

ScsiCommand reading(std::string_view name, Bytes cdb, uint32_t bytes) {
    ScsiCommand command;
    command.name = name;
    command.cdb = std::move(cdb);
    command.direction = ScsiDirection::in;
    command.data_in_bytes = bytes;
    return command;
}

ScsiCommand sanitize(std::string_view name, uint8_t service_action, UnrestrictedExit exit) {
    constexpr uint8_t immediate = 0x80;
    constexpr uint8_t unrestricted = 0x20;
    ScsiCommand command;
    command.name = name;
    command.cdb.assign(10, 0);
    command.cdb[0] = scsi_sanitize_code;
    command.cdb[1] =
        static_cast<uint8_t>(service_action | immediate | (exit == UnrestrictedExit::yes ? unrestricted : 0));
    command.timeout = std::chrono::seconds(60);
    return command;
}

}  // namespace

ScsiCommand scsi_test_unit_ready() {
    ScsiCommand command;
    command.name = "TEST UNIT READY";
    command.cdb.assign(6, 0);
    return command;
}

ScsiCommand scsi_inquiry() {
    Bytes cdb{0x12, 0, 0, 0, 0, 0};
    write_big_endian<uint16_t>(cdb, 3, inquiry_bytes);
    return reading("INQUIRY", std::move(cdb), inquiry_bytes);
}

ScsiCommand scsi_inquiry_page(uint8_t page) {
    Bytes cdb{0x12, 0x01, page, 0, 0, 0};
    write_big_endian<uint16_t>(cdb, 3, page_bytes);
    return reading("INQUIRY (vital product data)", std::move(cdb), page_bytes);
}

ScsiCommand scsi_read_capacity_16() {
    constexpr uint32_t bytes = 32;
    Bytes cdb(16, 0);
    cdb[0] = 0x9E;
    cdb[1] = 0x10;
    write_big_endian<uint32_t>(cdb, 10, bytes);
    return reading("READ CAPACITY (16)", std::move(cdb), bytes);
}

ScsiCommand scsi_log_sense(uint8_t page) {
    constexpr uint8_t cumulative_values = 0x40;
    Bytes cdb(10, 0);
    cdb[0] = 0x4D;
    cdb[2] = static_cast<uint8_t>(cumulative_values | page);
    write_big_endian<uint16_t>(cdb, 7, page_bytes);
    return reading("LOG SENSE", std::move(cdb), page_bytes);
}

ScsiCommand scsi_report_supported_operation(uint8_t operation_code, uint16_t service_action) {
    constexpr uint32_t bytes = 64;
    Bytes cdb(12, 0);
    cdb[0] = 0xA3;
    cdb[1] = 0x0C;
    cdb[2] = 0x02;  // one command, with a service action
    cdb[3] = operation_code;
    write_big_endian<uint16_t>(cdb, 4, service_action);
    write_big_endian<uint32_t>(cdb, 6, bytes);
    return reading("REPORT SUPPORTED OPERATION CODES", std::move(cdb), bytes);
}

ScsiCommand scsi_request_sense(SenseFormat format) {
    constexpr uint8_t bytes = 252;
    const auto descriptor = static_cast<uint8_t>(format == SenseFormat::descriptor ? 1 : 0);
    return reading("REQUEST SENSE", Bytes{0x03, descriptor, 0, 0, bytes, 0}, bytes);
}

ScsiCommand scsi_security_protocol_in(uint8_t security_protocol, uint16_t sp_specific, uint32_t bytes) {
    constexpr uint8_t in_blocks_of_512 = 0x80;
    Bytes cdb(12, 0);
    cdb[0] = 0xA2;
    cdb[1] = security_protocol;
    write_big_endian<uint16_t>(cdb, 2, sp_specific);
    cdb[4] = in_blocks_of_512;
    write_big_endian<uint32_t>(cdb, 6, bytes / 512);
    return reading("SECURITY PROTOCOL IN", std::move(cdb), bytes);
}

ScsiCommand scsi_security_protocol_out(uint8_t security_protocol, uint16_t sp_specific, Bytes data) {
    assert(!data.empty() && data.size() % 512 == 0);
    ScsiCommand command =
        scsi_security_protocol_in(security_protocol, sp_specific, static_cast<uint32_t>(data.size()));
    command.name = "SECURITY PROTOCOL OUT";
    command.cdb[0] = 0xB5;
    command.direction = ScsiDirection::out;
    command.data_in_bytes = 0;
    command.data_out = std::move(data);
    command.timeout = std::chrono::seconds(60);
    return command;
}

ScsiCommand scsi_sanitize_overwrite(UnrestrictedExit exit, unsigned passes, ByteView pattern) {
    assert(passes >= 1 && passes <= 31 && !pattern.empty() && pattern.size() <= 0xFFFF - 4);
    ScsiCommand command = sanitize("SANITIZE (overwrite)", scsi_sanitize_overwrite_action, exit);
    command.direction = ScsiDirection::out;
    command.data_out.assign(4, 0);
    command.data_out[0] = static_cast<uint8_t>(passes);
    write_big_endian<uint16_t>(command.data_out, 2, static_cast<uint16_t>(pattern.size()));
    command.data_out.insert(command.data_out.end(), pattern.begin(), pattern.end());
    write_big_endian<uint16_t>(command.cdb, 7, static_cast<uint16_t>(command.data_out.size()));
    return command;
}

ScsiCommand scsi_sanitize_block_erase(UnrestrictedExit exit) {
    return sanitize("SANITIZE (block erase)", scsi_sanitize_block_erase_action, exit);
}

ScsiCommand scsi_sanitize_cryptographic_erase(UnrestrictedExit exit) {
    return sanitize("SANITIZE (cryptographic erase)", scsi_sanitize_crypto_erase_action, exit);
}

ScsiCommand scsi_sanitize_exit_failure_mode() {
    return sanitize("SANITIZE (exit failure mode)", scsi_sanitize_exit_failure_action, UnrestrictedExit::no);
}

ScsiCommand scsi_synchronize_cache() {
    ScsiCommand command;
    command.name = "SYNCHRONIZE CACHE";
    command.cdb = Bytes{0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0};  // from the first block to the last one
    command.timeout = std::chrono::seconds(60);
    return command;
}

ScsiCommand scsi_stop_unit() {
    ScsiCommand command;
    command.name = "START STOP UNIT (stop)";
    command.cdb = Bytes{0x1B, 0, 0, 0, 0, 0};  // IMMED = 0: it answers when the spindle stands
    command.timeout = std::chrono::seconds(60);
    return command;
}

}  // namespace regain
