// The whole inspection on constructed trees of /sys and /proc, with recorded health reports in place of
// drives.
#include "inspector/inspect_machine.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "inspector/linux_batteries.h"
#include "inspector/linux_machine.h"
#include "smbios_builder.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

// A constructed machine (not a recording) in a directory that goes away with the test.
class InspectMachine : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        tree_ = fs::path(::testing::TempDir()) / (std::string("regain-inspect-") + test->name());
        fs::remove_all(tree_);
        put("proc/meminfo", "MemTotal:        7900000 kB\nMemFree: 1 kB\n");
        put("proc/cpuinfo",
            "processor\t: 0\nmodel name\t: Constructed CPU\nphysical id\t: 0\ncore id\t\t: 0\n\n"
            "processor\t: 1\nmodel name\t: Constructed CPU\nphysical id\t: 0\ncore id\t\t: 0\n");
        SmbiosTables tables;
        tables.system = SmbiosSystem{"Maker", "Default string", "", "SER123", "", "", ""};
        tables.chassis = SmbiosChassis{"Maker", "", "", "", 10};
        tables.arrays = {{0x29, 3, uint64_t{16} << 30, 2}};
        tables.modules = {{0x29, uint64_t{8} << 30, 26, "DIMM0", "", ""}};
        tables.security = SmbiosSecurity{SmbiosLock::disabled, SmbiosLock::disabled, SmbiosLock::enabled};
        const Bytes table = build_smbios(tables);
        put("sys/firmware/dmi/tables/DMI", std::string(as_text(table)));
        put("sys/firmware/dmi/tables/smbios_entry_point", std::string(as_text(smbios_entry_point(table))));
        put_battery("BAT0",
                    {{"energy_full", "45000000"}, {"energy_full_design", "50000000"}, {"cycle_count", "0"}});
    }
    void TearDown() override { fs::remove_all(tree_); }

    void put(const std::string& file, const std::string& content) {
        fs::create_directories((tree_ / file).parent_path());
        std::ofstream(tree_ / file, std::ios::binary) << content;
    }
    void put_battery(const std::string& name, const std::map<std::string, std::string>& files) {
        put("sys/class/power_supply/" + name + "/type", "Battery\n");
        for (const auto& [file, content] : files)
            put("sys/class/power_supply/" + name + "/" + file, content + "\n");
    }
    SystemRoot root() const { return SystemRoot(tree_); }

    fs::path tree_;
};

class RecordedReader final : public DriveHealthReader {
  public:
    std::optional<MissingProgram> missing;
    std::map<std::string, std::string> reports;  // path → JSON
    std::vector<std::string> asked;
    std::optional<Error> fault;

    std::optional<MissingProgram> missing_program() const override { return missing; }
    Result<SmartReport> read_health(const DriveRecord& drive, std::stop_token) override {
        asked.push_back(drive.path);
        if (fault) return *fault;
        return parse_smart_report(reports[drive.path]);
    }
};

DriveRecord drive(const std::string& path, Bus bus, Medium medium = Medium::ssd) {
    DriveRecord record;
    record.path = path;
    record.bus = bus;
    record.medium = medium;
    record.model = "MODEL";
    record.serial = "S" + path.substr(path.size() - 1);
    return record;
}

const char* healthy_nvme =
    R"({"model_name":"MODEL","device":{"protocol":"NVMe"},"smart_status":{"passed":true},
    "power_on_time":{"hours":12},"nvme_smart_health_information_log":{"critical_warning":0,"available_spare":100,
    "available_spare_threshold":10,"percentage_used":1,"media_errors":0}})";

const Check* find(const InspectionReport& report, const std::string& name,
                  const std::string& component = "") {
    for (const auto& check : report.checks)
        if (check.check == name && (component.empty() || check.component == component)) return &check;
    return nullptr;
}

