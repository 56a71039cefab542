// What a stick looks like to the machine that it is plugged into: which medium the records lie on, and which
// of its bytes may be written while the rest is in use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "drives/medium_identity.h"
#include "drives/protections.h"
#include "tests/unit/drives/machine_fixture.h"

namespace regain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t gibibyte = uint64_t{1} << 30;
constexpr const char* stick =
    "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host11/target11:0:0/11:0:0:0";

/// The live system's machine with a stick of Regain's: the ISO in sdb1, records in sdb3, data in sdb4.
class PluggedStick : public testing::Test {
  protected:
    explicit PluggedStick(const char* name = "live-stick-toram") : machine_(name) {
        add_partition(1, 0, 0x100000);
        add_partition(3, 2097152, 262144);
        add_partition(4, 2359296, 3932160);
    }
    void add_partition(int number, uint64_t start, uint64_t sectors) {
        const std::string directory = std::string(stick) + "/block/sdb/sdb" + std::to_string(number) + "/";
        machine_.write(directory + "dev", "8:" + std::to_string(16 + number) + "\n");
        machine_.write(directory + "partition", std::to_string(number) + "\n");
        machine_.write(directory + "start", std::to_string(start) + "\n");
        machine_.write(directory + "size", std::to_string(sectors) + "\n");
    }
    void mount(const std::string& number, const std::string& place, const std::string& type) {
        machine_.append("/proc/self/mountinfo",
                        "50 1 " + number + " / " + place + " rw - " + type + " /dev/x rw\n");
    }
    std::vector<Protection> of_part(uint64_t first, uint64_t end) {
        const auto state = read_machine_state(machine_.root());
        EXPECT_TRUE(state.ok());
        return protections_of_part(*state, find_protections(machine_.root(), *state), "sdb", first, end);
    }
    /// Of records below /usr, which every machine that runs this test has.
    std::string identity() { return medium_identity(machine_.root(), "/usr"); }

    MachineCopy machine_;
};

class StartedStick : public PluggedStick {
  protected:
    StartedStick() : PluggedStick("live-stick") {}
};

TEST_F(PluggedStick, is_told_apart_by_what_its_records_lie_on_though_that_is_a_partition) {
    mount("8:19", "/usr", "ext4");
    const std::string original = identity();
    EXPECT_FALSE(original.empty());

    // The same bits on a stick with another serial number.
    machine_.write("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/serial", "4C530001230715104592\n");
    machine_.remove(std::string(stick) + "/vpd_pg80");
    EXPECT_NE(identity(), original);
}

TEST_F(PluggedStick, without_a_serial_is_told_apart_by_its_model_and_size) {
    mount("8:19", "/usr", "ext4");
    machine_.remove("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/serial");
    machine_.remove(std::string(stick) + "/vpd_pg80");
    const std::string nameless = identity();
    EXPECT_FALSE(nameless.empty());
    const std::string size = read_line(machine_.root().path(std::string(stick) + "/block/sdb/size"));

    machine_.write(std::string(stick) + "/block/sdb/size", "31266816\n");
    const std::string other_size = identity();
    EXPECT_NE(other_size, nameless);
    machine_.write(std::string(stick) + "/block/sdb/size", size + "\n");
    machine_.write(std::string(stick) + "/model", "Another Stick   \n");
    EXPECT_NE(identity(), nameless);
    EXPECT_NE(identity(), other_size);
}

TEST_F(PluggedStick, of_the_same_model_and_size_without_a_serial_cannot_be_told_apart) {
    mount("8:19", "/usr", "ext4");
    machine_.remove("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/serial");
    machine_.remove(std::string(stick) + "/vpd_pg80");
    const std::string first = identity();
    machine_.write(std::string(stick) + "/block/sdb/diskseq", "99\n");  // plugged in again
    EXPECT_EQ(identity(), first) << "docs/stick-format.md says so";
}

TEST_F(PluggedStick, that_calls_itself_no_valid_text_is_the_same_at_the_next_start) {
    mount("8:19", "/usr", "ext4");
    machine_.write(std::string(stick) + "/model", "Stick \xFF\xFE    \n");
    EXPECT_EQ(to_utf8(identity()), identity()) << "the station stores it as text";
}

TEST_F(PluggedStick, is_unknown_when_the_records_are_in_memory) {
    machine_.write("/proc/self/mountinfo", "50 1 0:40 / / rw - tmpfs tmpfs rw\n");
    EXPECT_EQ(identity(), "");
}

TEST_F(PluggedStick, may_get_a_new_iso_while_records_and_data_are_mounted) {
    mount("8:19", "/var/lib/regain", "ext4");
    mount("8:20", "/run/regain/data", "exfat");
    EXPECT_THAT(of_part(0, gibibyte), IsEmpty()) << "it is the boot medium, copied to RAM";
    EXPECT_THAT(of_part(0, 0), IsEmpty());
    EXPECT_THAT(reasons_of(drive_at(drives_of(machine_.root()), "/dev/sdb")),
                ElementsAre("boot-medium", "mounted", "mounted"))
        << "and for everything else it is protected";
}

TEST_F(PluggedStick, may_get_no_new_iso_while_something_in_its_area_is_mounted) {
    mount("8:17", "/mnt", "iso9660");
    EXPECT_THAT(of_part(0, gibibyte), ElementsAre(Protection{"mounted", "/mnt", false}));
    EXPECT_THAT(of_part(0, 0), IsEmpty()) << "its table may";
}

TEST_F(PluggedStick, that_is_mounted_as_a_whole_is_in_use_everywhere) {
    mount("8:16", "/mnt", "iso9660");
    EXPECT_THAT(of_part(0, gibibyte), ElementsAre(Protection{"mounted", "/mnt", false}));
}

TEST_F(PluggedStick, that_is_swapped_to_is_not_touched_at_all) {
    machine_.append("/proc/swaps", "/dev/sdb4 partition 1000 0 -2\n");
    EXPECT_THAT(of_part(0, 0), ElementsAre(Protection{"swap", "/dev/sdb4", false}));
    EXPECT_THAT(of_part(0, gibibyte), ElementsAre(Protection{"swap", "/dev/sdb4", false}));
}

TEST_F(StartedStick, from_which_the_system_runs_may_have_its_table_mended_but_gets_no_new_iso) {
    EXPECT_THAT(of_part(0, 0), IsEmpty());
    std::vector<std::string> reasons;
    for (const Protection& protection : of_part(0, gibibyte)) reasons.push_back(protection.reason);
    EXPECT_THAT(reasons, ElementsAre("system-root", "mounted", "mounted", "mounted"));
}

}  // namespace
}  // namespace regain
