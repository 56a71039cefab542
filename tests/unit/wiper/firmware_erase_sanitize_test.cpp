// SANITIZE of ATA and SCSI drives: what the log claims, against what is left on the simulated medium.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "drives/ata_commands.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_scsi_disk.h"
#include "tests/unit/wiper/firmware_erase_fixtures.h"

namespace regain {
namespace {

using simulator::AtaDriveModel;
using simulator::BridgeModel;
using simulator::MediumKind;
using simulator::ScsiDiskModel;
using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;
using simulator::SimulatedScsiDisk;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

using Codes = std::vector<std::array<uint16_t, 2>>;

AtaDriveModel ssd() {
    AtaDriveModel model;
    model.medium = MediumKind::flash;
    model.sanitize_block = model.sanitize_crypto = model.sanitize_overwrite = true;
    return model;
}

class AtaSanitize : public testing::Test {
  protected:
    AtaSanitize() { write_secret(drive.medium()); }
    DriveLog erase(const std::string& method) { return erase(method, libata); }
    DriveLog erase(const std::string& method, ScsiTransport& scsi) {
        EraseChannels channels;
        channels.scsi = &scsi;
        return erase_by_firmware(method, channels, time.watch());
    }
    bool holds() { return drive.medium().holds(secret); }
    /// Whether any command that erases reached the drive.
    bool was_told_to_erase() const {
        for (const auto& [command, feature] : drive.commands())
            if (command == 0xB4 && (feature & 0x10) != 0) return true;
        return false;
    }

    SimulatedAtaDrive drive{ssd()};
    SimulatedBridge libata{drive, {.registers = BridgeModel::Registers::libata}};
    FakeTime time{[this](unsigned by) { drive.advance(by); }};
};

TEST_F(AtaSanitize, erases_by_each_method_and_sees_it_run_and_end) {
    for (const char* method : {"ata-sanitize-crypto", "ata-sanitize-block", "ata-sanitize-overwrite"}) {
        write_secret(drive.medium());
        ASSERT_TRUE(holds());
        drive.suspend_and_wake();
        const DriveLog log = erase(method);
        EXPECT_FALSE(holds()) << method;
        EXPECT_TRUE(log.shows_success()) << method;
        EXPECT_EQ(log.method, method);
        EXPECT_EQ(log.accepted, Answer::yes);
        EXPECT_EQ(log.seen_running, Answer::yes);
        EXPECT_EQ(log.completed, Answer::yes);
        EXPECT_FALSE(log.security_released);
        EXPECT_LT(log.first_progress, log.last_progress);
        EXPECT_GT(log.samples, 10U);
        EXPECT_THAT(codes(log), IsEmpty());
        EXPECT_THAT(log.errors, IsEmpty());
        EXPECT_EQ(log.commands.front().name, "SANITIZE STATUS EXT");
    }
}

TEST_F(AtaSanitize, asks_for_the_status_first_and_forbids_freezing_right_before_it_starts) {
    EXPECT_EQ(erase("ata-sanitize-block").state_before, "idle");
    const Codes first(drive.commands().begin(), drive.commands().begin() + 4);
    EXPECT_EQ(first, (Codes{{0xB4, 0x0000}, {0xEC, 0}, {0xB4, 0x0040}, {0xB4, 0x0012}}));
}

TEST_F(AtaSanitize, sends_no_antifreeze_to_a_drive_without_it) {
    drive.model().sanitize_antifreeze = false;
    EXPECT_TRUE(erase("ata-sanitize-block").shows_success());
    EXPECT_THAT(drive.commands(), Not(Contains(std::array<uint16_t, 2>{0xB4, 0x0040})));
}

TEST_F(AtaSanitize, shows_how_far_it_is) {
    erase("ata-sanitize-block");
    ASSERT_GT(time.progress_shown.size(), 10U);
    EXPECT_TRUE(std::is_sorted(time.progress_shown.begin(), time.progress_shown.end()));
}

TEST_F(AtaSanitize, believes_a_drive_that_lies_so_that_its_log_alone_never_suffices) {
    drive.misbehaviour().reports_success_without_erasing = true;
    EXPECT_TRUE(erase("ata-sanitize-block").shows_success());
    EXPECT_TRUE(holds());
}

TEST_F(AtaSanitize, does_not_believe_a_block_erase_that_was_never_seen_running) {
    drive.misbehaviour().reports_completed_without_running = true;
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.seen_running, Answer::no);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("no-transition-seen"));
}

