#pragma once
// The firmware's own description of the machine: SMBIOS structures decoded from the raw table that the kernel
// shows under /sys/firmware/dmi/tables. Read at named offsets, never by casting structs; a hostile or
// truncated table gives what could be read and says that it is damaged. Nothing is judged here.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace regain {

struct SmbiosFirmware {  ///< type 0
    std::string vendor, version, date;
    bool operator==(const SmbiosFirmware&) const = default;
};

struct SmbiosSystem {  ///< type 1
    std::string manufacturer, product, version, serial, uuid, sku, family;
    bool operator==(const SmbiosSystem&) const = default;
};

struct SmbiosBoard {  ///< type 2
    std::string manufacturer, product, version, serial;
    bool operator==(const SmbiosBoard&) const = default;
};

struct SmbiosChassis {  ///< type 3
    std::string manufacturer, version, serial, asset_tag;
    unsigned type = 0;  ///< without the lock bit
    bool operator==(const SmbiosChassis&) const = default;
};

struct SmbiosProcessor {  ///< type 4
    std::string manufacturer, version;
    bool populated = false;
    unsigned cores = 0, threads = 0;  ///< 0: not told
    bool operator==(const SmbiosProcessor&) const = default;
};

struct SmbiosMemoryArray {  ///< type 16
    uint16_t handle = 0;
    unsigned use = 0;                       ///< 3: system memory
    std::optional<uint64_t> maximum_bytes;  ///< often less than what is installed; never judged
    unsigned slots = 0;
    bool operator==(const SmbiosMemoryArray&) const = default;
};

struct SmbiosMemoryModule {              ///< type 17
    uint16_t array = 0;                  ///< handle of its memory array
    std::optional<uint64_t> size_bytes;  ///< 0: empty slot; absent: not told
    unsigned type = 0;                   ///< 9: flash
    std::string locator, manufacturer, part_number;
    bool operator==(const SmbiosMemoryModule&) const = default;
};

/// The four answers that a firmware gives about a password.
enum class SmbiosLock { disabled = 0, enabled = 1, not_implemented = 2, unknown = 3 };

struct SmbiosSecurity {  ///< type 24
    SmbiosLock power_on = SmbiosLock::unknown;
    SmbiosLock keyboard = SmbiosLock::unknown;
    SmbiosLock administrator = SmbiosLock::unknown;
    bool operator==(const SmbiosSecurity&) const = default;
};

struct SmbiosTables {
    bool damaged = false;  ///< the table ended in the middle of a structure
    std::optional<SmbiosFirmware> firmware;
    std::optional<SmbiosSystem> system;
    std::optional<SmbiosBoard> board;      ///< the first one
    std::optional<SmbiosChassis> chassis;  ///< the first one; docks and trays follow it
    std::vector<SmbiosProcessor> processors;
    std::vector<SmbiosMemoryArray> arrays;
    std::vector<SmbiosMemoryModule> modules;
    std::optional<SmbiosSecurity> security;
    bool operator==(const SmbiosTables&) const = default;
};

/// Version as major * 256 + minor from an entry point ("_SM_" or "_SM3_"); 0 when it is neither.
unsigned smbios_version(ByteView entry_point);

/// Decodes a structure table. From version 2.6 on the first three fields of the UUID are little-endian;
/// version 0 (not known) is read as 2.6.
SmbiosTables decode_smbios(ByteView table, unsigned version);

/// The system memory that the modules add up to, without empty slots and without flash chips that are listed
/// as memory; absent when the firmware lists no module, or one whose size it does not tell.
std::optional<uint64_t> installed_memory_bytes(const SmbiosTables& tables);
/// Sizes of the modules that installed_memory_bytes() counts.
std::vector<uint64_t> memory_module_sizes(const SmbiosTables& tables);

/// "notebook", "desktop", ...; empty for types that say nothing.
std::string chassis_name(unsigned type);
/// A chassis that is carried about and should have a battery.
bool is_portable_chassis(unsigned type);

}  // namespace regain