TEST_F(InspectMachine, makes_a_graded_report_that_survives_its_json) {
    RecordedReader reader;
    reader.reports["/dev/nvme0n1"] = healthy_nvme;
    WallTime start;
    ASSERT_TRUE(from_rfc3339("2026-11-22T04:22:48Z", start));
    const ManualClock clock(start);
    InspectOptions options;
    options.clock = &clock;
    options.health_reader = &reader;
    std::vector<std::string> steps;
    options.on_progress = [&](const InspectProgress& progress) { steps.push_back(progress.step); };
    const auto report = inspect_machine(root(), {drive("/dev/nvme0n1", Bus::nvme)}, options);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->started, "2026-11-22T04:22:48Z");
    EXPECT_EQ(report->machine.manufacturer, "Maker");
    EXPECT_EQ(report->machine.product, "");
    EXPECT_EQ(report->machine.serial, "SER123");
    EXPECT_EQ(report->machine.processor, "Constructed CPU");
    EXPECT_EQ(report->machine.processor_cores, 1U);
    EXPECT_EQ(report->machine.processor_threads, 2U);
    EXPECT_EQ(report->machine.memory_bytes, uint64_t{7900000} * 1024);
    EXPECT_EQ(report->machine.memory_installed_bytes, uint64_t{8} << 30);
    EXPECT_EQ(report->machine.boot_mode, "bios");
    EXPECT_EQ(find(*report, "memory-size")->result, CheckResult::pass);
    EXPECT_EQ(find(*report, "battery-wear")->measured, "90 %");
    EXPECT_EQ(find(*report, "firmware-password", "administrator")->result, CheckResult::warn);
    EXPECT_EQ(find(*report, "drive-health")->result, CheckResult::pass);
    EXPECT_EQ(report->grade, "B") << "the administrator password";
    ASSERT_EQ(report->drive_health.size(), 1U);
    EXPECT_EQ(report->drive_health[0].number("power_on_hours"), 12);
    EXPECT_EQ(steps, (std::vector<std::string>{"machine", "drive-health", "finished"}));

    const auto again = inspection_report_from_json(to_json(*report));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->checks, report->checks);
    EXPECT_EQ(again->drive_health, report->drive_health);
    EXPECT_EQ(again->machine, report->machine);
    EXPECT_TRUE(canonical_json(to_json(*report)).ok()) << "nothing floating, nothing but UTF-8";
}

TEST_F(InspectMachine, lists_everything_that_it_does_not_test) {
    const auto report = inspect_machine(root(), {drive("/dev/sda", Bus::ata)});
    ASSERT_TRUE(report.ok());
    for (const char* name :
         {"processor-load", "memory-content", "screen", "keyboard", "touchpad", "sound", "camera", "wifi",
          "bluetooth", "ethernet", "usb-ports", "optical-drive", "disk-speed", "disk-surface"}) {
        ASSERT_NE(find(*report, name), nullptr) << name;
        EXPECT_EQ(find(*report, name)->result, CheckResult::not_tested) << name;
    }
    EXPECT_EQ(find(*report, "camera")->reason.code, "none-found");
    EXPECT_EQ(find(*report, "memory-content")->reason.code, "not-in-this-version");
}