TEST_F(AtaSanitize, takes_a_new_completed_for_a_crypto_scramble_and_an_old_one_for_nothing) {
    drive.misbehaviour().reports_completed_without_running = true;
    const DriveLog first = erase("ata-sanitize-crypto");
    EXPECT_EQ(first.seen_running, Answer::yes);
    EXPECT_EQ(first.completed, Answer::yes);
    const DriveLog second = erase("ata-sanitize-crypto");
    EXPECT_EQ(second.state_before, "completed");
    EXPECT_EQ(second.seen_running, Answer::no);
    EXPECT_EQ(second.completed, Answer::unknown);
    EXPECT_FALSE(second.shows_success());
}

TEST_F(AtaSanitize, tells_a_failure_and_leaves_the_failed_state) {
    drive.misbehaviour().sanitize_fails_at_percent = 40;
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_FALSE(log.shows_success());
    EXPECT_TRUE(holds());
    EXPECT_THAT(codes(log), ElementsAre("erase-failed-in-the-drive", "failure-state-left"));
    EXPECT_EQ(drive.execute(ata_sanitize_status()).status, 0x50);
}

TEST_F(AtaSanitize, tells_a_failure_through_a_kernel_that_loses_the_registers_of_failed_commands) {
    SimulatedBridge old_libata(drive, {.registers = BridgeModel::Registers::libata_before_2024});
    drive.misbehaviour().sanitize_fails_at_percent = 40;
    const DriveLog log = erase("ata-sanitize-block", old_libata);
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("erase-failed-in-the-drive", "failure-state-left"));
}

TEST_F(AtaSanitize, leaves_an_old_failure_before_it_starts) {
    drive.misbehaviour().sanitize_fails_at_percent = 10;
    drive.execute(ata_sanitize_block_erase(AtaSanitizeFailure::may_be_left));
    drive.advance(30);
    drive.misbehaviour() = {};
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_EQ(log.state_before, "failed");
    EXPECT_THAT(codes(log), ElementsAre("failure-state-left"));
    EXPECT_TRUE(log.shows_success());
    EXPECT_FALSE(holds());
}

TEST_F(AtaSanitize, starts_again_on_a_drive_that_holds_an_old_failure_until_an_erase_succeeds) {
    drive.misbehaviour().sanitize_fails_at_percent = 10;
    drive.execute(ata_sanitize_block_erase(AtaSanitizeFailure::held));
    drive.advance(30);
    const DriveLog failed = erase("ata-sanitize-block");
    EXPECT_FALSE(failed.shows_success());
    // Tried once only, whatever comes after it.
    EXPECT_THAT(codes(failed),
                ElementsAre("failure-state-kept", "erase-failed-in-the-drive", "failure-state-kept"));
    drive.misbehaviour() = {};
    EXPECT_TRUE(erase("ata-sanitize-block").shows_success());
    EXPECT_FALSE(holds());
}

TEST_F(AtaSanitize, gives_up_when_progress_stands_still_for_ten_minutes) {
    drive.misbehaviour().progress_sticks_at_percent = 30;
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_TRUE(log.stood_still);
    EXPECT_TRUE(log.left_running);
    EXPECT_EQ(log.seen_running, Answer::yes);
    EXPECT_EQ(log.completed, Answer::unknown);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("progress-stands-still", "left-running"));
    EXPECT_GE(time.passed, minutes(10));
    EXPECT_LT(time.passed, minutes(12));
}

TEST_F(AtaSanitize, waits_a_quarter_of_a_long_estimate) {
    drive.misbehaviour().progress_sticks_at_percent = 30;
    time.estimate = minutes(240);
    EXPECT_TRUE(erase("ata-sanitize-block").stood_still);
    EXPECT_GE(time.passed, minutes(60));
    EXPECT_LT(time.passed, minutes(63));
}

TEST_F(AtaSanitize, is_patient_with_a_disk_that_overwrites_for_a_day_and_tells_whole_percents) {
    drive.sanitize_seconds = 24 * 3600;
    const DriveLog log = erase("ata-sanitize-overwrite");
    EXPECT_TRUE(log.shows_success());
    EXPECT_LT(log.samples, 4000U);
    const Json json = to_json(log);
    EXPECT_EQ(json["commands"].size(), 80U);
    EXPECT_EQ(json["commands_left_out"], log.commands.size() - 80);
}

