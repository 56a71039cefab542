// SECURITY ERASE UNIT and the release of our password: whatever happens, no drive stays locked without the
// journal knowing, and no log claims what is not so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "drives/ata_commands.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/unit/wiper/firmware_erase_fixtures.h"

namespace regain {
namespace {

using simulator::BridgeModel;
using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;
using std::chrono::minutes;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// Writes down what passes, with its timeout.
class Recorder final : public ScsiTransport {
  public:
    explicit Recorder(ScsiTransport& inner) : inner_(inner) {}
    Result<ScsiReply> send(const ScsiCommand& command) override {
        commands.push_back(command);
        return inner_.send(command);
    }
    std::vector<ScsiCommand> commands;

  private:
    ScsiTransport& inner_;
};

class SecurityErase : public testing::Test {
  protected:
    SecurityErase() { write_secret(drive.medium()); }
    DriveLog erase(const std::string& method = "ata-security-erase") { return erase(method, libata); }
    DriveLog erase(const std::string& method, ScsiTransport& scsi) {
        EraseChannels channels;
        channels.scsi = &scsi;
        return erase_by_firmware(method, channels, time.watch(), &journal);
    }
    DriveLog release(ReleaseBy how = ReleaseBy::unlocking) {
        EraseChannels channels;
        channels.scsi = &libata;
        return release_password(channels, time.watch(), journal, how);
    }
    bool holds() { return drive.medium().holds(secret); }
    std::vector<int> sent() const {
        std::vector<int> codes;
        for (const auto& command : drive.commands()) codes.push_back(command[0]);
        return codes;
    }
    void set_our_password() {
        drive.execute(ata_security_set_password(AtaPassword::user, AtaSecurityLevel::high, erase_password));
        ASSERT_TRUE(journal.write("erasing").ok());
    }
    void expect_free() {
        EXPECT_FALSE(drive.is_security_enabled());
        EXPECT_FALSE(drive.is_locked());
        EXPECT_FALSE(journal.is_open);
    }
    void expect_nothing_sent_but_looks() {
        for (const int code : sent()) EXPECT_TRUE(code == 0xEC || code == 0xB4) << code;
        EXPECT_FALSE(journal.is_open);
        EXPECT_TRUE(holds());
    }