TEST_F(InspectMachine, sees_parts_that_have_no_driver) {
    put("sys/bus/pci/devices/0000:00:1f.3/class", "0x040300\n");
    put("sys/bus/pci/devices/0000:00:1f.6/class", "0x020000\n");
    put("sys/bus/pci/devices/0000:02:00.0/class", "0x028000\n");
    put("sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
    const auto usb = [&](const std::string& name, const char* type, const char* subtype,
                         const char* protocol) {
        put("sys/bus/usb/devices/" + name + "/bInterfaceClass", std::string(type) + "\n");
        put("sys/bus/usb/devices/" + name + "/bInterfaceSubClass", std::string(subtype) + "\n");
        put("sys/bus/usb/devices/" + name + "/bInterfaceProtocol", std::string(protocol) + "\n");
    };
    usb("1-7:1.0", "e0", "01", "01");
    usb("1-6:1.0", "0e", "01", "00");
    usb("1-6:1.1", "0e", "02", "00");
    usb("1-5:1.0", "08", "06", "50");
    const auto report = inspect_machine(root(), {});
    ASSERT_TRUE(report.ok());
    for (const char* name : {"sound", "camera", "wifi", "bluetooth", "ethernet"}) {
        EXPECT_EQ(find(*report, name)->reason.code, "not-in-this-version") << name;
        EXPECT_EQ(find(*report, name)->reason.arguments.at("found"), "1") << name;
    }
    EXPECT_EQ(find(*report, "screen")->reason.code, "not-in-this-version")
        << "without a driver of the graphics card nobody knows of screens";
    put("sys/class/drm/card0-LVDS-1/status", "disconnected\n");
    EXPECT_EQ(find(*inspect_machine(root(), {}), "screen")->reason.code, "none-found");
}

TEST_F(InspectMachine, never_asks_virtual_drives_for_their_health) {
    RecordedReader reader;
    InspectOptions options;
    options.health_reader = &reader;
    const auto report = inspect_machine(root(),
                                        {drive("/dev/loop0", Bus::virtual_drive),
                                         drive("/dev/vda", Bus::virtio), drive("/dev/mmcblk0", Bus::mmc)},
                                        options);
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(reader.asked.empty());
    EXPECT_EQ(find(*report, "drive-health", "/dev/loop0 (MODEL S0)")->reason.code, "virtual-drive");
    EXPECT_EQ(find(*report, "drive-health", "/dev/vda (MODEL Sa)")->result, CheckResult::not_tested);
    EXPECT_EQ(report->grade, "-");
}

TEST_F(InspectMachine, leaves_sticks_and_cards_out_of_the_grade_but_not_disks_in_docks) {
    RecordedReader reader;
    reader.reports["/dev/nvme0n1"] = healthy_nvme;
    InspectOptions options;
    options.health_reader = &reader;
    const DriveRecord inside = drive("/dev/nvme0n1", Bus::nvme);
    const DriveRecord stick = drive("/dev/sdb", Bus::usb, Medium::flash);
    DriveRecord boot = drive("/dev/sdc", Bus::usb, Medium::ssd);
    boot.protection = {{"boot-medium", "", false}};
    const auto report = inspect_machine(
        root(), {inside, stick, boot, drive("/dev/mmcblk1", Bus::mmc, Medium::flash)}, options);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(reader.asked, (std::vector<std::string>{"/dev/nvme0n1"}));
    EXPECT_EQ(find(*report, "drive-health", "/dev/sdb (MODEL Sb)")->reason.code, "not-part-of-the-machine");
    EXPECT_EQ(report->grade, "B");
    const auto docked = inspect_machine(root(), {inside, drive("/dev/sdd", Bus::usb, Medium::hdd)}, options);
    EXPECT_EQ(docked->grade, "-") << "the docked disk told nothing";
    EXPECT_EQ(inspect_machine(root(), {stick}, options)->grade, "-");
}

TEST_F(InspectMachine, names_the_missing_program_and_goes_on) {
    RecordedReader reader;
    reader.missing = MissingProgram{"smartctl", "smartmontools"};
    InspectOptions options;
    options.health_reader = &reader;
    const auto report = inspect_machine(
        root(), {drive("/dev/sda", Bus::ata), drive("/dev/loop0", Bus::virtual_drive)}, options);
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(reader.asked.empty());
    ASSERT_EQ(report->missing_programs.size(), 1U);
    EXPECT_EQ(report->missing_programs[0].package, "smartmontools");
    EXPECT_EQ(find(*report, "drive-health")->reason.code, "program-missing");
    EXPECT_EQ(report->grade, "-");
    const auto without_need = inspect_machine(root(), {drive("/dev/loop0", Bus::virtual_drive)}, options);
    EXPECT_TRUE(without_need->missing_programs.empty());
}

TEST_F(InspectMachine, reports_a_drive_that_does_not_answer_as_not_tested) {
    RecordedReader reader;
    reader.fault =
        error(ErrorKind::failed, message("read the health of {0}", "/dev/sda"), message("no answer"));
    InspectOptions options;
    options.health_reader = &reader;
    const auto report = inspect_machine(root(), {drive("/dev/sda", Bus::ata)}, options);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(find(*report, "drive-health")->reason.code, "health-not-read");
    EXPECT_EQ(find(*report, "drive-health")->reason.arguments.at("words"), "no answer");
}

TEST_F(InspectMachine, ends_when_the_operator_interrupts) {
    std::stop_source source;
    InspectOptions options;
    RecordedReader reader;
    options.health_reader = &reader;
    options.stop = source.get_token();
    options.on_progress = [&](const InspectProgress& progress) {
        if (progress.step == "machine") source.request_stop();
    };
    const auto report = inspect_machine(root(), {drive("/dev/sda", Bus::ata)}, options);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::interrupted);
    EXPECT_TRUE(reader.asked.empty());
}

