// The revert of a TCG drive by the number on its label: one try and no more, nothing claimed that the drive
// did not show, the number in no log, and a drive that is in a known state wherever the power goes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_nvme_drive.h"
#include "tests/unit/wiper/firmware_erase_fixtures.h"

namespace regain {
namespace {

using simulator::BridgeModel;
using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;
using simulator::SimulatedNvmeDrive;
using simulator::SimulatedTper;
using simulator::TperModel;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string method = "tcg-psid-revert";

simulator::AtaDriveModel ssd() {
    simulator::AtaDriveModel model;
    model.medium = simulator::MediumKind::flash;
    model.native_sectors = 16384;
    return model;
}

class PsidRevert : public testing::Test {
  protected:
    PsidRevert() { write_secret(drive.medium()); }
    EraseChannels channels() { return {&libata, PassThroughSize::bytes_16, nullptr, nullptr, &offer, true}; }
    DriveLog erase() { return erase_by_firmware(method, channels(), time.watch()); }
    DriveLog open() { return open_by_psid(channels(), time.watch()); }
    bool holds() { return drive.medium().holds(secret); }

    SimulatedAtaDrive drive{ssd()};
    SimulatedTper& tper = drive.add_tper();
    SimulatedBridge libata{drive,
                           {.registers = BridgeModel::Registers::libata,
                            .translates_security_protocol = true,
                            .blocks_trusted_commands = true}};
    FakeTime time{[this](unsigned by) { drive.advance(by); }};
    PsidOffer offer{TperModel().psid};
};

TEST_F(PsidRevert, changes_the_key_and_sees_locking_switched_off) {
    tper.lock_by_stranger();
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "locked");
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.seen_running, Answer::yes);
    EXPECT_EQ(log.completed, Answer::yes);
    EXPECT_TRUE(log.shows_success());
    EXPECT_THAT(codes(log), IsEmpty());
    EXPECT_FALSE(holds());
    EXPECT_FALSE(tper.is_locked());
}

TEST_F(PsidRevert, of_a_drive_that_was_never_locked_shows_no_transition_and_claims_none) {
    const DriveLog log = erase();
    EXPECT_EQ(log.state_before, "idle");
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.seen_running, Answer::unknown);
    EXPECT_EQ(log.completed, Answer::yes);
    EXPECT_FALSE(holds());
}

TEST_F(PsidRevert, never_puts_the_number_into_the_log) {
    const Bytes number(offer.number.begin(), offer.number.end());
    const DriveLog log = erase();
    ASSERT_TRUE(log.shows_success());
    size_t masked = 0;
    for (const CommandLogEntry& entry : log.commands)
        for (const Bytes* data : {&entry.data_out, &entry.data_in}) {
            EXPECT_EQ(std::search(data->begin(), data->end(), number.begin(), number.end()), data->end());
            masked += static_cast<size_t>(std::count(data->begin(), data->end(), '*'));
        }
    EXPECT_EQ(masked, 32U) << "its place can be seen";
    EXPECT_EQ(to_json(log).dump().find(to_hex(number)), std::string::npos);
    EXPECT_EQ(to_json(log).dump().find(offer.number), std::string::npos);
}

TEST_F(PsidRevert, tries_a_wrong_number_once_and_never_again) {
    offer.number[31] = 'Z';
    const DriveLog log = erase();
    EXPECT_THAT(codes(log), ElementsAre("psid-wrong"));
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_TRUE(offer.was_refused);
    EXPECT_THAT(codes(erase()), ElementsAre("psid-refused-before"));
    EXPECT_THAT(codes(open()), IsEmpty()) << "it is open: nothing needs the number";
    tper.lock_by_stranger();
    EXPECT_THAT(codes(open()), ElementsAre("psid-refused-before"));
    EXPECT_EQ(tper.tried(), 1U);
    EXPECT_TRUE(holds());
}

