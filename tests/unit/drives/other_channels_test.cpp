// SCSI, NVMe and MMC commands as bytes and dwords, written down from the sources that their headers cite;
// which commands are harmless; the evidence log.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/hash.h"
#include "drives/ata_commands.h"
#include "drives/command_log.h"
#include "drives/harmless_commands.h"
#include "drives/mmc_commands.h"
#include "drives/nvme_commands.h"
#include "drives/sat_transport.h"
#include "drives/scsi_commands.h"
#include "tests/unit/drives/recording_transport.h"

namespace regain {
namespace {

const Bytes zero_pattern(4, 0);

TEST(ScsiCommands, are_the_bytes_of_the_standard) {
    const auto yes = UnrestrictedExit::yes;
    const std::vector<std::pair<ScsiCommand, const char*>> table{
        {scsi_test_unit_ready(), "00 00 00 00 00 00"},
        {scsi_inquiry(), "12 00 00 00 60 00"},
        {scsi_inquiry_page(0x89), "12 01 89 04 00 00"},
        {scsi_read_capacity_16(), "9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00"},
        {scsi_report_supported_operation(0x48, 0x1F), "a3 0c 02 48 00 1f 00 00 00 40 00 00"},
        {scsi_request_sense(SenseFormat::fixed), "03 00 00 00 fc 00"},
        {scsi_request_sense(SenseFormat::descriptor), "03 01 00 00 fc 00"},
        {scsi_security_protocol_in(0x01, 0x0001, 2048), "a2 01 00 01 80 00 00 00 00 04 00 00"},
        {scsi_sanitize_block_erase(yes), "48 a2 00 00 00 00 00 00 00 00"},
        {scsi_sanitize_cryptographic_erase(UnrestrictedExit::no), "48 83 00 00 00 00 00 00 00 00"},
        {scsi_sanitize_overwrite(yes, 1, zero_pattern), "48 a1 00 00 00 00 00 00 08 00"},
        {scsi_sanitize_exit_failure_mode(), "48 9f 00 00 00 00 00 00 00 00"},
    };
    for (const auto& [command, block] : table)
        EXPECT_EQ(to_hex(command.cdb), to_hex(bytes_of(block))) << command.name;
    const ScsiCommand overwrite = scsi_sanitize_overwrite(yes, 3, bytes_of("33 cc 55 aa"));
    EXPECT_EQ(to_hex(overwrite.data_out), "0300000433cc55aa") << "count, -, pattern length, pattern";
}

std::string dwords(const NvmeCommand& command) {
    return fmt::format("{:02x} {:x} {:08x} {:x}", command.opcode, command.nsid, command.cdw10, command.cdw11);
}

TEST(NvmeCommands, are_the_dwords_of_the_standard) {
    const auto hour = std::chrono::hours(1);
    const auto user_data = NvmeFormatErase::user_data;
    const std::vector<std::pair<NvmeCommand, const char*>> table{
        {nvme_identify_controller(), "06 0 00000001 0"},
        {nvme_identify_namespace(7), "06 7 00000000 0"},
        {nvme_identify_allocated_namespace(7), "06 7 00000011 0"},
        {nvme_list_active_namespaces(3), "06 3 00000002 0"},
        {nvme_list_allocated_namespaces(0), "06 0 00000010 0"},
        {nvme_get_sanitize_status(), "02 ffffffff 007f8081 0"},
        {nvme_security_receive(0x01, 0x0001, 2048), "82 0 01000100 800"},
        {nvme_sanitize(NvmeSanitize::block_erase), "84 0 0000000a 0"},
        {nvme_sanitize(NvmeSanitize::crypto_erase), "84 0 0000000c 0"},
        {nvme_sanitize(NvmeSanitize::overwrite, 0xAABBCCDD), "84 0 0000001b aabbccdd"},
        {nvme_sanitize(NvmeSanitize::exit_failure_mode), "84 0 00000001 0"},
        {nvme_format(1, user_data, {0, false, 0, false}, hour), "80 1 00000200 0"},
        {nvme_format(nvme_all_namespaces, NvmeFormatErase::cryptographic, {1, false, 0, false}, hour),
         "80 ffffffff 00000401 0"},
        {nvme_format(2, user_data, {18, true, 1, true}, hour), "80 2 00001332 0"},
    };
    for (const auto& [command, expected] : table) EXPECT_EQ(dwords(command), expected) << command.name;
}

TEST(MmcCommands, are_the_arguments_of_the_standard) {
    const auto minute = std::chrono::minutes(1);
    EXPECT_EQ(mmc_send_ext_csd().index, 8);
    EXPECT_EQ(mmc_send_ext_csd().argument, 0U);
    EXPECT_EQ(mmc_send_ext_csd().data_in_blocks, 1U);
    EXPECT_EQ(mmc_sanitize(minute).argument, 0x03A50101U);
    EXPECT_EQ(mmc_switch(179, 0x09, minute).argument, 0x03B30901U);
    EXPECT_EQ(mmc_sanitize(minute).response, MmcResponse::r1b);
    const auto erase = mmc_erase_range(0, 0x1000, MmcErase::secure_erase, minute);
    ASSERT_EQ(erase.size(), 3U);
    EXPECT_EQ(erase[0].index, 35);
    EXPECT_EQ(erase[1].index, 36);
    EXPECT_EQ(erase[1].argument, 0x1000U);
    EXPECT_EQ(erase[2].index, 38);
    EXPECT_EQ(erase[2].argument, 0x80000000U);
    EXPECT_EQ(mmc_erase_range(0, 1, MmcErase::trim, minute)[2].argument, 0x00000001U);
    EXPECT_EQ(mmc_erase_range(0, 1, MmcErase::secure_trim_mark, minute)[2].argument, 0x80000001U);
    EXPECT_EQ(mmc_erase_range(0, 1, MmcErase::secure_trim_run, minute)[2].argument, 0x80008000U);
    EXPECT_EQ(mmc_erase_range(0, 1, MmcErase::erase, minute)[2].argument, 0U);
}

ScsiCommand raw_scsi(const std::string& block) {
    ScsiCommand command;
    command.name = "raw";
    command.cdb = bytes_of(block);
    return command;
}

TEST(HarmlessCommands, let_through_what_reads_and_nothing_else) {
    const auto ata = [](const AtaCommand& command, PassThroughSize size = PassThroughSize::bytes_16) {
        return *ata_pass_through(command, size, RegistersWanted::yes);
    };
    for (const ScsiCommand& command :
         {ata(ata_identify_device()), ata(ata_identify_device(), PassThroughSize::bytes_12),
          ata(ata_read_native_max_address()), ata(ata_read_native_max_address_ext()),
          ata(ata_get_native_max_address_ext()), ata(ata_device_configuration_identify()),
          ata(ata_sanitize_status()), ata(ata_trusted_receive(1, 1, 4)), scsi_inquiry(), scsi_inquiry_page(0),
          scsi_test_unit_ready(), scsi_read_capacity_16(), scsi_report_supported_operation(0x48, 1),
          scsi_request_sense(SenseFormat::fixed), scsi_security_protocol_in(1, 1, 512)})
        EXPECT_TRUE(is_harmless(command)) << command.name;
    const auto user = AtaPassword::user;
    for (const ScsiCommand& command :
         {ata(ata_sanitize_clear_failure()),
          ata(ata_sanitize_crypto_scramble(AtaSanitizeFailure::held)),
          ata(ata_sanitize_block_erase(AtaSanitizeFailure::held)),
          ata(ata_sanitize_overwrite(AtaSanitizeFailure::held, 0, 1)),
          ata(ata_sanitize_freeze_lock()),
          ata(ata_sanitize_antifreeze_lock()),
          ata(ata_set_max_address_ext(1, SizeKept::until_power_off)),
          ata(ata_set_max_address(1, SizeKept::until_power_off)),
          ata(ata_set_max_address(1, SizeKept::until_power_off), PassThroughSize::bytes_12),
          ata(ata_set_accessible_max_address_ext(1)),
          ata(ata_device_configuration_restore()),
          ata(ata_device_configuration_restore(), PassThroughSize::bytes_12),
          ata(ata_security_set_password(user, AtaSecurityLevel::high, "x")),
          ata(ata_security_unlock(user, "x")),
          ata(ata_security_erase_prepare()),
          ata(ata_security_disable_password(user, "x")),
          ata(ata_trusted_receive(1, 0x07FE, 4)),
          ata(ata_trusted_receive(0xEF, 0, 1)),
          scsi_sanitize_block_erase(UnrestrictedExit::no),
          scsi_sanitize_exit_failure_mode(),
          scsi_security_protocol_in(1, 0x07FE, 512),
          raw_scsi("04 00 00 00 00 00"),                                // FORMAT UNIT
          raw_scsi("b5 01 00 01 00 00 00 00 00 00 00 00"),              // SECURITY PROTOCOL OUT
          raw_scsi("85 06 20 00 00 00 00 00 00 00 00 00 00 00 f5 00"),  // SECURITY FREEZE LOCK
          raw_scsi("85 06 20 00 c1 00 00 00 00 00 00 00 00 00 b1 00"),  // DCO FREEZE LOCK
          raw_scsi("85 07 20 00 02 00 00 00 00 00 00 00 00 00 78 00"),  // FREEZE ACCESSIBLE MAX
          raw_scsi("85 06 20 00 01 00 00 00 00 00 00 00 00 00 f8 00"),  // READ NATIVE MAX, a feature set
          raw_scsi("85 0a 2e 00 00 00 01 00 00 00 00 00 00 00 ec 00"),  // data out
          raw_scsi("85 00 00 00 00 00 00 00 00 00 00 00 00 00 ec 00"),  // hard reset
          raw_scsi("85 07 20 01 00 00 00 00 00 00 00 00 00 00 b4 00"),  // feature 0100h
          raw_scsi("85 08"),
          raw_scsi("12"),
          raw_scsi("9e 12 00 00 00 00 00 00 00 00 00 00 00 20 00 00"),
          raw_scsi("a3 0a 02 48 00 1f 00 00 00 40 00 00")})
        EXPECT_FALSE(is_harmless(command)) << command.name << " " << to_hex(command.cdb);
}

TEST(HarmlessCommands, hold_for_nvme_and_mmc_too) {
    for (const NvmeCommand& command :
         {nvme_identify_controller(), nvme_list_active_namespaces(0), nvme_identify_allocated_namespace(1),
          nvme_get_sanitize_status(), nvme_security_receive(1, 1, 512)})
        EXPECT_TRUE(is_harmless(command)) << command.name;
    NvmeCommand other_log = nvme_get_sanitize_status();
    other_log.cdw10 = 0x007F0081;  // RAE = 0: would clear a pending event
    NvmeCommand features;
    features.opcode = 0x09;
    for (const NvmeCommand& command :
         {nvme_sanitize(NvmeSanitize::exit_failure_mode), nvme_sanitize(NvmeSanitize::block_erase),
          nvme_format(1, NvmeFormatErase::user_data, {}, std::chrono::seconds(1)),
          nvme_security_receive(1, 0x07FE, 512), other_log, features})
        EXPECT_FALSE(is_harmless(command)) << command.name;
    EXPECT_TRUE(is_harmless(mmc_send_ext_csd()));
    EXPECT_FALSE(is_harmless(mmc_sanitize(std::chrono::seconds(1))));
    for (const MmcCommand& command : mmc_erase_range(0, 1, MmcErase::erase, std::chrono::seconds(1)))
        EXPECT_FALSE(is_harmless(command)) << command.name;
}

TEST(HarmlessCommands, keep_the_rest_from_the_drive) {
    RecordingScsiTransport drive;
    HarmlessScsiTransport guard(drive);
    EXPECT_TRUE(guard.send(scsi_inquiry()).ok());
    const auto refused = guard.send(scsi_sanitize_block_erase(UnrestrictedExit::no));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::refused);
    EXPECT_EQ(drive.sent.size(), 1U);
}

TEST(CommandLog, keeps_every_command_with_its_reply_and_the_faults) {
    ScsiReply answer;
    answer.status = scsi_check_condition;
    answer.sense = bytes_of("70 00 05");
    answer.data = Bytes(600, 0x5A);
    RecordingScsiTransport drive(answer);
    CommandLog log;
    LoggedScsiTransport logged(drive, log);
    ASSERT_TRUE(logged.send(scsi_inquiry()).ok());
    HarmlessScsiTransport guard(drive);
    LoggedScsiTransport faulty(guard, log);
    EXPECT_FALSE(faulty.send(scsi_sanitize_exit_failure_mode()).ok());
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].request, "120000006000");
    EXPECT_EQ(log[0].reply, "02 700005");
    const Json json = to_json(log[0]);
    EXPECT_EQ(json["data_in"].get<std::string>().size(), 1024U) << "the first 512 bytes";
    EXPECT_EQ(json["data_in_bytes"], 600);
    EXPECT_EQ(json["data_in_sha256"], sha256_hex(answer.data));
    EXPECT_EQ(log[1].reply, "");
    EXPECT_THAT(log[1].fault, testing::HasSubstr("before a plan is confirmed"));
}

}  // namespace
}  // namespace regain