TEST_F(InspectMachine, asks_no_drive_of_this_machine_about_a_recorded_one) {
    const auto report = inspect_machine(root(), {drive("/dev/sda", Bus::ata)});
    EXPECT_EQ(find(*report, "drive-health")->reason.code, "health-not-read");
}

TEST_F(InspectMachine, has_no_grade_without_any_drive) {
    const auto report = inspect_machine(root(), {});
    EXPECT_EQ(find(*report, "drive-health")->reason.code, "none-found");
    EXPECT_EQ(report->grade, "-");
}

TEST_F(InspectMachine, survives_a_tree_with_nothing_in_it) {
    fs::remove_all(tree_);
    const auto report = inspect_machine(root(), {});
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->grade, "-");
    EXPECT_EQ(find(*report, "memory-size")->result, CheckResult::not_tested);
}

TEST_F(InspectMachine, warns_of_a_notebook_whose_battery_is_gone) {
    put("sys/class/power_supply/BAT0/present", "0\n");
    const auto report = inspect_machine(root(), {});
    EXPECT_EQ(find(*report, "battery-wear")->reason.code, "battery-not-present");
    EXPECT_EQ(find(*report, "battery-present")->reason.code, "portable-without-battery");
    EXPECT_TRUE(report->machine.batteries.empty());
}

DiskReading read_at(uint64_t bytes_per_second) {
    DiskReading reading;
    SurfaceRecord& surface = reading.surfaces.emplace_back();
    surface.regions.resize(256);
    surface.median_bytes_per_second = surface.minimum_bytes_per_second = bytes_per_second;
    return reading;
}

TEST_F(InspectMachine, takes_what_the_wipe_measured_and_grades_again) {
    RecordedReader reader;
    reader.reports["/dev/sda"] = healthy_nvme;
    InspectOptions options;
    options.health_reader = &reader;
    auto report = inspect_machine(root(), {drive("/dev/sda", Bus::ata, Medium::hdd)}, options);
    ASSERT_TRUE(report.ok());
    const size_t before = report->checks.size();
    add_disk_reading(*report, report->drives[0], read_at(35000000));
    EXPECT_EQ(report->checks.size(), before);
    EXPECT_EQ(find(*report, "disk-surface")->result, CheckResult::pass);
    EXPECT_EQ(find(*report, "disk-speed")->result, CheckResult::warn);
    EXPECT_EQ(find(*report, "disk-speed")->measured, "35 MB/s");
}

