#include "drives/harmless_commands.h"

#include <algorithm>

#include "drives/scsi_sense.h"
#include "drives/tcg_discovery.h"

namespace regain {
namespace {

Error not_before_confirmation(std::string_view name) {
    return error(ErrorKind::refused, message("send {0}", name),
                 message("only commands that change nothing are sent before a plan is confirmed"));
}

/// A security protocol request that only asks what there is: the list of protocols, or TCG's discovery.
bool is_security_discovery(uint8_t protocol, uint16_t specific) {
    return (protocol == 0x00 && specific == 0x0000) ||
           (protocol == tcg_security_protocol && specific == tcg_discovery_com_id);
}

struct AtaRequest {
    uint8_t command = 0;
    uint16_t feature = 0;
    uint16_t count = 0;
    uint64_t lba = 0;  ///< (23:0)
};

bool is_harmless_ata(const AtaRequest& request) {
    switch (request.command) {
        case 0xEC:  // IDENTIFY DEVICE
        case 0x27:  // READ NATIVE MAX ADDRESS EXT
            return true;
        case 0xF8:  // READ NATIVE MAX ADDRESS
        case 0x78:  // GET NATIVE MAX ADDRESS EXT; 0001h sets it, 0002h freezes it
            return request.feature == 0x0000;
        case 0xB1:  // DEVICE CONFIGURATION IDENTIFY; C0h restores, C1h freezes, C3h sets
            return request.feature == 0xC2;
        case 0xB4:  // SANITIZE STATUS EXT; bit 0 of COUNT clears a failure
            return request.feature == 0x0000 && (request.count & 1) == 0;
        case 0x5C:  // TRUSTED RECEIVE
            return is_security_discovery(static_cast<uint8_t>(request.feature),
                                         static_cast<uint16_t>(request.lba >> 8));
        default:
            return false;
    }
}

AtaRequest request_in_16(const Bytes& cdb) {
    AtaRequest request;
    const bool is_extended = (cdb[1] & 1) != 0;
    request.command = cdb[14];
    request.feature = static_cast<uint16_t>(cdb[4] | (is_extended ? cdb[3] << 8 : 0));
    request.count = static_cast<uint16_t>(cdb[6] | (is_extended ? cdb[5] << 8 : 0));
    request.lba = cdb[8] | uint64_t{cdb[10]} << 8 | uint64_t{cdb[12]} << 16;
    return request;
}

AtaRequest request_in_12(const Bytes& cdb) {
    AtaRequest request;
    request.command = cdb[9];
    request.feature = cdb[3];
    request.count = cdb[4];
    request.lba = cdb[5] | uint64_t{cdb[6]} << 8 | uint64_t{cdb[7]} << 16;
    return request;
}

/// No data goes out, and the protocol is one of those that Regain uses (no reset, no diagnosis).
bool is_reading_protocol(uint8_t byte) {
    const unsigned protocol = byte >> 1 & 0xFU;
    return protocol == 3 || protocol == 4;
}

}  // namespace

bool is_harmless(const ScsiCommand& command) {
    const Bytes& cdb = command.cdb;
    if (cdb.size() < 6 || command.direction == ScsiDirection::out || !command.data_out.empty()) return false;
    switch (cdb[0]) {
        case 0x00:  // TEST UNIT READY
        case 0x03:  // REQUEST SENSE
        case 0x12:  // INQUIRY
            return true;
        case 0x9E:  // READ CAPACITY (16)
            return (cdb[1] & 0x1F) == 0x10;
        case 0xA3:  // REPORT SUPPORTED OPERATION CODES
            return (cdb[1] & 0x1F) == 0x0C;
        case 0xA2:  // SECURITY PROTOCOL IN
            return cdb.size() == 12 && is_security_discovery(cdb[1], read_be16(cdb, 2));
        case 0x85:
            return cdb.size() == 16 && is_reading_protocol(cdb[1]) && is_harmless_ata(request_in_16(cdb));
        case 0xA1:
            return cdb.size() == 12 && is_reading_protocol(cdb[1]) && is_harmless_ata(request_in_12(cdb));
        default:
            return false;
    }
}

bool is_harmless(const NvmeCommand& command) {
    if (!command.data_out.empty()) return false;
    switch (command.opcode) {
        case 0x06:
            return true;  // Identify
        case 0x02: {      // Get Log Page: without RAE it clears a pending event
            const bool keeps_event = (command.cdw10 & 1U << 15) != 0;
            return keeps_event && (command.cdw10 & 0xFF) == 0x81;
        }
        case 0x82:  // Security Receive
            return is_security_discovery(static_cast<uint8_t>(command.cdw10 >> 24),
                                         static_cast<uint16_t>(command.cdw10 >> 8));
        default:
            return false;
    }
}

bool is_harmless(const MmcCommand& command) {
    return command.index == 8 && command.argument == 0 && command.data_in_blocks == 1;  // SEND_EXT_CSD
}

Result<ScsiReply> HarmlessScsiTransport::send(const ScsiCommand& command) {
    if (!is_harmless(command)) return not_before_confirmation(command.name);
    constexpr int most_tries = 3;
    auto reply = inner_.send(command);
    for (int i = 1; i < most_tries && reply.ok() && is_unit_attention(*reply); ++i)
        reply = inner_.send(command);
    return reply;
}

Result<NvmeReply> HarmlessNvmeTransport::send(const NvmeCommand& command) {
    if (!is_harmless(command)) return not_before_confirmation(command.name);
    return inner_.send(command);
}

Result<std::vector<MmcReply>> HarmlessMmcTransport::send(const std::vector<MmcCommand>& commands) {
    const auto harmful = std::find_if(commands.begin(), commands.end(),
                                      [](const MmcCommand& command) { return !is_harmless(command); });
    if (harmful != commands.end()) return not_before_confirmation(harmful->name);
    return inner_.send(commands);
}

}  // namespace regain
