// The journal of a wipe: what is written comes back, what was torn is left out, and nothing else is believed.
// And where a wipe goes on from it.

#include "wiper/wipe_journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "tests/unit/wiper/wipe_fixtures.h"
#include "wiper/journal_writer.h"
#include "wiper/range_set.h"
#include "wiper/resume_check.h"
#include "wiper/resume_evidence.h"
#include "wiper/resume_point.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t size_bytes = 64 * mebibyte;

JournaledStep ended(const WipePlan& plan, size_t number, const std::string& result = "done") {
    JournaledStep step;
    step.result = {
        plan.steps[number].step, result, "2026-11-23T00:00:00Z", "2026-11-23T00:00:01Z", 1000, 4096, {}, ""};
    step.counted_sectors = 10 * (number + 1);
    if (plan.steps[number].step == "check-markers") {
        const MarkerSet markers = MarkerSet::choose({size_bytes, 512, 512}, 16, RandomStream::fresh());
        step.markers = MarkerNote{markers.key(), markers.places(), markers.facts()};
    }
    if (plan.steps[number].step == "overwrite")
        step.overwrite = OverwriteEnd{{{512, 512}}, {{mebibyte, mebibyte}}, {}};
    if (plan.steps[number].step == "verify") step.read_back = ReadBack{};
    return step;
}

/// With so many steps behind it.
WipeJournalContent content_with(size_t steps, const WipePolicy& policy = {WipeLevel::clear, "random", {}}) {
    WipeJournalContent content;
    content.started = "2026-11-23T00:00:00Z";
    content.plan = plan_for(hard_disk(size_bytes), policy);
    for (size_t i = 0; i < steps; ++i) content.steps.push_back(ended(content.plan, i));
    return content;
}

WipeMark mark_at(uint64_t offset) {
    return {{{4096, 512}, {offset, size_bytes - offset}}, {{offset - mebibyte, mebibyte}}, 5000, 77, {}};
}

TEST(WipeJournal, says_what_was_written_to_it) {
    WipeJournalContent content = content_with(5);
    content.streams[3] = RandomStream::fresh().key();
    content.streams[3].cipher = RandomStream::Cipher::chacha20;
    content.streams[4] = RandomStream::fresh().key();
    content.streams[4].cipher = RandomStream::Cipher::aes_256_ctr;
    content.marks[3] = mark_at(8 * mebibyte);
    content.resumptions.push_back(Json{{"run", 1}, {"completed", "yes"}});
    const std::string text = wipe_journal_text(content);
    const auto again = parse_wipe_journal(text, "it");
    ASSERT_TRUE(again.ok()) << in_english(again.error());
    EXPECT_EQ(wipe_journal_text(*again), text);
    for (const size_t step : {size_t{3}, size_t{4}}) {
        EXPECT_EQ(again->streams.at(step).key, content.streams.at(step).key);
        EXPECT_EQ(again->streams.at(step).cipher, content.streams.at(step).cipher)
            << "another stream would be written on, and not be found";
    }
    EXPECT_EQ(again->marks.at(3).remaining, content.marks.at(3).remaining);
    EXPECT_EQ(again->steps[2].markers->places, content.steps[2].markers->places);
    EXPECT_EQ(again->steps[2].markers->facts, content.steps[2].markers->facts);
}

TEST(WipeJournal, leaves_out_a_last_line_that_was_torn_wherever_that_was) {
    const WipeJournalContent content = content_with(3);
    const std::string whole = wipe_journal_text(content);
    const std::string line = mark_line(3, mark_at(8 * mebibyte));
    for (size_t length = 0; length <= line.size(); ++length) {
        const auto read = parse_wipe_journal(whole + line.substr(0, length), "it");
        ASSERT_TRUE(read.ok()) << length;
        EXPECT_EQ(read->marks.size(), length + 1 >= line.size() ? 1U : 0U) << length;
        std::string zeros = line.substr(0, length);
        zeros.resize(line.size(), '\0');
        EXPECT_TRUE(parse_wipe_journal(whole + zeros, "it").ok()) << length;
    }
}

