// Sanitize and Format of NVMe drives, erase of eMMC: what the log claims, against what is left on the
// simulated medium; and the log's JSON.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drives/nvme_commands.h"
#include "tests/simulator/simulated_emmc.h"
#include "tests/simulator/simulated_nvme_drive.h"
#include "tests/unit/wiper/firmware_erase_fixtures.h"

namespace regain {
namespace {

using simulator::NvmeDriveModel;
using simulator::SimulatedEmmc;
using simulator::SimulatedNvmeDrive;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

NvmeDriveModel two_namespaces() {
    NvmeDriveModel model;
    model.sanitize_overwrite = true;
    model.namespaces = {{.nsid = 1}, {.nsid = 3, .blocks = 4096, .block_power = 9, .is_attached = false}};
    return model;
}

class NvmeErase : public testing::Test {
  protected:
    NvmeErase() { write_everywhere(); }
    void write_everywhere() {
        write_secret(drive.medium(1), 77);
        write_secret(drive.medium(3), 77);
    }
    DriveLog erase(const std::string& method) { return erase(method, drive); }
    DriveLog erase(const std::string& method, NvmeTransport& nvme) {
        EraseChannels channels;
        channels.nvme = &nvme;
        return erase_by_firmware(method, channels, time.watch());
    }
    bool holds() { return drive.medium(1).holds(secret) || drive.medium(3).holds(secret); }

    SimulatedNvmeDrive drive{two_namespaces()};
    FakeTime time{[this](unsigned by) { drive.advance(by); }};
};

TEST_F(NvmeErase, sanitizes_by_each_method_and_sees_it_run_and_end) {
    std::string before = "never";
    for (const char* method : {"nvme-sanitize-crypto", "nvme-sanitize-block", "nvme-sanitize-overwrite"}) {
        write_everywhere();
        const DriveLog log = erase(method);
        EXPECT_FALSE(holds()) << method;
        EXPECT_TRUE(log.shows_success()) << method;
        EXPECT_EQ(log.state_before, before);
        EXPECT_LT(log.first_progress, log.last_progress);
        EXPECT_THAT(codes(log), IsEmpty());
        EXPECT_EQ(log.commands.front().name, "Get Log Page (sanitize status)");
        before = "completed";
    }
}

TEST_F(NvmeErase, allows_a_failure_to_be_left) {
    const DriveLog log = erase("nvme-sanitize-block");
    ASSERT_GT(log.commands.size(), 3U);
    EXPECT_EQ(log.commands[2].name, "Sanitize");
    EXPECT_EQ(log.commands[2].request.substr(0, 20), "84 00000000 0000000a");  // AUSE, SANACT 2
}

TEST_F(NvmeErase, does_not_believe_a_block_erase_that_was_never_seen_running) {
    drive.misbehaviour().reports_completed_without_running = true;
    const DriveLog log = erase("nvme-sanitize-block");
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.seen_running, Answer::no);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("no-transition-seen"));
}

TEST_F(NvmeErase, takes_a_new_record_of_a_crypto_erase_for_a_transition_and_an_old_one_for_nothing) {
    EXPECT_TRUE(erase("nvme-sanitize-block").shows_success());
    drive.misbehaviour().reports_completed_without_running = true;
    const DriveLog first = erase("nvme-sanitize-crypto");
    EXPECT_EQ(first.state_before, "completed");  // of the block erase
    EXPECT_EQ(first.seen_running, Answer::yes);
    const DriveLog second = erase("nvme-sanitize-crypto");
    EXPECT_EQ(second.seen_running, Answer::no);
    EXPECT_EQ(second.completed, Answer::unknown);
    EXPECT_FALSE(second.shows_success());
}

TEST_F(NvmeErase, does_not_take_the_end_of_another_operation_for_its_own) {
    // A controller that accepts and goes on telling of the last operation.
    class Forgetful final : public NvmeTransport {
      public:
        explicit Forgetful(NvmeTransport& inner) : inner_(inner) {}
        Result<NvmeReply> send(const NvmeCommand& command) override {
            if (command.opcode == 0x84) return NvmeReply{};
            return inner_.send(command);
        }

      private:
        NvmeTransport& inner_;
    } forgetful(drive);
    EXPECT_TRUE(erase("nvme-sanitize-block").shows_success());
    write_everywhere();
    const DriveLog log = erase("nvme-sanitize-crypto", forgetful);
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("another-operation-ended"));
}

