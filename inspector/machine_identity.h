#pragma once
// Who the machine is, from several sources that each may lie: a quarter of the product names on donated
// machines are dummies ("To be filled by O.E.M."). Pure: the readings come from inspector/linux_machine.h. A
// dummy is never used as identity; nothing is invented in its place.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "inspector/smbios.h"
#include "reports/inspection_report.h"

namespace regain {

/// What was read of the machine itself.
struct MachineReadings {
    std::map<std::string, std::string> dmi;  ///< /sys/class/dmi/id: file name → content
    SmbiosTables smbios;
    std::vector<std::string> mac_addresses;  ///< permanent ones of built-in interfaces, lower case, sorted
    std::string processor;                   ///< "Intel(R) Core(TM) i5-3320M CPU @ 2.60GHz"
    uint64_t processor_cores = 0, processor_threads = 0;
    uint64_t memory_bytes = 0;  ///< MemTotal; 0: not known
    std::string boot_mode;      ///< "uefi", "bios"
};

/// True for texts that a maker forgot to replace, that say nothing, or that repeat one character.
bool is_dummy_identity(std::string_view text);
/// True for all zeros, all ones, and the UUIDs that reference firmware ships with.
bool is_dummy_uuid(std::string_view uuid);

/// The machine's record. Fields that only dummies were found for are empty.
MachineRecord identify_machine(const MachineReadings& readings);

/// "machine-identity": passes when at least one identifier can tell this machine from another of its kind.
Check judge_machine_identity(const MachineRecord& machine);

}  // namespace regain
