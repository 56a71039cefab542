// The methods with several passes: their sequences, the bytes of every pass as they arrive at the drive, and
// what is demanded of all of them.

#include "wiper/overwrite_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/wiper/wipe_fixtures.h"
#include "wiper/wipe_pattern.h"
#include "wiper/wipe_verdict.h"

namespace regain {
namespace {

using testing::ElementsAre;

constexpr uint64_t size_bytes = 3 * mebibyte + 5 * 512;
const char* const with_passes[] = {"dod-5220.22-m", "hmg-is5-enhanced", "bsi-vsitr", "gutmann"};

WipePolicy by(const std::string& method) {
    return {WipeLevel::best, method, {}};
}

WipeRecord run_on(MemoryTarget& target, const WipePlan& plan, PumpLimits limits = {}) {
    const ManualClock clock{WallTime{}};
    WipeRunOptions options{clock, {}, {}, {}, limits};
    return run_wipe(plan, {&target}, options);
}

TEST(OverwritePasses, are_those_that_the_methods_are_known_by) {
    const DriveRecord disk = hard_disk(size_bytes);
    EXPECT_THAT(overwrite_passes("zero", disk), ElementsAre("zero"));
    EXPECT_THAT(overwrite_passes("random", disk), ElementsAre("random"));
    EXPECT_THAT(overwrite_passes("dod-5220.22-m", disk), ElementsAre("zero", "byte-ff", "random"));
    EXPECT_THAT(overwrite_passes("hmg-is5-enhanced", disk), ElementsAre("zero", "byte-ff", "random"));
    EXPECT_THAT(overwrite_passes("bsi-vsitr", disk),
                ElementsAre("zero", "byte-ff", "zero", "byte-ff", "zero", "byte-ff", "byte-aa"));
    EXPECT_TRUE(overwrite_passes("ata-sanitize-block", disk).empty());
}

// The table of the paper, in bytes.
TEST(OverwritePasses,
     of_gutmann_are_four_random_ones_before_and_after_the_27_of_the_paper_in_an_order_of_the_drive) {
    std::vector<std::string> fixed{"zero", "byte-55", "byte-aa", "byte-ff"};
    for (int times = 0; times < 2; ++times)
        for (const char* three : {"bytes-924924", "bytes-492492", "bytes-249249"}) fixed.emplace_back(three);
    for (const char* three : {"bytes-6db6db", "bytes-b6db6d", "bytes-db6db6"}) fixed.emplace_back(three);
    for (const char* byte :
         {"11", "22", "33", "44", "55", "66", "77", "88", "99", "aa", "bb", "cc", "dd", "ee"})
        fixed.push_back(std::string("byte-") + byte);
    ASSERT_EQ(fixed.size(), 27U);

    std::set<std::vector<std::string>> orders;
    for (const char* serial : {"A", "B", "C", "D"}) {
        DriveRecord disk = hard_disk(size_bytes);
        disk.serial = serial;
        const auto passes = overwrite_passes("gutmann", disk);
        ASSERT_EQ(passes.size(), 35U);
        EXPECT_EQ(passes, overwrite_passes("gutmann", disk)) << "the plan is carried out as it was shown";
        for (size_t i = 0; i < 4; ++i) {
            EXPECT_EQ(passes[i], "random");
            EXPECT_EQ(passes[34 - i], "random");
        }
        const std::vector<std::string> middle(passes.begin() + 4, passes.end() - 4);
        EXPECT_TRUE(std::is_permutation(middle.begin(), middle.end(), fixed.begin(), fixed.end()));
        EXPECT_TRUE(are_passes_of("gutmann", passes));
        orders.insert(middle);
    }
    EXPECT_EQ(orders.size(), 4U);
}

TEST(OverwritePasses, of_a_method_are_all_of_them_in_its_order) {
    const DriveRecord disk = hard_disk(size_bytes);
    for (const char* method : with_passes) {
        auto passes = overwrite_passes(method, disk);
        EXPECT_TRUE(are_passes_of(method, passes));
        auto fewer = passes;
        fewer.pop_back();
        EXPECT_FALSE(are_passes_of(method, fewer)) << method;
        std::rotate(passes.begin(), passes.end() - 1, passes.end());
        EXPECT_FALSE(are_passes_of(method, passes)) << method;
    }
    auto moved = overwrite_passes("gutmann", disk);
    std::swap(moved[3], moved[4]);
    EXPECT_FALSE(are_passes_of("gutmann", moved)) << "four random ones come first";
}

TEST(WipePatternNames, are_the_only_ones_that_make_a_pattern) {
    for (const char* name : {"zero", "random", "byte-00", "byte-ff", "bytes-924924"}) {
        const auto pattern = WipePattern::named(name);
        ASSERT_TRUE(pattern) << name;
        EXPECT_EQ(pattern->name(), name);
        EXPECT_EQ(pattern->is_constant(),
                  std::string(name) == "zero" || std::string(name).starts_with("byte-"));
    }
    for (const char* name :
         {"", "byte-", "byte-f", "byte-FF", "byte-ffff", "bytes-9249", "bytes-92492g", "erased"})
        EXPECT_FALSE(WipePattern::named(name)) << name;
}

TEST(WipePattern, of_three_bytes_goes_on_from_any_offset_and_finds_any_wrong_byte) {
    auto pattern = *WipePattern::named("bytes-6db6db");
    const uint8_t unit[] = {0x6d, 0xb6, 0xdb};
    for (const uint64_t offset :
         {uint64_t{0}, uint64_t{512}, uint64_t{1024}, mebibyte, (uint64_t{1} << 44) + 512})
        for (const size_t length : {size_t{1}, size_t{2}, size_t{3}, size_t{4}, size_t{512}, size_t{1537}}) {
            Bytes bytes(length);
            pattern.fill(offset, bytes);
            for (size_t i = 0; i < length; ++i)
                ASSERT_EQ(bytes[i], unit[(offset + i) % 3]) << offset << "+" << i;
            EXPECT_TRUE(pattern.matches(offset, bytes));
            EXPECT_FALSE(pattern.matches(offset + 1, bytes));
            for (const size_t wrong : {size_t{0}, length / 2, length - 1}) {
                Bytes other = bytes;
                other[wrong] ^= 0x01;
                EXPECT_FALSE(pattern.matches(offset, other)) << wrong;
            }
        }
}

// What arrives at the drive, pass by pass: kept apart from the program's own patterns.
class WrittenPasses {
  public:
    explicit WrittenPasses(MemoryTarget& target) {
        target.faults().on_submit([this](const IoRequest& request) {
            if (request.operation == IoOperation::flush) is_after_flush_ = true;
            if (request.operation != IoOperation::write || request.buffer.size() <= 512) return;
            if (is_after_flush_) contents.emplace_back(size_bytes, uint8_t{0x5C});
            is_after_flush_ = false;
            std::copy(request.buffer.begin(), request.buffer.end(),
                      contents.back().begin() + static_cast<std::ptrdiff_t>(request.offset));
        });
    }
    std::vector<Bytes> contents;

