#pragma once
// NVMe admin commands as dwords: those that read what a controller can do, Sanitize and Format NVM. Pure;
// which of them may be sent before a plan was confirmed is in harmless_commands.h.
//
// Ref: Linux include/linux/nvme.h and include/uapi/linux/nvme_ioctl.h; libnvme src/nvme/types.h (log page and
// Identify layouts, fields of Sanitize and Format NVM).

#include <cstdint>

#include "drives/nvme_transport.h"

namespace regain {

constexpr uint32_t nvme_all_namespaces = 0xFFFFFFFF;

NvmeCommand nvme_identify_controller();
NvmeCommand nvme_identify_namespace(uint32_t nsid);
/// Also answers for a namespace that exists but is attached to no controller (CNS 11h).
NvmeCommand nvme_identify_allocated_namespace(uint32_t nsid);
/// Up to 1024 identifiers that are greater than `after`.
NvmeCommand nvme_list_active_namespaces(uint32_t after);
NvmeCommand nvme_list_allocated_namespaces(uint32_t after);
/// Log page 81h; keeps a pending event (RAE = 1), so that reading it changes nothing.
NvmeCommand nvme_get_sanitize_status();
/// Log page 02h of the controller; keeps a pending event.
NvmeCommand nvme_get_health();
NvmeCommand nvme_security_receive(uint8_t security_protocol, uint16_t sp_specific, uint32_t bytes);
/// Carries a TCG method, which may do anything.
NvmeCommand nvme_security_send(uint8_t security_protocol, uint16_t sp_specific, Bytes data);

enum class NvmeSanitize : uint8_t { exit_failure_mode = 1, block_erase = 2, overwrite = 3, crypto_erase = 4 };
/// AUSE is set (a failure may be left), NDAS is not (blocks are deallocated where the drive does that).
/// `overwrite` is one pass of `pattern`; the other actions ignore it.
NvmeCommand nvme_sanitize(NvmeSanitize action, uint32_t pattern = 0);

/// SES 0 erases nothing and can't be asked for.
enum class NvmeFormatErase : uint8_t { user_data = 1, cryptographic = 2 };
/// What a namespace is formatted as now, so that formatting keeps it.
struct NvmeFormat {
    uint8_t lba_format_index = 0;  ///< FLBAS: 0 to 63
    bool extended_metadata = false;
    uint8_t protection_type = 0;
    bool protection_first = false;
};
NvmeCommand nvme_format(uint32_t nsid, NvmeFormatErase erase, const NvmeFormat& format,
                        std::chrono::seconds timeout);

}  // namespace regain
