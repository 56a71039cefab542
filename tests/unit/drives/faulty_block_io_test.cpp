#include "tests/fakes/faulty_block_io.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

#include "tests/fakes/memory_block_io.h"

namespace regain {
namespace {

class FaultyDrive : public testing::Test {
  protected:
    void fill(AlignedBuffer& buffer, uint8_t value) {
        std::fill(buffer.bytes().begin(), buffer.bytes().end(), value);
    }
    IoCompletion run(IoOperation operation, uint64_t offset, MutableByteView buffer) {
        EXPECT_TRUE(faulty_.submit({operation, offset, buffer, 9}).ok());
        std::vector<IoCompletion> completions;
        EXPECT_TRUE(faulty_.wait(completions).ok());
        EXPECT_EQ(completions.size(), 1U);
        return completions.empty() ? IoCompletion{} : completions[0];
    }
    std::shared_ptr<MemoryMedium> medium_ = std::make_shared<MemoryMedium>(1 << 20);
    MemoryBlockIo memory_{medium_};
    FaultyBlockIo faulty_{memory_};
    AlignedBuffer buffer_{4096};
};

TEST_F(FaultyDrive, is_a_plain_drive_without_faults) {
    fill(buffer_, 0x5A);
    ASSERT_TRUE(write_blocks(faulty_, 4096, buffer_.bytes()).ok());
    ASSERT_TRUE(flush_blocks(faulty_).ok());
    EXPECT_EQ(medium_->bytes(4096, 4096), Bytes(4096, 0x5A));
    EXPECT_EQ(memory_.flushes(), 1U);
}

TEST_F(FaultyDrive, fails_where_it_is_told_and_heals_after_so_many_times) {
    faulty_.fail(IoOperation::read, {8192, 512}, EIO, 2);
    EXPECT_EQ(run(IoOperation::read, 8192, buffer_.bytes()).os_errno, EIO);
    EXPECT_EQ(run(IoOperation::read, 4096, buffer_.bytes()).os_errno, 0);
    EXPECT_EQ(run(IoOperation::write, 8192, buffer_.bytes()).os_errno, 0) << "only reads fail";
    EXPECT_EQ(run(IoOperation::read, 8192, buffer_.bytes()).os_errno, EIO);
    EXPECT_EQ(run(IoOperation::read, 8192, buffer_.bytes()).os_errno, 0);
    faulty_.fail_flush(EIO);
    EXPECT_EQ(run(IoOperation::flush, 0, {}).os_errno, EIO);
}

TEST_F(FaultyDrive, transfers_less_than_asked) {
    fill(buffer_, 1);
    faulty_.shorten(IoOperation::write, {0, 512}, 1024);
    const IoCompletion completion = run(IoOperation::write, 0, buffer_.bytes());
    EXPECT_EQ(completion.bytes, 1024U);
    EXPECT_EQ(completion.os_errno, 0);
    EXPECT_EQ(medium_->bytes(1023, 2), (Bytes{1, 0}));
    EXPECT_FALSE(write_blocks(faulty_, 0, buffer_.bytes()).ok()) << "short is an error for the caller";
}

TEST_F(FaultyDrive, hangs_until_it_is_released_and_lets_the_others_pass) {
    faulty_.hang(IoOperation::write, {0, 512});
    fill(buffer_, 3);
    ASSERT_TRUE(faulty_.submit({IoOperation::write, 0, buffer_.bytes(), 1}).ok());
    EXPECT_EQ(run(IoOperation::read, 65536, AlignedBuffer(512).bytes()).tag, 9U);
    EXPECT_EQ(faulty_.in_flight(), 1U);
    EXPECT_EQ(faulty_.hung(), 1U);
    std::thread technician([&] { faulty_.release_hung(); });
    std::vector<IoCompletion> completions;
    ASSERT_TRUE(faulty_.wait(completions).ok());
    technician.join();
    ASSERT_EQ(completions.size(), 1U);
    EXPECT_EQ(completions[0].os_errno, 0);
    EXPECT_EQ(medium_->bytes(0, 1), Bytes(1, 3));
}

TEST_F(FaultyDrive, disappears_for_good) {
    faulty_.disappear_after(1);
    EXPECT_EQ(run(IoOperation::read, 0, buffer_.bytes()).os_errno, 0);
    EXPECT_EQ(run(IoOperation::read, 0, buffer_.bytes()).os_errno, ENODEV);
    EXPECT_EQ(run(IoOperation::flush, 0, {}).os_errno, ENODEV);
}

TEST_F(FaultyDrive, ends_hung_requests_when_it_disappears) {
    faulty_.hang(IoOperation::read, {});
    ASSERT_TRUE(faulty_.submit({IoOperation::read, 0, buffer_.bytes(), 1}).ok());
    faulty_.disappear();
    std::vector<IoCompletion> completions;
    ASSERT_TRUE(faulty_.wait(completions).ok());
    ASSERT_EQ(completions.size(), 1U);
    EXPECT_EQ(completions[0].os_errno, ENODEV);
}

TEST_F(FaultyDrive, loses_its_volatile_cache_in_a_power_cut_but_not_what_was_flushed) {
    faulty_.use_volatile_cache();
    fill(buffer_, 1);
    ASSERT_TRUE(write_blocks(faulty_, 0, buffer_.bytes()).ok());
    ASSERT_TRUE(flush_blocks(faulty_).ok());
    fill(buffer_, 2);
    ASSERT_TRUE(write_blocks(faulty_, 0, buffer_.bytes()).ok());
    AlignedBuffer read(4096);
    ASSERT_TRUE(read_blocks(faulty_, 0, read.bytes()).ok());
    EXPECT_TRUE(is_filled_with(read.bytes(), 2)) << "until then it reads what was written";
    EXPECT_EQ(medium_->bytes(0, 4096), Bytes(4096, 1));
    faulty_.cut_power();
    ASSERT_TRUE(read_blocks(faulty_, 0, read.bytes()).ok());
    EXPECT_TRUE(is_filled_with(read.bytes(), 1));
}

TEST_F(FaultyDrive, acknowledges_writes_and_drops_them) {
    faulty_.drop_writes({4096, 4096});
    fill(buffer_, 9);
    ASSERT_TRUE(write_blocks(faulty_, 4096, buffer_.bytes()).ok());
    ASSERT_TRUE(write_blocks(faulty_, 0, buffer_.bytes()).ok());
    EXPECT_EQ(medium_->bytes(4096, 4096), Bytes(4096, 0));
    EXPECT_EQ(medium_->bytes(0, 4096), Bytes(4096, 9));
}

TEST_F(FaultyDrive, returns_changed_bytes_only_in_the_faulty_range) {
    faulty_.corrupt_reads({100, 2}, 0xFF);
    ASSERT_TRUE(read_blocks(faulty_, 0, buffer_.bytes()).ok());
    EXPECT_EQ(Bytes(buffer_.bytes().begin() + 99, buffer_.bytes().begin() + 103), (Bytes{0, 0xFF, 0xFF, 0}));
    EXPECT_EQ(medium_->bytes(100, 1), Bytes(1, 0));
}

}  // namespace
}  // namespace regain