TEST_F(NvmeErase, believes_a_drive_that_lies_so_that_its_log_alone_never_suffices) {
    drive.misbehaviour().reports_success_without_erasing = true;
    EXPECT_TRUE(erase("nvme-sanitize-block").shows_success());
    EXPECT_TRUE(holds());
    EXPECT_TRUE(erase("nvme-format-user-data").shows_success());
    EXPECT_TRUE(holds());
}

TEST_F(NvmeErase, believes_a_drive_that_forgets_a_namespace) {
    drive.misbehaviour().forgets_namespace = 3;
    EXPECT_TRUE(erase("nvme-sanitize-block").shows_success());
    EXPECT_TRUE(drive.medium(3).holds(secret));
}

TEST_F(NvmeErase, tells_a_failure_and_leaves_the_failed_state_once) {
    drive.misbehaviour().sanitize_fails_at_percent = 40;
    const DriveLog log = erase("nvme-sanitize-block");
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_FALSE(log.shows_success());
    EXPECT_THAT(codes(log), ElementsAre("erase-failed-in-the-drive", "failure-state-left"));
    drive.misbehaviour() = {};
    EXPECT_TRUE(erase("nvme-format-user-data").shows_success());
    EXPECT_FALSE(holds());
}

TEST_F(NvmeErase, leaves_an_old_failure_before_it_starts) {
    drive.misbehaviour().sanitize_fails_at_percent = 40;
    ASSERT_TRUE(drive.send(nvme_sanitize(NvmeSanitize::block_erase)).ok());
    drive.advance(60);
    drive.misbehaviour() = {};
    const DriveLog log = erase("nvme-sanitize-block");
    EXPECT_EQ(log.state_before, "failed");
    EXPECT_THAT(codes(log), ElementsAre("failure-state-left"));
    EXPECT_TRUE(log.shows_success());
}

TEST_F(NvmeErase, gives_up_when_progress_stands_still) {
    drive.misbehaviour().progress_sticks_at_percent = 99;
    const DriveLog log = erase("nvme-sanitize-crypto");
    EXPECT_TRUE(log.stood_still);
    EXPECT_TRUE(log.left_running);
    EXPECT_THAT(codes(log), ElementsAre("progress-stands-still", "left-running"));
    EXPECT_GE(time.passed, minutes(10));
}

TEST_F(NvmeErase, watches_an_operation_from_before_whatever_it_was_asked_for) {
    for (const char* method : {"nvme-sanitize-crypto", "nvme-format-user-data"}) {
        ASSERT_TRUE(drive.send(nvme_sanitize(NvmeSanitize::block_erase)).ok());
        const DriveLog log = erase(method);
        EXPECT_EQ(log.state_before, "running");
        EXPECT_EQ(log.accepted, Answer::unknown);
        EXPECT_EQ(log.completed, Answer::yes);
        EXPECT_FALSE(log.shows_success());
        EXPECT_THAT(codes(log), ElementsAre("already-running"));
        for (const CommandLogEntry& entry : log.commands)
            EXPECT_EQ(entry.name, "Get Log Page (sanitize status)");
    }
}

TEST_F(NvmeErase, says_that_it_goes_on_in_the_drive_when_it_is_stopped) {
    time.stop_after = seconds(10);
    const DriveLog log = erase("nvme-sanitize-block");
    EXPECT_TRUE(log.left_running);
    EXPECT_TRUE(drive.is_sanitizing());
    EXPECT_THAT(codes(log), ElementsAre("left-running"));
}

TEST_F(NvmeErase, begins_nothing_when_it_was_stopped_before) {
    time.stop.request_stop();
    for (const char* method : {"nvme-sanitize-block", "nvme-format-crypto"})
        EXPECT_THAT(codes(erase(method)), ElementsAre("stopped-before-start"));
    EXPECT_TRUE(holds());
}

