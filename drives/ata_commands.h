#pragma once
// ATA commands as registers: those that read what a drive can do, and those that erase, unlock or restore.
// Pure; which of them may be sent before a plan was confirmed is in harmless_commands.h.
//
// Ref: Linux include/linux/ata.h (command codes); opensea-transport include/ata_helper.h and src/ata_cmds.c
// (SANITIZE DEVICE features and keys, ACCESSIBLE MAX ADDRESS CONFIGURATION); hdparm hdparm.c and sgio.h
// (SECURITY data block, SET MAX, DEVICE CONFIGURATION).

#include <chrono>
#include <cstdint>
#include <string_view>

#include "drives/ata_transport.h"

namespace regain {

// Reading.
AtaCommand ata_identify_device();
AtaCommand ata_read_native_max_address();
AtaCommand ata_read_native_max_address_ext();
AtaCommand ata_get_native_max_address_ext();  ///< ACCESSIBLE MAX ADDRESS CONFIGURATION 78h/0000h
AtaCommand ata_device_configuration_identify();
AtaCommand ata_sanitize_status();
/// The table of attributes with their values.
AtaCommand ata_smart_read_data();
/// The first sector of a log; E0h is the status of SMART Command Transport.
AtaCommand ata_smart_read_log(uint8_t log);
/// `sp_specific` is the ComID of a TCG request; the reply has `sectors` sectors (1 to 65535).
AtaCommand ata_trusted_receive(uint8_t security_protocol, uint16_t sp_specific, uint16_t sectors);
/// Carries a TCG method, which may do anything; `data` in whole sectors.
AtaCommand ata_trusted_send(uint8_t security_protocol, uint16_t sp_specific, Bytes data);

// Hidden sectors. A change of the size takes the highest LBA that shall be reached, not a number of sectors.
enum class SizeKept { until_power_off, for_good };
AtaCommand ata_set_max_address(uint32_t max_lba, SizeKept kept);
AtaCommand ata_set_max_address_ext(uint64_t max_lba, SizeKept kept);
AtaCommand ata_set_accessible_max_address_ext(uint64_t max_lba);
AtaCommand ata_device_configuration_restore();

// Security feature set.
enum class AtaPassword { user, master };
enum class AtaSecurityLevel { high, maximum };
enum class AtaErase { normal, enhanced };
/// A password has 32 bytes; a shorter one is filled with zeros, a longer one cut.
AtaCommand ata_security_set_password(AtaPassword which, AtaSecurityLevel level, std::string_view password);
AtaCommand ata_security_unlock(AtaPassword which, std::string_view password);
AtaCommand ata_security_disable_password(AtaPassword which, std::string_view password);
AtaCommand ata_security_erase_prepare();
/// The drive answers only when it has finished: `timeout` must be well beyond its own estimate.
AtaCommand ata_security_erase_unit(AtaPassword which, AtaErase erase, std::string_view password,
                                   std::chrono::seconds timeout);

// Sanitize feature set. `on_failure`: a failed operation either leaves the drive usable, or holds it until
// another one succeeds.
enum class AtaSanitizeFailure { held, may_be_left };
/// Leaves the failed state of an operation that was started with `may_be_left`.
AtaCommand ata_sanitize_clear_failure();
AtaCommand ata_sanitize_crypto_scramble(AtaSanitizeFailure on_failure);
AtaCommand ata_sanitize_block_erase(AtaSanitizeFailure on_failure);
/// `passes` 1 to 16.
AtaCommand ata_sanitize_overwrite(AtaSanitizeFailure on_failure, uint32_t pattern, unsigned passes);
AtaCommand ata_sanitize_freeze_lock();
AtaCommand ata_sanitize_antifreeze_lock();

}  // namespace regain
