#include "drives/nvme_pages.h"

#include <string_view>

#include "base/json.h"

namespace regain {
namespace {

constexpr size_t identify_bytes = 4096;

std::string text_at(ByteView data, size_t offset, size_t length) {
    const std::string_view text = as_text(data.subspan(offset, length));
    const std::string_view padding(" \0", 2);
    const size_t first = text.find_first_not_of(padding);
    if (first == std::string_view::npos) return {};
    return to_utf8(text.substr(first, text.find_last_not_of(padding) - first + 1));
}

/// A 128-bit number of bytes; more than 64 bits hold becomes the largest number.
uint64_t capacity_at(ByteView data, size_t offset) {
    return read_le64(data, offset + 8) != 0 ? UINT64_MAX : read_le64(data, offset);
}

std::optional<uint32_t> estimate_at(ByteView data, size_t offset) {
    const uint32_t seconds = read_le32(data, offset);
    if (seconds == 0xFFFFFFFF) return std::nullopt;
    return seconds;
}

NvmeSanitizeState state_of(uint16_t status) {
    switch (status & 0x7) {
        case 0:
            return NvmeSanitizeState::never;
        case 1:
            return NvmeSanitizeState::completed;
        case 2:
            return NvmeSanitizeState::in_progress;
        case 3:
            return NvmeSanitizeState::failed;
        case 4:
            return NvmeSanitizeState::completed_no_deallocate;
        default:
            return NvmeSanitizeState::unknown;
    }
}

}  // namespace

std::optional<NvmeController> parse_nvme_controller(ByteView data) {
    if (data.size() < identify_bytes) return std::nullopt;
    NvmeController controller;
    controller.serial = text_at(data, 4, 20);
    controller.model = text_at(data, 24, 40);
    controller.firmware = text_at(data, 64, 8);
    if (controller.serial.empty() && controller.model.empty()) return std::nullopt;
    controller.controller_id = read_le16(data, 78);
    controller.version = read_le32(data, 80);
    controller.oacs = read_le16(data, 256);
    controller.has_security_commands = (controller.oacs & 1U << 0) != 0;
    controller.has_format = (controller.oacs & 1U << 1) != 0;
    controller.has_namespace_management = (controller.oacs & 1U << 3) != 0;
    controller.total_bytes = capacity_at(data, 280);
    controller.unallocated_bytes = capacity_at(data, 296);
    controller.rpmb = read_le32(data, 312);
    controller.sanicap = read_le32(data, 328);
    controller.sanitize_crypto = (controller.sanicap & 1U << 0) != 0;
    controller.sanitize_block = (controller.sanicap & 1U << 1) != 0;
    controller.sanitize_overwrite = (controller.sanicap & 1U << 2) != 0;
    controller.no_deallocate_inhibited = (controller.sanicap & 1U << 29) != 0;
    controller.namespace_count = read_le32(data, 516);
    controller.fna = data[524];
    controller.format_all_namespaces = (controller.fna & 1U << 0) != 0;
    controller.erase_all_namespaces = (controller.fna & 1U << 1) != 0;
    controller.format_crypto = (controller.fna & 1U << 2) != 0;
    return controller;
}

std::optional<NvmeNamespace> parse_nvme_namespace(ByteView data) {
    if (data.size() < identify_bytes) return std::nullopt;
    NvmeNamespace space;
    space.size_blocks = read_le64(data, 0);
    space.capacity_blocks = read_le64(data, 8);
    space.flbas = data[26];
    space.format_index = static_cast<uint8_t>((space.flbas & 0x0F) | (space.flbas & 0x60) >> 1);
    space.extended_metadata = (space.flbas & 0x10) != 0;
    space.protection_type = data[29] & 0x07;
    space.protection_first = (data[29] & 0x08) != 0;
    space.is_write_protected = (data[99] & 0x01) != 0;
    const size_t format = 128 + size_t{space.format_index} * 4;
    space.metadata_bytes = read_le16(data, format);
    const uint8_t power = data[format + 2];
    if (power >= 9 && power < 32) space.block_bytes = 1U << power;
    return space;
}

std::vector<uint32_t> parse_nvme_namespace_list(ByteView data) {
    std::vector<uint32_t> identifiers;
    for (size_t at = 0; at + 4 <= data.size() && at < identify_bytes; at += 4) {
        const uint32_t nsid = read_le32(data, at);
        if (nsid == 0 || (!identifiers.empty() && nsid <= identifiers.back())) break;
        identifiers.push_back(nsid);
    }
    return identifiers;
}

std::optional<NvmeSanitizeLog> parse_nvme_sanitize_log(ByteView data) {
    if (data.size() < 32) return std::nullopt;
    NvmeSanitizeLog log;
    log.progress = read_le16(data, 0);
    log.raw_status = read_le16(data, 2);
    log.state = state_of(log.raw_status);
    log.completed_passes = static_cast<uint8_t>(log.raw_status >> 3 & 0x1F);
    log.global_data_erased = (log.raw_status & 1U << 8) != 0;
    log.last_command = read_le32(data, 4);
    log.overwrite_seconds = estimate_at(data, 8);
    log.block_erase_seconds = estimate_at(data, 12);
    log.crypto_erase_seconds = estimate_at(data, 16);
    return log;
}

}  // namespace regain
