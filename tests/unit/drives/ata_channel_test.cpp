// ATA commands as bytes: each line of the table is the ATA PASS-THROUGH block of one command, written down
// from the register tables that ata_commands.h and sat_transport.h cite, not from the encoder.

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "drives/ata_commands.h"
#include "drives/sat_transport.h"
#include "drives/scsi_sense.h"
#include "tests/unit/drives/recording_transport.h"

namespace regain {
namespace {

constexpr auto may_be_left = AtaSanitizeFailure::may_be_left;
constexpr auto held = AtaSanitizeFailure::held;

struct Row {
    AtaCommand command;
    const char* block;  // ATA PASS-THROUGH (16), CK_COND = 1
};

std::vector<Row> table() {
    const auto hours = std::chrono::hours(2);
    return {
        //                                        op pr fl feature count   lba 31:24 7:0 39:32 15:8 47:40
        //                                        23:16 dev cmd
        {ata_identify_device(), "85 08 2e 00 00 00 01 00 00 00 00 00 00 00 ec 00"},
        {ata_read_native_max_address(), "85 06 20 00 00 00 00 00 00 00 00 00 00 40 f8 00"},
        {ata_read_native_max_address_ext(), "85 07 20 00 00 00 00 00 00 00 00 00 00 40 27 00"},
        {ata_get_native_max_address_ext(), "85 07 20 00 00 00 00 00 00 00 00 00 00 00 78 00"},
        {ata_device_configuration_identify(), "85 08 2e 00 c2 00 01 00 00 00 00 00 00 00 b1 00"},
        {ata_device_configuration_restore(), "85 06 20 00 c0 00 00 00 00 00 00 00 00 00 b1 00"},
        {ata_sanitize_status(), "85 07 20 00 00 00 00 00 00 00 00 00 00 00 b4 00"},
        {ata_sanitize_clear_failure(), "85 07 20 00 00 00 01 00 00 00 00 00 00 00 b4 00"},
        {ata_sanitize_crypto_scramble(may_be_left), "85 07 20 00 11 00 10 43 70 00 79 00 72 00 b4 00"},
        {ata_sanitize_crypto_scramble(held), "85 07 20 00 11 00 00 43 70 00 79 00 72 00 b4 00"},
        {ata_sanitize_block_erase(may_be_left), "85 07 20 00 12 00 10 42 72 00 45 00 6b 00 b4 00"},
        {ata_sanitize_overwrite(may_be_left, 0x01020304, 1),
         "85 07 20 00 14 00 11 01 04 57 03 4f 02 00 b4 00"},
        {ata_sanitize_overwrite(held, 0, 16), "85 07 20 00 14 00 00 00 00 57 00 4f 00 00 b4 00"},
        {ata_sanitize_freeze_lock(), "85 07 20 00 20 00 00 46 6b 00 4c 00 72 00 b4 00"},
        {ata_sanitize_antifreeze_lock(), "85 07 20 00 40 00 00 41 69 00 74 00 6e 00 b4 00"},
        {ata_trusted_receive(0x01, 0x0001, 4), "85 08 2e 00 01 00 04 00 00 00 01 00 00 00 5c 00"},
        {ata_trusted_receive(0x02, 0x1234, 0x102), "85 08 2e 00 02 00 02 00 01 00 34 00 12 00 5c 00"},
        {ata_set_max_address(0x5ABCDEF, SizeKept::until_power_off),
         "85 06 20 00 00 00 00 00 ef 00 cd 00 ab 45 f9 00"},
        {ata_set_max_address_ext(0x123456789A, SizeKept::for_good),
         "85 07 20 00 00 00 01 34 9a 12 78 00 56 40 37 00"},
        {ata_set_accessible_max_address_ext(0x1FFFF), "85 07 20 00 01 00 00 00 ff 00 ff 00 01 00 78 00"},
        {ata_security_set_password(AtaPassword::user, AtaSecurityLevel::high, "x"),
         "85 0a 26 00 00 00 01 00 00 00 00 00 00 00 f1 00"},
        {ata_security_unlock(AtaPassword::user, "x"), "85 0a 26 00 00 00 01 00 00 00 00 00 00 00 f2 00"},
        {ata_security_erase_prepare(), "85 06 20 00 00 00 00 00 00 00 00 00 00 00 f3 00"},
        {ata_security_erase_unit(AtaPassword::user, AtaErase::normal, "x", hours),
         "85 0a 26 00 00 00 01 00 00 00 00 00 00 00 f4 00"},
        {ata_security_disable_password(AtaPassword::user, "x"),
         "85 0a 26 00 00 00 01 00 00 00 00 00 00 00 f6 00"},
    };
}

TEST(AtaCommands, are_the_bytes_of_the_standard_in_16_byte_blocks) {
    for (const Row& row : table()) {
        const auto carrier = ata_pass_through(row.command, PassThroughSize::bytes_16, RegistersWanted::yes);
        ASSERT_TRUE(carrier) << row.command.name;
        EXPECT_EQ(to_hex(carrier->cdb), to_hex(bytes_of(row.block))) << row.command.name;
        EXPECT_EQ(carrier->direction == ScsiDirection::out, !carrier->data_out.empty()) << row.command.name;
        EXPECT_EQ(carrier->direction == ScsiDirection::in, carrier->data_in_bytes != 0) << row.command.name;
    }
}

TEST(AtaCommands, fit_into_12_bytes_only_without_48_bit_fields) {
    const auto identify =
        ata_pass_through(ata_identify_device(), PassThroughSize::bytes_12, RegistersWanted::no);
    ASSERT_TRUE(identify);
    EXPECT_EQ(to_hex(identify->cdb), to_hex(bytes_of("a1 08 0e 00 01 00 00 00 00 ec 00 00")));
    const auto smaller = ata_pass_through(ata_set_max_address(0x5ABCDEF, SizeKept::for_good),
                                          PassThroughSize::bytes_12, RegistersWanted::yes);
    EXPECT_EQ(to_hex(smaller->cdb), to_hex(bytes_of("a1 06 20 00 01 ef cd ab 45 f9 00 00")));
    EXPECT_FALSE(ata_pass_through(ata_sanitize_status(), PassThroughSize::bytes_12, RegistersWanted::yes));

    RecordingScsiTransport bridge;
    SatTransport ata(bridge, PassThroughSize::bytes_12);
    const auto refused = ata.send(ata_read_native_max_address_ext());
    ASSERT_FALSE(refused.ok());
    EXPECT_TRUE(bridge.sent.empty()) << "a command whose upper bytes would be cut is not sent at all";
}

TEST(AtaCommands, put_passwords_where_the_standard_wants_them) {
    const AtaCommand set =
        ata_security_set_password(AtaPassword::master, AtaSecurityLevel::maximum, "secret");
    ASSERT_EQ(set.data_out.size(), 512U);
    EXPECT_EQ(set.data_out[0], 0x01) << "word 0 bit 0: master password";
    EXPECT_EQ(set.data_out[1], 0x01) << "word 0 bit 8: maximum";
    EXPECT_EQ(std::string(set.data_out.begin() + 2, set.data_out.begin() + 8), "secret");
    EXPECT_TRUE(is_filled_with(ByteView(set.data_out).subspan(8), 0));
    const AtaCommand erase =
        ata_security_erase_unit(AtaPassword::user, AtaErase::enhanced, "secret", std::chrono::minutes(90));
    EXPECT_EQ(erase.data_out[0], 0x02) << "word 0 bit 1: enhanced";
    EXPECT_EQ(erase.timeout, std::chrono::minutes(90));
    const AtaCommand cut = ata_security_unlock(AtaPassword::user, std::string(40, 'p'));
    EXPECT_EQ(cut.data_out[33], 'p');
    EXPECT_EQ(cut.data_out[34], 0) << "32 bytes and no more";
}

ScsiReply check_condition(const std::string& sense) {
    ScsiReply reply;
    reply.status = scsi_check_condition;
    reply.sense = bytes_of(sense);
    return reply;
}

TEST(SatTransport, reads_all_registers_from_a_descriptor) {
    RecordingScsiTransport bridge(
        check_condition("72 01 00 1d 00 00 00 0e"
                        "09 0c 01 00 80 02 34 9a 12 78 00 56 40 50"));
    SatTransport ata(bridge);
    const auto reply = ata.send(ata_read_native_max_address_ext());
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->registers, AtaRegisters::all);
    EXPECT_EQ(reply->outcome, AtaOutcome::succeeded);
    EXPECT_EQ(reply->lba, 0x123456789AU);
    EXPECT_EQ(reply->count, 0x8002);
    EXPECT_EQ(reply->status, 0x50);
    EXPECT_EQ(reply->device, 0x40);
}

TEST(SatTransport, finds_the_descriptor_behind_others) {
    const auto registers =
        ata_registers_in(bytes_of("72 01 00 1d 00 00 00 1a"
                                  "00 0a 80 00 00 00 00 00 00 00 00 00"
                                  "09 0c 00 04 00 11 00 22 00 33 00 44 40 51"));
    ASSERT_TRUE(registers);
    EXPECT_EQ(registers->lba, 0x443322U);
    EXPECT_EQ(registers->error, 0x04);
    EXPECT_FALSE(ata_registers_in(bytes_of("72 01 00 1d 00 00 00 0e 09 0c 01 00 80"))) << "cut";
}

TEST(SatTransport, takes_fixed_format_and_knows_what_it_lost) {
    const auto answer = [](const std::string& sense) {
        return ata_reply_of(ata_sanitize_status(), check_condition(sense));
    };
    // VALID, 00h/1Dh; EXTEND; the upper bytes were zero, so all is known.
    const AtaReply whole = answer("f0 00 01 00 50 00 07 0e 80 11 22 33 00 1d 00 00 00 00 00 00 00 00");
    EXPECT_EQ(whole.registers, AtaRegisters::all);
    EXPECT_EQ(whole.lba, 0x332211U);
    EXPECT_EQ(whole.count, 7);
    // COUNT_UPPER_NONZERO: COUNT(15:8) holds the sanitize state, and it is gone.
    const AtaReply lost = answer("f0 00 01 00 50 00 07 0e c0 11 22 33 00 1d 00 00 00 00 00 00 00 00");
    EXPECT_EQ(lost.registers, AtaRegisters::low_bytes);
    // EXTEND missing for a 48-bit command: whoever made this did not think of the upper bytes.
    EXPECT_EQ(answer("f0 00 01 00 50 00 07 0e 00 11 22 33 00 1d 00 00 00 00 00 00 00 00").registers,
              AtaRegisters::low_bytes);
    // A failed command through libata: aborted command, VALID, status 51h in its place.
    const AtaReply failed = answer("f0 00 0b 04 51 40 00 0e 80 03 00 00 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(failed.outcome, AtaOutcome::failed);
    EXPECT_EQ(failed.lba, 3U);
    // libata before 2024: VALID = 0, the registers begin at byte 8. Failed, and no register is believed.
    const AtaReply old = answer("70 00 0b 00 00 00 00 0e 04 51 40 00 00 00 00 00 80 03 00 00 00 00");
    EXPECT_EQ(old.registers, AtaRegisters::none);
    EXPECT_EQ(old.outcome, AtaOutcome::failed);
}

TEST(SatTransport, never_calls_a_dropped_result_a_success) {
    RecordingScsiTransport bridge;  // GOOD, and nothing else
    SatTransport ata(bridge);
    const auto reply = ata.send(ata_sanitize_block_erase(may_be_left));
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->registers, AtaRegisters::none);
    EXPECT_EQ(reply->outcome, AtaOutcome::unknown);
    // BSY, or no DRDY: the drive has not answered.
    for (const char* status : {"d0", "00", "10"}) {
        const AtaReply busy =
            ata_reply_of(ata_sanitize_status(),
                         check_condition("72 01 00 1d 00 00 00 0e 09 0c 01 00 80 02 00 00 00 00 00 00 40 " +
                                         std::string(status)));
        EXPECT_EQ(busy.outcome, AtaOutcome::unknown) << status;
    }
    // A refusal by the bridge itself, and a deferred one, which is about something else.
    EXPECT_EQ(ata_reply_of(ata_sanitize_status(),
                           check_condition("70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00"))
                  .outcome,
              AtaOutcome::failed);
    EXPECT_EQ(ata_reply_of(ata_sanitize_status(),
                           check_condition("71 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00"))
                  .outcome,
              AtaOutcome::unknown);
}

TEST(SatTransport, puts_lba_27_24_of_short_commands_into_place) {
    const AtaReply reply =
        ata_reply_of(ata_read_native_max_address(),
                     check_condition("72 01 00 1d 00 00 00 0e 09 0c 00 00 00 00 00 ef 00 cd 00 ab 45 50"));
    EXPECT_EQ(reply.lba, 0x5ABCDEFU);
    EXPECT_EQ(reply.registers, AtaRegisters::all);
}

TEST(ScsiSense, tells_key_code_and_progress_in_both_formats) {
    const auto fixed = parse_sense(bytes_of("70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 80 40 00"));
    ASSERT_TRUE(fixed);
    EXPECT_EQ(fixed->key, 2);
    EXPECT_TRUE(fixed->is(0x04, 0x1B));
    EXPECT_EQ(fixed->progress, 0x4000);
    const auto descriptor = parse_sense(bytes_of("72 02 04 1b 00 00 00 08 02 06 00 00 80 12 34 00"));
    ASSERT_TRUE(descriptor);
    EXPECT_EQ(descriptor->progress, 0x1234);
    EXPECT_FALSE(parse_sense(bytes_of("70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 00 40 00"))->progress)
        << "SKSV = 0: the field says nothing";
    EXPECT_FALSE(parse_sense({}));
    EXPECT_FALSE(parse_sense(bytes_of("00 00 00 00")));
    EXPECT_FALSE(parse_sense(bytes_of("72 02")));
    EXPECT_TRUE(parse_sense(bytes_of("73 02 04 1b 00 00 00 00"))->is_deferred);
}

}  // namespace
}  // namespace regain