    SimulatedAtaDrive drive;
    SimulatedBridge libata{drive, {.registers = BridgeModel::Registers::libata}};
    FakeTime time{[this](unsigned by) { drive.advance(by); }};
    MemoryJournal journal;
};

TEST_F(SecurityErase, erases_in_the_order_of_the_standard_with_prepare_and_unit_back_to_back) {
    const DriveLog log = erase();
    EXPECT_THAT(sent(), ElementsAre(0xEC, 0xF1, 0xEC, 0xF3, 0xF4, 0xEC));
    EXPECT_THAT(journal.stages, ElementsAre("about-to-set", "set", "erasing", "closed"));
    EXPECT_TRUE(log.shows_success());
    EXPECT_EQ(log.state_before, "idle");
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.seen_running, Answer::yes);
    EXPECT_EQ(log.completed, Answer::yes);
    EXPECT_EQ(log.security_released, Answer::yes);
    EXPECT_THAT(codes(log), IsEmpty());
    EXPECT_FALSE(holds());
    expect_free();
}

TEST_F(SecurityErase, erases_enhanced) {
    Recorder recorder(libata);
    EXPECT_TRUE(erase("ata-security-erase-enhanced", recorder).shows_success());
    EXPECT_FALSE(holds());
    ASSERT_EQ(recorder.commands.size(), 6U);
    EXPECT_EQ(recorder.commands[4].data_out[0], 0x02);
}

TEST_F(SecurityErase,
       sets_the_documented_user_password_at_the_high_level_and_waits_well_beyond_the_estimate) {
    Recorder recorder(libata);
    erase("ata-security-erase", recorder);
    ASSERT_EQ(recorder.commands.size(), 6U);
    const Bytes& password = recorder.commands[1].data_out;
    EXPECT_EQ(password[0], 0);  // user
    EXPECT_EQ(password[1], 0);  // high
    EXPECT_EQ(std::string(password.begin() + 2, password.begin() + 34), "Regain erase, regain, regain, 01");
    EXPECT_GE(recorder.commands[4].timeout, minutes(92));  // twice the 46 minutes of word 89
    drive.model().erase_time_word = 0x00FF;                // more than 508 minutes
    drive.model().enhanced_erase_time_word = 0xFFFF;       // more than 65 532 minutes
    erase("ata-security-erase", recorder);
    EXPECT_GE(recorder.commands[10].timeout, minutes(4 * 508));
    erase("ata-security-erase-enhanced", recorder);
    EXPECT_GE(recorder.commands[16].timeout, minutes(60000));
    EXPECT_LT(std::chrono::milliseconds(recorder.commands[16].timeout).count(), int64_t{1} << 32);
}

TEST_F(SecurityErase, sends_nothing_at_all_without_a_journal) {
    EraseChannels channels;
    channels.scsi = &libata;
    const DriveLog log = erase_by_firmware("ata-security-erase", channels, time.watch());
    EXPECT_THAT(codes(log), ElementsAre("password-journal-missing"));
    EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(SecurityErase, sets_no_password_that_could_not_be_written_down) {
    journal.fails_at = "about-to-set";
    const DriveLog log = erase();
    EXPECT_THAT(codes(log), ElementsAre("journal-not-written"));
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_THAT(log.errors, testing::SizeIs(1));
    expect_nothing_sent_but_looks();
}

TEST_F(SecurityErase, takes_the_password_off_when_the_next_stage_can_not_be_written_down) {
    for (const char* stage : {"set", "erasing"}) {
        journal.fails_at = stage;
        const DriveLog log = erase();
        EXPECT_THAT(codes(log), ElementsAre("journal-not-written", "password-removed")) << stage;
        EXPECT_FALSE(log.shows_success());
        EXPECT_THAT(sent(), Not(Contains(0xF4)));
        EXPECT_TRUE(holds());
        expect_free();
    }
}

TEST_F(SecurityErase, refuses_a_drive_that_the_firmware_froze) {
    drive.model().firmware_freezes_security = true;
    drive.power_cycle();
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "frozen");
    EXPECT_THAT(codes(log), ElementsAre("security-frozen"));
    expect_nothing_sent_but_looks();
    drive.suspend_and_wake();
    EXPECT_TRUE(erase().shows_success());
}

TEST_F(SecurityErase, refuses_a_drive_locked_by_a_stranger) {
    drive.lock_by_stranger("a stranger");
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "locked");
    EXPECT_THAT(codes(log), ElementsAre("security-locked"));
    expect_nothing_sent_but_looks();
}

TEST_F(SecurityErase, refuses_a_drive_with_a_strangers_password_that_is_unlocked) {
    drive.execute(ata_security_set_password(AtaPassword::user, AtaSecurityLevel::high, "a stranger"));
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "enabled");
    EXPECT_THAT(codes(log), ElementsAre("security-enabled"));
    EXPECT_THAT(sent(), ElementsAre(0xF1, 0xEC));
    EXPECT_THAT(journal.stages, IsEmpty());
}

TEST_F(SecurityErase, refuses_a_drive_whose_tries_are_used_up) {
    drive.lock_by_stranger("a stranger");
    for (int i = 0; i < 5; ++i) drive.execute(ata_security_unlock(AtaPassword::user, "wrong"));
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "expired");
    EXPECT_THAT(codes(log), ElementsAre("security-count-expired"));
}

TEST_F(SecurityErase, refuses_what_the_drive_does_not_offer) {
    drive.model().has_enhanced_erase = false;
    EXPECT_THAT(codes(erase("ata-security-erase-enhanced")), ElementsAre("method-not-supported"));
    EXPECT_THAT(codes(erase("ata-security-nonsense")), ElementsAre("method-not-supported"));
    drive.model().has_security = false;
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "unsupported");
    EXPECT_THAT(codes(log), ElementsAre("method-not-supported"));
    expect_nothing_sent_but_looks();
}

TEST_F(SecurityErase, sets_no_password_behind_a_bridge_that_drops_the_registers) {
    SimulatedBridge bridge(drive, {.registers = BridgeModel::Registers::dropped});
    const DriveLog log = erase("ata-security-erase", bridge);
    EXPECT_THAT(codes(log), ElementsAre("registers-not-returned"));
    EXPECT_EQ(log.accepted, Answer::no);
    expect_nothing_sent_but_looks();
}