TEST_F(NvmeErase, refuses_what_the_controller_does_not_offer) {
    SimulatedNvmeDrive plain(
        {.sanitize_crypto = false, .sanitize_block = false, .has_format = false, .format_crypto = false});
    EXPECT_THAT(codes(erase("nvme-sanitize-block", plain)), ElementsAre("sanitize-status-not-readable"));
    EXPECT_THAT(codes(erase("nvme-format-user-data", plain)), ElementsAre("method-not-supported"));
    EXPECT_THAT(codes(erase("nvme-nonsense", plain)), ElementsAre("method-not-supported"));
    SimulatedNvmeDrive some({.sanitize_crypto = false, .format_crypto = false});
    EXPECT_THAT(codes(erase("nvme-sanitize-crypto", some)), ElementsAre("method-not-supported"));
    EXPECT_THAT(codes(erase("nvme-format-crypto", some)), ElementsAre("method-not-supported"));
}

TEST_F(NvmeErase, formats_every_namespace_attached_or_not_and_keeps_its_format) {
    for (const char* method : {"nvme-format-user-data", "nvme-format-crypto"}) {
        write_everywhere();
        const DriveLog log = erase(method);
        EXPECT_FALSE(holds()) << method;
        EXPECT_TRUE(log.shows_success()) << method;
        EXPECT_EQ(log.seen_running, Answer::unknown);
        EXPECT_EQ(log.samples, 2U);
        EXPECT_THAT(codes(log), IsEmpty());
    }
}

/// Answers Identify Namespace with the second format, metadata and protection, and records what is sent.
class OddFormat final : public NvmeTransport {
  public:
    explicit OddFormat(NvmeTransport& inner) : inner_(inner) {}
    Result<NvmeReply> send(const NvmeCommand& command) override {
        if (command.opcode == 0x80) formats.push_back(command);
        auto reply = inner_.send(command);
        if (command.opcode == 0x06 && (command.cdw10 & 0xFF) == 0 && reply.ok() && reply->succeeded()) {
            reply->data[26] = 0x11;        // FLBAS: format 1, extended metadata
            reply->data[29] = 0x0B;        // DPS: type 3, first
            reply->data[128 + 4 + 2] = 9;  // 512 bytes
        }
        return reply;
    }
    std::vector<NvmeCommand> formats;

  private:
    NvmeTransport& inner_;
};

TEST_F(NvmeErase, asks_for_the_format_that_the_namespace_has) {
    SimulatedNvmeDrive one;
    OddFormat odd(one);
    EXPECT_TRUE(erase("nvme-format-crypto", odd).shows_success());
    ASSERT_EQ(odd.formats.size(), 1U);
    EXPECT_EQ(odd.formats[0].nsid, 1U);
    EXPECT_EQ(odd.formats[0].cdw10, 0x571U);  // SES 2, PIL, PI 3, MSET, LBAF 1
}

TEST_F(NvmeErase, formats_nothing_when_a_namespace_is_write_protected) {
    NvmeDriveModel model;
    model.namespaces = {{.nsid = 1}, {.nsid = 2, .is_write_protected = true}};
    SimulatedNvmeDrive guarded(model);
    write_secret(guarded.medium(1));
    EXPECT_THAT(codes(erase("nvme-format-user-data", guarded)), ElementsAre("namespace-write-protected"));
    EXPECT_TRUE(guarded.medium(1).holds(secret));
}

TEST_F(NvmeErase, tells_which_namespace_was_not_formatted) {
    class Refusing final : public NvmeTransport {
      public:
        explicit Refusing(NvmeTransport& inner) : inner_(inner) {}
        Result<NvmeReply> send(const NvmeCommand& command) override {
            if (command.opcode == 0x80 && command.nsid == 3) {
                NvmeReply reply;
                reply.status = 0x410A;
                return reply;
            }
            return inner_.send(command);
        }

      private:
        NvmeTransport& inner_;
    } refusing(drive);
    const DriveLog log = erase("nvme-format-user-data", refusing);
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_EQ(log.completed, Answer::no);
    ASSERT_THAT(codes(log), ElementsAre("namespace-not-formatted"));
    EXPECT_EQ(log.remarks[0].arguments.at("nsid"), "3");
    EXPECT_FALSE(log.shows_success());
}

/// Carries out Format of this namespace, and its answer is lost.
class LostAnswer final : public NvmeTransport {
  public:
    LostAnswer(NvmeTransport& inner, uint32_t nsid) : inner_(inner), nsid_(nsid) {}
    Result<NvmeReply> send(const NvmeCommand& command) override {
        ++commands;
        if (is_lost) ++commands_afterwards;
        auto reply = inner_.send(command);
        if (command.opcode != 0x80 || command.nsid != nsid_) return reply;
        is_lost = true;
        return error(ErrorKind::failed, message("send"), message("timed out"));
    }
    bool is_lost = false;
    unsigned commands = 0, commands_afterwards = 0;

