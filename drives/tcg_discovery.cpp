#include "drives/tcg_discovery.h"

#include <algorithm>
#include <array>

namespace regain {
namespace {

constexpr size_t header_bytes = 48;
constexpr uint16_t locking_code = 0x0002;
constexpr uint16_t block_sid_code = 0x0402;

struct Subsystem {
    uint16_t code;
    std::string_view name;
};
// The best one first: a drive may show several.
constexpr std::array subsystems{Subsystem{0x0203, "opal-2"},    Subsystem{0x0200, "opal-1"},
                                Subsystem{0x0304, "ruby-1"},    Subsystem{0x0301, "opalite-1"},
                                Subsystem{0x0303, "pyrite-2"},  Subsystem{0x0302, "pyrite-1"},
                                Subsystem{0x0100, "enterprise"}};

bool is_subsystem(uint16_t code) {
    return std::any_of(subsystems.begin(), subsystems.end(),
                       [&](const Subsystem& each) { return each.code == code; });
}

TcgLocking parse_locking(uint8_t bits) {
    TcgLocking locking;
    locking.supported = (bits & 0x01) != 0;
    locking.enabled = (bits & 0x02) != 0;
    locking.locked = (bits & 0x04) != 0;
    locking.media_encryption = (bits & 0x08) != 0;
    locking.shadow_mbr_enabled = (bits & 0x10) != 0;
    locking.shadow_mbr_done = (bits & 0x20) != 0;
    locking.raw = bits;
    return locking;
}

void add_feature(TcgDiscovery& discovery, uint16_t code, uint8_t version, ByteView body) {
    const bool has_com_id = is_subsystem(code) && body.size() >= 2;
    discovery.features.push_back({code, version, has_com_id ? read_be16(body, 0) : uint16_t{0}});
    if (code == locking_code && !body.empty()) discovery.locking = parse_locking(body[0]);
    if (code == block_sid_code && !body.empty())
        discovery.block_sid = TcgBlockSid{(body[0] & 0x01) != 0, (body[0] & 0x02) != 0, body[0]};
}

/// A drive that shows several classes has a ComID for each.
uint16_t best_com_id(const TcgDiscovery& discovery) {
    for (const Subsystem& each : subsystems)
        for (const TcgFeature& feature : discovery.features)
            if (feature.code == each.code) return feature.base_com_id;
    return 0;
}

}  // namespace

bool TcgDiscovery::has(uint16_t code) const {
    return std::any_of(features.begin(), features.end(),
                       [&](const TcgFeature& feature) { return feature.code == code; });
}

std::string_view TcgDiscovery::subsystem() const {
    for (const Subsystem& each : subsystems)
        if (has(each.code)) return each.name;
    return {};
}

TcgRevert tcg_revert_of(const TcgDiscovery& discovery) {
    const std::string_view subsystem = discovery.subsystem();
    if (subsystem.empty() || subsystem == "enterprise") return TcgRevert::of_another_kind;
    const bool encrypts = discovery.locking && discovery.locking->media_encryption;
    return encrypts && !subsystem.starts_with("pyrite") ? TcgRevert::erases : TcgRevert::unlocks;
}

std::optional<TcgDiscovery> parse_tcg_discovery(ByteView data) {
    if (data.size() < header_bytes) return std::nullopt;
    // The length does not count its own four bytes.
    const uint64_t length = uint64_t{read_be32(data, 0)} + 4;
    if (length <= header_bytes) return std::nullopt;
    const size_t end = length < data.size() ? static_cast<size_t>(length) : data.size();
    TcgDiscovery discovery;
    discovery.revision = read_be32(data, 4);
    for (size_t at = header_bytes; at + 4 <= end;) {
        const size_t body = data[at + 3];
        if (at + 4 + body > end) break;  // cut: what came before it counts
        add_feature(discovery, read_be16(data, at), data[at + 2] >> 4, data.subspan(at + 4, body));
        at += 4 + body;
    }
    if (discovery.features.empty()) return std::nullopt;
    discovery.base_com_id = best_com_id(discovery);
    return discovery;
}

}  // namespace regain