TEST_F(SecurityErase, sets_no_password_on_a_drive_whose_identify_data_is_damaged) {
    drive.misbehaviour().has_bad_identify_checksum = true;
    EXPECT_THAT(codes(erase()), ElementsAre("no-answer-from-drive"));
    expect_nothing_sent_but_looks();
}

TEST_F(SecurityErase, sets_no_password_on_a_drive_that_sanitizes) {
    drive.model().sanitize_crypto = true;
    drive.execute(ata_sanitize_crypto_scramble(AtaSanitizeFailure::may_be_left));
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "running");
    EXPECT_EQ(log.accepted, Answer::unknown);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("already-running"));
    EXPECT_THAT(sent(), Not(Contains(0xF1)));
    EXPECT_FALSE(drive.is_sanitizing());
}

TEST_F(SecurityErase, begins_nothing_when_it_was_stopped_before) {
    time.stop.request_stop();
    EXPECT_THAT(codes(erase()), ElementsAre("stopped-before-start"));
    expect_nothing_sent_but_looks();
}

TEST_F(SecurityErase, tells_that_the_password_was_not_set) {
    drive.misbehaviour().aborted_commands = {0xF1};
    const DriveLog log = erase();
    EXPECT_THAT(codes(log), ElementsAre("password-not-set"));
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_TRUE(holds());
    expect_free();
}

TEST_F(SecurityErase, takes_the_password_off_when_the_erase_is_refused) {
    for (const uint8_t refused : {uint8_t{0xF3}, uint8_t{0xF4}}) {
        drive.misbehaviour().aborted_commands = {refused};
        const DriveLog log = erase();
        EXPECT_EQ(log.accepted, Answer::no);
        EXPECT_EQ(log.completed, Answer::no);
        EXPECT_EQ(log.security_released, Answer::no);
        EXPECT_THAT(codes(log), ElementsAre("erase-refused", "password-removed"));
        EXPECT_TRUE(holds());
        expect_free();
    }
}

TEST_F(SecurityErase, sends_no_unit_when_prepare_was_refused) {
    drive.misbehaviour().aborted_commands = {0xF3};
    erase();
    EXPECT_THAT(sent(), Not(Contains(0xF4)));
}

TEST_F(SecurityErase, does_not_believe_a_drive_that_keeps_the_password) {
    drive.misbehaviour().keeps_enabled_after_erase = true;
    const DriveLog log = erase();
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_EQ(log.security_released, Answer::no);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("password-still-set", "password-removed"));
    expect_free();
}

TEST_F(SecurityErase, keeps_the_journal_open_while_the_password_stays) {
    drive.misbehaviour().keeps_enabled_after_erase = true;
    drive.misbehaviour().aborted_commands = {0xF6};
    const DriveLog log = erase();
    EXPECT_THAT(codes(log), ElementsAre("password-still-set", "password-not-removed", "password-may-be-set"));
    EXPECT_TRUE(journal.is_open);
    EXPECT_TRUE(drive.is_security_enabled());
}

TEST_F(SecurityErase, believes_a_drive_that_lies_so_that_its_log_alone_never_suffices) {
    drive.misbehaviour().reports_success_without_erasing = true;
    EXPECT_TRUE(erase().shows_success());
    EXPECT_TRUE(holds());
    expect_free();
}

TEST_F(SecurityErase, release_touches_nothing_when_no_password_is_set) {
    ASSERT_TRUE(journal.write("about-to-set").ok());
    const DriveLog log = release();
    EXPECT_EQ(log.method, "release-password");
    EXPECT_EQ(log.security_released, Answer::yes);
    EXPECT_THAT(sent(), ElementsAre(0xEC));
    EXPECT_TRUE(holds());
    EXPECT_FALSE(log.shows_success());
    expect_free();
}

TEST_F(SecurityErase, release_unlocks_and_takes_the_password_off) {
    set_our_password();
    drive.power_cycle();
    ASSERT_TRUE(drive.is_locked());
    const DriveLog log = release();
    EXPECT_EQ(log.state_before, "locked");
    EXPECT_EQ(log.security_released, Answer::yes);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("password-removed"));
    EXPECT_TRUE(holds());
    expect_free();
}

