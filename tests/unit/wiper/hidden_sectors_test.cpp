// Hidden sectors given back by simulated drives, one mechanism in each power cycle.

#include "wiper/hidden_sectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "drives/ata_commands.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/unit/wiper/firmware_erase_fixtures.h"

namespace regain {
namespace {

using simulator::AtaDriveModel;
using simulator::BridgeModel;
using simulator::SimulatedAtaDrive;
using simulator::SimulatedBridge;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t native = 2097152;

HiddenSectorsLog restore(SimulatedAtaDrive& drive,
                         BridgeModel::Registers registers = BridgeModel::Registers::libata) {
    SimulatedBridge bridge(drive, {.registers = registers});
    return restore_hidden_sectors(bridge, PassThroughSize::bytes_16);
}

std::vector<std::string> codes_of(const HiddenSectorsLog& log) {
    std::vector<std::string> found;
    for (const Remark& remark : log.remarks) found.push_back(remark.code);
    return found;
}

size_t count_of(const SimulatedAtaDrive& drive, uint16_t command, uint16_t feature = 0) {
    const auto& sent = drive.commands();
    return static_cast<size_t>(
        std::count(sent.begin(), sent.end(), std::array<uint16_t, 2>{command, feature}));
}

TEST(HiddenSectors, changes_nothing_where_nothing_is_hidden) {
    SimulatedAtaDrive drive;
    const HiddenSectorsLog log = restore(drive);
    EXPECT_EQ(log.change, "");
    EXPECT_EQ(log.all_reached, Answer::yes);
    EXPECT_THAT(codes_of(log), IsEmpty());
    EXPECT_EQ(count_of(drive, 0x37) + count_of(drive, 0x78, 1) + count_of(drive, 0xB1, 0xC0), 0U);
}

TEST(HiddenSectors, gives_back_a_host_protected_area_for_good) {
    SimulatedAtaDrive drive;
    drive.set_host_protected_max(999999);
    const HiddenSectorsLog log = restore(drive);
    EXPECT_EQ(log.before->hidden_sectors(), native - 1000000);
    EXPECT_EQ(log.change, "host-protected-area");
    EXPECT_EQ(log.accepted, Answer::yes);
    EXPECT_EQ(log.after->addressable_sectors, native);
    EXPECT_EQ(log.all_reached, Answer::yes);
    EXPECT_FALSE(log.needs_power_cycle);
    EXPECT_THAT(codes_of(log), IsEmpty());
    drive.power_cycle();
    EXPECT_EQ(drive.addressable_sectors(), native);
    for (size_t i = 0; i < drive.commands().size(); ++i)
        if (drive.commands()[i][0] == 0x37) {
            EXPECT_EQ(drive.commands()[i - 1][0], 0x27);
        }
}

TEST(HiddenSectors, gives_back_a_host_protected_area_of_a_drive_with_short_addresses) {
    AtaDriveModel model;
    model.has_48_bit = model.has_configuration_overlay = false;
    SimulatedAtaDrive drive(model);
    drive.set_host_protected_max(999999);
    EXPECT_EQ(restore(drive).all_reached, Answer::yes);
    EXPECT_EQ(drive.addressable_sectors(), native);
    EXPECT_EQ(count_of(drive, 0xF9), 1U);
}

TEST(HiddenSectors, gives_back_what_the_accessible_max_address_hides) {
    AtaDriveModel model;
    model.has_host_protected_area = model.has_configuration_overlay = false;
    model.has_accessible_max_address = true;
    SimulatedAtaDrive drive(model);
    drive.set_accessible_max(999999);
    const HiddenSectorsLog log = restore(drive);
    EXPECT_EQ(log.change, "accessible-max-address");
    EXPECT_EQ(log.all_reached, Answer::yes);
    EXPECT_EQ(drive.addressable_sectors(), native);
}

TEST(HiddenSectors, gives_back_what_the_configuration_overlay_hides) {
    SimulatedAtaDrive drive;
    drive.set_configured_sectors(1500000);
    const HiddenSectorsLog log = restore(drive);
    EXPECT_EQ(log.change, "configuration-overlay");
    EXPECT_EQ(log.all_reached, Answer::yes);
    EXPECT_EQ(drive.addressable_sectors(), native);
}

TEST(HiddenSectors, makes_one_change_in_each_power_cycle) {
    SimulatedAtaDrive drive;
    drive.set_configured_sectors(1500000);
    drive.set_host_protected_max(999999);
    const HiddenSectorsLog first = restore(drive);
    EXPECT_EQ(first.change, "host-protected-area");
    EXPECT_EQ(first.after->addressable_sectors, 1500000U);
    EXPECT_EQ(first.all_reached, Answer::no);
    EXPECT_TRUE(first.needs_power_cycle);
    EXPECT_EQ(count_of(drive, 0xB1, 0xC0), 0U);
    drive.power_cycle();
    const HiddenSectorsLog second = restore(drive);
    EXPECT_EQ(second.change, "configuration-overlay");
    EXPECT_EQ(second.all_reached, Answer::yes);
    EXPECT_EQ(drive.addressable_sectors(), native);
}

TEST(HiddenSectors, tells_that_the_drive_refused) {
    SimulatedAtaDrive drive;
    drive.set_host_protected_max(999999);
    drive.misbehaviour().aborted_commands = {0x37};
    const HiddenSectorsLog log = restore(drive);
    EXPECT_EQ(log.accepted, Answer::no);
    EXPECT_EQ(log.change, "");
    EXPECT_EQ(log.all_reached, Answer::no);
    EXPECT_FALSE(log.needs_power_cycle);
    EXPECT_THAT(codes_of(log), ElementsAre("hidden-sectors-not-restored"));
}

TEST(HiddenSectors, tells_a_drive_that_gives_back_another_size) {
    SimulatedAtaDrive drive;
    drive.set_configured_sectors(1500000);
    drive.misbehaviour().native_after_restore = 1800000;
    const HiddenSectorsLog log = restore(drive);
    EXPECT_THAT(codes_of(log), ElementsAre("restored-size-differs"));
    EXPECT_EQ(log.all_reached, Answer::no);
    EXPECT_EQ(log.after->addressable_sectors, 1800000U);
}

TEST(HiddenSectors, does_not_claim_to_have_reached_what_it_could_not_ask) {
    AtaDriveModel model;
    model.firmware_freezes_security = true;  // and the configuration overlay
    SimulatedAtaDrive drive(model);
    const HiddenSectorsLog log = restore(drive);
    EXPECT_EQ(log.all_reached, Answer::unknown);
    EXPECT_THAT(codes_of(log), ElementsAre("hidden-sectors-not-readable"));
}

TEST(HiddenSectors, changes_nothing_behind_a_bridge_that_drops_the_registers) {
    SimulatedAtaDrive drive;
    drive.set_host_protected_max(999999);
    const HiddenSectorsLog log = restore(drive, BridgeModel::Registers::dropped);
    EXPECT_FALSE(log.before);
    EXPECT_EQ(log.all_reached, Answer::unknown);
    EXPECT_THAT(codes_of(log), ElementsAre("registers-not-returned"));
    EXPECT_EQ(drive.addressable_sectors(), 1000000U);
}

TEST(HiddenSectors, changes_nothing_on_a_locked_drive_or_one_that_sanitizes) {
    AtaDriveModel model;
    model.sanitize_block = true;
    SimulatedAtaDrive drive(model);
    drive.set_host_protected_max(999999);
    drive.lock_by_stranger("a stranger");
    EXPECT_THAT(codes_of(restore(drive)), ElementsAre("security-locked"));
    SimulatedAtaDrive busy(model);
    busy.execute(ata_sanitize_block_erase(AtaSanitizeFailure::may_be_left));
    EXPECT_THAT(codes_of(restore(busy)), testing::Contains("already-running"));
    EXPECT_EQ(count_of(drive, 0x37) + count_of(busy, 0x37) + count_of(busy, 0xB1, 0xC0), 0U);
}

TEST(HiddenSectors, become_json_of_words_and_numbers) {
    SimulatedAtaDrive drive;
    drive.set_host_protected_max(999999);
    const Json json = to_json(restore(drive));
    EXPECT_EQ(json["before"]["hidden_sectors"], native - 1000000);
    EXPECT_EQ(json["after"]["hidden_sectors"], 0);
    EXPECT_EQ(json["all_reached"], "yes");
    EXPECT_EQ(json["change"], "host-protected-area");
    EXPECT_GT(json["commands"].size(), 5U);
    EXPECT_TRUE(canonical_json(json).ok());
}

}  // namespace
}  // namespace regain