TEST_F(AtaSanitize, refuses_a_frozen_drive) {
    drive.execute(ata_sanitize_freeze_lock());
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_EQ(log.state_before, "frozen");
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("sanitize-frozen"));
    EXPECT_FALSE(was_told_to_erase());
}

TEST_F(AtaSanitize, refuses_a_drive_locked_by_a_stranger) {
    drive.lock_by_stranger("a stranger");
    EXPECT_THAT(codes(erase("ata-sanitize-block")), ElementsAre("security-locked"));
    EXPECT_FALSE(was_told_to_erase());
}

TEST_F(AtaSanitize, refuses_what_the_drive_does_not_offer) {
    drive.model().sanitize_crypto = false;
    EXPECT_THAT(codes(erase("ata-sanitize-crypto")), ElementsAre("method-not-supported"));
    EXPECT_THAT(codes(erase("ata-sanitize-nonsense")), ElementsAre("method-not-supported"));
    EXPECT_THAT(codes(erase("nonsense")), ElementsAre("method-not-supported"));
    drive.model().sanitize_block = drive.model().sanitize_overwrite = false;
    EXPECT_THAT(codes(erase("ata-sanitize-block")), ElementsAre("method-not-supported"));
    EXPECT_FALSE(was_told_to_erase());
}

TEST_F(AtaSanitize, refuses_when_there_is_no_channel) {
    for (const char* method : {"ata-sanitize-block", "ata-security-erase", "scsi-sanitize-block",
                               "nvme-sanitize-block", "nvme-format-crypto", "mmc-sanitize"}) {
        MemoryJournal journal;
        const DriveLog log = erase_by_firmware(method, {}, time.watch(), &journal);
        EXPECT_THAT(codes(log), ElementsAre("channel-missing")) << method;
        EXPECT_EQ(log.accepted, Answer::no);
        EXPECT_THAT(journal.stages, IsEmpty());
    }
}

TEST_F(AtaSanitize, erases_nothing_behind_a_bridge_that_drops_the_registers) {
    SimulatedBridge bridge(drive, {.registers = BridgeModel::Registers::dropped});
    const DriveLog log = erase("ata-sanitize-block", bridge);
    EXPECT_EQ(log.state_before, "unknown");
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("registers-not-returned"));
    EXPECT_FALSE(was_told_to_erase());
}

TEST_F(AtaSanitize, erases_nothing_behind_a_bridge_that_loses_the_upper_bytes) {
    SimulatedBridge bridge(drive, {.registers = BridgeModel::Registers::fixed});
    EXPECT_THAT(codes(erase("ata-sanitize-block", bridge)), ElementsAre("registers-not-returned"));
    EXPECT_FALSE(was_told_to_erase());
}

TEST_F(AtaSanitize, erases_nothing_behind_a_bridge_with_short_command_blocks) {
    SimulatedBridge bridge(drive, {.accepts_16 = false});
    EraseChannels channels;
    channels.scsi = &bridge;
    channels.pass_through = PassThroughSize::bytes_12;
    EXPECT_THAT(codes(erase_by_firmware("ata-sanitize-block", channels, time.watch())),
                ElementsAre("no-answer-from-drive"));
    EXPECT_FALSE(was_told_to_erase());
}

TEST_F(AtaSanitize, tells_that_the_drive_refused) {
    // Whoever froze it did so between the look and the command.
    class Freezer final : public ScsiTransport {
      public:
        Freezer(ScsiTransport& inner, SimulatedAtaDrive& drive) : inner_(inner), drive_(drive) {}
        Result<ScsiReply> send(const ScsiCommand& command) override {
            if (command.cdb[14] == 0xEC) drive_.execute(ata_sanitize_freeze_lock());
            return inner_.send(command);
        }

      private:
        ScsiTransport& inner_;
        SimulatedAtaDrive& drive_;
    } freezer(libata, drive);
    const DriveLog log = erase("ata-sanitize-block", freezer);
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("sanitize-refused"));
    EXPECT_TRUE(holds());
}