  private:
    NvmeTransport& inner_;
    uint32_t nsid_;
};

TEST_F(NvmeErase, takes_a_format_that_was_not_answered_for_one_that_is_still_at_it) {
    for (const uint32_t nsid : {1U, 3U}) {
        LostAnswer silent(drive, nsid);
        const DriveLog log = erase("nvme-format-user-data", silent);
        EXPECT_TRUE(log.left_running) << nsid;
        EXPECT_EQ(log.accepted, Answer::unknown) << nsid;
        EXPECT_NE(log.completed, Answer::yes) << nsid;
        EXPECT_FALSE(log.shows_success()) << nsid;
        EXPECT_THAT(codes(log), ElementsAre("namespace-not-formatted", "left-running")) << nsid;
        EXPECT_EQ(log.errors.size(), 1U) << nsid;
        EXPECT_EQ(silent.commands_afterwards, 0U) << "nothing else may be sent to it: " << nsid;
    }
}

TEST(NvmeSanitizeWithoutPower, claims_nothing_untrue_wherever_the_power_is_lost) {
    for (const CutWhere where : {CutWhere::before_the_drive, CutWhere::before_the_reply}) {
        for (size_t count = 0;; ++count) {
            SCOPED_TRACE(testing::Message() << "cut after " << count << " commands");
            SimulatedNvmeDrive drive;
            write_secret(drive.medium(1));
            FakeTime time([&](unsigned by) { drive.advance(by); });
            NvmePowerCut power(drive, count, where, [&] {
                drive.power_cycle();
                time.is_powered = false;
            });
            EraseChannels cut;
            cut.nvme = &power;
            const DriveLog log = erase_by_firmware("nvme-sanitize-block", cut, time.watch());
            if (!power.is_cut) {
                EXPECT_TRUE(log.shows_success());
                break;
            }
            EXPECT_FALSE(log.shows_success());
            if (log.accepted == Answer::no) {
                EXPECT_FALSE(drive.is_sanitizing());
            }
            time.is_powered = true;
            EraseChannels channels;
            channels.nvme = &drive;
            DriveLog again = erase_by_firmware("nvme-sanitize-block", channels, time.watch());
            if (!again.shows_success())
                again = erase_by_firmware("nvme-sanitize-block", channels, time.watch());
            EXPECT_TRUE(again.shows_success());
            EXPECT_FALSE(drive.medium(1).holds(secret));
        }
    }
}

class MmcErase : public testing::Test {
  protected:
    static simulator::EmmcModel small() {
        simulator::EmmcModel model;
        model.sectors = 8192;
        return model;
    }
    DriveLog erase(const std::string& method, MmcTransport& card) {
        EraseChannels channels;
        channels.mmc = &card;
        return erase_by_firmware(method, channels, time.watch());
    }
    FakeTime time{[](unsigned) {}};
};

TEST_F(MmcErase, erases_and_sanitizes_and_names_the_areas_that_it_does_not_reach) {
    for (const char* method : {"mmc-sanitize", "mmc-secure-erase"}) {
        SimulatedEmmc card(small());
        write_secret(card.medium());
        const DriveLog log = erase(method, card);
        EXPECT_FALSE(card.medium().holds(secret)) << method;
        EXPECT_TRUE(log.shows_success()) << method;
        EXPECT_EQ(log.seen_running, Answer::unknown);
        EXPECT_THAT(codes(log), ElementsAre("boot-areas-not-erased", "rpmb-not-erased"));
        EXPECT_EQ(log.remarks[0].arguments.at("bytes"), "8388608");
    }
}

TEST_F(MmcErase, believes_a_card_that_lies_so_that_its_log_alone_never_suffices) {
    SimulatedEmmc card(small());
    write_secret(card.medium());
    card.misbehaviour().sanitize_does_nothing = true;
    card.misbehaviour().secure_erase_does_nothing = true;
    EXPECT_TRUE(erase("mmc-sanitize", card).shows_success());
    EXPECT_TRUE(erase("mmc-secure-erase", card).shows_success());
    EXPECT_TRUE(card.medium().holds(secret));
}

