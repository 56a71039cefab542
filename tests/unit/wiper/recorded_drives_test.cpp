// Simulated drives in the shape of real ones, taken from smartctl's reports of them (../shared/fixtures,
// absent outside of the workshop: then these tests say that they were skipped): what the capability reader
// finds must be what smartctl found on the real drive.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_channels.h"
#include "tests/simulator/simulated_nvme_drive.h"
#include "wiper/capability_reader.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

/// The reports of one folder; empty when the fixtures are not there.
std::vector<Json> reports_in(const std::string& folder) {
    std::vector<Json> reports;
    const fs::path directory = fs::path(REGAIN_SHARED_FIXTURES) / "smartctl-json" / folder;
    if (!fs::exists(directory)) return reports;
    for (const auto& entry : fs::directory_iterator(directory)) {
        const auto text = read_file(entry.path());
        const auto json = text.ok() ? parse_json(*text, entry.path().string()) : Result<Json>(text.error());
        EXPECT_TRUE(json.ok()) << entry.path();
        if (json.ok() && json->contains("model_name") &&
            (folder == "nvme" || json->contains("user_capacity")))
            reports.push_back(*json);
    }
    return reports;
}

std::string value_of(const DriveCapabilities& capabilities, const std::string& fact) {
    for (const CapabilityFact& each : capabilities.facts)
        if (each.fact == fact) return each.value;
    return "(none)";
}

DriveRecord record(Bus bus, const std::string& protocol) {
    DriveRecord drive;
    drive.path = "/dev/recorded";
    drive.bus = bus;
    drive.protocol = protocol;
    drive.device_number = 2048;
    return drive;
}

class RecordedDrives : public testing::Test {
  protected:
    DriveCapabilities read(const DriveRecord& drive) {
        return read_capabilities(drive, {channels_, bridges_, clock_});
    }
    simulator::SimulatedChannels channels_;

  private:
    BridgeMemory bridges_;
    SystemClock clock_;
};

TEST_F(RecordedDrives, of_ata_read_as_smartctl_read_them) {
    std::vector<Json> reports = reports_in("ata-hdd");
    for (const Json& report : reports_in("ata-ssd")) reports.push_back(report);
    if (reports.empty()) GTEST_SKIP() << "no recorded drives at " << REGAIN_SHARED_FIXTURES;
    for (const Json& report : reports) {
        const uint64_t bytes = report["user_capacity"]["bytes"].get<uint64_t>();
        simulator::AtaDriveModel model;
        model.model = report["model_name"].get<std::string>();
        model.serial = report.value("serial_number", "");
        model.firmware = report["firmware_version"].get<std::string>();
        model.native_sectors = bytes / 512;
        if (report.value("rotation_rate", 0) == 0) model.medium = simulator::MediumKind::flash;
        // smartctl shows word 128 itself as the state.
        const unsigned security =
            report.contains("ata_security") ? report["ata_security"]["state"].get<unsigned>() : 0x0021U;
        model.has_enhanced_erase = (security & 0x20) != 0;
        model.firmware_freezes_security = (security & 0x08) != 0;
        simulator::SimulatedAtaDrive drive(model);
        simulator::SimulatedBridge libata(drive);
        channels_.put("/dev/recorded", libata);
        const DriveCapabilities found = read(record(Bus::ata, "ata"));
        EXPECT_EQ(value_of(found, "ata-model"), model.model);
        EXPECT_EQ(value_of(found, "ata-serial"), model.serial);
        EXPECT_EQ(value_of(found, "ata-firmware"), model.firmware);
        EXPECT_EQ(value_of(found, "addressable-sectors"), std::to_string(bytes / 512)) << model.model;
        ASSERT_TRUE(found.ata);
        EXPECT_EQ(found.ata->word(128), security) << model.model;
        if (!report.contains("ata_security")) continue;
        EXPECT_EQ(value_of(found, "security-enabled") == "yes",
                  report["ata_security"]["enabled"].get<bool>());
        EXPECT_EQ(value_of(found, "security-frozen") == "yes", report["ata_security"]["frozen"].get<bool>());
    }
}

TEST_F(RecordedDrives, of_nvme_read_as_smartctl_read_them) {
    const std::vector<Json> reports = reports_in("nvme");
    if (reports.empty()) GTEST_SKIP() << "no recorded drives at " << REGAIN_SHARED_FIXTURES;
    size_t compared = 0;
    for (const Json& report : reports) {
        if (!report.contains("nvme_namespaces")) continue;
        simulator::NvmeDriveModel model;
        model.model = report["model_name"].get<std::string>();
        model.serial = report.value("serial_number", "");
        model.firmware = report["firmware_version"].get<std::string>();
        model.unallocated_bytes = report.value("nvme_unallocated_capacity", uint64_t{0});
        model.namespaces.clear();
        for (const Json& space : report["nvme_namespaces"]) {
            const bool is_4096 = space["formatted_lba_size"].get<unsigned>() == 4096;
            model.namespaces.push_back({space["id"].get<uint32_t>(), space["size"]["blocks"].get<uint64_t>(),
                                        static_cast<uint8_t>(is_4096 ? 12 : 9), true, false});
        }
        simulator::SimulatedNvmeDrive drive(model);
        channels_.put("/dev/recorded", drive);
        const DriveCapabilities found = read(record(Bus::nvme, "nvme"));
        EXPECT_EQ(value_of(found, "nvme-model"), model.model);
        EXPECT_EQ(value_of(found, "nvme-firmware"), model.firmware);
        EXPECT_EQ(value_of(found, "namespaces"), std::to_string(report["nvme_namespaces"].size()));
        for (const Json& space : report["nvme_namespaces"])
            EXPECT_EQ(value_of(found, "namespace-" + std::to_string(space["id"].get<unsigned>()) + "-bytes"),
                      std::to_string(space["size"]["bytes"].get<uint64_t>()));
        ++compared;
    }
    EXPECT_GT(compared, 0U);
}

}  // namespace
}  // namespace regain
