#include "wiper/wipe_run.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/wiper/wipe_fixtures.h"
#include "wiper/random_stream.h"
#include "wiper/wipe_verdict.h"

namespace regain {
namespace {

constexpr uint64_t size_bytes = 24 * mebibyte + 3 * 512;

class WipeRunOnMemory : public testing::Test {
  protected:
    WipeRecord run(const WipePolicy& policy = {}) { return run(plan_for(hard_disk(size_bytes), policy)); }
    WipeRecord run(const WipePlan& plan) {
        WipeRunOptions options{clock_, stop_.get_token(), on_progress_, {}, limits_};
        return run_wipe(plan, {&target_}, options);
    }
    void expect_not_erased(const WipeRecord& record, const std::string& code) {
        EXPECT_EQ(record.verdict, Verdict::not_erased);
        EXPECT_TRUE(has_remark(record.remarks, code)) << codes(record.remarks) << errors_of(record);
        const auto again = wipe_record_from_json(to_json(record));
        EXPECT_TRUE(again.ok());
    }

    ManualClock clock_{WallTime{}};
    std::stop_source stop_;
    MemoryTarget target_{size_bytes};
    PumpLimits limits_;
    std::function<void(const WipeProgress&)> on_progress_;
};

using WipeRun = WipeRunOnMemory;

TEST_F(WipeRun, clears_a_healthy_disk_with_zeros) {
    const WipeRecord record = run();
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks) << errors_of(record);
    EXPECT_EQ(record.bytes_written, size_bytes);
    EXPECT_EQ(record.coverage.overwritten_bytes, size_bytes);
    EXPECT_EQ(record.verification.bytes_read, size_bytes);
    EXPECT_EQ(record.verification.read_path, "direct");
    EXPECT_EQ(target_.medium().bytes(0, size_bytes), Bytes(size_bytes, 0));
    EXPECT_GE(target_.memory().flushes(), 2U);
    EXPECT_GE(target_.proofs(), 2);
    EXPECT_TRUE(canonical_json(to_json(record)).ok()) << "no floating point";
}

TEST_F(WipeRun, clears_with_random_data_that_can_be_checked_again_from_the_key) {
    const WipeRecord record = run({WipeLevel::best, "random", {}});
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
    const Json* facts = evidence_of(record, "pattern");
    ASSERT_NE(facts, nullptr);
    Bytes key_bytes, iv;
    ASSERT_TRUE(from_hex((*facts)["key"].get<std::string>(), key_bytes));
    ASSERT_TRUE(from_hex((*facts)["iv"].get<std::string>(), iv));
    RandomStream::Key key;
    std::copy(key_bytes.begin(), key_bytes.end(), key.key.begin());
    std::copy(iv.begin(), iv.begin() + 8, key.nonce.begin());
    RandomStream stream(key);
    for (const uint64_t offset : {uint64_t{0}, 3 * mebibyte + 512, size_bytes - 512}) {
        Bytes expected(512);
        stream.fill(offset, expected);
        EXPECT_EQ(target_.medium().bytes(offset, 512), expected) << offset;
    }
}

TEST_F(WipeRun, completions_may_come_in_any_order) {
    MemoryTarget reversed(size_bytes, 0xA5, {512, 16, true, CompletionOrder::reversed});
    const WipeRunOptions options{clock_, {}, {}, {}, {}};
    const WipeRecord record =
        run_wipe(plan_for(hard_disk(size_bytes), {WipeLevel::best, "random", {}}), {&reversed}, options);
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
}

TEST_F(WipeRun, verifies_by_sample_and_says_what_that_proves) {
    const uint64_t large = uint64_t{4} << 30;
    MemoryTarget target(large, 0);
    const WipeRunOptions options{clock_, {}, {}, {}, {}};
    WipePlan plan = plan_for(hard_disk(large), {WipeLevel::clear, "zero", VerifyKind::sample});
    // A sparse drive of zeros in memory: the overwrite itself would fill it, so it is left out; the verdict
    // notices.
    std::erase_if(plan.steps, [](const WipeStep& step) { return step.step == "overwrite"; });
    const WipeRecord record = run_wipe(plan, {&target}, options);
    EXPECT_TRUE(record.verification.completed);
    EXPECT_GE(record.verification.sample_share_ppm, 10'000U);
    EXPECT_EQ(record.verification.sample_count, 16384U);
    EXPECT_GT(record.verification.detectable_leftover_bytes, 4096U);
    EXPECT_LT(record.verification.detectable_leftover_bytes, large / 1000);
    expect_not_erased(record, "not-fully-overwritten");
    EXPECT_TRUE(has_remark(record.remarks, "plan-incomplete"));
    EXPECT_TRUE(has_remark(record.remarks, "markers-still-there"));
}

TEST_F(WipeRun, without_verification_looks_only_for_the_markers) {
    const WipeRecord record = run({WipeLevel::clear, "", VerifyKind::none});
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
    EXPECT_EQ(record.verification.kind, "none");
    EXPECT_EQ(record.verification.bytes_read, 0U);
    EXPECT_TRUE(has_remark(record.remarks, "only-markers-verified"));
}

TEST_F(WipeRun, a_drive_that_drops_every_write_is_not_erased) {
    target_.faults().drop_writes({});
    const WipeRecord record = run();
    expect_not_erased(record, "markers-not-stored");
    EXPECT_TRUE(has_remark(record.remarks, "mismatches"));
}

TEST_F(WipeRun, a_drive_that_drops_writes_and_reads_as_zero_is_not_erased) {
    MemoryTarget empty(size_bytes, 0);
    empty.faults().drop_writes({});
    const WipeRunOptions options{clock_, {}, {}, {}, {}};
    const WipeRecord record = run_wipe(plan_for(hard_disk(size_bytes)), {&empty}, options);
    EXPECT_EQ(record.verification.mismatches, 0U);
    expect_not_erased(record, "markers-not-stored");
}

TEST_F(WipeRun, one_stuck_sector_is_a_mismatch) {
    target_.faults().corrupt_reads({5 * mebibyte + 512, 512}, 0xFF);
    const WipeRecord record = run();
    EXPECT_EQ(record.verification.mismatches, 1U);
    expect_not_erased(record, "mismatches");
    const Json* facts = evidence_of(record, "read-back");
    ASSERT_NE(facts, nullptr);
    EXPECT_EQ((*facts)["first_mismatching_lbas"], Json::array({(5 * mebibyte + 512) / 512}));
}

TEST_F(WipeRun, one_write_that_was_only_acknowledged_is_found_in_all_its_sectors) {
    target_.faults().drop_writes({5 * mebibyte + 512, 512});
    const WipeRecord record = run();
    EXPECT_EQ(record.bytes_written, size_bytes) << "the drive said so";
    EXPECT_EQ(record.verification.mismatches, mebibyte / 512);
    expect_not_erased(record, "mismatches");
}

TEST_F(WipeRun, one_wrong_bit_anywhere_is_found_by_full_verification) {
    for (const uint64_t position :
         {uint64_t{0}, mebibyte - 1, mebibyte, 17 * mebibyte + 12345, size_bytes - 1}) {
        MemoryTarget target(size_bytes);
        target.faults().corrupt_reads({position, 1}, 0x01);
        const WipeRunOptions options{clock_, {}, {}, {}, {}};
        for (const char* method : {"zero", "random"}) {
            const WipeRecord record =
                run_wipe(plan_for(hard_disk(size_bytes), {WipeLevel::best, method, {}}), {&target}, options);
            EXPECT_EQ(record.verdict, Verdict::not_erased) << method << position;
            EXPECT_EQ(record.verification.mismatches, 1U) << method << position;
        }
    }
}

TEST_F(WipeRun, records_the_ranges_that_can_not_be_written_and_goes_on) {
    target_.faults().fail(IoOperation::write, {3 * mebibyte + 1024, 1536}, EIO);
    target_.faults().fail(IoOperation::write, {size_bytes - 512, 512}, EIO);
    const WipeRecord record = run();
    const uint64_t first = (3 * mebibyte + 1024) / 512;
    ASSERT_EQ(record.unwritable.size(), 2U) << errors_of(record);
    EXPECT_EQ(record.unwritable[0], (LbaRange{first, first + 2, ""}));
    EXPECT_EQ(record.unwritable[1], (LbaRange{size_bytes / 512 - 1, size_bytes / 512 - 1, ""}));
    EXPECT_EQ(record.bytes_written, size_bytes - 2048);
    EXPECT_EQ(result_of(record, "overwrite"), "failed");
    EXPECT_EQ(record.verification.bytes_read, size_bytes) << "what can be verified is";
    expect_not_erased(record, "unwritable-sectors");
    EXPECT_TRUE(has_remark(record.remarks, "not-fully-overwritten"));
}

TEST_F(WipeRun, a_write_that_fails_once_is_tried_again) {
    // Not where a marker lies: the first request that touches it is the overwrite's.
    int writes = 0;
    target_.faults().on_submit([&](const IoRequest& request) {
        if (request.operation == IoOperation::write && request.buffer.size() == mebibyte && writes++ == 5)
            target_.faults().fail(IoOperation::write, {request.offset, mebibyte}, EIO, 1);
    });
    const WipeRecord record = run();
    EXPECT_GT(writes, 5);
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
    EXPECT_TRUE(record.unwritable.empty());
}

TEST_F(WipeRun, a_short_write_is_an_error) {
    target_.faults().shorten(IoOperation::write, {4 * mebibyte, 512}, 0);
    const WipeRecord record = run();
    expect_not_erased(record, "unwritable-sectors");
}

TEST_F(WipeRun, unreadable_sectors_are_mismatches) {
    target_.faults().fail(IoOperation::read, {9 * mebibyte, 1024}, EIO);
    const WipeRecord record = run();
    EXPECT_EQ(record.verification.mismatches, 2U);
    EXPECT_EQ(record.verification.bytes_read, size_bytes - 1024);
    expect_not_erased(record, "mismatches");
    EXPECT_EQ((*evidence_of(record, "read-back"))["unreadable_sectors"], 2U);
}

TEST_F(WipeRun, a_drive_that_vanishes_ends_the_run_with_an_error) {
    target_.faults().disappear_after(2100);
    const WipeRecord record = run();
    ASSERT_FALSE(record.errors.empty());
    EXPECT_EQ(record.errors.front().os_errno, ENODEV);
    EXPECT_LT(record.bytes_written, size_bytes);
    EXPECT_EQ(result_of(record, "verify"), "skipped");
    expect_not_erased(record, "errors");
}

TEST_F(WipeRun, overwrites_what_it_can_of_a_drive_whose_half_is_dead) {
    limits_.retries_in_vain = 100;
    constexpr uint64_t half = 12 * mebibyte;
    target_.faults().fail(IoOperation::write, {half, UINT64_MAX}, EIO);
    const WipeRecord record = run();
    ASSERT_EQ(record.unwritable.size(), 1U) << errors_of(record);
    EXPECT_EQ(record.unwritable[0], (LbaRange{half / 512, size_bytes / 512 - 1, ""}));
    EXPECT_EQ(record.bytes_written, half);
    expect_not_erased(record, "unwritable-sectors");
}

TEST_F(WipeRun, says_what_can_still_be_read_where_nothing_can_be_written) {
    target_.faults().fail(IoOperation::write, {3 * mebibyte, 2048}, EIO);
    target_.faults().fail(IoOperation::read, {3 * mebibyte + 1024, 1024}, EIO);
    const WipeRecord record = run();
    const Json& found = *evidence_of(record, "unwritable-sectors");
    EXPECT_EQ(found["sectors"], 4U);
    EXPECT_EQ(found["readable_sectors"], 2U);
    EXPECT_EQ(found["first_readable_lbas"], Json::array({3 * mebibyte / 512, 3 * mebibyte / 512 + 1}));
    EXPECT_EQ(found["retries_cut_short"], false);
    expect_not_erased(record, "unwritable-sectors-readable");
}

TEST_F(WipeRun, waits_for_a_drive_that_is_too_hot_and_says_so) {
    double degrees = 59;
    WipeRunOptions options{clock_, {}, {}, {}, {}};
    options.temperature = [&] {
        degrees += degrees < 60 ? 1 : -4;
        return DriveTemperature{degrees, 60, {}};
    };
    std::chrono::milliseconds waited{0};
    options.wait = [&](std::chrono::milliseconds length, const std::stop_token&) {
        waited += length;
        clock_.advance(length);
        return true;
    };
    uint64_t said_cooling = 0;
    bool is_cooling = false;
    options.on_progress = [&](const WipeProgress& progress) {
        is_cooling = progress.is_cooling;
        if (is_cooling) ++said_cooling;
    };
    const WipeRecord record = run_wipe(plan_for(hard_disk(size_bytes)), {&target_}, options);
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
    EXPECT_GE(waited, std::chrono::seconds(10));
    EXPECT_GE(said_cooling, 1U) << "the operator would take it for stuck";
    EXPECT_FALSE(is_cooling) << "it went on";
    const Json& heat = *evidence_of(record, "temperature");
    EXPECT_EQ(heat["highest_millicelsius"], 60000);
    EXPECT_EQ(heat["pauses"], 1U);
    EXPECT_EQ(heat["limit_millicelsius"], 60000);
    EXPECT_TRUE(canonical_json(to_json(record)).ok());
}

TEST_F(WipeRun, gives_up_when_everything_fails) {
    limits_.retries_in_vain = 100;
    target_.faults().on_submit([&](const IoRequest& request) {
        // The markers' writes are small.
        if (request.operation == IoOperation::write && request.buffer.size() == mebibyte)
            target_.faults().fail(IoOperation::write, {0, UINT64_MAX}, EIO);
    });
    const WipeRecord record = run();
    ASSERT_FALSE(record.errors.empty());
    EXPECT_EQ(record.errors.front().os_errno, EIO);
    EXPECT_FALSE(record.errors.front().advice.empty());
    EXPECT_EQ(result_of(record, "verify"), "skipped");
    expect_not_erased(record, "errors");
}

TEST_F(WipeRun, gives_up_after_too_long_without_success) {
    target_.faults().fail(IoOperation::write, {8 * mebibyte, UINT64_MAX}, EIO);
    target_.faults().on_submit([&](const IoRequest& request) {
        if (request.offset >= 8 * mebibyte && request.operation == IoOperation::write)
            clock_.advance(std::chrono::minutes(10));
    });
    const WipeRecord record = run();
    ASSERT_FALSE(record.errors.empty());
    EXPECT_EQ(result_of(record, "overwrite"), "failed");
    EXPECT_EQ(result_of(record, "verify"), "skipped");
}

TEST_F(WipeRun, a_failed_flush_is_no_success) {
    target_.faults().fail_flush(EIO, 1);
    expect_not_erased(run(), "step-not-done");
}

TEST_F(WipeRun, flushes_before_it_reads_so_that_a_volatile_cache_loses_nothing) {
    target_.faults().use_volatile_cache();
    const WipeRecord record = run();
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
    target_.faults().cut_power();
    EXPECT_EQ(target_.medium().bytes(0, size_bytes), Bytes(size_bytes, 0));
}

TEST_F(WipeRun, is_interrupted_where_it_is_told_to_stop) {
    on_progress_ = [&](const WipeProgress& progress) {
        if (progress.step == "overwrite" && progress.bytes_done > 10 * mebibyte) stop_.request_stop();
    };
    target_.faults().on_submit([&](const IoRequest&) { clock_.advance(std::chrono::milliseconds(600)); });
    const WipeRecord record = run();
    EXPECT_TRUE(record.interrupted);
    EXPECT_GT(record.bytes_written, 10 * mebibyte);
    EXPECT_LT(record.bytes_written, size_bytes);
    EXPECT_EQ(result_of(record, "overwrite"), "interrupted");
    EXPECT_EQ(result_of(record, "verify"), "skipped");
    expect_not_erased(record, "interrupted");
}

TEST_F(WipeRun, writes_nothing_when_it_is_stopped_before_the_start) {
    stop_.request_stop();
    const WipeRecord record = run();
    EXPECT_TRUE(record.interrupted);
    EXPECT_EQ(target_.memory().bytes_written(), 0U);
    expect_not_erased(record, "interrupted");
}

TEST_F(WipeRun, writes_nothing_to_another_drive) {
    target_.fail_identity_from(1);
    const WipeRecord record = run();
    EXPECT_EQ(target_.memory().bytes_written(), 0U);
    ASSERT_EQ(record.errors.size(), 1U);
    EXPECT_EQ(record.errors[0].kind, ErrorKind::refused);
    expect_not_erased(record, "identity-not-proven-before");
}

TEST_F(WipeRun, writes_nothing_when_the_size_is_not_the_planned_one) {
    const WipeRecord record = run(plan_for(hard_disk(size_bytes * 2)));
    EXPECT_EQ(target_.memory().bytes_written(), 0U);
    expect_not_erased(record, "errors");
}

TEST_F(WipeRun, is_not_erased_when_the_drive_was_swapped_meanwhile) {
    target_.fail_identity_from(2);
    expect_not_erased(run(), "identity-not-proven-after");
}

TEST_F(WipeRun, believes_the_block_layers_counters) {
    target_.count_only_half();
    expect_not_erased(run(), "block-counters-too-low");
    MemoryTarget counting(size_bytes);
    counting.count_nothing();
    const WipeRunOptions options{clock_, {}, {}, {}, {}};
    EXPECT_EQ(run_wipe(plan_for(hard_disk(size_bytes)), {&counting}, options).verdict, Verdict::cleared)
        << "files have no counters";
}

TEST_F(WipeRun, a_real_drive_must_be_read_from_the_medium) {
    MemoryTarget cached(size_bytes, 0xA5, {512, 16, false, CompletionOrder::as_submitted});
    const WipeRunOptions options{clock_, {}, {}, {}, {}};
    const WipeRecord record = run_wipe(plan_for(hard_disk(size_bytes)), {&cached}, options);
    EXPECT_EQ(record.verification.read_path, "page-cache");
    expect_not_erased(record, "read-back-from-cache");
    DriveRecord file = hard_disk(size_bytes);
    file.bus = Bus::virtual_drive;
    MemoryTarget cached_file(size_bytes, 0xA5, {512, 16, false, CompletionOrder::as_submitted});
    const WipeRecord of_file = run_wipe(plan_for(file), {&cached_file}, options);
    EXPECT_EQ(of_file.verdict, Verdict::cleared) << codes(of_file.remarks);
    EXPECT_TRUE(has_remark(of_file.remarks, "read-back-through-page-cache"));
}

TEST_F(WipeRun, erases_every_namespace_of_a_drive) {
    DriveRecord drive = hard_disk(size_bytes);
    drive.nodes.push_back({"/dev/nvme0n2", "namespace", 4 * mebibyte, 9});
    MemoryTarget second(4 * mebibyte);
    const WipeRunOptions options{clock_, {}, {}, {}, {}};
    const WipeRecord record = run_wipe(plan_for(drive), {&target_, &second}, options);
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
    EXPECT_EQ(record.bytes_written, size_bytes + 4 * mebibyte);
    EXPECT_EQ(second.medium().bytes(0, 4 * mebibyte), Bytes(4 * mebibyte, 0));
    EXPECT_EQ(run_wipe(plan_for(drive), {&target_}, options).verdict, Verdict::not_erased);
}

TEST_F(WipeRun, one_bad_namespace_spoils_the_drive) {
    DriveRecord drive = hard_disk(size_bytes);
    drive.nodes.push_back({"/dev/nvme0n2", "namespace", 4 * mebibyte, 9});
    MemoryTarget second(4 * mebibyte);
    second.faults().drop_writes({mebibyte, 512});
    const WipeRunOptions options{clock_, {}, {}, {}, {}};
    const WipeRecord record = run_wipe(plan_for(drive), {&target_, &second}, options);
    expect_not_erased(record, "mismatches");
}

TEST_F(WipeRun, holds_little_memory_whatever_the_drive_does) {
    uint64_t largest = 0;
    size_t most = 0;
    target_.faults().on_submit([&](const IoRequest& request) {
        largest = std::max<uint64_t>(largest, request.buffer.size());
        EXPECT_LE(target_.io().in_flight(), 32U);
        if (request.buffer.size() > 65536) most = std::max(most, target_.io().in_flight());
    });
    run();
    EXPECT_LE(largest, mebibyte);
    EXPECT_LE(most, 8U);
    EXPECT_GE(most, 7U) << "several requests are in flight";
}

TEST_F(WipeRun, names_what_was_not_examined) {
    WipePlan plan = plan_for(hard_disk(size_bytes));
    EXPECT_TRUE(has_remark(run(plan).coverage.not_examined, "hidden-areas"));
    EXPECT_TRUE(has_remark(run(plan).coverage.not_examined, "reallocated-sectors"));
    plan.reallocated_sectors = 5;
    const WipeRecord counted = run(plan);
    EXPECT_EQ(counted.coverage.reallocated_sectors, 5U);
    EXPECT_TRUE(has_remark(counted.remarks, "reallocated-sectors-not-reached"));
    EXPECT_EQ(counted.verdict, Verdict::cleared) << codes(counted.remarks);
}

}  // namespace
}  // namespace regain
