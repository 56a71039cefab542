#pragma once
// SCSI command blocks: those that read what a device can do, SANITIZE, and stopping it. Pure; which of them may be sent
// before a plan was confirmed is in harmless_commands.h.
//
// Ref: sg3_utils src/sg_sanitize.c, src/sg_opcodes.c, src/sg_readcap.c, src/sg_requests.c (command blocks).

#include <cstdint>

#include "drives/scsi_transport.h"

namespace regain {

ScsiCommand scsi_test_unit_ready();
ScsiCommand scsi_inquiry();
/// Vital product data.
ScsiCommand scsi_inquiry_page(uint8_t page);
ScsiCommand scsi_read_capacity_16();
/// REPORT SUPPORTED OPERATION CODES about one operation code with a service action.
ScsiCommand scsi_report_supported_operation(uint8_t operation_code, uint16_t service_action);
/// Cumulative values of a log page.
ScsiCommand scsi_log_sense(uint8_t page);
/// How far a background operation is; DESC = 1 asks for the descriptor format.
enum class SenseFormat { fixed, descriptor };
ScsiCommand scsi_request_sense(SenseFormat format);
/// `bytes` is a multiple of 512 (INC_512 is used, as SAT needs it).
ScsiCommand scsi_security_protocol_in(uint8_t security_protocol, uint16_t sp_specific, uint32_t bytes);
/// Carries a TCG method, which may do anything; `data` in whole blocks of 512 bytes.
ScsiCommand scsi_security_protocol_out(uint8_t security_protocol, uint16_t sp_specific, Bytes data);

// SANITIZE; IMMED is always set: the command returns at once and the operation goes on. AUSE: a failed
// operation may be left by scsi_sanitize_exit_failure_mode().
constexpr uint8_t scsi_sanitize_code = 0x48;
constexpr uint8_t scsi_sanitize_overwrite_action = 0x01;
constexpr uint8_t scsi_sanitize_block_erase_action = 0x02;
constexpr uint8_t scsi_sanitize_crypto_erase_action = 0x03;
constexpr uint8_t scsi_sanitize_exit_failure_action = 0x1F;
enum class UnrestrictedExit { no, yes };
/// `passes` 1 to 31; the pattern is repeated over each block.
ScsiCommand scsi_sanitize_overwrite(UnrestrictedExit exit, unsigned passes, ByteView pattern);
ScsiCommand scsi_sanitize_block_erase(UnrestrictedExit exit);
ScsiCommand scsi_sanitize_cryptographic_erase(UnrestrictedExit exit);
ScsiCommand scsi_sanitize_exit_failure_mode();

// Before a drive is taken out. A bridge and libata make the ATA commands of them (FLUSH CACHE, STANDBY
// IMMEDIATE).
ScsiCommand scsi_synchronize_cache();
ScsiCommand scsi_stop_unit();

}  // namespace regain
