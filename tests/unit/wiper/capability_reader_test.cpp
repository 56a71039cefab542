// Capabilities read from simulated drives, and the proof that nothing but harmless commands goes out: the
// whitelist below is written down here a second time, from the standards, and shares nothing with the guard.

#include "wiper/capability_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "drives/ata_commands.h"
#include "drives/scsi_commands.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_channels.h"
#include "tests/simulator/simulated_emmc.h"
#include "tests/simulator/simulated_nvme_drive.h"
#include "tests/simulator/simulated_scsi_disk.h"
#include "wiper/erase_methods.h"

namespace regain {
namespace {

using simulator::AtaDriveModel;
using simulator::BridgeModel;
using simulator::MediumKind;
using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;
using simulator::SimulatedChannels;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

DriveRecord record(Bus bus, const std::string& protocol, Medium medium, const std::string& path) {
    DriveRecord drive;
    drive.path = path;
    drive.bus = bus;
    drive.protocol = protocol;
    drive.medium = medium;
    drive.size_bytes = 1U << 30;
    drive.device_number = 2048;
    return drive;
}

const DriveRecord sata = record(Bus::ata, "ata", Medium::hdd, "/dev/sda");
const DriveRecord docked = record(Bus::usb, "scsi", Medium::unknown, "/dev/sdb");
const DriveRecord sas = record(Bus::scsi, "scsi", Medium::hdd, "/dev/sdc");
const DriveRecord nvme_drive = record(Bus::nvme, "nvme", Medium::ssd, "/dev/nvme0n1");
const DriveRecord emmc_drive = record(Bus::mmc, "mmc", Medium::emmc, "/dev/mmcblk0");

/// Discovery of an Opal 2 drive that locks.
std::vector<uint8_t> opal_discovery() {
    std::vector<uint8_t> page(48, 0);
    for (const std::vector<uint8_t>& part :
         {std::vector<uint8_t>{0, 1, 0x10, 12, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
          std::vector<uint8_t>{0, 2, 0x10, 12, 0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
          std::vector<uint8_t>{2, 3, 0x10, 16, 0x10, 0, 0, 1, 0, 0, 0, 4, 0, 8, 0, 0, 0, 0, 0, 0}})
        page.insert(page.end(), part.begin(), part.end());
    page[3] = static_cast<uint8_t>(page.size() - 4);
    page[7] = 1;
    page.resize(2048, 0);
    return page;
}

/// Tells once, or more often, that it was reset, before it does what it is asked.
class JustReset final : public ScsiTransport {
  public:
    explicit JustReset(ScsiTransport& drive, int times = 1) : drive_(drive), times_(times) {}
    Result<ScsiReply> send(const ScsiCommand& command) override {
        constexpr uint8_t inquiry = 0x12;
        if (times_ == 0 || command.cdb[0] == inquiry) return drive_.send(command);
        --times_;
        ScsiReply reply;
        const Bytes attention{0x70, 0, 0x06, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x29, 0, 0, 0, 0, 0};
        const bool is_asked_for_it = command.cdb[0] == 0x03;  // REQUEST SENSE brings it as its data
        reply.status = is_asked_for_it ? scsi_good : scsi_check_condition;
        (is_asked_for_it ? reply.data : reply.sense) = attention;
        return reply;
    }

  private:
    ScsiTransport& drive_;
    int times_;
};

class CapabilityReader : public testing::Test {
  protected:
    DriveCapabilities read(const DriveRecord& drive) {
        return read_capabilities(drive, {channels, bridges, clock});
    }
    SimulatedChannels channels;
    BridgeMemory bridges;
    ManualClock clock{WallTime(std::chrono::milliseconds(1795000000000))};
};

std::string value_of(const DriveCapabilities& capabilities, const std::string& fact) {
    for (const CapabilityFact& each : capabilities.facts)
        if (each.fact == fact) return each.value;
    return "(none)";
}

CapabilityFact fact_of(const DriveCapabilities& capabilities, const std::string& fact) {
    for (const CapabilityFact& each : capabilities.facts)
        if (each.fact == fact) return each;
    return {};
}

std::vector<std::string> unknown_codes(const DriveCapabilities& capabilities) {
    std::vector<std::string> codes;
    for (const Remark& remark : capabilities.not_known) codes.push_back(remark.code);
    return codes;
}

EraseMethod method_of(const DriveCapabilities& capabilities, const std::string& name) {
    for (const EraseMethod& each : erase_methods(capabilities))
        if (each.method == name) return each;
    ADD_FAILURE() << "no method " << name;
    return {};
}

AtaDriveModel ssd_model() {
    AtaDriveModel model;
    model.medium = MediumKind::flash;
    model.sanitize_block = model.sanitize_crypto = true;
    model.has_trusted_computing = true;
    model.encrypts_always = true;
    model.tcg_discovery = opal_discovery();
    return model;
}

TEST_F(CapabilityReader, shows_a_plain_disk_with_the_raw_field_of_each_fact) {
    SimulatedAtaDrive drive;
    SimulatedBridge libata(drive, {.registers = BridgeModel::Registers::libata});
    channels.put("/dev/sda", libata);
    const DriveCapabilities found = read(sata);
    EXPECT_THAT(found.not_known, IsEmpty());
    EXPECT_EQ(fact_of(found, "security-supported"),
              (CapabilityFact{"security-supported", "yes", "IDENTIFY DEVICE word 128 bit 0", "0x0021"}));
    EXPECT_EQ(fact_of(found, "security-erase-minutes"),
              (CapabilityFact{"security-erase-minutes", "46", "IDENTIFY DEVICE word 89", "0x0017"}));
    EXPECT_EQ(fact_of(found, "hpa-native-sectors"),
              (CapabilityFact{"hpa-native-sectors", "2097152", "READ NATIVE MAX ADDRESS EXT LBA + 1",
                              "0x0000001fffff"}));
    EXPECT_EQ(value_of(found, "hidden-sectors"), "0");
    EXPECT_EQ(value_of(found, "sanitize-supported"), "no");
    EXPECT_EQ(found.native_size_bytes, 1U << 30);
    EXPECT_EQ(value_of(found, "native-bytes"), std::to_string(1U << 30));
    EXPECT_EQ(method_of(found, "ata-security-erase").minutes, 46U);
    EXPECT_THAT(method_of(found, "ata-security-erase").obstacles, IsEmpty());
    EXPECT_EQ(method_of(found, "ata-sanitize-block").support, Support::no);
    for (const CapabilityFact& fact : found.facts) EXPECT_FALSE(fact.source.empty()) << fact.fact;
}

TEST_F(CapabilityReader, shows_what_an_ssd_offers_and_its_opal_state) {
    SimulatedAtaDrive drive(ssd_model());
    SimulatedBridge libata(
        drive, {.registers = BridgeModel::Registers::libata, .translates_security_protocol = true});
    channels.put("/dev/sda", libata);
    const DriveCapabilities found = read(sata);
    EXPECT_EQ(method_of(found, "ata-sanitize-crypto").support, Support::yes);
    EXPECT_EQ(method_of(found, "ata-sanitize-block").support, Support::yes);
    EXPECT_EQ(method_of(found, "ata-sanitize-overwrite").support, Support::no);
    EXPECT_EQ(value_of(found, "sanitize-state"), "idle");
    EXPECT_EQ(value_of(found, "encrypts-all-user-data"), "yes");
    EXPECT_EQ(value_of(found, "tcg-subsystem"), "opal-2");
    EXPECT_EQ(value_of(found, "tcg-locking-enabled"), "yes");
    EXPECT_EQ(value_of(found, "tcg-locked"), "no");
    EXPECT_EQ(method_of(found, "tcg-psid-revert").support, Support::yes);
    EXPECT_THAT(method_of(found, "tcg-psid-revert").obstacles, ElementsAre("psid-needed"));
}

TEST_F(CapabilityReader, says_unknown_where_tcg_is_there_and_does_not_answer) {
    AtaDriveModel model = ssd_model();
    model.tcg_discovery.clear();
    SimulatedAtaDrive drive(model);
    SimulatedBridge libata(drive);
    channels.put("/dev/sda", libata);
    const DriveCapabilities found = read(sata);
    EXPECT_THAT(unknown_codes(found), ElementsAre("tcg-not-readable"));
    EXPECT_EQ(method_of(found, "tcg-psid-revert").support, Support::unknown);
}

TEST_F(CapabilityReader, names_what_stands_in_the_way_of_security_erase) {
    const auto obstacles = [&](const std::function<void(SimulatedAtaDrive&)>& change, bool frozen = false) {
        AtaDriveModel model;
        model.firmware_freezes_security = frozen;
        model.has_configuration_overlay = false;
        SimulatedAtaDrive drive(model);
        change(drive);
        SimulatedBridge libata(drive);
        channels.put("/dev/sda", libata);
        return method_of(read(sata), "ata-security-erase").obstacles;
    };
    EXPECT_THAT(obstacles([](auto&) {}, true), ElementsAre("security-frozen"));
    EXPECT_THAT(obstacles([](auto& drive) { drive.suspend_and_wake(); }, true), IsEmpty());
    EXPECT_THAT(obstacles([](auto& drive) { drive.lock_by_stranger("stranger"); }),
                ElementsAre("security-locked"));
    EXPECT_THAT(obstacles([](auto& drive) {
                    drive.lock_by_stranger("stranger");
                    for (int i = 0; i < 5; ++i)
                        EXPECT_TRUE(drive.send(ata_security_unlock(AtaPassword::user, "wrong")).ok());
                }),
                ElementsAre("security-locked", "security-count-expired"));
    EXPECT_THAT(
        obstacles([](auto& drive) {
            EXPECT_TRUE(
                drive.send(ata_security_set_password(AtaPassword::user, AtaSecurityLevel::high, "ours"))
                    .ok());
        }),
        ElementsAre("security-enabled"));
}

TEST_F(CapabilityReader, sees_a_sanitize_operation_that_runs_or_failed_or_is_frozen) {
    AtaDriveModel model = ssd_model();
    model.has_trusted_computing = false;
    SimulatedAtaDrive drive(model);
    SimulatedBridge libata(drive, {.registers = BridgeModel::Registers::libata});
    channels.put("/dev/sda", libata);
    ASSERT_TRUE(drive.send(ata_sanitize_block_erase(AtaSanitizeFailure::may_be_left)).ok());
    drive.advance(30);
    DriveCapabilities running = read(sata);
    EXPECT_EQ(value_of(running, "sanitize-state"), "in-progress");
    EXPECT_EQ(value_of(running, "sanitize-progress-65536"), "32767");
    EXPECT_THAT(method_of(running, "ata-sanitize-crypto").obstacles, ElementsAre("sanitize-in-progress"));
    EXPECT_FALSE(running.hidden->is_examined) << "the drive refuses everything else meanwhile";

    drive.misbehaviour().sanitize_fails_at_percent = 80;
    drive.power_cycle();
    drive.advance(20);
    EXPECT_EQ(value_of(read(sata), "sanitize-state"), "failed");
    EXPECT_THAT(method_of(read(sata), "ata-security-erase").obstacles, Contains("sanitize-failed"));
    EXPECT_THAT(method_of(read(sata), "ata-sanitize-block").obstacles, IsEmpty()) << "it leaves the failure";
    EXPECT_TRUE(drive.send(ata_sanitize_clear_failure()).ok());
    ASSERT_TRUE(drive.send(ata_sanitize_freeze_lock()).ok());
    EXPECT_EQ(value_of(read(sata), "sanitize-state"), "frozen");
    EXPECT_THAT(method_of(read(sata), "ata-sanitize-block").obstacles, ElementsAre("sanitize-frozen"));
}

TEST_F(CapabilityReader, finds_hidden_sectors_by_each_mechanism) {
    SimulatedAtaDrive protected_area;
    protected_area.set_host_protected_max(999999);
    SimulatedBridge first(protected_area);
    channels.put("/dev/sda", first);
    DriveCapabilities found = read(sata);
    EXPECT_EQ(found.hidden->addressable_sectors, 1000000U);
    EXPECT_EQ(found.hidden->hidden_sectors(), 1097152U);
    EXPECT_EQ(value_of(found, "hidden-sectors"), "1097152");
    EXPECT_EQ(found.native_size_bytes, 1U << 30);

    SimulatedAtaDrive overlay;
    overlay.set_configured_sectors(2000000);
    SimulatedBridge second(overlay);
    channels.put("/dev/sda", second);
    found = read(sata);
    EXPECT_EQ(found.hidden->host_protected_native, 2000000U)
        << "the area behind DCO is invisible to this command";
    EXPECT_EQ(found.hidden->configuration_native, 2097152U);
    EXPECT_EQ(found.hidden->hidden_sectors(), 97152U);

    AtaDriveModel newer;
    newer.has_host_protected_area = newer.has_configuration_overlay = false;
    newer.has_accessible_max_address = true;
    SimulatedAtaDrive accessible(newer);
    accessible.set_accessible_max(1048575);
    SimulatedBridge third(accessible);
    channels.put("/dev/sda", third);
    found = read(sata);
    EXPECT_EQ(found.hidden->accessible_native, 2097152U);
    EXPECT_EQ(found.hidden->hidden_sectors(), 1048576U);
    EXPECT_TRUE(found.hidden->is_examined);
}

TEST_F(CapabilityReader, does_not_guess_hidden_sectors_when_a_mechanism_does_not_answer) {
    AtaDriveModel frozen;
    frozen.firmware_freezes_security = true;  // and DCO with it, as firmwares do
    SimulatedAtaDrive drive(frozen);
    SimulatedBridge libata(drive);
    channels.put("/dev/sda", libata);
    DriveCapabilities found = read(sata);
    EXPECT_EQ(value_of(found, "hidden-sectors"), "unknown");
    EXPECT_EQ(value_of(found, "dco-readable"), "no");
    EXPECT_FALSE(found.native_size_bytes);
    EXPECT_EQ(value_of(found, "native-bytes"), "not-examined");
    EXPECT_THAT(unknown_codes(found), Contains("hidden-sectors-not-readable"));

    SimulatedAtaDrive liar;
    liar.misbehaviour().aborted_commands = {0x27};
    SimulatedBridge other(liar);
    channels.put("/dev/sda", other);
    found = read(sata);
    EXPECT_FALSE(found.hidden->is_examined);
    EXPECT_FALSE(found.native_size_bytes);
}

TEST_F(CapabilityReader, sees_through_a_bridge_and_says_when_the_serial_is_its_own) {
    SimulatedAtaDrive drive;
    SimulatedBridge bridge(drive, {.vendor = "JMicron", .product = "Dock", .serial = "DOCK000000"});
    channels.put("/dev/sdb", bridge);
    channels.put_bridge("/dev/sdb", {"152d", "0578", "0209", "DOCK000000"});
    DriveRecord named = docked;
    named.serial = "DOCK000000";
    const DriveCapabilities found = read(named);
    EXPECT_EQ(value_of(found, "usb-bridge"), "152d:0578");
    EXPECT_EQ(value_of(found, "ata-pass-through"), "16");
    EXPECT_EQ(value_of(found, "result-registers"), "all");
    EXPECT_EQ(value_of(found, "ata-serial"), "SIM00001");
    EXPECT_EQ(value_of(found, "serial-differs"), "yes");
    EXPECT_EQ(method_of(found, "ata-security-erase").support, Support::yes);
    const auto known = bridges.find({"152d", "0578", "0209", "DOCK000000"});
    ASSERT_TRUE(known);
    EXPECT_EQ(known->answer, BridgeAnswer::carries_16);
    EXPECT_EQ(known->probed, to_rfc3339(clock.now()));
}

TEST_F(CapabilityReader, asks_nothing_more_of_a_bridge_that_drops_the_registers) {
    SimulatedAtaDrive drive(ssd_model());
    SimulatedBridge bridge(drive, {.registers = BridgeModel::Registers::dropped});
    channels.put("/dev/sdb", bridge);
    const DriveCapabilities found = read(docked);
    EXPECT_THAT(unknown_codes(found), ElementsAre("registers-not-returned"));
    EXPECT_FALSE(found.hidden);
    EXPECT_FALSE(found.ata_sanitize);
    EXPECT_EQ(method_of(found, "ata-sanitize-block").support, Support::yes);
    EXPECT_THAT(method_of(found, "ata-sanitize-block").obstacles, ElementsAre("registers-not-returned"));
    EXPECT_THAT(method_of(found, "ata-security-erase").obstacles, ElementsAre("registers-not-returned"));
    for (const auto& [command, feature] : drive.commands()) EXPECT_EQ(command, 0xEC);
}

TEST_F(CapabilityReader, does_not_believe_a_state_whose_upper_bytes_were_lost) {
    AtaDriveModel model = ssd_model();
    model.has_trusted_computing = false;
    SimulatedAtaDrive drive(model);
    ASSERT_TRUE(drive.send(ata_sanitize_block_erase(AtaSanitizeFailure::may_be_left)).ok());
    SimulatedBridge bridge(drive, {.registers = BridgeModel::Registers::fixed});
    channels.put("/dev/sdb", bridge);
    const DriveCapabilities found = read(docked);
    EXPECT_EQ(value_of(found, "result-registers"), "low-bytes");
    EXPECT_EQ(value_of(found, "sanitize-state"), "(none)") << "not 'idle': it runs";
    EXPECT_THAT(unknown_codes(found), Contains("sanitize-status-not-readable"));
}

TEST_F(CapabilityReader, leaves_a_bridge_alone_that_stopped_answering_before) {
    const UsbBridge fragile{"1234", "5678", "0100", "X"};
    SimulatedAtaDrive drive;
    SimulatedBridge bridge(drive, {.hangs_on_pass_through = true});
    channels.put("/dev/sdb", bridge);
    channels.put_bridge("/dev/sdb", fragile);
    EXPECT_THAT(unknown_codes(read(docked)), ElementsAre("bridge-stopped-answering"));
    EXPECT_EQ(bridges.find(fragile)->answer, BridgeAnswer::lost);
    channels.scsi_commands.clear();
    EXPECT_THAT(unknown_codes(read(docked)), ElementsAre("bridge-stopped-answering-before"));
    EXPECT_THAT(channels.scsi_commands, IsEmpty());
    // The machine hung or lost power during the attempt: that counts too.
    ASSERT_TRUE(bridges.remember({fragile, BridgeAnswer::unfinished, AtaRegisters::none, "x"}).ok());
    EXPECT_THAT(unknown_codes(read(docked)), ElementsAre("bridge-stopped-answering-before"));
    EXPECT_THAT(channels.scsi_commands, IsEmpty());
}

TEST_F(CapabilityReader, writes_the_attempt_down_before_it_is_made) {
    const UsbBridge dock{"152d", "0578", "0209", "A"};
    const auto file = std::filesystem::path(testing::TempDir()) / "reader-bridges" / "bridges.json";
    std::filesystem::remove_all(file.parent_path());
    bridges = BridgeMemory::empty(file);
    struct Watching final : ScsiTransport {
        explicit Watching(std::filesystem::path path) : file(std::move(path)) {}
        Result<ScsiReply> send(const ScsiCommand&) override {
            std::ifstream stream(file);
            seen.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
            return simulator::refusal(0x05, 0x20, 0x00);
        }
        std::filesystem::path file;
        std::vector<std::string> seen;
    } watching(file);
    channels.put("/dev/sdb", watching);
    channels.put_bridge("/dev/sdb", dock);
    read(docked);
    ASSERT_FALSE(watching.seen.empty());
    EXPECT_THAT(watching.seen.front(), testing::HasSubstr("unfinished"));
    EXPECT_EQ(bridges.find(dock)->answer, BridgeAnswer::refuses);
}

TEST_F(CapabilityReader, sends_nothing_to_usb_sticks) {
    SimulatedAtaDrive drive;
    SimulatedBridge bridge(drive);
    channels.put("/dev/sdb", bridge);
    DriveRecord stick = docked;
    stick.removable = true;
    EXPECT_THAT(unknown_codes(read(stick)), ElementsAre("usb-stick-not-asked"));
    EXPECT_THAT(channels.scsi_commands, IsEmpty());
}

TEST_F(CapabilityReader, asks_a_bridge_that_hides_its_drive_for_no_more_than_its_name) {
    SimulatedAtaDrive drive;
    SimulatedBridge bridge(drive, {.accepts_16 = false, .accepts_12 = false});
    channels.put("/dev/sdb", bridge);
    EXPECT_THAT(unknown_codes(read(docked)), ElementsAre("usb-bridge-not-asked"));
    std::vector<int> sent;
    for (const ScsiCommand& command : channels.scsi_commands) sent.push_back(command.cdb[0]);
    EXPECT_THAT(sent, ElementsAre(0x85, 0xA1, 0x12));
}

TEST_F(CapabilityReader, asks_a_bridge_that_knows_12_bytes_only_in_12_bytes) {
    const UsbBridge old{"04b4", "6830", "0001", ""};
    SimulatedAtaDrive drive;
    SimulatedBridge bridge(drive, {.accepts_16 = false});
    channels.put("/dev/sdb", bridge);
    channels.put_bridge("/dev/sdb", old);
    read(docked);
    EXPECT_EQ(bridges.find(old)->answer, BridgeAnswer::carries_12);
    channels.scsi_commands.clear();
    const DriveCapabilities found = read(docked);
    for (const ScsiCommand& command : channels.scsi_commands) EXPECT_NE(command.cdb[0], 0x85);
    EXPECT_EQ(value_of(found, "ata-pass-through"), "12");
    EXPECT_FALSE(found.hidden->is_examined) << "the 48-bit commands do not fit";
}

TEST_F(CapabilityReader, asks_a_sas_drive_which_ways_of_sanitizing_it_has) {
    simulator::SimulatedScsiDisk disk;
    channels.put("/dev/sdc", disk);
    DriveCapabilities found = read(sas);
    EXPECT_THAT(found.not_known, IsEmpty());
    EXPECT_EQ(method_of(found, "scsi-sanitize-overwrite").support, Support::yes);
    EXPECT_EQ(method_of(found, "scsi-sanitize-block").support, Support::no);
    EXPECT_EQ(method_of(found, "scsi-sanitize-crypto").support, Support::yes);
    EXPECT_EQ(value_of(found, "sanitize-state"), "idle");
    ASSERT_TRUE(disk.send(scsi_sanitize_cryptographic_erase(UnrestrictedExit::yes)).ok());
    disk.advance(15);
    found = read(sas);
    EXPECT_EQ(value_of(found, "sanitize-state"), "in-progress");
    EXPECT_EQ(value_of(found, "sanitize-progress-65536"), "16383");
    EXPECT_THAT(method_of(found, "scsi-sanitize-crypto").obstacles, ElementsAre("sanitize-in-progress"));

    simulator::ScsiDiskModel old;
    old.knows_report_operation_codes = false;
    simulator::SimulatedScsiDisk silent(old);
    channels.put("/dev/sdc", silent);
    EXPECT_EQ(method_of(read(sas), "scsi-sanitize-overwrite").support, Support::unknown);
}

TEST_F(CapabilityReader, asks_again_when_a_drive_only_tells_that_it_was_reset) {
    SimulatedAtaDrive drive;
    SimulatedBridge libata(drive, {});
    JustReset woken(libata);
    channels.put("/dev/sda", woken);
    const DriveCapabilities ata = read(sata);
    EXPECT_EQ(value_of(ata, "result-registers"), "all");
    EXPECT_THAT(unknown_codes(ata), Not(Contains("registers-not-returned")));

    simulator::SimulatedScsiDisk disk;
    ASSERT_TRUE(disk.send(scsi_sanitize_cryptographic_erase(UnrestrictedExit::yes)).ok());
    disk.advance(15);
    JustReset busy(disk);
    channels.put("/dev/sdc", busy);
    EXPECT_EQ(value_of(read(sas), "sanitize-state"), "in-progress");
    JustReset restless(disk, 1000);
    channels.put("/dev/sdc", restless);
    const DriveCapabilities never = read(sas);
    EXPECT_EQ(value_of(never, "sanitize-state"), "(none)") << "nothing was said about an operation";
    EXPECT_THAT(unknown_codes(never), Contains("sanitize-status-not-readable"));
}

TEST_F(CapabilityReader, finds_an_ata_drive_behind_a_sas_adapter) {
    SimulatedAtaDrive drive;
    SimulatedBridge adapter(drive, {.lacks_page_89 = false});
    channels.put("/dev/sdc", adapter);
    EXPECT_EQ(value_of(read(sas), "ata-serial"), "SIM00001");
}

TEST_F(CapabilityReader, lists_every_namespace_attached_or_not) {
    simulator::NvmeDriveModel model;
    model.namespaces = {{1, 262144, 12, true, false}, {2, 2048, 9, false, false}, {7, 4096, 12, true, true}};
    model.unallocated_bytes = 1U << 20;
    model.tcg_discovery = opal_discovery();
    simulator::SimulatedNvmeDrive drive(model);
    channels.put("/dev/nvme0n1", drive);
    const DriveCapabilities found = read(nvme_drive);
    EXPECT_THAT(found.not_known, IsEmpty());
    ASSERT_EQ(found.namespaces.size(), 3U);
    EXPECT_FALSE(found.namespaces[1].is_attached);
    ASSERT_TRUE(found.namespaces[1].identify) << "also without being attached";
    EXPECT_EQ(value_of(found, "namespace-2-bytes"), std::to_string(2048 * 512));
    EXPECT_EQ(value_of(found, "unallocated-bytes"), std::to_string(1U << 20));
    EXPECT_EQ(value_of(found, "tcg-subsystem"), "opal-2");
    EXPECT_EQ(method_of(found, "nvme-sanitize-block").minutes, 2U) << "90 seconds";
    EXPECT_FALSE(method_of(found, "nvme-sanitize-overwrite").minutes);
    EXPECT_THAT(method_of(found, "nvme-format-crypto").obstacles, ElementsAre("namespace-write-protected"));
}

TEST_F(CapabilityReader, counts_namespaces_one_by_one_where_there_are_no_lists) {
    simulator::NvmeDriveModel old;
    old.version = 0x00010000;
    old.knows_lists = old.has_namespace_management = false;
    old.namespaces = {{1, 100, 9, true, false}, {3, 100, 9, true, false}};
    simulator::SimulatedNvmeDrive drive(old);
    channels.put("/dev/nvme0n1", drive);
    const DriveCapabilities found = read(nvme_drive);
    ASSERT_EQ(found.namespaces.size(), 2U);
    EXPECT_EQ(found.namespaces[1].nsid, 3U);
}

TEST_F(CapabilityReader, reads_an_emmc_and_leaves_sd_cards_alone) {
    simulator::SimulatedEmmc card;
    channels.put("/dev/mmcblk0", card);
    const DriveCapabilities found = read(emmc_drive);
    EXPECT_EQ(method_of(found, "mmc-sanitize").support, Support::yes);
    EXPECT_EQ(fact_of(found, "sanitize"), (CapabilityFact{"sanitize", "yes", "EXT_CSD[231] bit 6", "0x51"}));
    EXPECT_EQ(value_of(found, "boot-area-bytes"), "4194304");
    DriveRecord sd = emmc_drive;
    sd.medium = Medium::flash;
    channels.mmc_commands.clear();
    EXPECT_EQ(method_of(read(sd), "mmc-sanitize").support, Support::no);
    EXPECT_THAT(channels.mmc_commands, IsEmpty());
}

TEST_F(CapabilityReader, says_why_a_drive_could_not_be_asked) {
    EXPECT_THAT(unknown_codes(read(sata)), ElementsAre("channel-not-open"));
    EXPECT_EQ(method_of(read(sata), "ata-sanitize-block").support, Support::unknown);
    EXPECT_THAT(unknown_codes(read(nvme_drive)), ElementsAre("channel-not-open"));
    const DriveRecord virtio = record(Bus::virtio, "virtio", Medium::unknown, "/dev/vda");
    EXPECT_THAT(unknown_codes(read(virtio)), ElementsAre("no-command-channel"));
    EXPECT_THAT(erase_methods(read(virtio)), IsEmpty());
    DriveRecord hidden = nvme_drive;
    hidden.device_number = 0;  // remapped behind an ahci controller
    EXPECT_THAT(unknown_codes(read(hidden)), ElementsAre("no-node"));
}

TEST_F(CapabilityReader, gives_json_that_holds_facts_methods_and_every_command) {
    SimulatedAtaDrive drive(ssd_model());
    SimulatedBridge libata(drive);
    channels.put("/dev/sda", libata);
    const Json json = capabilities_to_json(read(sata));
    EXPECT_EQ(json["commands"].size(), channels.scsi_commands.size());
    EXPECT_EQ(json["commands"][0]["name"], "IDENTIFY DEVICE");
    EXPECT_EQ(json["commands"][0]["request"], "85080e0000000100000000000000ec00");
    EXPECT_EQ(json["hidden"]["hidden_sectors"], 0);
    EXPECT_EQ(json["methods"][0]["method"], "ata-sanitize-crypto");
    EXPECT_TRUE(canonical_json(json).ok()) << "no floating-point numbers, only UTF-8";
}

// The whitelist, independent of the guard. An ATA command is code and feature.
const std::set<std::pair<int, int>> harmless_ata{{0xEC, 0},    {0x27, 0}, {0xF8, 0}, {0x78, 0},
                                                 {0xB1, 0xC2}, {0xB4, 0}, {0x5C, 1}};
const std::set<int> harmless_scsi{0x00, 0x03, 0x12, 0x9E, 0xA2, 0xA3};

void expect_harmless(const ScsiCommand& command) {
    const Bytes& cdb = command.cdb;
    EXPECT_TRUE(command.data_out.empty()) << command.name;
    if (cdb[0] == 0x85) {
        EXPECT_TRUE(harmless_ata.count({cdb[14], cdb[3] << 8 | cdb[4]}) != 0) << to_hex(cdb);
        if (cdb[14] == 0xB4) {
            EXPECT_EQ(cdb[6], 0) << "COUNT bit 0 would clear a failure";
        }
        if (cdb[14] == 0x5C) {
            EXPECT_EQ(cdb[10] | cdb[12] << 8, 1) << "only level 0 discovery";
        }
    } else if (cdb[0] == 0xA1) {
        EXPECT_TRUE(harmless_ata.count({cdb[9], cdb[3]}) != 0) << to_hex(cdb);
    } else {
        EXPECT_TRUE(harmless_scsi.count(cdb[0]) != 0) << to_hex(cdb);
        if (cdb[0] == 0xA2) {
            EXPECT_EQ(to_hex(ByteView(cdb).subspan(1, 3)), "010001");
        }
        if (cdb[0] == 0xA3) {
            EXPECT_EQ(cdb[1], 0x0C);
        }
        if (cdb[0] == 0x9E) {
            EXPECT_EQ(cdb[1], 0x10);
        }
    }
}

TEST_F(CapabilityReader, sends_nothing_that_could_lock_or_change_any_drive) {
    size_t kinds = 0;
    for (const bool frozen : {false, true})
        for (const auto registers : {BridgeModel::Registers::descriptor, BridgeModel::Registers::fixed,
                                     BridgeModel::Registers::dropped, BridgeModel::Registers::libata,
                                     BridgeModel::Registers::libata_before_2024})
            for (const bool accepts_16 : {true, false})
                for (const DriveRecord& where : {sata, docked, sas}) {
                    AtaDriveModel model = ssd_model();
                    model.firmware_freezes_security = frozen;
                    model.sanitize_overwrite = model.has_accessible_max_address = true;
                    SimulatedAtaDrive drive(model);
                    SimulatedBridge bridge(
                        drive, {.accepts_16 = accepts_16, .registers = registers, .lacks_page_89 = false});
                    const auto before = drive.identify();
                    channels.put(where.path, bridge);
                    read(where);
                    EXPECT_EQ(drive.identify(), before);
                    ++kinds;
                }
    simulator::SimulatedScsiDisk disk({.tcg_discovery = opal_discovery()});
    channels.put("/dev/sdc", disk);
    read(sas);
    simulator::SimulatedNvmeDrive drive({.tcg_discovery = opal_discovery()});
    channels.put("/dev/nvme0n1", drive);
    read(nvme_drive);
    simulator::SimulatedEmmc card;
    channels.put("/dev/mmcblk0", card);
    read(emmc_drive);
    EXPECT_EQ(kinds, 60U);
    EXPECT_GT(channels.scsi_commands.size(), 300U);
    EXPECT_GT(channels.nvme_commands.size(), 4U);
    for (const ScsiCommand& command : channels.scsi_commands) expect_harmless(command);
    for (const NvmeCommand& command : channels.nvme_commands) {
        EXPECT_TRUE(command.opcode == 0x06 || command.opcode == 0x02 || command.opcode == 0x82)
            << command.name;
        EXPECT_TRUE(command.data_out.empty());
        if (command.opcode == 0x02) {
            EXPECT_EQ(command.cdw10, 0x007F8081U);
        }
        if (command.opcode == 0x82) {
            EXPECT_EQ(command.cdw10, 0x01000100U);
        }
    }
    for (const MmcCommand& command : channels.mmc_commands) EXPECT_EQ(command.index, 8);
}

}  // namespace
}  // namespace regain
