// Whole runs over drives that break: what could be written is written, the rest is listed, and no false word
// is said of any of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <initializer_list>
#include <set>

#include "tests/unit/wiper/wipe_fixtures.h"

namespace regain {
namespace {

constexpr uint64_t size_bytes = 24 * mebibyte;
constexpr uint64_t sectors = size_bytes / 512;

class BreakingDrive : public testing::Test {
  protected:
    WipeRecord run(const WipePolicy& policy = {}) {
        WipeRunOptions options{clock_, {}, {}, {}, limits_};
        return run_wipe(plan_for(hard_disk(size_bytes), policy), {&target_}, options);
    }

    void make_bad(uint64_t first, uint64_t count, bool is_readable) {
        target_.faults().fail(IoOperation::write, {first * 512, count * 512}, EIO);
        if (!is_readable) target_.faults().fail(IoOperation::read, {first * 512, count * 512}, EIO);
        for (uint64_t sector = first; sector < first + count; ++sector) {
            bad_.insert(sector);
            if (is_readable) readable_.insert(sector);
        }
    }

    std::set<uint64_t> listed(const WipeRecord& record) {
        std::set<uint64_t> found;
        for (const LbaRange& range : record.unwritable)
            for (uint64_t sector = range.first_lba; sector <= range.last_lba; ++sector) found.insert(sector);
        return found;
    }

    /// Sectors that still hold what stood there.
    std::set<uint64_t> left() {
        std::set<uint64_t> found;
        const Bytes content = target_.medium().bytes(0, size_bytes);
        for (uint64_t sector = 0; sector < sectors; ++sector)
            if (!is_filled_with(ByteView(content).subspan(sector * 512, 512), 0)) found.insert(sector);
        return found;
    }

    void expect_no_false_word(const WipeRecord& record) {
        EXPECT_EQ(record.verdict, Verdict::not_erased);
        const auto said = listed(record);
        const auto is = left();
        // What is left was either said to be unwritable, or never counted as written.
        const auto unsaid = static_cast<uint64_t>(
            std::count_if(is.begin(), is.end(), [&](uint64_t sector) { return !said.contains(sector); }));
        EXPECT_LE(unsaid * 512 + record.coverage.overwritten_bytes, size_bytes);
        const auto again = wipe_record_from_json(to_json(record));
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(to_json(*again), to_json(record));
    }