TEST_F(MmcErase, refuses_what_the_card_does_not_offer) {
    simulator::EmmcModel model = small();
    model.has_sanitize = model.has_secure_erase = false;
    SimulatedEmmc card(model);
    write_secret(card.medium());
    for (const char* method : {"mmc-sanitize", "mmc-secure-erase", "mmc-nonsense"}) {
        const DriveLog log = erase(method, card);
        EXPECT_EQ(log.accepted, Answer::no);
        EXPECT_THAT(codes(log), ElementsAre("method-not-supported"));
    }
    EXPECT_EQ(card.medium().cells(), 2U);
}

/// A card that only writes down what it is told and answers with this status.
class TalkingCard final : public MmcTransport {
  public:
    Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& sent) override {
        if (sent.front().index != 8 && is_dead)
            return error(ErrorKind::failed, message("send"), message("timed out"));
        std::vector<MmcReply> replies(sent.size());
        for (size_t i = 0; i < sent.size(); ++i) {
            commands.push_back(sent[i]);
            replies[i].response[0] = sent[i].index == failing_index ? failing_status : 0x900;
            if (sent[i].index == 8) replies[i].data = card_.ext_csd();
        }
        return replies;
    }
    std::vector<MmcCommand> commands;
    uint8_t failing_index = 0;
    uint32_t failing_status = 0;
    bool is_dead = false;

  private:
    SimulatedEmmc card_;
};

TEST_F(MmcErase, erases_the_whole_user_area_by_sector_numbers_and_waits_long_enough) {
    TalkingCard card;
    EXPECT_TRUE(erase("mmc-sanitize", card).shows_success());
    ASSERT_EQ(card.commands.size(), 6U);
    EXPECT_EQ(card.commands[1].argument, 0U);
    EXPECT_EQ(card.commands[2].argument, 30535679U);
    EXPECT_EQ(card.commands[3].argument, 0U);
    EXPECT_GE(card.commands[3].timeout, minutes(10));
    EXPECT_EQ(card.commands[4].argument, 0x03A50101U);
    EXPECT_GE(card.commands[4].timeout, minutes(30));
}

TEST_F(MmcErase, tells_what_the_card_refused_and_sends_no_sanitize_then) {
    TalkingCard card;
    card.failing_index = 38;
    card.failing_status = 0x900 | 1U << 15;  // WP_ERASE_SKIP: protected groups were left out
    const DriveLog log = erase("mmc-sanitize", card);
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_EQ(codes(log).front(), "erase-refused");
    EXPECT_EQ(card.commands.back().index, 38);
    card.failing_index = 6;
    card.failing_status = 0x900 | 1U << 7;
    EXPECT_EQ(codes(erase("mmc-sanitize", card)).front(), "sanitize-refused");
}

TEST_F(MmcErase, sees_an_error_that_only_the_next_reply_tells) {
    class Late final : public MmcTransport {
      public:
        Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& sent) override {
            auto replies = card_.send(sent);
            if (sent.front().index == 8 && ++looks_ == 2) (*replies)[0].response[0] |= 1U << 7;
            return replies;
        }

      private:
        TalkingCard card_;
        unsigned looks_ = 0;
    } card;
    const DriveLog log = erase("mmc-sanitize", card);
    EXPECT_EQ(log.completed, Answer::no);
    EXPECT_FALSE(log.shows_success());
    EXPECT_EQ(codes(log).front(), "erase-failed-in-the-drive");
}

TEST_F(MmcErase, knows_nothing_when_the_card_did_not_answer) {
    TalkingCard card;
    card.is_dead = true;
    const DriveLog log = erase("mmc-secure-erase", card);
    EXPECT_EQ(log.accepted, Answer::unknown);
    EXPECT_EQ(log.completed, Answer::unknown);
    EXPECT_EQ(codes(log).front(), "start-not-answered");
    EXPECT_FALSE(log.shows_success());
}

