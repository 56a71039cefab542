#pragma once
// The extended CSD of an eMMC, decoded as far as erasing needs it: areas, erase methods, times. Pure.
//
// Ref: mmc-utils mmc.h and Linux include/linux/mmc/mmc.h (offsets, bits of byte 231), Linux
// drivers/mmc/core/mmc.c (units of sizes and timeouts).

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace regain {

struct ExtCsd {
    uint8_t revision = 0;                             ///< [192]: 5 is 4.41, 6 is 4.5, 7 is 5.0, 8 is 5.1
    uint64_t sectors = 0;                             ///< [215:212] of the user area
    uint8_t security_features = 0;                    ///< [231], raw
    bool has_secure_erase = false;                    ///< b0
    bool has_trim = false;                            ///< b4
    bool has_sanitize = false;                        ///< b6
    uint64_t boot_area_bytes = 0;                     ///< [226], each of the two
    uint64_t rpmb_bytes = 0;                          ///< [168]
    std::array<uint64_t, 4> general_purpose_bytes{};  ///< [154:143]
    uint64_t erase_group_bytes = 0;                   ///< [224]; 0: not reported
    uint32_t erase_timeout_ms = 0;                    ///< [223], for one erase group
    uint32_t secure_erase_multiplier = 0;             ///< [230]: times erase_timeout_ms
    uint8_t boot_write_protection = 0;                ///< [173], raw
    uint8_t erased_content = 0;                       ///< [181]: what an erased bit reads as
    uint8_t life_time_a = 0;                          ///< [268]
    uint8_t life_time_b = 0;                          ///< [269]
    uint8_t end_of_life = 0;                          ///< [267]
};

/// Nothing when the data is too short or empty.
std::optional<ExtCsd> parse_ext_csd(ByteView data);

}  // namespace regain