TEST_F(InspectMachine, reads_charge_where_there_is_no_energy_and_leaves_out_mice) {
    put_battery("BAT1", {{"charge_full", "2000000"},
                         {"charge_full_design", "4000000"},
                         {"cycle_count", "311"},
                         {"present", "1"}});
    put_battery("hidpp_battery_0", {{"scope", "Device"}, {"energy_full", "1"}, {"energy_full_design", "1"}});
    put_battery("BAT2", {{"energy_full", "-1"}, {"energy_full_design", "100"}});
    const auto batteries = read_batteries(root());
    ASSERT_EQ(batteries.size(), 3U);
    EXPECT_EQ(batteries[0].cycle_count, std::nullopt) << "0 cycles: not known";
    EXPECT_EQ(batteries[1].full, 2000000U);
    EXPECT_EQ(batteries[1].cycle_count, 311U);
    EXPECT_EQ(batteries[2].full, std::nullopt);
}

TEST_F(InspectMachine, reads_the_firmware_from_efi_variables_attributes_and_acpi) {
    const std::string guid = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    put("sys/firmware/efi/efivars/SecureBoot" + guid, std::string("\x06\0\0\0\x01", 5));
    put("sys/firmware/efi/efivars/SetupMode" + guid, std::string("\x06\0\0\0\0", 5));
    put("sys/class/firmware-attributes/thinklmi/authentication/Admin/is_enabled", "1\n");
    put("sys/class/firmware-attributes/thinklmi/authentication/Admin/role", "bios-admin\n");
    put("sys/class/tpm/tpm0/tpm_version_major", "2\n");
    put("sys/firmware/acpi/tables/WPBT", "WPBT");
    const auto report = inspect_machine(root(), {});
    EXPECT_EQ(report->machine.boot_mode, "uefi");
    EXPECT_EQ(find(*report, "secure-boot")->measured, "on");
    EXPECT_EQ(find(*report, "firmware-password", "thinklmi/Admin")->result, CheckResult::warn);
    EXPECT_EQ(find(*report, "firmware-agent")->result, CheckResult::warn);
    EXPECT_EQ(find(*report, "tpm")->measured, "2");
}

TEST_F(InspectMachine, takes_mac_addresses_of_built_in_interfaces_only) {
    const auto interface = [&](const std::string& name, const std::string& device, const std::string& address,
                               const char* assigned) {
        put("sys/devices/" + device + "/net/" + name + "/address", address + "\n");
        put("sys/devices/" + device + "/net/" + name + "/addr_assign_type", assigned);
        fs::create_directories(tree_ / "sys/class/net");
        fs::create_directory_symlink(tree_ / "sys/devices" / device,
                                     tree_ / "sys/devices" / device / "net" / name / "device");
        fs::create_directory_symlink(tree_ / "sys/devices" / device / "net" / name,
                                     tree_ / "sys/class/net" / name);
    };
    interface("eth0", "pci0000:00/0000:00:1f.6", "54:EE:75:00:11:22", "0\n");
    interface("eth1", "pci0000:00/usb1/1-1", "00:11:22:33:44:55", "0\n");
    interface("wlan0", "pci0000:00/0000:01:00.0", "02:11:22:33:44:55", "1\n");
    put("sys/class/net/lo/address", "00:00:00:00:00:00\n");
    EXPECT_EQ(read_machine(root()).mac_addresses, (std::vector<std::string>{"54:ee:75:00:11:22"}));
}

TEST(RecordedBattery, is_good_and_holds_more_than_it_was_designed_for) {
    const auto recorded = fs::path(REGAIN_SHARED_FIXTURES) / "battery/procfs-BAT0";
    if (!fs::exists(recorded)) GTEST_SKIP() << "The shared hardware fixtures are not here.";
    const auto tree = fs::path(::testing::TempDir()) / "regain-recorded-battery";
    fs::remove_all(tree);
    fs::create_directories(tree / "sys/class/power_supply");
    fs::create_directory_symlink(fs::canonical(recorded), tree / "sys/class/power_supply/BAT0");
    const auto batteries = read_batteries(SystemRoot(tree));
    fs::remove_all(tree);
    ASSERT_EQ(batteries.size(), 1U);
    EXPECT_EQ(judge_battery_wear(batteries[0]).measured, "105 %");
    EXPECT_EQ(judge_battery_wear(batteries[0]).result, CheckResult::pass);
    EXPECT_EQ(describe_battery(batteries[0]), "BAT0: LGC LNV-45N1, 105 %");
}