TEST_F(AtaSanitize, watches_an_operation_from_before_and_does_not_call_it_its_own) {
    drive.execute(ata_sanitize_crypto_scramble(AtaSanitizeFailure::may_be_left));
    drive.advance(20);
    drive.power_cycle();
    const size_t before = drive.commands().size();
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_EQ(log.state_before, "running");
    EXPECT_EQ(log.accepted, Answer::unknown);
    EXPECT_EQ(log.seen_running, Answer::yes);
    EXPECT_EQ(log.completed, Answer::yes);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("already-running"));
    for (size_t i = before; i < drive.commands().size(); ++i)
        EXPECT_EQ(drive.commands()[i], (std::array<uint16_t, 2>{0xB4, 0x0000}));
}

TEST_F(AtaSanitize, begins_nothing_when_it_was_stopped_before) {
    time.stop.request_stop();
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("stopped-before-start"));
    EXPECT_FALSE(was_told_to_erase());
}

TEST_F(AtaSanitize, says_that_it_goes_on_in_the_drive_when_it_is_stopped) {
    time.stop_after = seconds(20);
    const DriveLog log = erase("ata-sanitize-block");
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.completed, Answer::unknown);
    EXPECT_TRUE(log.left_running);
    EXPECT_FALSE(log.stood_still);
    EXPECT_THAT(codes(log), ElementsAre("left-running"));
    EXPECT_TRUE(drive.is_sanitizing());
    EXPECT_LT(time.passed, seconds(25));
}

TEST_F(AtaSanitize, asks_again_after_the_bus_was_reset) {
    class Resetting final : public ScsiTransport {
      public:
        explicit Resetting(ScsiTransport& inner) : inner_(inner) {}
        Result<ScsiReply> send(const ScsiCommand& command) override {
            const bool is_look = command.cdb[14] == 0xEC || (command.cdb[14] == 0xB4 && command.cdb[4] == 0);
            if (is_look && ++looks_ % 3 == 1) return simulator::refusal(0x06, 0x29, 0x00);
            return inner_.send(command);
        }

      private:
        ScsiTransport& inner_;
        unsigned looks_ = 0;
    } resetting(libata);
    EXPECT_TRUE(erase("ata-sanitize-block", resetting).shows_success());
    EXPECT_FALSE(holds());
}

TEST_F(AtaSanitize, waits_no_longer_for_a_drive_that_was_pulled_out) {
    class Pulled final : public ScsiTransport {
      public:
        explicit Pulled(ScsiTransport& inner) : inner_(inner) {}
        Result<ScsiReply> send(const ScsiCommand& command) override {
            if (++sent_ > 8) return os_error(message("send"), ENODEV, ErrorKind::environment);
            return inner_.send(command);
        }

      private:
        ScsiTransport& inner_;
        unsigned sent_ = 0;
    } pulled(libata);
    const DriveLog log = erase("ata-sanitize-block", pulled);
    EXPECT_TRUE(log.left_running);
    EXPECT_EQ(log.completed, Answer::unknown);
    EXPECT_THAT(codes(log), ElementsAre("no-answer-from-drive", "left-running"));
    EXPECT_THAT(log.errors, testing::SizeIs(1));
    EXPECT_LT(time.passed, minutes(1));
}

/// Power lost at every command of the sequence, and new runs until one shows success: whatever a log claims
/// must be true at that moment.
void cut_at_every_command(const std::string& method, CutWhere where) {
    for (size_t count = 0;; ++count) {
        SCOPED_TRACE(testing::Message() << method << ", cut after " << count << " commands");
        SimulatedAtaDrive drive(ssd());
        write_secret(drive.medium());
        SimulatedBridge libata(drive, {.registers = BridgeModel::Registers::libata});
        FakeTime time([&](unsigned by) { drive.advance(by); });
        ScsiPowerCut power(libata, count, where, [&] {
            drive.power_cycle();
            time.is_powered = false;
        });
        EraseChannels cut;
        cut.scsi = &power;
        const DriveLog log = erase_by_firmware(method, cut, time.watch());
        if (!power.is_cut) {
            EXPECT_TRUE(log.shows_success());
            EXPECT_GT(count, 4U);
            return;
        }
        EXPECT_FALSE(log.shows_success());
        EXPECT_NE(log.completed, Answer::yes);
        if (log.accepted == Answer::no) {
            EXPECT_FALSE(drive.is_sanitizing());
            EXPECT_TRUE(drive.medium().holds(secret));
        }
        time.is_powered = true;
        EraseChannels channels;
        channels.scsi = &libata;
        bool has_succeeded = false;
        for (int i = 0; i < 2 && !has_succeeded; ++i) {
            const DriveLog again = erase_by_firmware(method, channels, time.watch());
            has_succeeded = again.shows_success();
            if (i == 0 && !has_succeeded) {
                EXPECT_THAT(codes(again), Contains("already-running"));
            }
        }
        EXPECT_TRUE(has_succeeded);
        EXPECT_FALSE(drive.medium().holds(secret));
    }
}

