#pragma once
// Drives of many kinds and makers with what their command channels say, for the golden plans: read by the
// product's own reader from simulated drives, which are shaped after what is known of the real ones. Each
// says where it comes from. Used by golden_plans_test.cpp alone; no real drive is touched.

#include <string>
#include <vector>

#include "wiper/drive_capabilities.h"

namespace regain {

struct GoldenDrive {
    std::string name;  ///< of its file in tests/golden/plans, without ".json"
    /// Whether it was recorded in QEMU, taken from a cited dump or constructed from the standard; and which
    /// part was not.
    std::string provenance;
    DriveCapabilities capabilities;
};

std::vector<GoldenDrive> golden_drives();

}  // namespace regain
