#pragma once
// Level 0 discovery of a TCG (Opal, Pyrite, Enterprise ...) drive: which security subsystem it has and
// whether it is locked. The bytes come from SECURITY PROTOCOL IN, TRUSTED RECEIVE or Security Receive with
// protocol 01h and ComID 0001h. Pure.
//
// Ref: Linux block/opal_proto.h (header and descriptors); sedutil Common/DtaStructures.h and DtaConstants.h
// (codes of the other security subsystem classes, Block SID).

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace regain {

constexpr uint8_t tcg_security_protocol = 0x01;
constexpr uint16_t tcg_discovery_com_id = 0x0001;
constexpr uint32_t tcg_discovery_bytes = 2048;

struct TcgFeature {
    uint16_t code = 0;
    uint8_t version = 0;
    uint16_t base_com_id = 0;  ///< of a security subsystem class
};

/// The bits of the Locking feature (0002h).
struct TcgLocking {
    bool supported = false;
    bool enabled = false;
    bool locked = false;
    bool media_encryption = false;
    bool shadow_mbr_enabled = false;
    bool shadow_mbr_done = false;
    uint8_t raw = 0;
};

/// The Block SID feature (0402h): the firmware may have closed the door until the next power cycle.
struct TcgBlockSid {
    bool is_owned = false;  ///< SID is not the one from the factory any more
    bool is_blocked = false;
    uint8_t raw = 0;
};

struct TcgDiscovery {
    uint32_t revision = 0;
    std::vector<TcgFeature> features;
    std::optional<TcgLocking> locking;
    std::optional<TcgBlockSid> block_sid;
    uint16_t base_com_id = 0;  ///< of the class that subsystem() names; 0: none

    bool has(uint16_t code) const;
    /// "opal-2", "opal-1", "pyrite-2", ...; empty when no class that is known is there.
    std::string_view subsystem() const;
};

/// What the Revert method by the PSID authority does on a drive: `erases`: every key of the user's data is
/// made anew. Opal, Opalite and Ruby drives that say that they encrypt the medium (Locking feature, bit 3)
/// do so always, whether locking was ever used or not. `unlocks`: passwords go, data stay (Pyrite).
/// `of_another_kind`: no class that is known, or Enterprise, which has another method.
enum class TcgRevert { erases, unlocks, of_another_kind };
TcgRevert tcg_revert_of(const TcgDiscovery& discovery);

/// Nothing when there is no discovery in these bytes: an empty or impossible length, no feature.
std::optional<TcgDiscovery> parse_tcg_discovery(ByteView data);

}  // namespace regain
