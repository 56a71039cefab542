#pragma once
// What the clock said, and what that is worth: the reading, where it comes from, the boot that it belongs to.
// Every signed document and registry record holds one. A donated PC's clock is never believed.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/system_root.h"

namespace regain {

struct ClockReading {
    std::string time;    ///< RFC 3339, UTC
    std::string source;  ///< "network": the kernel says that it is synchronised; "machine": nobody checked it
    bool plausible = false;  ///< false before this program existed: 1970, 2007
    std::string boot_id;     ///< of the kernel; empty when it is not known
    uint64_t monotonic_ms = 0;
    bool operator==(const ClockReading&) const = default;
};

/// Reads `clock`; the source and the boot's identity come from the running kernel and `root`.
ClockReading read_clock(const Clock& clock, const SystemRoot& root);
Json to_json(const ClockReading& reading);
Result<ClockReading> clock_reading_from_json(const Json& json);

}  // namespace regain
