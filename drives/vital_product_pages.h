#pragma once
// The vital product data that the kernel read from a SCSI device and shows in sysfs (vpd_pg80, vpd_pg89,
// vpd_pgb1), decoded. An ATA drive's IDENTIFY DEVICE data is inside page 89h. Pure; reads nothing itself.

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace regain {

/// Serial from page 80h (Unit Serial Number), without padding; empty when the page is malformed.
std::string unit_serial(ByteView page);

/// Rotation rate in page B1h (Block Device Characteristics) and in IDENTIFY DEVICE word 217 have one coding.
enum class Rotation { not_reported, non_rotating, rotating };
Rotation rotation_of(uint16_t rate);
Rotation rotation_from_page(ByteView page);

struct AtaIdentity {
    std::string model;     ///< words 27-46
    std::string serial;    ///< words 10-19
    std::string firmware;  ///< words 23-26
    std::string wwn;       ///< words 108-111: "0x5000c500a1b2c3d4", empty when there is none
    Rotation rotation = Rotation::not_reported;  ///< word 217
    bool is_compact_flash = false;               ///< word 0 = 848Ah
};
/// The IDENTIFY DEVICE data in page 89h (ATA Information); nothing when the page is too short or not one.
std::optional<AtaIdentity> ata_identity(ByteView page);

}  // namespace regain
