#pragma once
// Capabilities built by hand, field by field of the standards, for the tests of plans: what a drive said,
// without a channel and without the reader.

#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "wiper/drive_capabilities.h"

namespace regain {

/// Words of IDENTIFY DEVICE by their number; the checksum is made to fit.
using IdentifyWords = std::map<size_t, uint16_t>;

inline AtaIdentify identify_of(const IdentifyWords& words) {
    Bytes sector(512, 0);
    IdentifyWords all{{0, 0x0040},  {10, 0x542D}, {11, 0x3120}, {83, 0x4400},
                      {84, 0x4000}, {86, 0x0400}, {87, 0x4000}, {217, 7200}};
    for (const auto& [word, value] : words) all[word] = value;
    for (const auto& [word, value] : all) {
        sector[word * 2] = static_cast<uint8_t>(value);
        sector[word * 2 + 1] = static_cast<uint8_t>(value >> 8);
    }
    sector[510] = 0xA5;
    sector[511] = static_cast<uint8_t>(0 - std::accumulate(sector.begin(), sector.end(), 0U));
    return *AtaIdentify::from(sector);
}

inline DriveRecord drive_of(Bus bus, const std::string& protocol, Medium medium, uint64_t size_bytes) {
    DriveRecord drive;
    drive.path = "/dev/test";
    drive.model = "TEST DRIVE";
    drive.serial = "T-1";
    drive.serial_source = "drive";
    drive.bus = bus;
    drive.protocol = protocol;
    drive.medium = medium;
    drive.size_bytes = size_bytes;
    drive.nodes = {{drive.path, "main", size_bytes, 0}};
    return drive;
}

constexpr uint64_t gigabyte = 1'000'000'000;
constexpr uint16_t has_security = 0x0001;
constexpr uint16_t has_enhanced_erase = 0x0021;
constexpr uint16_t is_frozen = 0x0008;
constexpr uint16_t is_locked = 0x0006;  ///< and enabled
constexpr uint16_t has_sanitize = 0x1000;
constexpr uint16_t sanitizes_crypto = 0x3000;
constexpr uint16_t sanitizes_overwrite = 0x5000;
constexpr uint16_t sanitizes_blocks = 0x9000;
constexpr uint16_t encrypts_all = 0x0010;

/// A drive that answered everything, with nothing hidden.
inline DriveCapabilities ata_drive(Medium medium, IdentifyWords words, uint64_t size_bytes = 500 * gigabyte) {
    if (words.count(217) == 0) words[217] = medium == Medium::ssd ? 1 : 7200;
    DriveCapabilities capabilities = capabilities_of(drive_of(Bus::ata, "ata", medium, size_bytes));
    PassThrough pass_through;
    pass_through.answer = BridgeAnswer::carries_16;
    pass_through.registers = AtaRegisters::all;
    pass_through.identify = identify_of(words);
    capabilities.ata = pass_through.identify;
    capabilities.pass_through = std::move(pass_through);
    HiddenSectors hidden;
    hidden.addressable_sectors = size_bytes / 512;
    hidden.is_examined = true;
    capabilities.hidden = hidden;
    capabilities.native_size_bytes = size_bytes;
    return capabilities;
}

inline void hide(DriveCapabilities& capabilities, uint64_t sectors) {
    capabilities.hidden->host_protected_native = capabilities.hidden->addressable_sectors + sectors;
    capabilities.native_size_bytes = capabilities.hidden->native_sectors() * 512;
}

inline NvmeNamespaceState namespace_of(uint32_t nsid, uint64_t size_bytes, bool is_attached = true) {
    NvmeNamespaceState state;
    state.nsid = nsid;
    state.is_attached = is_attached;
    state.identify.emplace();
    state.identify->block_bytes = 512;
    state.identify->size_blocks = size_bytes / 512;
    return state;
}

/// One namespace, block and crypto erase with times, Format with crypto.
inline DriveCapabilities nvme_drive(uint64_t size_bytes = 512 * gigabyte) {
    DriveCapabilities capabilities = capabilities_of(drive_of(Bus::nvme, "nvme", Medium::ssd, size_bytes));
    NvmeController controller;
    controller.has_format = controller.format_crypto = true;
    controller.sanitize_block = controller.sanitize_crypto = true;
    capabilities.nvme = controller;
    capabilities.namespaces = {namespace_of(1, size_bytes)};
    NvmeSanitizeLog log;
    log.state = NvmeSanitizeState::never;
    log.block_erase_seconds = 300;
    log.crypto_erase_seconds = 5;
    capabilities.nvme_sanitize = log;
    return capabilities;
}

inline DriveCapabilities sas_drive(Medium medium, ScsiSanitizeSupport support) {
    DriveCapabilities capabilities = capabilities_of(drive_of(Bus::scsi, "scsi", medium, 600 * gigabyte));
    capabilities.scsi_sanitize = support;
    capabilities.scsi_sanitize_state = ScsiSanitizeState::idle;
    return capabilities;
}

}  // namespace regain
