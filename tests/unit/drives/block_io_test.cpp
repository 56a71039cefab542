#include "drives/block_io.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "drives/sync_block_io.h"
#include "drives/uring_block_io.h"
#include "tests/fakes/memory_block_io.h"

namespace regain {
namespace {

constexpr uint64_t mebibyte = 1 << 20;

/// A file of one mebibyte, and both ways to reach its blocks.
class RealBlockIo : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        path_ = testing::TempDir() + "regain-block-io-XXXXXX";
        FileDescriptor made(::mkostemp(path_.data(), O_CLOEXEC));
        ASSERT_TRUE(made.is_open());
        ASSERT_EQ(::ftruncate(made.get(), mebibyte), 0);
        file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_DIRECT));
        is_direct_ = file_.is_open();
        if (!is_direct_) file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
        const BlockGeometry geometry{mebibyte, 4096, 4, is_direct_};
        if (std::string(GetParam()) == "sync") {
            io_ = std::make_unique<SyncBlockIo>(file_.get(), geometry);
            return;
        }
        auto ring = UringBlockIo::create(file_.get(), geometry);
        if (!ring.ok()) GTEST_SKIP() << "this kernel gives no io_uring: " << in_english(ring.error());
        io_ = std::move(*ring);
    }
    void TearDown() override { ::unlink(path_.c_str()); }

    std::string path_;
    FileDescriptor file_;
    bool is_direct_ = false;
    std::unique_ptr<BlockIo> io_;
};

TEST_P(RealBlockIo, reads_back_what_it_wrote) {
    AlignedBuffer written(65536);
    fill_random(written.bytes());
    ASSERT_TRUE(write_blocks(*io_, 8192, written.bytes()).ok());
    ASSERT_TRUE(flush_blocks(*io_).ok());
    AlignedBuffer read(65536);
    ASSERT_TRUE(read_blocks(*io_, 8192, read.bytes()).ok());
    EXPECT_TRUE(std::equal(read.bytes().begin(), read.bytes().end(), written.bytes().begin()));
    const auto content = read_file(path_);
    ASSERT_TRUE(content.ok());
    EXPECT_EQ(content->substr(8192, 65536), as_text(written.bytes()));
    EXPECT_TRUE(is_filled_with(as_bytes(*content).first(8192), 0)) << "it wrote where it was not asked to";
}

TEST_P(RealBlockIo, carries_several_requests_at_a_time_and_returns_each_tag_once) {
    std::vector<AlignedBuffer> buffers;
    for (uint64_t i = 0; i < 4; ++i) {
        buffers.emplace_back(4096);
        std::fill(buffers.back().bytes().begin(), buffers.back().bytes().end(), static_cast<uint8_t>(i + 1));
        ASSERT_TRUE(io_->submit({IoOperation::write, i * 4096, buffers.back().bytes(), 100 + i}).ok());
    }
    EXPECT_EQ(io_->in_flight(), 4U);
    AlignedBuffer fifth(4096);
    EXPECT_FALSE(io_->submit({IoOperation::write, 0, fifth.bytes(), 5}).ok()) << "the queue is full";
    std::vector<IoCompletion> completions;
    while (io_->in_flight() > 0) ASSERT_TRUE(io_->wait(completions).ok());
    std::vector<uint64_t> tags;
    for (const IoCompletion& completion : completions) {
        EXPECT_EQ(completion.os_errno, 0);
        EXPECT_EQ(completion.bytes, 4096U);
        tags.push_back(completion.tag);
    }
    EXPECT_THAT(tags, testing::UnorderedElementsAre(100, 101, 102, 103));
}

TEST_P(RealBlockIo, requests_that_may_linger_are_carried_out_by_the_next_wait_and_by_the_next_that_may_not) {
    AlignedBuffer memory(4 * 4096);
    fill_random(memory.bytes());
    io_->register_memory(memory.bytes());
    const auto part = [&](uint64_t i) { return memory.bytes().subspan(i * 4096, 4096); };
    std::vector<IoCompletion> completions;
    for (uint64_t i = 0; i < 2; ++i)
        ASSERT_TRUE(io_->submit({IoOperation::write, i * 4096, part(i), i, true}).ok());
    EXPECT_EQ(io_->in_flight(), 2U);
    while (io_->in_flight() > 0) ASSERT_TRUE(io_->wait(completions).ok());
    EXPECT_EQ(completions.size(), 2U);
    ASSERT_TRUE(io_->submit({IoOperation::write, 2 * 4096, part(2), 2, true}).ok());
    ASSERT_TRUE(io_->submit({IoOperation::write, 3 * 4096, part(3), 3}).ok());
    while (io_->in_flight() > 0) ASSERT_TRUE(io_->wait(completions).ok());
    EXPECT_EQ(completions.size(), 4U);
    io_->unregister_memory();
    const auto content = read_file(path_);
    ASSERT_TRUE(content.ok());
    EXPECT_EQ(content->substr(0, 4 * 4096), as_text(memory.bytes()));
}

