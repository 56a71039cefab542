#include "drives/drive_hold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "drives/discovery.h"
#include "drives/identity_proof.h"
#include "drives/vital_product_pages.h"
#include "tests/unit/drives/machine_fixture.h"

namespace regain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HeldFile : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "regain-hold-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        path_ = directory_ / "drive.img";
        make(path_, 1 << 20);
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    static void make(const std::filesystem::path& path, uintmax_t size) {
        std::ofstream(path).put('x');
        std::filesystem::resize_file(path, size);
    }
    DriveRecord record() const {
        auto drive = virtual_drive_from_file(SystemRoot(), path_.string());
        EXPECT_TRUE(drive.ok());
        return *drive;
    }
    std::filesystem::path directory_;
    std::filesystem::path path_;
};

TEST_F(HeldFile, can_be_written_and_read_through_the_hold) {
    auto hold = DriveHold::acquire(SystemRoot(), record());
    ASSERT_TRUE(hold.ok()) << in_english(hold.error());
    auto io = hold->block_io(4);
    ASSERT_TRUE(io.ok());
    EXPECT_EQ((*io)->size_bytes(), 1U << 20);
    AlignedBuffer buffer(4096);
    ASSERT_TRUE(write_blocks(**io, 0, buffer.bytes()).ok());
    EXPECT_FALSE(hold->block_counters().has_value());
    EXPECT_TRUE(hold->prove_identity().ok());
    EXPECT_FALSE(hold->node_block_io("/dev/other").ok());
}

TEST_F(HeldFile, is_held_once) {
    auto first = DriveHold::acquire(SystemRoot(), record());
    ASSERT_TRUE(first.ok());
    const auto second = DriveHold::acquire(SystemRoot(), record());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::refused);
    first = error(ErrorKind::failed, message("x"), message("y"));
    EXPECT_TRUE(DriveHold::acquire(SystemRoot(), record()).ok()) << "let go with the object";
}

TEST_F(HeldFile, is_refused_when_another_file_took_its_path) {
    const DriveRecord planned = record();
    const std::filesystem::path other = directory_ / "other.img";
    make(other, 1 << 20);
    std::filesystem::rename(other, path_);
    const auto hold = DriveHold::acquire(SystemRoot(), planned);
    ASSERT_FALSE(hold.ok());
    EXPECT_EQ(hold.error().kind, ErrorKind::refused);
    EXPECT_THAT(in_english(hold.error()), HasSubstr("inode"));
}

TEST_F(HeldFile, is_refused_when_its_size_changed) {
    const DriveRecord planned = record();
    std::filesystem::resize_file(path_, 1 << 19);
    const auto hold = DriveHold::acquire(SystemRoot(), planned);
    ASSERT_FALSE(hold.ok());
    EXPECT_EQ(hold.error().kind, ErrorKind::refused);
    EXPECT_THAT(in_english(hold.error()), HasSubstr("size 1048576 → 524288"));
}

TEST_F(HeldFile, is_gone_when_it_was_removed_before_or_while_it_is_held) {
    const DriveRecord planned = record();
    auto hold = DriveHold::acquire(SystemRoot(), planned);
    ASSERT_TRUE(hold.ok());
    std::filesystem::remove(path_);
    ASSERT_FALSE(hold->prove_identity().ok());
    EXPECT_EQ(hold->prove_identity().error().kind, ErrorKind::environment);
    const auto again = DriveHold::acquire(SystemRoot(), planned);
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().kind, ErrorKind::environment);
}

TEST(DriveHold, refuses_a_protected_drive_before_it_opens_anything) {
    DriveRecord drive;
    drive.path = "/nonexistent";
    drive.protection = {{"mounted", "/home", false}};
    const auto hold = DriveHold::acquire(SystemRoot(), drive);
    ASSERT_FALSE(hold.ok());
    EXPECT_EQ(hold.error().kind, ErrorKind::refused);
}

