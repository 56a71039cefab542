#pragma once
// What a drive is able to do, as far as it matters for erasing it: each fact with the raw field that it came
// from. Read from the drive's record; the drives' own commands join in a later version. Used by the planner,
// which does no I/O.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/drive_record.h"

namespace regain {

struct CapabilityFact {
    std::string fact;    ///< "medium", "rotational", "hidden-areas", ...
    std::string value;   ///< language-neutral
    std::string source;  ///< the raw field: "sysfs queue/rotational", "DriveRecord.native_size_bytes", ...
    bool operator==(const CapabilityFact&) const = default;
};

struct DriveCapabilities {
    DriveRecord drive;
    std::optional<uint64_t> native_size_bytes;    ///< empty: hidden areas were not examined
    std::optional<uint64_t> reallocated_sectors;  ///< from SMART, given by the caller; empty: not known
    std::vector<CapabilityFact> facts;
};

/// Facts that the record holds. `reallocated_sectors` comes from an inspection, if there was one.
DriveCapabilities capabilities_of(const DriveRecord& drive,
                                  std::optional<uint64_t> reallocated_sectors = std::nullopt);

/// The nodes that hold the user's data, main node first: each has to be overwritten. Boot areas, the RPMB and
/// further paths to the same blocks are not among them; a node of a kind unknown to this version is.
std::vector<DriveNode> user_data_nodes(const DriveRecord& drive);

}  // namespace regain
