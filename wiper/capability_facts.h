#pragma once
// Inside wiper: adds facts to a drive's capabilities, each with its source and raw field, and the parts of
// the capability reader, one for each protocol. Each part takes a channel that is already guarded and logged.

#include <cstdint>
#include <string>
#include <string_view>

#include "drives/ata_transport.h"
#include "drives/mmc_transport.h"
#include "drives/nvme_transport.h"
#include "drives/scsi_transport.h"
#include "wiper/drive_capabilities.h"

namespace regain {

class CapabilityFacts {
  public:
    explicit CapabilityFacts(DriveCapabilities& capabilities) : capabilities_(capabilities) {}
    void add(std::string_view fact, std::string value, std::string source, std::string raw = {}) {
        capabilities_.facts.push_back(
            {std::string(fact), std::move(value), std::move(source), std::move(raw)});
    }
    void add(std::string_view fact, bool value, std::string source, std::string raw = {}) {
        add(fact, std::string(value ? "yes" : "no"), std::move(source), std::move(raw));
    }
    /// `value` is "yes" when the bit is set; a literal would otherwise become a bool.
    void add(std::string_view fact, const char* value, std::string source, std::string raw = {}) {
        add(fact, std::string(value), std::move(source), std::move(raw));
    }
    void add_number(std::string_view fact, uint64_t value, std::string source, std::string raw = {}) {
        add(fact, std::to_string(value), std::move(source), std::move(raw));
    }
    /// What could not be read, and why.
    void not_known(std::string code, std::map<std::string, std::string> arguments = {}) {
        capabilities_.not_known.push_back({std::move(code), std::move(arguments)});
    }

  private:
    DriveCapabilities& capabilities_;
};

/// A 16-bit word, a 32-bit word, a byte as in the standards: "0x0029".
std::string hex16(uint16_t value);
std::string hex32(uint32_t value);
std::string hex8(uint8_t value);

/// Everything that an ATA drive says: `capabilities.pass_through` is already there. `scsi` is the channel
/// that carries the commands (libata answers SECURITY PROTOCOL IN itself).
void read_ata_capabilities(AtaTransport& ata, ScsiTransport& scsi, DriveCapabilities& capabilities);
void read_scsi_capabilities(ScsiTransport& scsi, DriveCapabilities& capabilities);
void read_nvme_capabilities(NvmeTransport& nvme, DriveCapabilities& capabilities);
void read_mmc_capabilities(MmcTransport& mmc, DriveCapabilities& capabilities);

/// Asks each mechanism by which the drive can hide sectors; changes nothing.
HiddenSectors read_hidden_sectors(AtaTransport& ata, const AtaIdentify& identify, CapabilityFacts& facts);

/// Level 0 discovery as facts; false when the bytes hold none.
bool add_tcg_facts(ByteView data, const std::string& source, DriveCapabilities& capabilities);
/// Level 0 discovery through SECURITY PROTOCOL IN.
bool read_tcg_through_scsi(ScsiTransport& scsi, DriveCapabilities& capabilities);

}  // namespace regain