TEST(WipeJournal, believes_nothing_that_was_changed) {
    const std::string whole = wipe_journal_text(content_with(3)) + mark_line(3, mark_at(8 * mebibyte)) +
                              mark_line(3, mark_at(9 * mebibyte));
    const size_t first_line = whole.find('\n');
    const size_t last_line = whole.rfind('\n', whole.size() - 2);
    for (size_t at = 0; at < last_line; at += 7) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto read = parse_wipe_journal(changed, "it");
        ASSERT_FALSE(read.ok()) << at;
        EXPECT_EQ(read.error().kind, ErrorKind::untrusted) << at;
    }
    EXPECT_FALSE(parse_wipe_journal("", "it").ok());
    EXPECT_FALSE(parse_wipe_journal(whole.substr(0, first_line - 1), "it").ok());
    // A line that is left out, and one that comes twice.
    const size_t second = whole.find('\n', first_line + 1);
    EXPECT_FALSE(parse_wipe_journal(whole.substr(0, first_line + 1) + whole.substr(second + 1), "it").ok());
}

TEST(WipeJournal, lies_in_a_file_that_nobody_else_reads) {
    const fs::path directory =
        fs::path(testing::TempDir()) / ("regain-journal-" + std::to_string(::getpid()));
    const WipeJournalContent content = content_with(2);
    const fs::path file = wipe_journal_file(directory, content.plan);
    EXPECT_EQ(file.extension(), ".jsonl");
    const ManualClock clock{WallTime{}};
    DurableJournalFile durable(file);
    JournalWriter writer(durable, clock);
    ASSERT_TRUE(writer.begin(content).ok());
    writer.note_step(ended(content.plan, 2));
    ASSERT_TRUE(writer.is_at_work());
    const auto read = read_wipe_journal(file);
    ASSERT_TRUE(read.ok()) << in_english(read.error());
    EXPECT_EQ(read->steps.size(), 3U);
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_TRUE(remove_wipe_journal(file).ok());
    EXPECT_FALSE(path_exists(file));
    EXPECT_TRUE(remove_wipe_journal(file).ok()) << "there is none";
    fs::remove_all(directory);
}

TEST(WipeJournal, that_can_not_be_written_is_given_up_and_said_once) {
    const ManualClock clock{WallTime{}};
    DurableJournalFile nowhere("/proc/no-such-directory/journal.jsonl");
    JournalWriter writer(nowhere, clock);
    EXPECT_TRUE(writer.begin(content_with(0)).ok()) << "there is none that could be false";
    EXPECT_FALSE(writer.is_at_work());
    writer.note_step(ended(content_with(0).plan, 0));
    EXPECT_TRUE(writer.take_failure());
    EXPECT_FALSE(writer.take_failure());
}

/// A full or broken disk.
class StuckJournalFile final : public JournalFile {
  public:
    Status replace(std::string_view) override { return fault(); }
    Status append(std::string_view) override { return fault(); }
    Status discard() override {
        ++discarded;
        return can_discard ? done() : fault();
    }
    bool can_discard = true;
    int discarded = 0;

  private:
    static Status fault() { return os_error(message("write the journal"), ENOSPC); }
};

TEST(WipeJournal, that_may_be_false_does_not_outlive_the_first_write) {
    const ManualClock clock{WallTime{}};
    StuckJournalFile file;
    EXPECT_TRUE(JournalWriter(file, clock).begin(content_with(1), JournalWriter::Before::stays_true).ok());
    EXPECT_EQ(file.discarded, 0) << "what it says is still there";
    EXPECT_TRUE(JournalWriter(file, clock).begin(content_with(1)).ok());
    EXPECT_EQ(file.discarded, 1);
    file.can_discard = false;
    EXPECT_FALSE(JournalWriter(file, clock).begin(content_with(1)).ok());
}

// ---- where it goes on

