#pragma once
// What a SCSI device says of itself, decoded as far as erasing needs it: INQUIRY, READ CAPACITY (16), REPORT
// SUPPORTED OPERATION CODES. Pure. Vital product pages 80h, 89h and B1h are in vital_product_pages.h.
//
// Ref: sg3_utils src/sg_inq.c, src/sg_readcap.c, src/sg_opcodes.c (offsets).

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace regain {

struct ScsiInquiry {
    uint8_t device_type = 0x1F;  ///< 0: direct access block device
    uint8_t version = 0;         ///< 5: SPC-3, 6: SPC-4, 7: SPC-5
    bool is_removable = false;
    std::string vendor;
    std::string product;
    std::string revision;
};
std::optional<ScsiInquiry> parse_inquiry(ByteView data);

struct ScsiCapacity {
    uint64_t blocks = 0;
    uint32_t block_bytes = 0;
    bool has_provisioning = false;  ///< LBPME: it can unmap
};
std::optional<ScsiCapacity> parse_capacity_16(ByteView data);

/// SUPPORT of the one_command format: 011b as the standard says, 101b in the vendor's own way.
enum class ScsiSupport { unknown, no, yes, vendor_specific };
ScsiSupport parse_operation_support(ByteView data);

}  // namespace regain
