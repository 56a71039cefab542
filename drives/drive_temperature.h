#pragma once
// How warm a drive is, as the kernel's hwmon devices tell it: drivetemp for ATA drives (a module that has to
// be loaded), the NVMe driver for its own. Looked for again at every call: what is read costs the drive a
// command. Used by the worker while it overwrites; it decides nothing.
//
// Ref: Linux Documentation/hwmon/drivetemp.rst (temp1_input, temp1_max, temp1_crit, in milli-degrees
// Celsius).

#include <cstdint>
#include <optional>
#include <string>

#include "base/system_root.h"
#include "reports/drive_record.h"

namespace regain {

/// Degrees Celsius.
struct DriveTemperature {
    double now = 0;
    std::optional<double> highest_recommended;  ///< temp1_max: in continuous operation
    std::optional<double> critical;             ///< temp1_crit: above it the drive may be damaged
    /// Who says so: "hwmon" (the kernel's sensor), "sct", "smart", "scsi-log", "nvme-log"
    /// (asked_temperature.h).
    std::string source = "hwmon";
    bool operator==(const DriveTemperature&) const = default;
};

/// What a drive can have: neither below -40 nor above 150 degrees.
constexpr bool can_be(double degrees) {
    return degrees >= -40 && degrees <= 150;
}

/// Nothing where no sensor tells, or what it tells can't be (below -40, above 150 degrees).
std::optional<DriveTemperature> read_temperature(const SystemRoot& root, const DriveRecord& drive);

}  // namespace regain
