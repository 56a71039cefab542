#pragma once
// What an ATA drive says of itself: the words of IDENTIFY DEVICE, DEVICE CONFIGURATION IDENTIFY, and the
// registers of SANITIZE STATUS EXT, decoded as far as erasing needs them. Pure. Words that the drive marks as
// not valid read as "not supported".
//
// Ref: Linux include/linux/ata.h and hdparm identify.c (words), opensea-operations src/ata_Security.c
// (times), src/sanitize.c, src/ata_device_config_overlay.c (DCO words), hdparm hdparm.c (accessible max
// address).

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "drives/ata_transport.h"

namespace regain {

/// Words 82-128 about the Security feature set.
struct AtaSecurity {
    bool supported = false;
    bool enabled = false;
    bool locked = false;
    bool frozen = false;
    bool count_expired = false;
    bool enhanced_erase = false;
    bool level_maximum = false;
    uint16_t master_identifier = 0;  ///< word 92; 0 and FFFFh: not reported
};

/// How long an erase takes in the drive's own terms.
struct AtaEraseTime {
    bool is_reported = false;
    bool is_lower_bound = false;  ///< the field is at its end: "more than"
    uint32_t minutes = 0;
};

struct AtaSanitize {
    bool supported = false;
    bool crypto_scramble = false;
    bool overwrite = false;
    bool block_erase = false;
    bool antifreeze_lock = false;
};

class AtaIdentify {
  public:
    /// Nothing when this is not the data of an ATA drive: not 512 bytes, all the same byte, a packet device.
    static std::optional<AtaIdentify> from(ByteView sector);

    uint16_t word(size_t index) const { return words_[index]; }
    /// Word 255: absent (no signature A5h), good, bad (the data was damaged on its way).
    enum class Checksum { absent, good, bad };
    Checksum checksum() const { return checksum_; }

    std::string model() const;
    std::string serial() const;
    std::string firmware() const;
    std::string wwn() const;  ///< "0x5000c500a1b2c3d4"; empty when there is none
    uint16_t rotation_rate() const { return words_[217]; }

    bool has_48_bit_addresses() const;
    uint64_t addressable_sectors() const;
    uint32_t logical_sector_bytes() const;

    bool has_host_protected_area() const;     ///< words 82/85 bit 10
    bool has_configuration_overlay() const;   ///< words 83/86 bit 11
    bool has_accessible_max_address() const;  ///< words 119/120 bit 8
    bool has_trusted_computing() const;       ///< word 48 bit 0
    bool has_trim() const { return is_reported(169) && (words_[169] & 1) != 0; }
    /// The same data with the security features not frozen: what the drive would say after a power cycle.
    AtaIdentify without_freeze() const;
    bool encrypts_all_user_data() const { return is_reported(69) && (words_[69] & 1U << 4) != 0; }

    AtaSecurity security() const;
    AtaEraseTime erase_time() const { return time_of(words_[89]); }
    AtaEraseTime enhanced_erase_time() const { return time_of(words_[90]); }
    AtaSanitize sanitize() const;

  private:
    bool is_reported(size_t index) const { return words_[index] != 0 && words_[index] != 0xFFFF; }
    /// A word whose bits 15:14 must be 01b to count.
    bool is_valid(size_t index) const { return (words_[index] & 0xC000) == 0x4000; }
    std::string text(size_t first_word, size_t last_word) const;
    static AtaEraseTime time_of(uint16_t word);

    std::array<uint16_t, 256> words_{};
    Checksum checksum_ = Checksum::absent;
};

/// DEVICE CONFIGURATION IDENTIFY: words 3-6 hold the highest LBA that the drive could have.
struct AtaConfiguration {
    uint16_t revision = 0;
    uint64_t max_lba = 0;
    bool checksum_good = false;
};
/// Nothing when the data is too short or all zero.
std::optional<AtaConfiguration> parse_configuration(ByteView sector);

/// SANITIZE STATUS EXT. Nothing is known when the upper bytes of the registers did not come back.
struct AtaSanitizeStatus {
    bool completed = false;  ///< the last operation ended without error; proves nothing by itself
    bool in_progress = false;
    bool frozen = false;
    bool antifreeze = false;
    uint16_t progress = 0;  ///< of 65536, while in progress
    uint8_t failure_reason =
        0;                ///< LBA(7:0) of a failed command: 1 failed, 2 not supported, 3 frozen, 4 antifreeze
    bool failed = false;  ///< the drive answered with an error
};
std::optional<AtaSanitizeStatus> sanitize_status_in(const AtaReply& reply);

}  // namespace regain