TEST_F(SecurityErase, release_erases_again_only_when_somebody_confirmed_that) {
    set_our_password();
    drive.power_cycle();
    drive.misbehaviour().aborted_commands = {0xF2};
    const DriveLog refused = release();
    EXPECT_THAT(codes(refused), ElementsAre("takes-its-password-only-to-erase", "password-may-be-set"));
    EXPECT_TRUE(holds());
    EXPECT_TRUE(journal.is_open);
    const DriveLog log = release(ReleaseBy::erasing_too);
    EXPECT_THAT(codes(log), ElementsAre("erased-again-to-unlock"));
    EXPECT_FALSE(log.shows_success());
    EXPECT_FALSE(holds());
    expect_free();
}

TEST_F(SecurityErase, keeps_its_note_when_the_drive_took_the_password_and_does_not_show_it) {
    // An adapter that answers IDENTIFY from before: what it gave first it gives for ever.
    class OldIdentify final : public ScsiTransport {
      public:
        explicit OldIdentify(ScsiTransport& inner) : inner_(inner) {}
        Result<ScsiReply> send(const ScsiCommand& command) override {
            const bool is_identify = command.cdb[0] == 0x85 && command.cdb[14] == 0xEC;
            if (is_identify && first_) return *first_;
            auto reply = inner_.send(command);
            if (is_identify && reply.ok()) first_ = *reply;
            return reply;
        }

      private:
        ScsiTransport& inner_;
        std::optional<ScsiReply> first_;
    } old(libata);
    const DriveLog log = erase("ata-security-erase", old);
    EXPECT_THAT(codes(log), ElementsAre("password-not-set", "password-may-be-set"));
    EXPECT_TRUE(journal.is_open);
    const auto commands = sent();
    EXPECT_EQ(std::count(commands.begin(), commands.end(), 0xF6), 1) << "taken off unseen";
    EXPECT_EQ(std::count(commands.begin(), commands.end(), 0xF4), 0);
    EXPECT_FALSE(drive.is_security_enabled());
}

TEST_F(SecurityErase, release_tries_a_strangers_drive_once_and_keeps_the_journal_open) {
    ASSERT_TRUE(journal.write("about-to-set").ok());
    drive.lock_by_stranger("a stranger");
    const DriveLog log = release();
    EXPECT_EQ(log.security_released, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("takes-its-password-only-to-erase", "password-may-be-set"));
    const auto commands = sent();
    EXPECT_EQ(std::count(commands.begin(), commands.end(), 0xF2), 1);
    EXPECT_TRUE(journal.is_open);
    EXPECT_TRUE(holds());
}

TEST_F(SecurityErase, release_waits_for_the_drive_to_be_woken_when_the_firmware_freezes_it) {
    set_our_password();
    drive.model().firmware_freezes_security = true;
    drive.power_cycle();
    const DriveLog log = release();
    EXPECT_EQ(log.state_before, "frozen");
    EXPECT_THAT(codes(log), ElementsAre("security-frozen", "password-may-be-set"));
    EXPECT_TRUE(journal.is_open);
    drive.suspend_and_wake();
    EXPECT_EQ(release().security_released, Answer::yes);
    expect_free();
}

TEST_F(SecurityErase, release_asks_for_a_power_cycle_when_the_tries_are_used_up) {
    set_our_password();
    drive.power_cycle();
    for (int i = 0; i < 5; ++i) drive.execute(ata_security_unlock(AtaPassword::user, "wrong"));
    EXPECT_THAT(codes(release()), ElementsAre("security-count-expired", "password-may-be-set"));
    EXPECT_TRUE(journal.is_open);
    drive.power_cycle();
    EXPECT_EQ(release().security_released, Answer::yes);
    expect_free();
}

TEST_F(SecurityErase, release_knows_nothing_of_a_drive_that_does_not_answer) {
    set_our_password();
    ScsiPowerCut off(libata, 0, CutWhere::before_the_drive, [] {});
    EraseChannels channels;
    channels.scsi = &off;
    const DriveLog log = release_password(channels, time.watch(), journal);
    EXPECT_EQ(log.security_released, Answer::unknown);
    EXPECT_THAT(codes(log), ElementsAre("no-answer-from-drive", "password-may-be-set"));
    EXPECT_TRUE(journal.is_open);
    EXPECT_THAT(codes(release_password({}, time.watch(), journal)), ElementsAre("channel-missing"));
    EXPECT_TRUE(journal.is_open);
}

