#pragma once
// Random UUIDs (RFC 4122 version 4) and their two spellings: the plain one and the mixed-endian one that GPT
// stores.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace regain {

using DiskUuid = std::array<uint8_t, 16>;  ///< in the order in which it is written

DiskUuid random_uuid();
/// "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
std::string to_text(const DiskUuid& uuid);
/// Accepts either case; false when the text is anything else.
bool parse_uuid(std::string_view text, DiskUuid& uuid);
/// Swaps between the plain order and that of GPT (first three fields little-endian); its own inverse.
/// Ref: UEFI specification 2.10, appendix A.
DiskUuid swap_guid_fields(const DiskUuid& uuid);

}  // namespace regain
