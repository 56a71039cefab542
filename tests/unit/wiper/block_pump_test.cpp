// The loop behind overwriting and reading back, on drives with bad sectors: what is reached, in which order,
// and when it ends.

#include "wiper/block_pump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <set>
#include <stop_token>
#include <vector>

#include "tests/fakes/faulty_block_io.h"
#include "tests/fakes/memory_block_io.h"

namespace regain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kibibyte = 1024;
constexpr uint64_t mebibyte = 1024 * kibibyte;
constexpr uint64_t drive_bytes = 256 * mebibyte;

class PumpTest : public testing::Test {
  protected:
    PumpTest() : memory_(drive_bytes), drive_(memory_) {
        drive_.on_submit([this](const IoRequest& request) {
            order_.push_back({request.offset, request.buffer.size()});
            if (std::any_of(bad_.begin(), bad_.end(),
                            [&](const FaultyRange& range) { return range.touches(request); }))
                clock_.advance(seconds_of_a_failure_);
        });
    }
    void make_bad(uint64_t offset, uint64_t length) {
        bad_.push_back({offset, length});
        drive_.fail(IoOperation::write, {offset, length}, EIO);
    }
    PumpOutcome write_all() {
        PumpJob job;
        job.operation = IoOperation::write;
        job.next = whole_range(drive_bytes);
        job.fill = [](uint64_t, MutableByteView bytes) { std::fill(bytes.begin(), bytes.end(), 0x5A); };
        job.is_constant = true;
        job.rest = [this](std::chrono::milliseconds length) {
            ++rests_;
            if (stops_in_a_rest_) stop_.request_stop();
            clock_.advance(length);
        };
        job.pace = pace_;
        job.stop = stop_.get_token();
        return pump_blocks(drive_, job, limits_, clock_);
    }
    bool is_written(uint64_t offset) {
        AlignedBuffer sector(512);
        EXPECT_TRUE(read_blocks(memory_, offset, sector.bytes()).ok());
        return sector.bytes()[0] == 0x5A;
    }

    MemoryBlockIo memory_;
    FaultyBlockIo drive_;
    ManualClock clock_{WallTime(std::chrono::milliseconds(1795000000000))};
    PumpLimits limits_;
    std::chrono::seconds seconds_of_a_failure_{0};
    uint64_t rests_ = 0;
    bool stops_in_a_rest_ = false;
    std::function<void()> pace_;
    std::stop_source stop_;
    std::vector<FaultyRange> bad_;
    std::vector<ByteRange> order_;
};

TEST_F(PumpTest, reaches_every_sector_but_the_bad_ones) {
    make_bad(0, 512);
    make_bad(drive_bytes - 512, 512);
    make_bad(100 * mebibyte + 5120, 1536);
    std::mt19937 random(7);
    std::vector<ByteRange> scattered;
    for (int i = 0; i < 40; ++i)
        scattered.push_back({(120 + uint64_t{random() % 100}) * mebibyte + random() % 2048 * 512, 512});
    for (const ByteRange& range : scattered) make_bad(range.offset, range.length);
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(outcome.end, PumpEnd::completed);
    EXPECT_FALSE(outcome.retries_cut_short);
    std::vector<ByteRange> expected = scattered;
    expected.insert(expected.end(), {{0, 512}, {drive_bytes - 512, 512}, {100 * mebibyte + 5120, 1536}});
    std::sort(expected.begin(), expected.end(),
              [](const ByteRange& left, const ByteRange& right) { return left.offset < right.offset; });
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    EXPECT_EQ(outcome.failed, merged(expected));
    EXPECT_EQ(outcome.bytes + outcome.failed_bytes(), drive_bytes);
    EXPECT_TRUE(is_written(512));
    EXPECT_TRUE(is_written(100 * mebibyte + 5120 - 512));
    EXPECT_TRUE(is_written(100 * mebibyte + 5120 + 1536));
}

TEST_F(PumpTest, leaves_what_fails_for_the_end) {
    make_bad(10 * mebibyte, 512);
    ASSERT_EQ(write_all().end, PumpEnd::completed);
    // Once the neighbourhood of the failure is asked for again, everything that is far from it was done.
    std::set<uint64_t> tried;
    uint64_t before_retry = 0;
    for (const ByteRange& range : order_) {
        if (!tried.insert(range.offset).second) break;
        before_retry += range.length;
    }
    EXPECT_GT(before_retry, drive_bytes - 16 * mebibyte);
}