/// Power lost at every command; then what the next start does. True when the cut came at all.
bool survives_a_cut(size_t count, CutWhere where, bool keeps_enabled) {
    SimulatedAtaDrive drive;
    drive.misbehaviour().keeps_enabled_after_erase = keeps_enabled;
    write_secret(drive.medium());
    SimulatedBridge libata(drive, {.registers = BridgeModel::Registers::libata});
    FakeTime time([](unsigned) {});
    MemoryJournal journal;
    ScsiPowerCut power(libata, count, where, [&] { drive.power_cycle(); });
    EraseChannels cut;
    cut.scsi = &power;
    const DriveLog log = erase_by_firmware("ata-security-erase", cut, time.watch(), &journal);
    // A drive with a password is always in the journal.
    if (drive.is_security_enabled()) {
        EXPECT_TRUE(journal.is_open);
    }
    if (log.shows_success()) {
        EXPECT_FALSE(drive.medium().holds(secret));
    }
    if (log.security_released == Answer::yes) {
        EXPECT_FALSE(drive.is_security_enabled());
    }
    if (!power.is_cut) {
        EXPECT_NE(log.shows_success(), keeps_enabled);
        return false;
    }
    EXPECT_FALSE(log.shows_success());
    EXPECT_NE(log.completed, Answer::yes);

    EraseChannels channels;
    channels.scsi = &libata;
    if (journal.is_open) {
        const DriveLog released = release_password(channels, time.watch(), journal);
        EXPECT_EQ(released.security_released, Answer::yes);
        EXPECT_FALSE(released.shows_success());
    }
    EXPECT_FALSE(drive.is_security_enabled());
    EXPECT_FALSE(drive.is_locked());
    EXPECT_FALSE(journal.is_open);
    drive.misbehaviour() = {};
    EXPECT_TRUE(erase_by_firmware("ata-security-erase", channels, time.watch(), &journal).shows_success());
    EXPECT_FALSE(drive.medium().holds(secret));
    EXPECT_FALSE(drive.is_security_enabled());
    EXPECT_FALSE(journal.is_open);
    return true;
}

TEST(SecurityEraseWithoutPower, leaves_no_drive_locked_wherever_the_power_is_lost) {
    for (const bool keeps_enabled : {false, true})
        for (const CutWhere where : {CutWhere::before_the_drive, CutWhere::before_the_reply}) {
            size_t count = 0;
            for (bool was_cut = true; was_cut; ++count) {
                SCOPED_TRACE(testing::Message() << "cut after " << count << " commands, keeps enabled "
                                                << keeps_enabled << ", where " << static_cast<int>(where));
                was_cut = survives_a_cut(count, where, keeps_enabled);
            }
            EXPECT_GE(count, 6U);
        }
}

TEST(SecurityEraseWithoutPower, release_can_itself_be_cut_at_every_command) {
    for (const CutWhere where : {CutWhere::before_the_drive, CutWhere::before_the_reply}) {
        bool was_cut = true;
        for (size_t count = 0; was_cut; ++count) {
            SCOPED_TRACE(testing::Message() << "cut after " << count << " commands");
            SimulatedAtaDrive drive;
            SimulatedBridge libata(drive, {.registers = BridgeModel::Registers::libata});
            FakeTime time([](unsigned) {});
            MemoryJournal journal;
            drive.execute(
                ata_security_set_password(AtaPassword::user, AtaSecurityLevel::high, erase_password));
            ASSERT_TRUE(journal.write("set").ok());
            drive.power_cycle();
            ScsiPowerCut power(libata, count, where, [&] { drive.power_cycle(); });
            EraseChannels cut;
            cut.scsi = &power;
            release_password(cut, time.watch(), journal);
            was_cut = power.is_cut;
            if (drive.is_security_enabled()) {
                EXPECT_TRUE(journal.is_open);
            }
            EraseChannels channels;
            channels.scsi = &libata;
            EXPECT_EQ(release_password(channels, time.watch(), journal).security_released, Answer::yes);
            EXPECT_FALSE(drive.is_security_enabled());
            EXPECT_FALSE(journal.is_open);
        }
    }
}

}  // namespace
}  // namespace regain