TEST(DriveHold, refuses_what_is_no_block_device_and_says_when_it_is_gone) {
    DriveRecord drive;
    drive.path = "/dev/null";
    drive.protocol = "ata";
    const auto character = DriveHold::acquire(SystemRoot(), drive);
    ASSERT_FALSE(character.ok());
    drive.path = "/dev/nonexistent";
    const auto missing = DriveHold::acquire(SystemRoot(), drive);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().kind, ErrorKind::environment);
}

TEST(DriveHold, reads_the_block_layers_counters) {
    const auto counters = DriveHold::parse_block_counters(
        "99666 19906 8079938 51119 179959 31358 15907424 74659 0 34260 132814 30954 56 8490152 4506 40847 "
        "2529");
    ASSERT_TRUE(counters.has_value());
    EXPECT_EQ(counters->read_sectors, 8079938U);
    EXPECT_EQ(counters->written_sectors, 15907424U);
    EXPECT_EQ(counters->discarded_sectors, 8490152U);
    EXPECT_FALSE(DriveHold::parse_block_counters("").has_value());
}

DriveRecord some_drive() {
    return drives_of(machine("desktop-sata-usb"))[2];
}

TEST(CompareIdentity, finds_no_difference_between_a_drive_and_itself) {
    EXPECT_THAT(compare_identity(some_drive(), some_drive()), IsEmpty());
}

TEST(CompareIdentity, notices_a_swapped_drive_that_has_the_same_serial) {
    DriveRecord swapped = some_drive();
    swapped.diskseq += 1;
    const auto differences = compare_identity(some_drive(), swapped);
    ASSERT_EQ(differences.size(), 1U);
    EXPECT_EQ(differences[0].fact, "diskseq");
}

TEST(CompareIdentity, names_each_fact_that_differs) {
    DriveRecord other = some_drive();
    other.serial = "ANOTHER";
    other.wwn.clear();
    other.size_bytes /= 2;
    other.logical_sector_bytes = 4096;
    other.device_number += 16;
    other.model = "OTHER";
    std::vector<std::string> facts;
    for (const auto& difference : compare_identity(some_drive(), other)) facts.push_back(difference.fact);
    EXPECT_THAT(facts, ElementsAre("serial", "wwn", "model", "size", "sector-size", "device-number"));
    const Error refusal = not_the_same_drive(some_drive(), compare_identity(some_drive(), other));
    EXPECT_EQ(refusal.kind, ErrorKind::refused);
    EXPECT_THAT(in_english(refusal), HasSubstr("serial WD-WCC6Y1234567 → ANOTHER"));
    EXPECT_THAT(in_english(refusal), HasSubstr("wwn 0x50014ee2b1234567 → -"));
}

TEST(CompareIdentity, does_without_a_diskseq_that_the_record_lacks) {
    DriveRecord old_kernel = some_drive();
    old_kernel.diskseq = 0;
    EXPECT_THAT(compare_identity(old_kernel, some_drive()), IsEmpty());
    EXPECT_FALSE(compare_identity(some_drive(), old_kernel).empty()) << "but not the other way round";
}

TEST(VitalProductData, reads_nothing_from_malformed_pages) {
    EXPECT_EQ(unit_serial({}), "");
    EXPECT_EQ(unit_serial(Bytes{0, 0x80, 0, 200, 'A'}), "") << "longer than what is there";
    EXPECT_EQ(unit_serial(Bytes{0, 0x83, 0, 1, 'A'}), "") << "another page";
    EXPECT_EQ(unit_serial(Bytes{0, 0x80, 0, 5, ' ', 'A', 'B', ' ', 0}), "AB");
    EXPECT_FALSE(ata_identity(Bytes(100, 0x89)).has_value());
    EXPECT_EQ(rotation_from_page(Bytes{0, 0xB1, 0, 2, 0, 1}), Rotation::non_rotating);
    EXPECT_EQ(rotation_from_page(Bytes{0, 0xB1, 0, 2}), Rotation::not_reported);
    EXPECT_EQ(rotation_of(7200), Rotation::rotating);
    EXPECT_EQ(rotation_of(0), Rotation::not_reported);
    EXPECT_EQ(rotation_of(0xFFFF), Rotation::not_reported);
}

}  // namespace
}  // namespace regain