TEST_P(RealBlockIo, memory_that_is_registered_again_or_no_more_serves_as_before) {
    AlignedBuffer first(mebibyte), second(8192);
    fill_random(first.bytes());
    io_->register_memory(first.bytes());
    ASSERT_TRUE(write_blocks(*io_, 0, first.bytes()).ok());
    io_->register_memory(second.bytes());
    ASSERT_TRUE(read_blocks(*io_, 4096, second.bytes()).ok());
    EXPECT_TRUE(std::equal(second.bytes().begin(), second.bytes().end(), first.bytes().begin() + 4096));
    io_->unregister_memory();
    ASSERT_TRUE(read_blocks(*io_, 8192, second.bytes()).ok());
    EXPECT_TRUE(std::equal(second.bytes().begin(), second.bytes().end(), first.bytes().begin() + 8192));
}

TEST_P(RealBlockIo, a_lingering_request_that_fails_says_so) {
    const FileDescriptor read_only(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    auto io = make_block_io(read_only.get(), {mebibyte, 512, 4, std::string(GetParam()) != "sync"});
    ASSERT_TRUE(io.ok());
    AlignedBuffer buffer(4096);
    std::vector<IoCompletion> completions;
    for (uint64_t i = 0; i < 4; ++i)
        ASSERT_TRUE((*io)->submit({IoOperation::write, i * 4096, buffer.bytes(), i, true}).ok());
    while ((*io)->in_flight() > 0) ASSERT_TRUE((*io)->wait(completions).ok());
    ASSERT_EQ(completions.size(), 4U);
    for (const IoCompletion& completion : completions) EXPECT_EQ(completion.os_errno, EBADF);
}

TEST_P(RealBlockIo, wait_returns_at_once_when_nothing_is_under_way) {
    std::vector<IoCompletion> completions;
    EXPECT_TRUE(io_->wait(completions).ok());
    EXPECT_TRUE(completions.empty());
}

TEST_P(RealBlockIo, a_file_that_shrank_gives_an_error_and_not_a_short_success) {
    ASSERT_EQ(::truncate(path_.c_str(), mebibyte / 2), 0);
    AlignedBuffer buffer(8192);
    std::vector<IoCompletion> completions;
    ASSERT_TRUE(io_->submit({IoOperation::read, mebibyte / 2 - 4096, buffer.bytes(), 1}).ok());
    while (completions.empty()) ASSERT_TRUE(io_->wait(completions).ok());
    EXPECT_EQ(completions[0].os_errno, EIO);
    EXPECT_EQ(completions[0].bytes, 4096U);
    EXPECT_FALSE(read_blocks(*io_, mebibyte - 8192, buffer.bytes()).ok());
}

TEST_P(RealBlockIo, a_descriptor_without_write_permission_gives_the_errno) {
    const FileDescriptor read_only(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    auto io = make_block_io(read_only.get(), {mebibyte, 512, 4, std::string(GetParam()) != "sync"});
    ASSERT_TRUE(io.ok());
    AlignedBuffer buffer(4096);
    const Status status = write_blocks(**io, 0, buffer.bytes());
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().os_errno, EBADF);
}

TEST_P(RealBlockIo, refuses_what_is_not_aligned_or_beyond_the_end) {
    AlignedBuffer buffer(8192);
    EXPECT_FALSE(io_->submit({IoOperation::read, 512, buffer.bytes(), 0}).ok());
    EXPECT_FALSE(io_->submit({IoOperation::read, 0, buffer.bytes().first(100), 0}).ok());
    EXPECT_FALSE(io_->submit({IoOperation::read, 0, buffer.bytes().subspan(8, 4096), 0}).ok());
    EXPECT_FALSE(io_->submit({IoOperation::read, mebibyte - 4096, buffer.bytes(), 0}).ok());
    EXPECT_FALSE(io_->submit({IoOperation::read, UINT64_MAX - 4095, buffer.bytes(), 0}).ok());
    EXPECT_FALSE(io_->submit({IoOperation::write, 0, {}, 0}).ok());
    EXPECT_EQ(io_->in_flight(), 0U);
}

TEST_P(RealBlockIo, may_be_destroyed_while_requests_are_under_way) {
    AlignedBuffer buffer(4096);
    ASSERT_TRUE(io_->submit({IoOperation::read, 0, buffer.bytes(), 0}).ok());
    ASSERT_TRUE(io_->submit({IoOperation::flush, 0, {}, 1}).ok());
    ASSERT_TRUE(io_->submit({IoOperation::read, 0, buffer.bytes(), 2, true}).ok());
    io_.reset();
}

INSTANTIATE_TEST_SUITE_P(both, RealBlockIo, testing::Values("uring", "sync"),
                         [](const auto& each) { return std::string(each.param); });

TEST(MakeBlockIo, says_that_a_buffered_file_does_not_read_the_medium) {
    FileDescriptor file(::open(testing::TempDir().c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    ASSERT_TRUE(file.is_open());
    ASSERT_EQ(::ftruncate(file.get(), mebibyte), 0);
    auto io = make_block_io(file.get(), {mebibyte, 512, 4, false});
    ASSERT_TRUE(io.ok());
    EXPECT_FALSE((*io)->reads_medium());
    AlignedBuffer buffer(512);
    buffer.bytes()[0] = 0x42;
    ASSERT_TRUE(write_blocks(**io, 512, buffer.bytes()).ok());
    AlignedBuffer read(512);
    ASSERT_TRUE(read_blocks(**io, 512, read.bytes()).ok());
    EXPECT_EQ(read.bytes()[0], 0x42);
}

/// Makes io_uring_setup fail with EPERM in this thread, as container policies do.
bool forbid_io_uring() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{4, program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST(MakeBlockIo, does_without_io_uring_where_the_kernel_refuses_it) {
    FileDescriptor file(::open(testing::TempDir().c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    ASSERT_TRUE(file.is_open());
    ASSERT_EQ(::ftruncate(file.get(), mebibyte), 0);
    std::thread([&] {
        ASSERT_TRUE(forbid_io_uring());
        EXPECT_FALSE(UringBlockIo::create(file.get(), {mebibyte, 512, 4, true}).ok());
        auto io = make_block_io(file.get(), {mebibyte, 512, 4, true});
        ASSERT_TRUE(io.ok());
        EXPECT_NE(dynamic_cast<SyncBlockIo*>(io->get()), nullptr);
        AlignedBuffer buffer(512);
        EXPECT_TRUE(write_blocks(**io, 0, buffer.bytes()).ok());
    }).join();
}

TEST(MakeBlockIo, refuses_a_geometry_that_makes_no_sense) {
    EXPECT_FALSE(make_block_io(0, {mebibyte, 0, 4, true}).ok());
    EXPECT_FALSE(make_block_io(0, {mebibyte, 1000, 4, true}).ok());
    EXPECT_FALSE(make_block_io(0, {mebibyte, 512, 0, true}).ok());
}

TEST(AlignedBuffer, is_zero_filled_and_page_aligned_and_can_be_moved) {
    AlignedBuffer buffer(5000);
    EXPECT_EQ(buffer.size(), 5000U);
    EXPECT_TRUE(is_filled_with(buffer.bytes(), 0));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.bytes().data()) % 4096, 0U);
    const uint8_t* address = buffer.bytes().data();
    AlignedBuffer moved(std::move(buffer));
    EXPECT_EQ(moved.bytes().data(), address);
    moved = AlignedBuffer(16);
    EXPECT_EQ(moved.size(), 16U);
}

TEST(MemoryBlockIo, holds_terabytes_without_taking_them) {
    MemoryBlockIo io(uint64_t{8} << 40);
    AlignedBuffer buffer(4096);
    buffer.bytes()[4095] = 7;
    const uint64_t last = io.size_bytes() - 4096;
    ASSERT_TRUE(write_blocks(io, last, buffer.bytes()).ok());
    AlignedBuffer read(4096);
    ASSERT_TRUE(read_blocks(io, last, read.bytes()).ok());
    EXPECT_EQ(read.bytes()[4095], 7);
    EXPECT_LE(io.medium().held_bytes(), 65536U);
    EXPECT_TRUE(is_filled_with(io.medium().bytes(uint64_t{4} << 40, 512), 0));
}

TEST(MemoryBlockIo, forgets_pages_that_are_overwritten_with_the_fill) {
    auto medium = std::make_shared<MemoryMedium>(mebibyte, 0);
    medium->write(0, Bytes(mebibyte, 0xAA));
    EXPECT_EQ(medium->held_bytes(), mebibyte);
    medium->write(0, Bytes(mebibyte, 0));
    EXPECT_EQ(medium->held_bytes(), 0U);
    EXPECT_EQ(medium->bytes(65000, 2), Bytes(2, 0));
}

TEST(MemoryBlockIo, completes_in_reverse_when_asked) {
    MemoryBlockIo io(mebibyte, {.order = CompletionOrder::reversed});
    AlignedBuffer buffer(1024);
    ASSERT_TRUE(io.submit({IoOperation::read, 0, buffer.bytes().first(512), 1}).ok());
    ASSERT_TRUE(io.submit({IoOperation::read, 512, buffer.bytes().last(512), 2}).ok());
    std::vector<IoCompletion> completions;
    ASSERT_TRUE(io.wait(completions).ok());
    ASSERT_EQ(completions.size(), 2U);
    EXPECT_EQ(completions[0].tag, 2U);
}

TEST(ReadBlocks, refuses_to_mix_with_requests_under_way) {
    MemoryBlockIo io(mebibyte);
    AlignedBuffer buffer(512);
    ASSERT_TRUE(io.submit({IoOperation::read, 0, buffer.bytes(), 1}).ok());
    EXPECT_FALSE(read_blocks(io, 0, buffer.bytes()).ok());
}

}  // namespace
}  // namespace regain