struct FakeSmartctl {
    std::vector<std::vector<std::string>> calls;
    std::vector<ProgramOutcome> outcomes;
    Result<ProgramOutcome> operator()(const ProgramRequest& request) {
        calls.push_back(request.arguments);
        return outcomes.at(calls.size() - 1);
    }
};

TEST(SmartctlHealthReader, lets_smartctl_find_the_device_type) {
    FakeSmartctl fake;
    fake.outcomes = {{4, healthy_nvme, ""}};
    SmartctlHealthReader reader(std::chrono::seconds(5), std::ref(fake));
    const auto report = reader.read_health(drive("/dev/nvme0n1", Bus::nvme), {});
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->exit_status, 4U);
    EXPECT_EQ(fake.calls, (std::vector<std::vector<std::string>>{{"--json", "-x", "/dev/nvme0n1"}}));
}

TEST(SmartctlHealthReader, tries_sat_only_after_an_unknown_usb_bridge) {
    FakeSmartctl fake;
    fake.outcomes = {
        {1,
         R"({"smartctl":{"exit_status":1,"messages":[{"string":"/dev/sdb: Unknown USB bridge [0x1:0x2]"}]}})",
         ""},
        {0, R"({"model_name":"M"})", ""}};
    SmartctlHealthReader reader(std::chrono::seconds(5), std::ref(fake));
    EXPECT_EQ(reader.read_health(drive("/dev/sdb", Bus::usb), {})->model, "M");
    EXPECT_EQ(fake.calls.at(1), (std::vector<std::string>{"--json", "-x", "-d", "sat", "/dev/sdb"}));
    FakeSmartctl other;
    other.outcomes = {
        {2, R"({"smartctl":{"exit_status":2,"messages":[{"string":"/dev/sdb: open failed"}]}})", ""}};
    SmartctlHealthReader second(std::chrono::seconds(5), std::ref(other));
    EXPECT_EQ(second.read_health(drive("/dev/sdb", Bus::usb), {})->content, SmartContent::not_opened);
    EXPECT_EQ(other.calls.size(), 1U);
}

TEST(SmartctlHealthReader, refuses_loop_devices_and_files) {
    FakeSmartctl fake;
    SmartctlHealthReader reader(std::chrono::seconds(5), std::ref(fake));
    for (const auto& refused : {drive("/dev/loop0", Bus::virtual_drive), drive("/dev/loop0", Bus::unknown),
                                drive("/tmp/disk.img", Bus::unknown), drive("-x", Bus::ata)}) {
        const auto report = reader.read_health(refused, {});
        ASSERT_FALSE(report.ok());
        EXPECT_EQ(report.error().kind, ErrorKind::refused);
    }
    EXPECT_TRUE(fake.calls.empty());
}

// Waits until it is told to stop, as a hanging smartctl does.
Result<ProgramOutcome> hang(const ProgramRequest& request) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, request.stop, [] { return false; });
    return error(ErrorKind::interrupted, message("finish {0}", "smartctl"),
                 message("interrupted by the operator"));
}

TEST(SmartctlHealthReader, gives_up_on_a_drive_that_does_not_answer) {
    SmartctlHealthReader reader(std::chrono::milliseconds(1), hang);
    const auto report = reader.read_health(drive("/dev/sda", Bus::ata), {});
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::failed);
}

TEST(SmartctlHealthReader, stops_at_once_when_the_operator_interrupts) {
    std::stop_source source;
    source.request_stop();
    SmartctlHealthReader reader(std::chrono::hours(1), hang);
    const auto report = reader.read_health(drive("/dev/sda", Bus::ata), source.get_token());
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::interrupted);
}

}  // namespace
}  // namespace regain