TEST(ResumePoint, fits_only_the_same_drive_options_and_steps) {
    const WipeJournalContent journal = content_with(3);
    EXPECT_EQ(rung_to_resume(journal, journal.plan), size_t{0});
    const auto differs = [&](uint64_t size, const WipePolicy& policy) {
        return !rung_to_resume(journal, plan_for(hard_disk(size), policy));
    };
    EXPECT_TRUE(differs(size_bytes, {WipeLevel::clear, "zero", {}}));
    EXPECT_TRUE(differs(size_bytes, {WipeLevel::best, "random", {}}));
    EXPECT_TRUE(differs(size_bytes, {WipeLevel::clear, "random", VerifyKind::sample}));
    EXPECT_TRUE(differs(size_bytes + 512, {WipeLevel::clear, "random", {}}));
    WipePlan moved = journal.plan;
    moved.drive.path = "/dev/sdq";
    EXPECT_EQ(rung_to_resume(journal, moved), size_t{0}) << "paths change";
    WipePlan hides = journal.plan;
    hides.preparations.push_back({"restore-hidden"});
    EXPECT_FALSE(rung_to_resume(journal, hides));
}

TEST(ResumePoint, tells_what_is_virtual_from_what_is_in_its_place_by_now) {
    WipeJournalContent journal = content_with(3);
    DriveRecord moved = journal.plan.drive;
    moved.path = "/dev/sdq";
    moved.diskseq = 99;
    EXPECT_TRUE(is_drive_of(journal, moved));
    journal.plan.drive.bus = Bus::virtual_drive;
    DriveRecord today = journal.plan.drive;
    EXPECT_TRUE(is_drive_of(journal, today));
    today.diskseq = 99;
    EXPECT_FALSE(is_drive_of(journal, today)) << "another file behind the same loop device";
    today = journal.plan.drive;
    today.inode = 4711;
    EXPECT_FALSE(is_drive_of(journal, today));
}

TEST(ResumePoint, finds_the_fallback_that_was_being_carried_out) {
    const WipeJournalContent journal = content_with(3);
    WipePlan today = journal.plan;
    today.method = "ata-sanitize-block";
    today.steps.insert(today.steps.begin(), {"firmware-erase"});
    today.fallbacks = {journal.plan};
    EXPECT_EQ(rung_to_resume(journal, today), size_t{1});
    const WipeJournalContent resumed = resumed_content(journal, today, 1);
    EXPECT_EQ(resumed.current_plan().method, "random");
}

TEST(ResumePoint, begins_with_the_markers_until_they_were_read_back) {
    for (const size_t steps : {0U, 1U, 2U}) {
        const WipeJournalContent journal = content_with(steps);
        EXPECT_EQ(resumed_content(journal, journal.plan, 0).steps.size(), 0U) << steps;
    }
    const WipeJournalContent journal = content_with(3);
    EXPECT_EQ(resumed_content(journal, journal.plan, 0).steps.size(), 3U);
}

TEST(ResumePoint, an_overwrite_counts_from_its_flush_on) {
    WipeJournalContent journal = content_with(4);
    journal.marks[3] = mark_at(60 * mebibyte);
    WipeJournalContent resumed = resumed_content(journal, journal.plan, 0);
    EXPECT_EQ(resumed.steps.size(), 3U);
    EXPECT_TRUE(resumed.marks.contains(3));
    journal.steps.push_back(ended(journal.plan, 4, "failed"));
    EXPECT_EQ(resumed_content(journal, journal.plan, 0).steps.size(), 3U) << "a flush that failed is none";
    journal.steps.back().result.result = "done";
    resumed = resumed_content(journal, journal.plan, 0);
    EXPECT_EQ(resumed.steps.size(), 5U);
    EXPECT_TRUE(resumed.marks.empty());
}

