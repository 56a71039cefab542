#include "wiper/sample_memory.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/fakes/memory_block_io.h"
#include "wiper/expected_content.h"

namespace regain {
namespace {

constexpr uint64_t size_bytes = 1 << 20;

class SampleMemoryTest : public testing::Test {
  protected:
    SampleMemoryTest() : medium_(std::make_shared<MemoryMedium>(size_bytes, 0)), io_(medium_, {}) {}

    void write(uint64_t offset, size_t length, uint8_t seed) {
        AlignedBuffer buffer(length);
        uint8_t value = seed;
        for (uint8_t& byte : buffer.bytes()) byte = value = static_cast<uint8_t>(value * 5 + 3);
        ASSERT_TRUE(write_blocks(io_, offset, buffer.bytes()).ok());
    }
    ReadBack compare_after(const std::function<void()>& erase) {
        SampleMemory memory = SampleMemory::choose(io_, 1'000'000);
        EXPECT_EQ(memory.remember(io_, {}, clock_).end, PumpEnd::completed);
        erase();
        return memory.compare(io_, {}, clock_);
    }

    std::shared_ptr<MemoryMedium> medium_;
    MemoryBlockIo io_;
    ManualClock clock_{WallTime{}};
};

TEST_F(SampleMemoryTest, what_is_still_there_is_a_mismatch) {
    write(0, size_bytes, 1);
    const ReadBack found = compare_after([&] { write(0, size_bytes - 4096, 7); });
    EXPECT_EQ(found.mismatching_sectors, 8U) << "the last 4096 bytes were left";
    EXPECT_EQ(found.informative_places, size_bytes / 4096);
    ASSERT_EQ(found.first_mismatches.size(), 1U);
    EXPECT_EQ(found.first_mismatches.front(), size_bytes - 4096);
}

TEST_F(SampleMemoryTest, content_that_changed_everywhere_matches_nothing) {
    write(0, size_bytes, 1);
    EXPECT_EQ(compare_after([&] { write(0, size_bytes, 7); }).mismatching_sectors, 0U);
}

TEST_F(SampleMemoryTest, an_empty_drive_tells_nothing) {
    const ReadBack found = compare_after([] {});
    EXPECT_EQ(found.mismatching_sectors, 0U);
    EXPECT_EQ(found.informative_places, 0U) << "zeros before, zeros after: no evidence of anything";
}

TEST(ErasedContent, is_one_unit_repeated_in_each_sector) {
    Bytes bytes(1024, 0xFF);
    ErasedContent erased;
    EXPECT_EQ(erased.find_mismatches(0, bytes, 512, {}), 0U);
    for (size_t i = 512; i < 1024; ++i) bytes[i] = static_cast<uint8_t>(0x33 + 0x11 * (i % 4));
    EXPECT_EQ(erased.find_mismatches(0, bytes, 512, {}), 0U) << "another unit in the second sector";
    bytes[700] ^= 1;
    EXPECT_EQ(erased.find_mismatches(0, bytes, 512, {}), 1U) << "one wrong bit";
    EXPECT_FALSE(is_uniform({}));
}

}  // namespace
}  // namespace regain
