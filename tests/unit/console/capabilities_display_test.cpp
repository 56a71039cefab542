#include "console/capabilities_display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "certifier/capability_wording.h"
#include "certifier/wording.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_channels.h"
#include "tests/simulator/simulated_emmc.h"
#include "tests/simulator/simulated_nvme_drive.h"
#include "tests/simulator/simulated_scsi_disk.h"
#include "wiper/capability_reader.h"
#include "wiper/erase_methods.h"

namespace regain {
namespace {

using testing::HasSubstr;
using testing::Not;

/// One drive of every kind, and what was read of it.
std::vector<DriveCapabilities> all_kinds() {
    simulator::SimulatedChannels channels;
    simulator::SimulatedAtaDrive disk(
        {.has_accessible_max_address = true, .firmware_freezes_security = true});
    simulator::SimulatedAtaDrive ssd({.medium = simulator::MediumKind::flash,
                                      .sanitize_crypto = true,
                                      .sanitize_block = true,
                                      .has_trusted_computing = true});
    simulator::SimulatedBridge libata(disk),
        dock(ssd, {.registers = simulator::BridgeModel::Registers::fixed});
    simulator::SimulatedScsiDisk sas;
    simulator::SimulatedNvmeDrive nvme({.namespaces = {{1, 100, 9, true, true}, {2, 100, 9, false, false}}});
    simulator::SimulatedEmmc emmc({.general_purpose_units = 1});
    channels.put("/dev/sda", libata);
    channels.put("/dev/sdb", dock);
    channels.put_bridge("/dev/sdb", {"152d", "0578", "0209", "A"});
    channels.put("/dev/sdc", sas);
    channels.put("/dev/nvme0n1", nvme);
    channels.put("/dev/mmcblk0", emmc);
    std::vector<DriveCapabilities> found;
    const auto add = [&](const std::string& path, Bus bus, const std::string& protocol, Medium medium) {
        DriveRecord drive;
        drive.path = path;
        drive.bus = bus;
        drive.protocol = protocol;
        drive.medium = medium;
        drive.device_number = 2048;
        BridgeMemory bridges;
        const SystemClock clock;
        found.push_back(read_capabilities(drive, {channels, bridges, clock}));
    };
    add("/dev/sda", Bus::ata, "ata", Medium::hdd);
    add("/dev/sdb", Bus::usb, "scsi", Medium::unknown);
    add("/dev/sdc", Bus::scsi, "scsi", Medium::hdd);
    add("/dev/nvme0n1", Bus::nvme, "nvme", Medium::ssd);
    add("/dev/mmcblk0", Bus::mmc, "mmc", Medium::emmc);
    add("/dev/nothing", Bus::ata, "ata", Medium::hdd);
    add("/dev/vda", Bus::virtio, "virtio", Medium::unknown);
    return found;
}

TEST(CapabilitiesDisplay, has_words_for_every_fact_method_obstacle_and_gap) {
    for (const DriveCapabilities& capabilities : all_kinds()) {
        for (const CapabilityFact& fact : capabilities.facts)
            EXPECT_NE(word_fact(fact.fact).id, "{0}") << fact.fact;
        for (const EraseMethod& method : erase_methods(capabilities)) {
            EXPECT_NE(word_method(method.method).id, "{0}") << method.method;
            for (const std::string& obstacle : method.obstacles)
                EXPECT_NE(word_obstacle(obstacle).id, "{0}") << obstacle;
        }
        for (const Remark& remark : capabilities.not_known)
            EXPECT_TRUE(word_not_known(remark)) << remark.code;
    }
}

TEST(CapabilitiesDisplay, shows_methods_facts_with_their_raw_fields_and_gaps) {
    const auto kinds = all_kinds();
    const std::string disk = capabilities_text(kinds[0], Translator());
    EXPECT_THAT(disk, HasSubstr("ATA SECURITY ERASE, enhanced"));
    EXPECT_THAT(disk, HasSubstr("security is frozen: suspend the machine and wake it"));
    EXPECT_THAT(disk, HasSubstr("IDENTIFY DEVICE word 128 bit 3"));
    EXPECT_THAT(disk, HasSubstr("0x0029"));
    EXPECT_THAT(disk, HasSubstr("46:00"));
    EXPECT_THAT(disk,
                HasSubstr("! Whether there are hidden sectors is not known: DEVICE CONFIGURATION IDENTIFY"));
    const std::string french = capabilities_text(kinds[0], Translator("fr"));
    EXPECT_THAT(french, HasSubstr("sécurité gelée jusqu’à la mise hors tension"));
    EXPECT_THAT(french, Not(HasSubstr("hidden sectors")));
    EXPECT_THAT(capabilities_text(kinds[5], Translator()),
                HasSubstr("! cannot open /dev/nothing: no such device"));
}

TEST(CapabilityWording, knows_numbered_facts_and_leaves_the_unknown_as_it_is) {
    EXPECT_EQ(in_english(word_fact("namespace-12-bytes")), "namespace 12, in bytes");
    EXPECT_EQ(in_english(word_fact("general-purpose-1-bytes")), "general-purpose area 1, in bytes");
    EXPECT_EQ(in_english(word_fact("namespace--bytes")), "namespace--bytes");
    EXPECT_EQ(in_english(word_fact("brand-new")), "brand-new");
    EXPECT_EQ(in_english(word_fact_value("0x00010400")), "0x00010400");
    EXPECT_FALSE(word_not_known({"brand-new", {}}));
}

TEST(CapabilitiesText, says_when_a_drive_is_reached_through_a_network) {
    DriveRecord drive;
    drive.path = "/dev/nvme0n1";
    drive.bus = Bus::nvme;
    drive.protocol = "nvme";
    drive.attachment = "tcp";
    EXPECT_THAT(capabilities_text(capabilities_of(drive, std::nullopt), Translator()),
                testing::AllOf(HasSubstr("(unknown kind of drive, network (TCP))"),
                               HasSubstr("tcp          DriveRecord.attachment")));
    drive.attachment = "pcie";
    drive.medium = Medium::ssd;
    EXPECT_THAT(capabilities_text(capabilities_of(drive, std::nullopt), Translator()), HasSubstr("(SSD)"));
    drive.attachment.clear();
    EXPECT_THAT(capabilities_text(capabilities_of(drive, std::nullopt), Translator()),
                HasSubstr("nvme         DriveRecord.bus"));
}

}  // namespace
}  // namespace regain