TEST_F(PsidRevert, says_that_the_authority_is_locked_out) {
    tper.model().tries = 0;
    tper.power_cycle();
    EXPECT_THAT(codes(erase()), ElementsAre("psid-locked-out"));
    EXPECT_TRUE(holds());
}

TEST_F(PsidRevert, names_a_firmware_that_blocks_the_owner_beside_a_refusal) {
    tper.model().is_sid_blocked = true;
    offer.number = std::string(32, 'A');
    EXPECT_THAT(codes(erase()), ElementsAre("psid-wrong", "tcg-sid-blocked"));
}

TEST_F(PsidRevert, sends_nothing_without_a_number) {
    offer.number.clear();
    EXPECT_THAT(codes(erase()), ElementsAre("psid-needed"));
    EXPECT_EQ(tper.tried(), 0U);
}

TEST_F(PsidRevert, of_a_drive_that_does_not_encrypt_is_no_erase) {
    tper.model().encrypts = false;
    EXPECT_THAT(codes(erase()), ElementsAre("tcg-does-not-encrypt"));
    tper.model().encrypts = true;
    tper.model().subsystem = 0x0303;
    EXPECT_THAT(codes(erase()), ElementsAre("tcg-does-not-encrypt")) << "Pyrite, whatever it says";
    tper.model().subsystem = 0x0100;
    EXPECT_THAT(codes(erase()), ElementsAre("tcg-revert-is-of-another-kind")) << "Enterprise";
    EXPECT_EQ(tper.tried(), 0U);
    EXPECT_TRUE(holds());
}

TEST_F(PsidRevert, opens_a_locked_drive_that_does_not_encrypt) {
    tper.model().subsystem = 0x0303;
    tper.model().encrypts = false;
    tper.lock_by_stranger();
    EXPECT_EQ(open().completed, Answer::yes);
    EXPECT_FALSE(tper.is_locked());
    EXPECT_TRUE(holds()) << "and what follows has to erase it";
}

TEST_F(PsidRevert, does_not_believe_a_drive_that_stays_locked) {
    tper.lock_by_stranger();
    tper.misbehaviour().stays_locked = true;
    const DriveLog log = erase();
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_EQ(log.seen_running, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("locking-still-enabled"));
}

TEST_F(PsidRevert, that_is_refused_ends_its_session) {
    tper.misbehaviour().revert_status = 0x01;
    const DriveLog log = erase();
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_THAT(codes(log), ElementsAre("revert-refused"));
    EXPECT_EQ(log.remarks.front().arguments.at("reason"), "NOT_AUTHORIZED");
    EXPECT_TRUE(holds());
    tper.misbehaviour().revert_status.reset();
    EXPECT_TRUE(erase().shows_success()) << "the session before was closed: a new one is opened";
}

TEST_F(PsidRevert, waits_for_an_answer_that_is_late_and_reads_over_empty_atoms) {
    tper.model().answers_after = 20;
    tper.model().pads_with_empty_atoms = true;
    EXPECT_TRUE(erase().shows_success());
    EXPECT_GE(time.passed, std::chrono::seconds(2));
}

TEST_F(PsidRevert, whose_answer_never_comes_is_not_called_accepted) {
    tper.lock_by_stranger();
    tper.misbehaviour().says_nothing_after_revert = true;
    const DriveLog log = erase();
    EXPECT_EQ(log.accepted, Answer::unknown);
    EXPECT_EQ(log.seen_running, Answer::yes);
    EXPECT_EQ(log.completed, Answer::unknown);
    EXPECT_FALSE(log.shows_success());
    EXPECT_FALSE(log.left_running);
    EXPECT_LT(time.passed, std::chrono::minutes(5)) << "it does not wait for ever";
}

TEST_F(PsidRevert, heeds_a_stop_before_anything_was_sent) {
    time.stop.request_stop();
    EXPECT_EQ(erase().accepted, Answer::no);
    EXPECT_EQ(tper.tried(), 0U);
}