TEST(AtaSanitizeWithoutPower, claims_nothing_untrue_wherever_the_power_is_lost) {
    for (const CutWhere where : {CutWhere::before_the_drive, CutWhere::before_the_reply}) {
        cut_at_every_command("ata-sanitize-block", where);
        cut_at_every_command("ata-sanitize-crypto", where);
    }
}

class ScsiSanitize : public testing::Test {
  protected:
    ScsiSanitize() { write_secret(disk.medium()); }
    static ScsiDiskModel model() {
        ScsiDiskModel model;
        model.sanitize_block = true;
        return model;
    }
    DriveLog erase(const std::string& method) { return erase(method, disk); }
    DriveLog erase(const std::string& method, ScsiTransport& scsi) {
        EraseChannels channels;
        channels.scsi = &scsi;
        return erase_by_firmware(method, channels, time.watch());
    }
    bool holds() { return disk.medium().holds(secret); }

    SimulatedScsiDisk disk{model()};
    FakeTime time{[this](unsigned by) { disk.advance(by); }};
};

TEST_F(ScsiSanitize, erases_by_each_method_and_sees_it_run_and_end) {
    for (const char* method : {"scsi-sanitize-crypto", "scsi-sanitize-block", "scsi-sanitize-overwrite"}) {
        write_secret(disk.medium());
        const DriveLog log = erase(method);
        EXPECT_FALSE(holds()) << method;
        EXPECT_TRUE(log.shows_success()) << method;
        EXPECT_EQ(log.state_before, "idle");
        EXPECT_LT(log.first_progress, log.last_progress);
        EXPECT_THAT(codes(log), IsEmpty());
    }
}

TEST_F(ScsiSanitize, asks_for_the_state_and_for_support_before_it_sends_anything) {
    const DriveLog log = erase("scsi-sanitize-block");
    ASSERT_GT(log.commands.size(), 4U);
    EXPECT_EQ(log.commands[0].name, "REQUEST SENSE");
    EXPECT_EQ(log.commands[1].name, "TEST UNIT READY");
    EXPECT_EQ(log.commands[2].name, "REPORT SUPPORTED OPERATION CODES");
    EXPECT_EQ(log.commands[3].name, "SANITIZE (block erase)");
    EXPECT_EQ(log.commands[3].request.substr(0, 4), "48a2");  // IMMED, AUSE, service action 2
}

TEST_F(ScsiSanitize, does_not_believe_a_drive_that_was_never_seen_running) {
    disk.misbehaviour().reports_completed_without_running = true;
    for (const char* method : {"scsi-sanitize-block", "scsi-sanitize-crypto"}) {
        const DriveLog log = erase(method);
        EXPECT_EQ(log.accepted, Answer::yes);
        EXPECT_EQ(log.seen_running, Answer::no);
        EXPECT_EQ(log.completed, Answer::unknown);
        EXPECT_FALSE(log.shows_success());
        EXPECT_THAT(codes(log), ElementsAre("no-transition-seen"));
    }
}

TEST_F(ScsiSanitize, believes_a_drive_that_lies_so_that_its_log_alone_never_suffices) {
    disk.misbehaviour().reports_success_without_erasing = true;
    EXPECT_TRUE(erase("scsi-sanitize-overwrite").shows_success());
    EXPECT_TRUE(holds());
}

TEST_F(ScsiSanitize, tells_a_failure_and_leaves_the_failed_state) {
    disk.misbehaviour().fails_at_percent = 50;
    const DriveLog log = erase("scsi-sanitize-block");
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("erase-failed-in-the-drive", "failure-state-left"));
    EXPECT_TRUE(holds());
    disk.misbehaviour() = {};
    EXPECT_TRUE(erase("scsi-sanitize-block").shows_success());
}