  private:
    bool is_after_flush_ = true;
};

/// The named cipher over zeros from the start, by OpenSSL alone.
Bytes stream_of(const Json& facts) {
    Bytes key, iv;
    EXPECT_TRUE(from_hex(facts["key"].get<std::string>(), key) && key.size() == 32);
    EXPECT_TRUE(from_hex(facts["iv"].get<std::string>(), iv) && iv.size() == 16);
    Bytes stream(size_bytes, 0);
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    int length = 0;
    EVP_EncryptInit_ex(context, EVP_get_cipherbyname(facts["cipher"].get<std::string>().c_str()), nullptr,
                       key.data(), iv.data());
    EVP_EncryptUpdate(context, stream.data(), &length, stream.data(), static_cast<int>(stream.size()));
    EVP_CIPHER_CTX_free(context);
    return stream;
}

Bytes repeated(const std::string& digits) {
    Bytes unit;
    EXPECT_TRUE(from_hex(digits, unit));
    Bytes content(size_bytes);
    for (size_t i = 0; i < content.size(); ++i) content[i] = unit[i % unit.size()];
    return content;
}

TEST(NamedMethods, write_each_of_their_passes_over_the_whole_drive_and_leave_each_in_the_evidence) {
    for (const char* method : with_passes) {
        MemoryTarget target(size_bytes);
        WrittenPasses written(target);
        const WipePlan plan = plan_for(hard_disk(size_bytes), by(method));
        const WipeRecord record = run_on(target, plan);
        EXPECT_EQ(record.verdict, Verdict::cleared) << method << codes(record.remarks) << errors_of(record);
        EXPECT_TRUE(has_remark(record.remarks, "more-passes-add-nothing"));
        EXPECT_TRUE(has_remark(plan.remarks, "more-passes-add-nothing"));

        std::vector<Json> patterns;
        for (const EvidenceItem& item : record.evidence)
            if (item.kind == "pattern") patterns.push_back(item.facts);
        const auto passes = overwrite_passes(method, plan.drive);
        ASSERT_EQ(patterns.size(), passes.size()) << method;
        ASSERT_EQ(written.contents.size(), passes.size()) << method;
        std::set<std::string> keys;
        size_t random_ones = 0;
        for (size_t i = 0; i < passes.size(); ++i) {
            EXPECT_EQ(patterns[i]["pattern"], passes[i]);
            EXPECT_EQ(patterns[i]["pass"], i + 1);
            const bool is_random = passes[i] == "random";
            if (is_random) keys.insert(patterns[i]["key"].get<std::string>());
            random_ones += is_random ? 1 : 0;
            const Bytes expected = is_random ? stream_of(patterns[i])
                                   : passes[i] == "zero"
                                       ? repeated("00")
                                       : repeated(passes[i].substr(passes[i].find('-') + 1));
            EXPECT_TRUE(written.contents[i] == expected) << method << ", pass " << i + 1 << ": " << passes[i];
        }
        EXPECT_EQ(keys.size(), random_ones) << "each pass has a key of its own";
        EXPECT_TRUE(target.medium().bytes(0, size_bytes) == written.contents.back());

        EXPECT_EQ(record.bytes_written, passes.size() * size_bytes);
        EXPECT_EQ(record.coverage.overwritten_bytes, size_bytes) << "no byte counts twice";
        EXPECT_EQ(record.verification.pattern, passes.back());
        EXPECT_EQ(record.verification.bytes_read, size_bytes);
        EXPECT_TRUE(canonical_json(to_json(record)).ok());
        const auto again = wipe_record_from_json(to_json(record));
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(judge_wipe(*again).verdict, Verdict::cleared);
    }
}

TEST(NamedMethods, flush_after_each_pass) {
    for (const char* method : with_passes) {
        const WipePlan plan = plan_for(hard_disk(size_bytes), by(method));
        for (size_t i = 0; i < plan.steps.size(); ++i)
            if (plan.steps[i].step == "overwrite") {
                EXPECT_EQ(plan.steps.at(i + 1).step, "flush") << method << i;
            }
    }
}

TEST(NamedMethods, take_as_many_times_as_long_as_they_have_passes) {
    const DriveCapabilities asked = [] {
        DriveCapabilities capabilities = capabilities_of(hard_disk(uint64_t{500} << 30));
        capabilities.mmc.emplace();
        return capabilities;
    }();
    const auto once = plan_wipe(asked, by("zero"));
    const auto often = plan_wipe(asked, by("bsi-vsitr"));
    ASSERT_TRUE(once.ok() && often.ok());
    ASSERT_TRUE(once->expected.minutes && often->expected.minutes);
    EXPECT_EQ(*often->expected.minutes, 7 * *once->expected.minutes);
    for (const RejectedMethod& rejected : once->rejected)
        if (rejected.method == "gutmann") {
            EXPECT_EQ(rejected.expected.minutes, 35 * *once->expected.minutes);
        }
}

TEST(NamedMethods, are_chosen_by_no_policy_and_say_why) {
    for (const WipeLevel level : {WipeLevel::best, WipeLevel::clear}) {
        const WipePlan plan = plan_for(hard_disk(size_bytes), {level, "", {}});
        EXPECT_FALSE(has_several_passes(plan.method));
        for (const char* method : with_passes)
            EXPECT_TRUE(std::any_of(plan.rejected.begin(), plan.rejected.end(),
                                    [&](const RejectedMethod& rejected) {
                                        return rejected.method == method &&
                                               rejected.reason.code == "only-where-asked-for";
                                    }))
                << method;
    }
}

TEST(NamedMethods, purge_nothing) {
    for (const char* method : with_passes) {
        EXPECT_EQ(plan_for(hard_disk(size_bytes), by(method)).level, Verdict::cleared);
        const auto purge = plan_wipe(capabilities_of(hard_disk(size_bytes)), {WipeLevel::purge, method, {}});
        ASSERT_FALSE(purge.ok()) << method;
        EXPECT_EQ(purge.error().kind, ErrorKind::refused);
    }
}

TEST(NamedMethods, that_include_reading_back_are_refused_without) {
    for (const char* method : with_passes) {
        const auto plan =
            plan_wipe(capabilities_of(hard_disk(size_bytes)), {WipeLevel::best, method, VerifyKind::none});
        EXPECT_EQ(plan.ok(), !includes_reading_back(method)) << method;
        if (!plan.ok()) {
            EXPECT_EQ(plan.error().kind, ErrorKind::usage);
        }
    }
    MemoryTarget target(size_bytes);
    WipeRecord record = run_on(target, plan_for(hard_disk(size_bytes), by("dod-5220.22-m")));
    record.plan.policy.verify = VerifyKind::none;
    record.plan.steps.pop_back();
    record.steps.pop_back();
    record.verification = {"none", "", 0, 0, 0, 0, 0, "direct", false};
    record.coverage.verified_bytes = 0;
    EXPECT_TRUE(has_remark(judge_wipe(record).remarks, "plan-incomplete"));
}

TEST(NamedMethods, are_not_done_when_anything_of_a_pass_is_missing) {
    MemoryTarget target(size_bytes);
    const WipeRecord good = run_on(target, plan_for(hard_disk(size_bytes), by("bsi-vsitr")));
    ASSERT_EQ(judge_wipe(good).verdict, Verdict::cleared);
    const std::map<std::string, std::function<void(WipeRecord&)>> flaws{
        {"steps-missing", [](WipeRecord& r) { r.steps.erase(r.steps.begin() + 5, r.steps.begin() + 7); }},
        {"plan-incomplete",
         [](WipeRecord& r) {
             r.steps.erase(r.steps.begin() + 5, r.steps.begin() + 7);
             r.plan.steps.erase(r.plan.steps.begin() + 5, r.plan.steps.begin() + 7);
             r.bytes_written -= size_bytes;
         }},
        {"step-not-done", [](WipeRecord& r) { r.steps[5].result = "skipped"; }},
        {"not-fully-overwritten", [](WipeRecord& r) { r.steps[5].bytes -= 512, r.steps[7].bytes += 512; }},
        {"patterns-unknown",
         [](WipeRecord& r) {
             for (auto item = r.evidence.begin(); item != r.evidence.end(); ++item)
                 if (item->kind == "pattern") return void(r.evidence.erase(item));
         }},
        {"block-counters-too-low",
         [](WipeRecord& r) {
             for (EvidenceItem& item : r.evidence)
                 if (item.kind == "block-counters")
                     item.facts["written_sectors_after"] =
                         item.facts["written_sectors_before"].get<uint64_t>() + 6 * size_bytes / 512;
         }},
        {"verification-unknown", [](WipeRecord& r) { r.verification.pattern = "bsi-vsitr"; }},
    };
    for (const auto& [code, spoil] : flaws) {
        WipeRecord record = good;
        spoil(record);
        const Judgement judgement = judge_wipe(record);
        EXPECT_EQ(judgement.verdict, Verdict::not_erased) << code;
        EXPECT_TRUE(has_remark(judgement.remarks, code)) << code << ": " << codes(judgement.remarks);
    }
}

TEST(NamedMethods, list_what_one_pass_could_not_write_once_and_know_what_another_one_could) {
    MemoryTarget target(size_bytes);
    // The drive replaces the first bad sector after the first pass; the other one stays bad.
    const FaultyRange replaced{mebibyte + 512, 512};
    size_t flushes = 0;
    target.faults().on_submit([&](const IoRequest& request) {
        if (request.operation == IoOperation::flush) ++flushes;
        if (request.operation == IoOperation::write && flushes == 1 && replaced.touches(request))
            target.faults().fail(IoOperation::write, replaced, EIO, 1);
    });
    target.faults().fail(IoOperation::write, {2 * mebibyte, 512}, EIO);
    const WipeRecord record = run_on(target, plan_for(hard_disk(size_bytes), by("dod-5220.22-m")));
    EXPECT_EQ(record.verdict, Verdict::not_erased);
    const uint64_t first = mebibyte / 512 + 1, second = 2 * mebibyte / 512;
    EXPECT_EQ(record.unwritable, (std::vector<LbaRange>{{first, first, ""}, {second, second, ""}}));
    EXPECT_EQ((*evidence_of(record, "unwritable-sectors"))["sectors"], 2U);
    EXPECT_EQ((*evidence_of(record, "unwritable-sectors"))["readable_sectors"], 1U)
        << "only the one that no pass could write";
    EXPECT_EQ(record.coverage.overwritten_bytes, size_bytes - 512);
    EXPECT_EQ(record.bytes_written, 3 * size_bytes - 4 * 512);
}

TEST(NamedMethods, tell_the_progress_over_all_passes) {
    MemoryTarget target(size_bytes);
    const ManualClock clock{WallTime{}};
    uint64_t total = 0, done_bytes = 0;
    WipeRunOptions options{clock, {}, {}, {}, {}};
    options.on_progress = [&](const WipeProgress& progress) {
        total = progress.plan_bytes_total;
        EXPECT_GE(progress.plan_bytes_done, done_bytes);
        done_bytes = progress.plan_bytes_done;
    };
    run_wipe(plan_for(hard_disk(size_bytes), by("bsi-vsitr")), {&target}, options);
    EXPECT_EQ(total, 8 * size_bytes) << "seven passes and reading back";
    EXPECT_EQ(done_bytes, total);
}

}  // namespace
}  // namespace regain
