#pragma once
// What an NVMe controller says of itself: Identify Controller, Identify Namespace, lists of namespaces, the
// sanitize status log, decoded as far as erasing needs them. Pure.
//
// Ref: Linux include/linux/nvme.h (struct nvme_id_ctrl, nvme_id_ns, nvme_sanitize_log_page, NVME_SANITIZE_*);
// libnvme src/nvme/types.h (SANICAP, FNA, FLBAS, log page 81h).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace regain {

struct NvmeController {
    std::string serial;
    std::string model;
    std::string firmware;
    uint16_t controller_id = 0;
    uint32_t version = 0;  ///< 0x00010400 is 1.4; 0: before 1.2
    // OACS
    bool has_security_commands = false;
    bool has_format = false;
    bool has_namespace_management = false;
    // SANICAP
    bool sanitize_crypto = false;
    bool sanitize_block = false;
    bool sanitize_overwrite = false;
    bool no_deallocate_inhibited = false;
    // FNA
    bool format_all_namespaces = false;  ///< b0: a format concerns every namespace
    bool erase_all_namespaces = false;   ///< b1: a secure erase concerns every namespace
    bool format_crypto = false;          ///< b2
    uint32_t namespace_count = 0;        ///< NN: the highest identifier that is possible
    uint64_t total_bytes = 0;            ///< TNVMCAP; 0: not reported; UINT64_MAX: more than that
    uint64_t unallocated_bytes = 0;      ///< UNVMCAP
    uint16_t oacs = 0;                   ///< raw
    uint32_t sanicap = 0;                ///< raw
    uint8_t fna = 0;                     ///< raw
    uint32_t rpmb = 0;                   ///< RPMBS, raw; bits 2:0 are the number of units
};
/// Nothing when the data is too short or holds no model and no serial.
std::optional<NvmeController> parse_nvme_controller(ByteView data);

struct NvmeNamespace {
    uint64_t size_blocks = 0;      ///< NSZE; 0: there is no such namespace, or it is not attached
    uint64_t capacity_blocks = 0;  ///< NCAP
    uint32_t block_bytes = 0;
    uint16_t metadata_bytes = 0;
    uint8_t format_index = 0;
    bool extended_metadata = false;   ///< FLBAS b4
    uint8_t protection_type = 0;      ///< DPS 2:0
    bool protection_first = false;    ///< DPS b3
    bool is_write_protected = false;  ///< NSATTR b0
    uint8_t flbas = 0;                ///< raw
};
std::optional<NvmeNamespace> parse_nvme_namespace(ByteView data);

/// The identifiers in a list of namespaces: ascending, ended by 0.
std::vector<uint32_t> parse_nvme_namespace_list(ByteView data);

/// Log page 81h.
enum class NvmeSanitizeState { never, completed, in_progress, failed, completed_no_deallocate, unknown };
struct NvmeSanitizeLog {
    uint16_t progress = 0;  ///< SPROG, of 65536; FFFFh when nothing runs: proves nothing by itself
    NvmeSanitizeState state = NvmeSanitizeState::unknown;
    uint8_t completed_passes = 0;
    bool global_data_erased = false;  ///< nothing was written since the last sanitize
    uint32_t last_command = 0;        ///< dword 10 of the last Sanitize command
    /// Estimates in seconds; empty where the drive gives none.
    std::optional<uint32_t> overwrite_seconds;
    std::optional<uint32_t> block_erase_seconds;
    std::optional<uint32_t> crypto_erase_seconds;
    uint16_t raw_status = 0;  ///< SSTAT
};
std::optional<NvmeSanitizeLog> parse_nvme_sanitize_log(ByteView data);

}  // namespace regain