TEST_F(ScsiSanitize, gives_up_when_progress_stands_still) {
    disk.misbehaviour().progress_sticks_at_percent = 30;
    const DriveLog log = erase("scsi-sanitize-overwrite");
    EXPECT_TRUE(log.stood_still);
    EXPECT_TRUE(log.left_running);
    EXPECT_FALSE(log.shows_success());
}

TEST_F(ScsiSanitize, refuses_what_the_drive_does_not_name_among_its_operations) {
    SimulatedScsiDisk silent({.knows_report_operation_codes = false});
    write_secret(silent.medium());
    EXPECT_THAT(codes(erase("scsi-sanitize-crypto", silent)), ElementsAre("method-not-supported"));
    SimulatedScsiDisk without_block;
    EXPECT_THAT(codes(erase("scsi-sanitize-block", without_block)), ElementsAre("method-not-supported"));
    EXPECT_FALSE(silent.is_sanitizing());
    EXPECT_TRUE(silent.medium().holds(secret));
}

TEST_F(ScsiSanitize, watches_an_operation_from_before_and_does_not_call_it_its_own) {
    ScsiCommand block;
    block.cdb = {0x48, 0x82, 0, 0, 0, 0, 0, 0, 0, 0};
    ASSERT_TRUE(disk.send(block).ok());
    const DriveLog log = erase("scsi-sanitize-overwrite");
    EXPECT_EQ(log.state_before, "running");
    EXPECT_EQ(log.accepted, Answer::unknown);
    EXPECT_EQ(log.completed, Answer::yes);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("already-running"));
}

TEST_F(ScsiSanitize, says_that_it_goes_on_in_the_drive_when_it_is_stopped) {
    time.stop_after = seconds(10);
    const DriveLog log = erase("scsi-sanitize-block");
    EXPECT_TRUE(log.left_running);
    EXPECT_TRUE(disk.is_sanitizing());
    EXPECT_FALSE(log.shows_success());
}

TEST_F(ScsiSanitize, goes_on_after_unit_attentions) {
    class Attentive final : public ScsiTransport {
      public:
        explicit Attentive(ScsiTransport& inner) : inner_(inner) {}
        Result<ScsiReply> send(const ScsiCommand& command) override {
            if (++sent_ % 3 == 0 && command.cdb[0] != 0x03) return simulator::refusal(0x06, 0x29, 0x00);
            return inner_.send(command);
        }

      private:
        ScsiTransport& inner_;
        unsigned sent_ = 0;
    } attentive(disk);
    EXPECT_TRUE(erase("scsi-sanitize-block", attentive).shows_success());
    EXPECT_FALSE(holds());
}

TEST(ScsiSanitizeWithoutPower, claims_nothing_untrue_wherever_the_power_is_lost) {
    for (const CutWhere where : {CutWhere::before_the_drive, CutWhere::before_the_reply}) {
        for (size_t count = 0;; ++count) {
            SCOPED_TRACE(testing::Message() << "cut after " << count << " commands");
            SimulatedScsiDisk disk;
            write_secret(disk.medium());
            FakeTime time([&](unsigned by) { disk.advance(by); });
            ScsiPowerCut power(disk, count, where, [&] {
                disk.power_cycle();
                time.is_powered = false;
            });
            EraseChannels cut;
            cut.scsi = &power;
            const DriveLog log = erase_by_firmware("scsi-sanitize-overwrite", cut, time.watch());
            if (!power.is_cut) {
                EXPECT_TRUE(log.shows_success());
                break;
            }
            EXPECT_FALSE(log.shows_success());
            if (log.accepted == Answer::no) {
                EXPECT_FALSE(disk.is_sanitizing());
            }
            time.is_powered = true;
            EraseChannels channels;
            channels.scsi = &disk;
            DriveLog again = erase_by_firmware("scsi-sanitize-overwrite", channels, time.watch());
            if (!again.shows_success())
                again = erase_by_firmware("scsi-sanitize-overwrite", channels, time.watch());
            EXPECT_TRUE(again.shows_success());
            EXPECT_FALSE(disk.medium().holds(secret));
        }
    }
}

}  // namespace
}  // namespace regain
