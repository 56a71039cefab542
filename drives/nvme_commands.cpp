#include "drives/nvme_commands.h"

#include <utility>

namespace regain {
namespace {

constexpr uint32_t identify_bytes = 4096;

NvmeCommand identify(std::string_view name, uint32_t structure, uint32_t nsid) {
    NvmeCommand command;
    command.name = name;
    command.opcode = 0x06;
    command.nsid = nsid;
    command.cdw10 = structure;
    command.data_in_bytes = identify_bytes;
    return command;
}

NvmeCommand get_log(std::string_view name, uint32_t page) {
    constexpr uint32_t bytes = 512;
    constexpr uint32_t retain_event = 1U << 15;
    NvmeCommand command;
    command.name = name;
    command.opcode = 0x02;
    command.nsid = nvme_all_namespaces;
    command.cdw10 = (bytes / 4 - 1) << 16 | retain_event | page;
    command.data_in_bytes = bytes;
    return command;
}

}  // namespace

NvmeCommand nvme_identify_controller() {
    return identify("Identify Controller", 0x01, 0);
}

NvmeCommand nvme_identify_namespace(uint32_t nsid) {
    return identify("Identify Namespace", 0x00, nsid);
}

NvmeCommand nvme_identify_allocated_namespace(uint32_t nsid) {
    return identify("Identify Namespace (allocated)", 0x11, nsid);
}

NvmeCommand nvme_list_active_namespaces(uint32_t after) {
    return identify("Identify (active namespaces)", 0x02, after);
}

NvmeCommand nvme_list_allocated_namespaces(uint32_t after) {
    return identify("Identify (allocated namespaces)", 0x10, after);
}

NvmeCommand nvme_get_sanitize_status() {
    return get_log("Get Log Page (sanitize status)", 0x81);
}

NvmeCommand nvme_get_health() {
    return get_log("Get Log Page (health)", 0x02);
}

NvmeCommand nvme_security_receive(uint8_t security_protocol, uint16_t sp_specific, uint32_t bytes) {
    NvmeCommand command;
    command.name = "Security Receive";
    command.opcode = 0x82;
    command.cdw10 = static_cast<uint32_t>(security_protocol) << 24 | static_cast<uint32_t>(sp_specific) << 8;
    command.cdw11 = bytes;
    command.data_in_bytes = bytes;
    return command;
}

NvmeCommand nvme_security_send(uint8_t security_protocol, uint16_t sp_specific, Bytes data) {
    NvmeCommand command = nvme_security_receive(security_protocol, sp_specific, 0);
    command.name = "Security Send";
    command.opcode = 0x81;
    command.cdw11 = static_cast<uint32_t>(data.size());
    command.data_out = std::move(data);
    command.timeout = std::chrono::seconds(60);
    return command;
}

NvmeCommand nvme_sanitize(NvmeSanitize action, uint32_t pattern) {
    constexpr uint32_t unrestricted_exit = 1U << 3;
    constexpr uint32_t one_pass = 1U << 4;
    NvmeCommand command;
    command.name = "Sanitize";
    command.opcode = 0x84;
    command.cdw10 = static_cast<uint32_t>(action);
    if (action != NvmeSanitize::exit_failure_mode) command.cdw10 |= unrestricted_exit;
    if (action == NvmeSanitize::overwrite) {
        command.cdw10 |= one_pass;
        command.cdw11 = pattern;
    }
    command.timeout = std::chrono::seconds(60);
    return command;
}

NvmeCommand nvme_format(uint32_t nsid, NvmeFormatErase erase, const NvmeFormat& format,
                        std::chrono::seconds timeout) {
    const uint32_t index = format.lba_format_index;
    NvmeCommand command;
    command.name = "Format NVM";
    command.opcode = 0x80;
    command.nsid = nsid;
    command.cdw10 = (index & 0xF) | (index >> 4 & 0x3) << 12 | static_cast<uint32_t>(erase) << 9 |
                    (format.protection_type & 0x7U) << 5;
    if (format.extended_metadata) command.cdw10 |= 1U << 4;
    if (format.protection_first) command.cdw10 |= 1U << 8;
    command.timeout = timeout;
    return command;
}

}  // namespace regain