TEST_F(PumpTest, retries_the_largest_pieces_first_and_a_sector_twice) {
    make_bad(50 * mebibyte, 512);
    make_bad(200 * mebibyte, 512);
    limits_.requests = 1;
    ASSERT_EQ(write_all().end, PumpEnd::completed);
    const auto tries_of = [&](uint64_t offset) {
        return std::count(order_.begin(), order_.end(), ByteRange{offset, 512});
    };
    EXPECT_EQ(tries_of(50 * mebibyte), 2);
    EXPECT_EQ(tries_of(200 * mebibyte), 2);
    // Nothing of 512 bytes anywhere before the last piece of 128 KiB.
    const auto last_large = std::find_if(order_.rbegin(), order_.rend(), [](const ByteRange& range) {
        return range.length >= 128 * kibibyte;
    });
    const auto first_small = std::find_if(order_.begin(), order_.end(),
                                          [](const ByteRange& range) { return range.length == 512; });
    EXPECT_LE(last_large.base(), first_small);
}

TEST_F(PumpTest, ends_with_the_list_when_the_time_for_retries_is_over) {
    make_bad(64 * mebibyte, 64 * mebibyte);
    seconds_of_a_failure_ = std::chrono::seconds(20);
    limits_.retry_time = std::chrono::minutes(30);
    const MonotonicTime start = clock_.monotonic();
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(outcome.end, PumpEnd::completed);
    EXPECT_TRUE(outcome.retries_cut_short);
    EXPECT_LT(clock_.monotonic() - start, std::chrono::minutes(45));
    EXPECT_EQ(outcome.bytes + outcome.failed_bytes(), drive_bytes) << "each byte is accounted for, once";
    EXPECT_LT(outcome.failed_bytes(), 100 * mebibyte) << "most of what can be written was reached";
    EXPECT_GE(outcome.failed_bytes(), 64 * mebibyte);
    EXPECT_TRUE(is_written(drive_bytes - 512));
}

TEST_F(PumpTest, a_half_that_fails_costs_only_itself) {
    make_bad(drive_bytes / 2, drive_bytes / 2);
    limits_.retries_in_vain = 200;
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(outcome.end, PumpEnd::completed);
    EXPECT_THAT(outcome.failed, ElementsAre(ByteRange{drive_bytes / 2, drive_bytes / 2}));
    EXPECT_LT(outcome.failed_requests, 600U);
}

TEST_F(PumpTest, gives_up_when_nothing_succeeds) {
    make_bad(0, drive_bytes);
    limits_.retries_in_vain = 200;
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(outcome.end, PumpEnd::gave_up);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->os_errno, EIO);
    EXPECT_LT(outcome.failed_requests, 600U);
}

TEST_F(PumpTest, gives_up_after_too_long_without_success_the_first_time_through) {
    make_bad(8 * mebibyte, drive_bytes);
    seconds_of_a_failure_ = std::chrono::seconds(60);
    limits_.without_success = std::chrono::minutes(5);
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(outcome.end, PumpEnd::gave_up);
    EXPECT_LT(outcome.failed_requests, 30U);
}

TEST_F(PumpTest, cuts_nothing_smaller_than_a_physical_sector) {
    make_bad(40 * mebibyte + 512, 512);
    limits_.smallest_unit_bytes = 4096;
    const PumpOutcome outcome = write_all();
    EXPECT_THAT(outcome.failed, ElementsAre(ByteRange{40 * mebibyte, 4096}));
}

TEST_F(PumpTest, a_failure_that_heals_leaves_nothing) {
    drive_.fail(IoOperation::write, {33 * mebibyte, 512}, EIO, 3);
    const PumpOutcome outcome = write_all();
    EXPECT_THAT(outcome.failed, IsEmpty());
    EXPECT_EQ(outcome.bytes, drive_bytes);
    EXPECT_TRUE(is_written(33 * mebibyte));
}

TEST_F(PumpTest, nothing_is_lost_on_a_drive_that_is_out_of_order_for_seconds_at_a_time) {
    limits_.rest = std::chrono::seconds(2);
    const MonotonicTime start = clock_.monotonic();
    drive_.on_submit([&](const IoRequest& request) {
        clock_.advance(std::chrono::milliseconds(50));
        if ((clock_.monotonic() - start) % std::chrono::seconds(6) > std::chrono::seconds(4))
            drive_.fail(IoOperation::write, {request.offset, request.buffer.size()}, EIO, 1);
    });
    const PumpOutcome outcome = write_all();
    EXPECT_THAT(outcome.failed, IsEmpty());
    EXPECT_EQ(outcome.bytes, drive_bytes);
    EXPECT_GT(outcome.failed_requests, 0U);
    EXPECT_LT(clock_.monotonic() - start, std::chrono::minutes(20));
}

