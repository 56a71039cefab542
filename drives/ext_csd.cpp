#include "drives/ext_csd.h"

namespace regain {
namespace {

constexpr size_t ext_csd_bytes = 512;
constexpr uint64_t boot_unit_bytes = 128 * 1024;
constexpr uint64_t group_unit_bytes = 512 * 1024;
constexpr uint32_t timeout_unit_ms = 300;

uint64_t read_le24(ByteView data, size_t offset) {
    return data[offset] | uint64_t{data[offset + 1]} << 8 | uint64_t{data[offset + 2]} << 16;
}

}  // namespace

std::optional<ExtCsd> parse_ext_csd(ByteView data) {
    if (data.size() < ext_csd_bytes) return std::nullopt;
    data = data.first(ext_csd_bytes);
    if (is_filled_with(data, data[0])) return std::nullopt;
    ExtCsd csd;
    csd.revision = data[192];
    csd.sectors = read_le32(data, 212);
    csd.security_features = data[231];
    csd.has_secure_erase = (csd.security_features & 1U << 0) != 0;
    csd.has_trim = (csd.security_features & 1U << 4) != 0;
    csd.has_sanitize = (csd.security_features & 1U << 6) != 0;
    csd.boot_area_bytes = data[226] * boot_unit_bytes;
    csd.rpmb_bytes = data[168] * boot_unit_bytes;
    csd.erase_group_bytes = data[224] * group_unit_bytes;
    // A general-purpose area's size counts high-capacity write protection groups ([221] erase groups each).
    for (size_t i = 0; i < csd.general_purpose_bytes.size(); ++i)
        csd.general_purpose_bytes[i] = read_le24(data, 143 + i * 3) * data[221] * csd.erase_group_bytes;
    csd.erase_timeout_ms = data[223] * timeout_unit_ms;
    csd.secure_erase_multiplier = data[230];
    csd.boot_write_protection = data[173];
    csd.erased_content = data[181];
    csd.end_of_life = data[267];
    csd.life_time_a = data[268];
    csd.life_time_b = data[269];
    return csd;
}

}  // namespace regain