TEST_F(MmcErase, takes_a_card_that_did_not_answer_for_one_that_is_still_at_it) {
    for (const char* method : {"mmc-sanitize", "mmc-secure-erase"}) {
        TalkingCard card;
        card.is_dead = true;
        const DriveLog log = erase(method, card);
        EXPECT_TRUE(log.left_running) << method;
        EXPECT_THAT(codes(log), testing::Contains("left-running")) << method;
        EXPECT_EQ(log.errors.size(), 1U) << method;
        for (const MmcCommand& command : card.commands)
            EXPECT_EQ(command.index, 8) << "nothing more is sent to it: " << method;
        EXPECT_EQ(card.commands.size(), 1U) << method;
    }
}

/// Erases, and is not heard of again when it is told to sanitize.
class SilentSanitize final : public MmcTransport {
  public:
    Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& sent) override {
        if (sent.front().index == 6) return error(ErrorKind::failed, message("send"), message("timed out"));
        return card_.send(sent);
    }

  private:
    TalkingCard card_;
};

TEST_F(MmcErase, claims_nothing_when_the_sanitize_behind_the_erase_is_not_answered) {
    SilentSanitize card;
    const DriveLog log = erase("mmc-sanitize", card);
    EXPECT_EQ(log.accepted, Answer::unknown);
    EXPECT_NE(log.completed, Answer::yes);
    EXPECT_TRUE(log.left_running);
    EXPECT_FALSE(log.shows_success());
}

TEST_F(MmcErase, begins_nothing_when_it_was_stopped_before) {
    TalkingCard card;
    time.stop.request_stop();
    EXPECT_THAT(codes(erase("mmc-sanitize", card)), ElementsAre("stopped-before-start"));
    EXPECT_EQ(card.commands.size(), 1U);
}

DriveLog shown_success(const std::string& method) {
    DriveLog log;
    log.method = method;
    log.accepted = log.seen_running = log.completed = Answer::yes;
    return log;
}

TEST(DriveLog, shows_success_only_when_everything_that_the_method_can_show_was_shown) {
    EXPECT_FALSE(DriveLog{}.shows_success());
    EXPECT_TRUE(shown_success("ata-sanitize-block").shows_success());
    for (const Answer answer : {Answer::no, Answer::unknown}) {
        for (Answer DriveLog::*field : {&DriveLog::accepted, &DriveLog::seen_running, &DriveLog::completed}) {
            DriveLog log = shown_success("nvme-sanitize-block");
            log.*field = answer;
            EXPECT_FALSE(log.shows_success());
        }
        DriveLog security = shown_success("ata-security-erase-enhanced");
        EXPECT_FALSE(security.shows_success());
        security.security_released = answer;
        EXPECT_FALSE(security.shows_success());
        security.security_released = Answer::yes;
        EXPECT_TRUE(security.shows_success());
    }
    DriveLog format = shown_success("nvme-format-crypto");
    format.seen_running = Answer::unknown;
    EXPECT_TRUE(format.shows_success());
    format.completed = Answer::unknown;
    EXPECT_FALSE(format.shows_success());
    DriveLog still = shown_success("scsi-sanitize-block");
    still.left_running = true;
    EXPECT_FALSE(still.shows_success());
    still.left_running = false;
    still.stood_still = true;
    EXPECT_FALSE(still.shows_success());
}

TEST(DriveLog, becomes_json_of_words_numbers_and_lists) {
    DriveLog log = shown_success("ata-security-erase");
    log.state_before = "idle";
    log.security_released = Answer::unknown;
    log.first_progress = 0;
    log.last_progress = 65535;
    log.samples = 3;
    log.remarks = {{"left-running", {}}};
    log.commands.resize(3);
    const Json json = to_json(log);
    EXPECT_EQ(json["method"], "ata-security-erase");
    EXPECT_EQ(json["accepted"], "yes");
    EXPECT_EQ(json["security_released"], "unknown");
    EXPECT_EQ(json["shows_success"], "no");
    EXPECT_EQ(json["left_running"], "no");
    EXPECT_EQ(json["first_progress"], 0);
    EXPECT_EQ(json["last_progress"], 65535);
    EXPECT_EQ(json["remarks"][0]["code"], "left-running");
    EXPECT_EQ(json["commands"].size(), 3U);
    EXPECT_EQ(json["commands_left_out"], 0);
    EXPECT_TRUE(canonical_json(json).ok());
    EXPECT_FALSE(to_json(DriveLog{}).contains("security_released"));
    EXPECT_FALSE(to_json(DriveLog{}).contains("first_progress"));
}

}  // namespace
}  // namespace regain