TEST_F(PumpTest, bad_sectors_cost_a_few_rests_and_stay_exactly_listed) {
    limits_.rest = std::chrono::seconds(2);
    make_bad(100 * mebibyte, 300 * 512);
    make_bad(drive_bytes - 512, 512);
    const PumpOutcome outcome = write_all();
    EXPECT_THAT(outcome.failed,
                ElementsAre(ByteRange{100 * mebibyte, 300 * 512}, ByteRange{drive_bytes - 512, 512}));
    EXPECT_FALSE(outcome.retries_cut_short);
    EXPECT_GT(rests_, 0U);
    EXPECT_LE(rests_, limits_.rests + limits_.rests_at_the_end);
}

TEST_F(PumpTest, what_it_waits_for_its_turn_is_no_failure_of_the_drive) {
    make_bad(50 * mebibyte, 512);
    uint64_t requests = 0;
    pace_ = [&] {
        if (++requests % 20 == 0) clock_.advance(std::chrono::minutes(31));
    };
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(outcome.end, PumpEnd::completed);
    EXPECT_THAT(outcome.failed, ElementsAre(ByteRange{50 * mebibyte, 512}));
    EXPECT_FALSE(outcome.retries_cut_short);
}

TEST_F(PumpTest, told_to_stop_in_a_rest_it_lists_what_had_failed) {
    limits_.rest = std::chrono::seconds(2);
    make_bad(100 * mebibyte, 512);
    stops_in_a_rest_ = true;
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(rests_, 1U);
    EXPECT_THAT(outcome.failed, ElementsAre(ByteRange{100 * mebibyte, 512}));
}

TEST_F(PumpTest, a_drive_that_vanishes_ends_it_at_once) {
    drive_.disappear_after(100);
    const PumpOutcome outcome = write_all();
    EXPECT_EQ(outcome.end, PumpEnd::gave_up);
    EXPECT_EQ(outcome.error->os_errno, ENODEV);
    EXPECT_LE(outcome.failed_requests, limits_.requests + 1);
}

TEST(RetryQueue, gives_each_byte_out_once_as_long_as_nothing_fails_again) {
    RetryQueue queue(512, mebibyte, 1000);
    queue.postpone({0, 5 * mebibyte + 512});
    queue.put_failed({10 * mebibyte, mebibyte});
    uint64_t sum = 0;
    while (const auto range = queue.next()) {
        EXPECT_LE(range->length, mebibyte);
        sum += range->length;
    }
    EXPECT_EQ(sum, 6 * mebibyte + 512);
    EXPECT_TRUE(queue.is_empty());
    EXPECT_THAT(queue.remaining(), IsEmpty());
}

TEST(RetryQueue, keeps_no_more_pieces_than_it_may) {
    RetryQueue queue(512, mebibyte, 16);
    for (uint64_t i = 0; i < 100; ++i) queue.put_failed({i * 2 * mebibyte, mebibyte});
    uint64_t remaining = 0;
    for (const ByteRange& range : queue.remaining()) remaining += range.length;
    EXPECT_EQ(remaining, 100 * mebibyte) << "nothing is forgotten";
    size_t count = 0;
    while (queue.next()) ++count;
    EXPECT_LE(count, 32U);
}

TEST_F(PumpTest, tells_of_each_request_when_it_was_given_out_and_when_it_ended) {
    constexpr uint64_t bad = 9 * mebibyte;
    drive_.fail(IoOperation::read, {bad, 512}, EIO);
    drive_.on_submit([this](const IoRequest&) { clock_.advance(std::chrono::milliseconds(2)); });
    std::vector<PumpTransfer> seen;
    PumpJob job;
    job.operation = IoOperation::read;
    job.next = whole_range(drive_bytes);
    job.inspect = [](uint64_t, ByteView) {};
    job.on_transfer = [&](const PumpTransfer& transfer) { seen.push_back(transfer); };
    limits_.requests = 4;
    const PumpOutcome outcome = pump_blocks(drive_, job, limits_, clock_);
    ASSERT_THAT(outcome.failed, ElementsAre(ByteRange{bad, 512}));
    uint64_t bytes = 0;
    uint64_t failed = 0;
    for (const PumpTransfer& transfer : seen) {
        if (transfer.succeeded) bytes += transfer.range.length;
        if (!transfer.succeeded) ++failed;
        EXPECT_LE(transfer.submitted + std::chrono::milliseconds(2), transfer.completed);
        EXPECT_LE(transfer.completed, transfer.submitted + std::chrono::milliseconds(8));
    }
    EXPECT_EQ(bytes, drive_bytes - 512);
    EXPECT_EQ(failed, outcome.failed_requests);
    EXPECT_FALSE(seen.front().is_retry);
    EXPECT_EQ(seen.front().range, (ByteRange{0, mebibyte}));
    EXPECT_TRUE(seen.back().is_retry);
}

}  // namespace
}  // namespace regain