    ManualClock clock_{WallTime{}};
    MemoryTarget target_{size_bytes};
    PumpLimits limits_;
    std::set<uint64_t> bad_, readable_;
};

TEST_F(BreakingDrive, with_bad_sectors_everywhere_is_overwritten_everywhere_else_and_listed_exactly) {
    make_bad(0, 8, false);
    make_bad(sectors - 3, 3, true);
    make_bad(10'000, 300, false);
    make_bad(30'000, 2'000, true);
    for (uint64_t sector = 1'234; sector < 9'000; sector += 401) make_bad(sector, 1, sector % 2 == 0);
    for (const char* method : {"zero", "random"}) {
        const WipeRecord record = run({WipeLevel::best, method, {}});
        EXPECT_EQ(listed(record), bad_) << method;
        EXPECT_EQ(record.bytes_written, size_bytes - bad_.size() * 512);
        EXPECT_EQ(record.coverage.overwritten_bytes, record.bytes_written);
        EXPECT_TRUE(record.errors.empty()) << errors_of(record);
        const Json& facts = *evidence_of(record, "unwritable-sectors");
        EXPECT_EQ(facts["sectors"], bad_.size());
        EXPECT_EQ(facts["readable_sectors"], readable_.size());
        EXPECT_EQ(facts["retries_cut_short"], false);
        EXPECT_EQ(result_of(record, "verify"), "failed") << "and it was tried";
        EXPECT_TRUE(has_remark(record.remarks, "unwritable-sectors"));
        EXPECT_TRUE(has_remark(record.remarks, "unwritable-sectors-readable"));
        EXPECT_EQ(record.verdict, Verdict::not_erased);
        if (std::string(method) == "zero") {
            EXPECT_EQ(left(), bad_);
        }
    }
}

TEST_F(BreakingDrive, that_vanishes_at_any_moment_ends_the_run_and_is_never_cleared) {
    for (const size_t after :
         std::initializer_list<size_t>{0, 1, 700, 1'100, 2'049, 2'055, 2'072, 2'080, 3'090, 3'100, 3'110}) {
        MemoryTarget target(size_bytes);
        target.faults().disappear_after(after);
        WipeRunOptions options{clock_, {}, {}, {}, {}};
        const WipeRecord record = run_wipe(plan_for(hard_disk(size_bytes)), {&target}, options);
        EXPECT_EQ(record.verdict, Verdict::not_erased) << after;
        ASSERT_FALSE(record.errors.empty()) << after;
        EXPECT_EQ(record.errors.front().os_errno, ENODEV) << after;
        EXPECT_LE(record.coverage.overwritten_bytes, size_bytes);
        EXPECT_EQ(record.steps.size(), record.plan.steps.size());
    }
}

TEST_F(BreakingDrive, that_can_not_be_read_is_overwritten_all_the_same) {
    target_.faults().fail(IoOperation::read, {0, size_bytes}, EIO);
    const WipeRecord record = run();
    EXPECT_EQ(record.verdict, Verdict::not_erased);
    EXPECT_EQ(record.coverage.overwritten_bytes, size_bytes);
    EXPECT_TRUE(left().empty());
}

TEST_F(BreakingDrive, that_turns_read_only_is_not_read_for_hours) {
    target_.faults().fail(IoOperation::write, {2 * mebibyte, size_bytes - 2 * mebibyte}, EROFS);
    bool is_overwriting = false;
    target_.faults().on_submit([&](const IoRequest& request) {
        if (request.operation == IoOperation::write && request.buffer.size() >= mebibyte)
            is_overwriting = true;
        if (request.operation == IoOperation::read && is_overwriting) clock_.advance(std::chrono::minutes(2));
    });
    const WipeRecord record = run();
    EXPECT_TRUE(has_remark(record.remarks, "unwritable-sectors-readable")) << codes(record.remarks);
    const Json& facts = *evidence_of(record, "unwritable-sectors");
    EXPECT_EQ(facts["reading_cut_short"], true) << facts.dump();
    EXPECT_GT(facts["readable_sectors"], 0U);
    EXPECT_LT(facts["readable_sectors"], sectors - 2 * mebibyte / 512);
}

TEST_F(BreakingDrive, that_hangs_for_minutes_and_comes_back_is_cleared) {
    int hangs = 0;
    target_.faults().on_submit([&](const IoRequest& request) {
        if (request.operation != IoOperation::write || request.offset < 12 * mebibyte || hangs > 2) return;
        ++hangs;
        clock_.advance(std::chrono::minutes(7));
    });
    const WipeRecord record = run();
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks) << errors_of(record);
    EXPECT_TRUE(left().empty());
    EXPECT_GE(record.duration_ms, uint64_t{21} * 60 * 1000);
}

TEST_F(BreakingDrive, that_fails_once_it_has_hung_is_tried_again) {
    // As the kernel does it: the requests of a drive that hangs end with an error, and then it is reset.
    int failures = 0;
    target_.faults().on_submit([&](const IoRequest& request) {
        if (request.operation != IoOperation::write || request.offset < 12 * mebibyte || failures == 8)
            return;
        ++failures;
        clock_.advance(std::chrono::seconds(30));
        target_.faults().fail(IoOperation::write, {request.offset, request.buffer.size()}, ETIMEDOUT, 1);
    });
    const WipeRecord record = run();
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks) << errors_of(record);
    EXPECT_TRUE(record.unwritable.empty());
    EXPECT_TRUE(left().empty());
}

TEST_F(BreakingDrive, that_turns_read_only_is_listed_from_there_on_and_never_cleared) {
    for (const int fault : {EROFS, EACCES, EPERM, EIO}) {
        MemoryTarget target(size_bytes);
        target.faults().on_submit([&](const IoRequest& request) {
            if (request.operation == IoOperation::write && request.buffer.size() == mebibyte &&
                request.offset >= 10 * mebibyte)
                target.faults().fail(IoOperation::write, {}, fault);
        });
        PumpLimits limits;
        limits.retries_in_vain = 200;
        WipeRunOptions options{clock_, {}, {}, {}, limits};
        const WipeRecord record = run_wipe(plan_for(hard_disk(size_bytes)), {&target}, options);
        EXPECT_EQ(record.verdict, Verdict::not_erased) << fault;
        const auto said = listed(record);
        const Bytes content = target.medium().bytes(0, size_bytes);
        for (uint64_t sector = 0; sector < sectors; ++sector)
            EXPECT_TRUE(said.contains(sector) ||
                        is_filled_with(ByteView(content).subspan(sector * 512, 512), 0))
                << fault << ": " << sector;
        EXPECT_EQ(said.size() * 512 + record.bytes_written, size_bytes) << "each byte is one or the other";
        EXPECT_EQ((*evidence_of(record, "unwritable-sectors"))["readable_sectors"], said.size());
        EXPECT_GT(record.verification.mismatches, 0U) << "what is left was looked at";
    }
}

TEST_F(BreakingDrive, that_is_read_only_from_the_start_is_not_erased_and_nothing_is_claimed) {
    limits_.retries_in_vain = 200;
    target_.faults().fail(IoOperation::write, {}, EROFS);
    const WipeRecord record = run();
    EXPECT_EQ(record.bytes_written, 0U);
    EXPECT_EQ(record.coverage.overwritten_bytes, 0U);
    EXPECT_TRUE(has_remark(record.remarks, "markers-not-stored")) << codes(record.remarks);
    expect_no_false_word(record);
}

TEST_F(BreakingDrive, that_forgets_what_it_acknowledged_for_a_while_is_found_out) {
    target_.faults().drop_writes({5 * mebibyte, 3 * mebibyte});
    const WipeRecord record = run();
    EXPECT_EQ(record.bytes_written, size_bytes) << "the drive said so";
    EXPECT_EQ(record.verification.mismatches, 3 * mebibyte / 512);
    EXPECT_EQ(record.verdict, Verdict::not_erased);
}

}  // namespace
}  // namespace regain