TEST_F(PsidRevert, goes_through_ata_pass_through_where_nobody_translates) {
    libata.model().translates_security_protocol = false;
    EXPECT_THAT(codes(erase()), ElementsAre("tcg-not-reachable")) << "libata blocks it";
    libata.model().blocks_trusted_commands = false;
    EXPECT_TRUE(erase().shows_success());
    EXPECT_FALSE(holds());
}

TEST_F(PsidRevert, on_nvme_changes_the_key_of_every_namespace) {
    simulator::NvmeDriveModel model;
    model.namespaces = {{1, 2048}, {2, 2048}};
    SimulatedNvmeDrive nvme(model);
    SimulatedTper& its = nvme.add_tper();
    its.lock_by_stranger();
    write_secret(nvme.medium(1), 5);
    write_secret(nvme.medium(2), 5);
    const EraseChannels over{nullptr, PassThroughSize::bytes_16, &nvme, nullptr, &offer, false};
    EXPECT_TRUE(erase_by_firmware(method, over, time.watch()).shows_success());
    EXPECT_FALSE(nvme.medium(1).holds(secret) || nvme.medium(2).holds(secret));
    EXPECT_FALSE(nvme.is_locked());
}

/// Wherever the power goes, the log claims nothing, and a second start finishes.
class PsidRevertPowerCut : public testing::TestWithParam<std::tuple<size_t, CutWhere, bool>> {};

TEST_P(PsidRevertPowerCut, leaves_a_drive_that_the_next_start_reverts) {
    const auto [count, where, is_nvme] = GetParam();
    SimulatedAtaDrive ata(ssd());
    SimulatedTper& tper_of_ata = ata.add_tper();
    SimulatedNvmeDrive nvme;
    SimulatedTper& tper = is_nvme ? nvme.add_tper() : tper_of_ata;
    simulator::SimulatedMedium& medium = is_nvme ? nvme.medium(1) : ata.medium();
    SimulatedBridge libata(ata, {.translates_security_protocol = true});
    write_secret(medium);
    tper.lock_by_stranger();
    FakeTime time([](unsigned) {});
    PsidOffer offer{TperModel().psid};
    const auto power_cycle = [&] {
        ata.power_cycle();
        nvme.power_cycle();
    };
    ScsiPowerCut scsi_cut(libata, count, where, power_cycle);
    NvmePowerCut nvme_cut(nvme, count, where, power_cycle);
    EraseChannels channels;
    channels.psid = &offer;
    channels.speaks_ata = !is_nvme;
    if (is_nvme)
        channels.nvme = &nvme_cut;
    else
        channels.scsi = &scsi_cut;
    const DriveLog log = erase_by_firmware(method, channels, time.watch());
    ASSERT_TRUE(is_nvme ? nvme_cut.is_cut : scsi_cut.is_cut);
    EXPECT_FALSE(log.shows_success());
    EXPECT_EQ(tper.is_locked(), medium.holds(secret)) << "reverted, or not: nothing in between";

    PsidOffer again{TperModel().psid};
    EraseChannels next;
    next.psid = &again;
    next.speaks_ata = !is_nvme;
    if (is_nvme)
        next.nvme = &nvme;
    else
        next.scsi = &libata;
    EXPECT_TRUE(erase_by_firmware(method, next, time.watch()).shows_success());
    EXPECT_FALSE(medium.holds(secret));
    EXPECT_FALSE(tper.is_locked());
}

// Discovery, send, receive, send, receive, discovery: the cut comes at each.
INSTANTIATE_TEST_SUITE_P(AtEachCommand, PsidRevertPowerCut,
                         testing::Combine(testing::Range<size_t>(0, 6),
                                          testing::Values(CutWhere::before_the_drive,
                                                          CutWhere::before_the_reply),
                                          testing::Bool()));

}  // namespace
}  // namespace regain
