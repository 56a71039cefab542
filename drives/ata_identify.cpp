#include "drives/ata_identify.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "base/json.h"

namespace regain {
namespace {

constexpr size_t sector_bytes = 512;

bool sums_to_zero(ByteView sector) {
    return static_cast<uint8_t>(std::accumulate(sector.begin(), sector.end(), 0U)) == 0;
}

std::string trimmed(std::string_view text) {
    const std::string_view padding(" \0", 2);
    const size_t first = text.find_first_not_of(padding);
    if (first == std::string_view::npos) return {};
    return to_utf8(text.substr(first, text.find_last_not_of(padding) - first + 1));
}

}  // namespace

std::optional<AtaIdentify> AtaIdentify::from(ByteView sector) {
    if (sector.size() < sector_bytes) return std::nullopt;
    sector = sector.first(sector_bytes);
    if (is_filled_with(sector, sector[0])) return std::nullopt;
    AtaIdentify identify;
    for (size_t i = 0; i < identify.words_.size(); ++i) identify.words_[i] = read_le16(sector, i * 2);
    // Word 0 bit 15 set: a packet device, or no ATA at all; CompactFlash (848Ah) is ATA nevertheless.
    if ((identify.words_[0] & 0x8000) != 0 && identify.words_[0] != 0x848A) return std::nullopt;
    if ((identify.words_[255] & 0xFF) == 0xA5)
        identify.checksum_ = sums_to_zero(sector) ? Checksum::good : Checksum::bad;
    return identify;
}

std::string AtaIdentify::text(size_t first_word, size_t last_word) const {
    std::string characters;
    for (size_t i = first_word; i <= last_word; ++i) {
        characters.push_back(static_cast<char>(words_[i] >> 8));
        characters.push_back(static_cast<char>(words_[i] & 0xFF));
    }
    return trimmed(characters);
}

AtaIdentify AtaIdentify::without_freeze() const {
    AtaIdentify other = *this;
    other.words_[128] = static_cast<uint16_t>(other.words_[128] & ~(1U << 3));
    return other;
}

std::string AtaIdentify::model() const {
    return text(27, 46);
}
std::string AtaIdentify::serial() const {
    return text(10, 19);
}
std::string AtaIdentify::firmware() const {
    return text(23, 26);
}

std::string AtaIdentify::wwn() const {
    if (!is_valid(87) || (words_[87] & 0x0100) == 0) return {};
    Bytes name(8);
    for (size_t i = 0; i < 4; ++i) write_big_endian(MutableByteView(name), i * 2, words_[108 + i]);
    return is_filled_with(name, 0) ? std::string() : "0x" + to_hex(name);
}

bool AtaIdentify::has_48_bit_addresses() const {
    return is_valid(83) && (words_[83] & 1U << 10) != 0;
}

uint64_t AtaIdentify::addressable_sectors() const {
    const uint64_t sectors_28 = words_[60] | static_cast<uint64_t>(words_[61]) << 16;
    if (!has_48_bit_addresses()) return sectors_28;
    uint64_t sectors = 0;
    for (size_t i = 4; i-- > 0;) sectors = sectors << 16 | words_[100 + i];
    return sectors == 0 ? sectors_28 : sectors;
}

uint32_t AtaIdentify::logical_sector_bytes() const {
    const bool is_longer = is_valid(106) && (words_[106] & 1U << 12) != 0;
    if (!is_longer) return 512;
    const uint32_t words = words_[117] | static_cast<uint32_t>(words_[118]) << 16;
    return words < 256 ? 512 : words * 2;
}

bool AtaIdentify::has_host_protected_area() const {
    return is_valid(83) && (words_[82] & 1U << 10) != 0;
}
bool AtaIdentify::has_configuration_overlay() const {
    return is_valid(83) && (words_[83] & 1U << 11) != 0;
}
bool AtaIdentify::has_accessible_max_address() const {
    return is_valid(119) && (words_[119] & 1U << 8) != 0;
}
bool AtaIdentify::has_trusted_computing() const {
    return is_valid(48) && (words_[48] & 1) != 0;
}

AtaSecurity AtaIdentify::security() const {
    AtaSecurity security;
    if (!is_reported(128) || (words_[128] & 1) == 0) return security;
    const uint16_t bits = words_[128];
    security.supported = true;
    security.enabled = (bits & 1U << 1) != 0;
    security.locked = (bits & 1U << 2) != 0;
    security.frozen = (bits & 1U << 3) != 0;
    security.count_expired = (bits & 1U << 4) != 0;
    security.enhanced_erase = (bits & 1U << 5) != 0;
    security.level_maximum = (bits & 1U << 8) != 0;
    security.master_identifier = words_[92];
    return security;
}

AtaEraseTime AtaIdentify::time_of(uint16_t word) {
    const bool is_extended = (word & 0x8000) != 0;
    const uint16_t units = is_extended ? word & 0x7FFF : word & 0xFF;
    const uint16_t end = is_extended ? 0x7FFF : 0xFF;
    AtaEraseTime time;
    if (units == 0) return time;
    time.is_reported = true;
    time.is_lower_bound = units == end;
    // FFh means "more than 508 minutes", 7FFFh "more than 65 532 minutes".
    time.minutes = time.is_lower_bound ? (end - 1U) * 2U : units * 2U;
    return time;
}

AtaSanitize AtaIdentify::sanitize() const {
    AtaSanitize sanitize;
    const uint16_t bits = words_[59];
    if (bits == 0xFFFF || (bits & 1U << 12) == 0) return sanitize;
    sanitize.supported = true;
    sanitize.crypto_scramble = (bits & 1U << 13) != 0;
    sanitize.overwrite = (bits & 1U << 14) != 0;
    sanitize.block_erase = (bits & 1U << 15) != 0;
    sanitize.antifreeze_lock = (bits & 1U << 10) != 0;
    return sanitize;
}

std::optional<AtaConfiguration> parse_configuration(ByteView sector) {
    if (sector.size() < sector_bytes) return std::nullopt;
    sector = sector.first(sector_bytes);
    if (is_filled_with(sector, 0)) return std::nullopt;
    AtaConfiguration configuration;
    configuration.revision = read_le16(sector, 0);
    configuration.max_lba = read_le64(sector, 6);
    configuration.checksum_good = sector[510] == 0xA5 && sums_to_zero(sector);
    return configuration;
}

std::optional<AtaSanitizeStatus> sanitize_status_in(const AtaReply& reply) {
    if (reply.registers != AtaRegisters::all || reply.outcome == AtaOutcome::unknown) return std::nullopt;
    AtaSanitizeStatus status;
    if (reply.outcome == AtaOutcome::failed) {
        status.failed = true;
        status.failure_reason = static_cast<uint8_t>(reply.lba);
        return status;
    }
    status.completed = (reply.count & 0x8000) != 0;
    status.in_progress = (reply.count & 0x4000) != 0;
    status.frozen = (reply.count & 0x2000) != 0;
    status.antifreeze = (reply.count & 0x1000) != 0;
    status.progress = static_cast<uint16_t>(reply.lba);
    return status;
}

}  // namespace regain
