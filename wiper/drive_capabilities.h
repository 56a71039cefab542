#pragma once
// What a drive is able to do, as far as it matters for erasing it: each fact with the raw field that it came
// from, and the decoded pages for the planner, which does no I/O. From the drive's record alone, or with what
// its command channels said (capability_reader.h). What could not be asked is listed, never guessed.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "drives/ata_identify.h"
#include "drives/command_log.h"
#include "drives/ext_csd.h"
#include "drives/nvme_pages.h"
#include "drives/scsi_pages.h"
#include "drives/tcg_discovery.h"
#include "drives/usb_bridge.h"
#include "reports/drive_record.h"
#include "reports/remark.h"

namespace regain {

struct CapabilityFact {
    std::string fact;      ///< "medium", "rotational", "security-frozen", ...
    std::string value;     ///< language-neutral: "yes", "no", a number, a code
    std::string source;    ///< the field: "sysfs queue/rotational", "IDENTIFY DEVICE word 128 bit 3", ...
    std::string raw = {};  ///< its content in hexadecimal, where it is a field of a page or a register
    bool operator==(const CapabilityFact&) const = default;
};

/// Sectors that a drive has and does not show. A mechanism that the drive has and that did not answer leaves
/// `is_examined` false: then nobody knows.
struct HiddenSectors {
    uint64_t addressable_sectors = 0;
    uint32_t sector_bytes = 512;
    std::optional<uint64_t> host_protected_native;  ///< READ NATIVE MAX ADDRESS (EXT): sectors
    std::optional<uint64_t> configuration_native;   ///< DEVICE CONFIGURATION IDENTIFY: sectors
    std::optional<uint64_t> accessible_native;      ///< GET NATIVE MAX ADDRESS EXT: sectors
    bool is_examined = false;

    uint64_t native_sectors() const;
    uint64_t hidden_sectors() const { return native_sectors() - addressable_sectors; }
};

struct NvmeNamespaceState {
    uint32_t nsid = 0;
    bool is_attached = false;
    std::optional<NvmeNamespace> identify;  ///< empty: it did not answer
};

/// What REPORT SUPPORTED OPERATION CODES says about the service actions of SANITIZE.
struct ScsiSanitizeSupport {
    ScsiSupport overwrite = ScsiSupport::unknown;
    ScsiSupport block_erase = ScsiSupport::unknown;
    ScsiSupport crypto_erase = ScsiSupport::unknown;
    ScsiSupport exit_failure = ScsiSupport::unknown;
};
enum class ScsiSanitizeState { unknown, idle, in_progress, failed };

struct DriveCapabilities {
    DriveRecord drive;
    std::optional<uint64_t> native_size_bytes;    ///< empty: hidden areas were not examined
    std::optional<uint64_t> reallocated_sectors;  ///< from SMART, given by the caller; empty: not known
    std::vector<CapabilityFact> facts;

    // From the command channels; empty where the drive was not asked, has no such channel or did not answer.
    std::optional<PassThrough> pass_through;
    std::optional<AtaIdentify> ata;
    std::optional<AtaSanitizeStatus> ata_sanitize;
    std::optional<HiddenSectors> hidden;
    /// That was tried since, without success for all of them: a plan does not count on it.
    bool was_hidden_restore_tried = false;
    std::optional<ScsiSanitizeSupport> scsi_sanitize;
    ScsiSanitizeState scsi_sanitize_state = ScsiSanitizeState::unknown;
    std::optional<NvmeController> nvme;
    std::vector<NvmeNamespaceState> namespaces;
    std::optional<NvmeSanitizeLog> nvme_sanitize;
    std::optional<ExtCsd> mmc;
    std::optional<TcgDiscovery> tcg;
    bool is_psid_given = false;     ///< by the caller: the operator typed the number on the label
    std::vector<Remark> not_known;  ///< what could not be read, and why
    std::vector<Error> errors;      ///< why a channel could not be opened
    CommandLog commands;            ///< every command that was sent, and every reply
};

/// Facts that the record holds. `reallocated_sectors` comes from an inspection, if there was one.
DriveCapabilities capabilities_of(const DriveRecord& drive,
                                  std::optional<uint64_t> reallocated_sectors = std::nullopt);

/// The nodes that hold the user's data, main node first: each has to be overwritten. Boot areas, the RPMB and
/// further paths to the same blocks are not among them; a node of a kind unknown to this version is.
std::vector<DriveNode> user_data_nodes(const DriveRecord& drive);

/// What the drive is known to have beyond what the system shows of it; a lower bound where not every
/// mechanism answered.
uint64_t hidden_bytes_of(const DriveCapabilities& capabilities);

/// The drive is carrying out a SANITIZE of whoever started it: how far it is, of 65536; 0 where it does not
/// say. Empty when nothing runs.
std::optional<uint32_t> sanitize_progress_of(const DriveCapabilities& capabilities);

/// The object "capabilities" of docs/drives.md.
Json capabilities_to_json(const DriveCapabilities& capabilities);

}  // namespace regain