TEST(ResumePoint, says_what_must_still_stand) {
    WipeJournalContent journal = content_with(3);
    EXPECT_TRUE(standing_parts(journal, 512).empty());
    journal.marks[3] = mark_at(8 * mebibyte);
    auto parts = standing_parts(journal, 512);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].step, 3U);
    EXPECT_EQ(parts[0].done.ranges(), (std::vector<ByteRange>{{0, 4096}, {4608, 8 * mebibyte - 4608}}));
    EXPECT_EQ(standing_parts(journal, 4096)[0].done.ranges(),
              (std::vector<ByteRange>{{0, 4096}, {8192, 8 * mebibyte - 8192}}))
        << "whole blocks";
    parts = standing_parts(content_with(6), 512);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].done.bytes(), size_bytes - 512) << "what could not be written does not stand there";
    begin_anew_from(journal, 3);
    EXPECT_TRUE(standing_parts(journal, 512).empty());
}

TEST(ResumePoint, of_two_passes_the_earlier_stands_where_the_later_is_not_yet_known_to_be) {
    WipeJournalContent journal = content_with(5);
    journal.plan.steps.insert(journal.plan.steps.begin() + 5, journal.plan.steps[3]);
    auto parts = standing_parts(journal, 512);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].step, 3U);
    EXPECT_EQ(parts[0].written_over, std::vector<size_t>{5});
    journal.marks[5] = mark_at(8 * mebibyte);
    parts = standing_parts(journal, 512);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].step, 3U);
    EXPECT_EQ(parts[0].done.bytes(), size_bytes - 8 * mebibyte + 512);
    EXPECT_EQ(parts[1].step, 5U);
}

// ---- the check

class ResumeChecks : public testing::Test {
  protected:
    ResumeCheck check(const RangeSet& done, const std::vector<ByteRange>& recent) {
        WipePattern zeros = WipePattern::zero();
        return check_what_stands(io_, done, recent, zeros, {}, clock_);
    }
    static constexpr uint64_t size = uint64_t{4} << 30;
    ManualClock clock_{WallTime{}};
    std::shared_ptr<MemoryMedium> medium_ = std::make_shared<MemoryMedium>(size);
    MemoryBlockIo io_{medium_};
};

TEST_F(ResumeChecks, read_what_was_written_last_in_full_and_a_sample_of_the_rest) {
    const std::vector<ByteRange> recent{{size / 2 - recent_bytes, recent_bytes}};
    const RangeSet done(size, {{size / 2, size / 2}});
    const ResumeCheck found = check(done, recent);
    EXPECT_TRUE(found.completed());
    EXPECT_EQ(found.mismatching_sectors, 0U);
    EXPECT_EQ(found.done_bytes, size / 2);
    EXPECT_GT(found.checked_bytes, recent_bytes + 8 * mebibyte);
    EXPECT_LT(found.checked_bytes, recent_bytes + 17 * mebibyte);
}

TEST_F(ResumeChecks, notice_one_sector_of_what_was_written_last) {
    const std::vector<ByteRange> recent{{size / 2 - recent_bytes, recent_bytes}};
    const RangeSet done(size, {{size / 2, size / 2}});
    for (const uint64_t at : {size / 2 - recent_bytes, size / 2 - 512}) {
        medium_->write(at, Bytes(512, 7));
        EXPECT_EQ(check(done, recent).mismatching_sectors, 1U);
        medium_->write(at, Bytes(512, 0));
    }
    medium_->write(size / 2, Bytes(512, 7));
    EXPECT_EQ(check(done, recent).mismatching_sectors, 0U) << "that was not done";
}

TEST_F(ResumeChecks, notice_by_sample_that_a_tenth_is_lost) {
    medium_->write(size / 8, Bytes(size / 64, 7));
    const RangeSet done(size, {{size / 4, size - size / 4}});
    EXPECT_GT(check(done, {{0, mebibyte}}).mismatching_sectors, 0U);
}

TEST_F(ResumeChecks, read_everything_where_that_is_little) {
    const RangeSet done(size, {{3 * mebibyte, size - 3 * mebibyte}});
    EXPECT_EQ(check(done, {}).checked_bytes, 3 * mebibyte);
}

