// The plan of each policy for drives of many kinds and makers, compared with tests/golden/plans. The files
// are written by hand from what is printed here, and read before they are checked in: nothing regenerates
// them.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "base/file.h"
#include "base/json.h"
#include "tests/unit/wiper/golden_drives.h"
#include "tests/unit/wiper/golden_plan_text.h"
#include "tests/unit/wiper/qemu_recordings.h"
#include "wiper/wipe_planner.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(REGAIN_SOURCE_DIR) / "tests/golden/plans";

TEST(GoldenPlans, are_those_of_the_reviewed_files) {
    for (const GoldenDrive& drive : golden_drives()) {
        const auto golden = read_file(folder / (drive.name + ".json"));
        const std::string text = golden_text(drive);
        EXPECT_TRUE(golden.ok() && *golden == text) << drive.name << ".json should be, if it is right:\n"
                                                    << text;
    }
}

TEST(GoldenPlans, are_of_at_least_20_drives_and_each_says_where_it_comes_from) {
    std::set<std::string> names;
    for (const GoldenDrive& drive : golden_drives()) {
        EXPECT_TRUE(names.insert(drive.name).second) << drive.name;
        EXPECT_FALSE(drive.provenance.empty()) << drive.name;
    }
    EXPECT_GE(names.size(), 20U);
}

// The reader would make the best of an answer that is missing: each recording must hold them all.
TEST(GoldenPlans, recorded_in_qemu_come_from_whole_recordings) {
    for (const char* name : {"qemu-harddisk", "qemu-nvme", "qemu-virtio-scsi", "qemu-sd-card"}) {
        const QemuRecording recording = qemu_recording(name);
        EXPECT_EQ(recording.commands_not_recorded, 0U) << name;
        EXPECT_TRUE(recording.provenance.starts_with("recorded in QEMU ")) << recording.provenance;
    }
}

TEST(GoldenPlans, survive_their_way_through_json) {
    for (const GoldenDrive& drive : golden_drives())
        for (const WipeLevel level : {WipeLevel::best, WipeLevel::clear, WipeLevel::purge}) {
            const auto plan = plan_wipe(drive.capabilities, {level, "", {}});
            if (!plan.ok()) continue;
            const auto again = wipe_plan_from_json(to_json(*plan));
            ASSERT_TRUE(again.ok()) << drive.name;
            EXPECT_EQ(*again, *plan) << drive.name;
        }
}

}  // namespace
}  // namespace regain