TEST_F(ResumeChecks, count_what_cannot_be_read) {
    FaultyBlockIo faulty(io_);
    faulty.fail(IoOperation::read, {mebibyte, 1024}, EIO);
    WipePattern zeros = WipePattern::zero();
    const RangeSet done(size, {{3 * mebibyte, size - 3 * mebibyte}});
    EXPECT_EQ(check_what_stands(faulty, done, {}, zeros, {}, clock_).mismatching_sectors, 2U);
}

// ---- ranges

TEST(RangeSet, joins_what_touches_and_knows_what_is_missing) {
    RangeSet set;
    set.add({10, 5});
    set.add({20, 5});
    set.add({15, 5});
    EXPECT_EQ(set.ranges(), (std::vector<ByteRange>{{10, 15}}));
    set.add({12, 2});
    EXPECT_EQ(set.bytes(), 15U);
    EXPECT_EQ(set.missing(30), (std::vector<ByteRange>{{0, 10}, {25, 5}}));
    EXPECT_EQ(set.common({{0, 12}, {24, 10}}), (std::vector<ByteRange>{{10, 2}, {24, 1}}));
    EXPECT_EQ(RangeSet(30, {{0, 10}, {25, 5}}).ranges(), set.ranges());
    EXPECT_TRUE(RangeSet(30, {{0, 40}}).is_empty());
}

TEST(RangeSet, made_coarser_covers_all_that_it_covered) {
    const std::vector<ByteRange> ranges{{0, 1}, {2, 1}, {100, 1}, {101, 3}, {200, 10}};
    EXPECT_EQ(coarsened(ranges, 3), (std::vector<ByteRange>{{0, 3}, {100, 4}, {200, 10}}));
    EXPECT_EQ(coarsened(ranges, 1), (std::vector<ByteRange>{{0, 210}}));
    EXPECT_EQ(coarsened(ranges, 5), ranges);
}

// ---- the evidence

Json check_facts(uint64_t run, uint64_t done, uint64_t checked, uint64_t mismatches, const char* anew) {
    return Json{{"run", run},
                {"done_bytes", done},
                {"checked_bytes", checked},
                {"mismatching_sectors", mismatches},
                {"begun_anew", anew},
                {"completed", "yes"}};
}

TEST(ResumptionEvidence, is_believed_only_when_each_time_was_checked) {
    const auto shows = [](uint64_t resumed, std::vector<Json> checks) {
        return shows_what_stood(Json{{"resumed", resumed}, {"checks", std::move(checks)}});
    };
    EXPECT_TRUE(shows(1, {check_facts(1, 100, 50, 0, "no")}));
    EXPECT_TRUE(shows(1, {check_facts(1, 0, 0, 0, "no")})) << "nothing was written";
    EXPECT_TRUE(shows(1, {check_facts(1, 100, 50, 3, "yes")})) << "written anew";
    EXPECT_FALSE(shows(1, {}));
    EXPECT_FALSE(shows(2, {check_facts(1, 100, 50, 0, "no")}));
    EXPECT_FALSE(shows(1, {check_facts(1, 100, 50, 3, "no")}));
    EXPECT_FALSE(shows(1, {check_facts(1, 100, 0, 0, "no")})) << "not looked at";
    EXPECT_FALSE(shows(1, {check_facts(2, 100, 50, 0, "no")}));
    EXPECT_FALSE(shows(0, {}));
    Json unfinished = check_facts(1, 100, 50, 0, "no");
    unfinished["completed"] = "no";
    EXPECT_FALSE(shows(1, {unfinished}));
    for (const char* fact : {"run", "done_bytes", "checked_bytes", "mismatching_sectors", "completed"}) {
        Json lacking = check_facts(1, 100, 50, 0, "no");
        lacking.erase(fact);
        EXPECT_FALSE(shows(1, {lacking})) << fact;
    }
}

}  // namespace
}  // namespace regain
