#include "wiper/node_run.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "wiper/journal_writer.h"

// What a node's run tells the journal, and takes from it after an interruption.

namespace regain {
namespace {

constexpr uint64_t ends_looked_at = uint64_t{1} << 20;

}  // namespace

/// Marks, as the journal wants them: what had succeeded before a flush that ended well.
void NodeRun::note_writing(size_t number, PumpJob& job, WriteProgress& done, bool& has_flushed_badly) {
    job.on_done = [&done](const ByteRange& range) { done.add(range); };
    JournalWriter* const journal = options_.journal;
    if (journal == nullptr) return;
    journal->restart_interval();
    const MonotonicTime start = options_.clock.monotonic();
    const WipeMark* const before = mark_of(number);
    const uint64_t elapsed_before = before != nullptr ? before->elapsed_ms : 0;
    auto mark = std::make_shared<WipeMark>();
    job.begin_checkpoint = [=, this, &done] {
        if (!journal->is_mark_due()) return false;
        journal->mark_begins();
        mark->remaining = coarsened(done.remaining(), most_ranges_in_a_mark);
        mark->recent = done.recent();
        mark->elapsed_ms = elapsed_before + milliseconds_since(start);
        mark->counted_sectors = counted_at_most(done.bytes());
        return true;
    };
    // After a flush that failed no mark is true any more: what was lost stands in none of the earlier ones.
    job.end_checkpoint = [=, &has_flushed_badly](int os_errno) {
        has_flushed_badly = has_flushed_badly || os_errno != 0;
        if (!has_flushed_badly) journal->note_mark(number, *mark);
    };
}

/// A full reading goes on where the last mark was. A sample begins anew with other places, but what the first
/// one found is not forgotten.
void NodeRun::note_reading(size_t number, VerifyKind kind, ReadBackRequest& request, RangeSet& done) {
    const WipeMark* const before = mark_of(number);
    const uint64_t size = target_.io().size_bytes();
    if (before != nullptr && before->read_back) {
        request.found_before = before->read_back;
        if (kind == VerifyKind::full) {
            done = done_without(size, before->remaining, target_.io().alignment());
            request.remaining = done.missing(size);
            request.found_before->bytes_read = done.bytes();
        } else {
            request.found_before->bytes_read = 0;
        }
    }
    JournalWriter* const journal = options_.journal;
    if (journal == nullptr) return;
    journal->restart_interval();
    const MonotonicTime start = options_.clock.monotonic();
    const uint64_t elapsed_before = before != nullptr ? before->elapsed_ms : 0;
    request.on_done = [=, this, &done](const ByteRange& range, const ReadBack& so_far, uint64_t bytes) {
        if (kind == VerifyKind::full) done.add(range);
        if (!journal->is_mark_due()) return;
        journal->mark_begins();
        ReadBack found;
        found.bytes_read = so_far.bytes_read + bytes;
        found.mismatching_sectors = so_far.mismatching_sectors;
        found.first_mismatches = so_far.first_mismatches;
        journal->note_mark(number, {coarsened(done.missing(size), most_ranges_in_a_mark),
                                    {},
                                    elapsed_before + milliseconds_since(start),
                                    counted_sectors(),
                                    std::move(found)});
    };
}

void NodeRun::restore(const WipeJournalContent& content) {
    is_resumed_ = true;
    counted_earlier_ = overwritten_bytes_ = 0;
    has_overwritten_ = false;
    unwritable_ranges_ = never_written_ranges_ = RangeSet();
    marks_.clear();
    markers_.reset();
    overwritten_.reset();
    unwritable_.reset();
    read_back_.reset();
    const auto& planned = content.current_plan().steps;
    const auto is_mine = [&](size_t number) {
        const std::string& name = planned[number].node;
        return name.empty() ? node_.path == plan_.drive.path : name == node_.path;
    };
    for (size_t i = 0; i < content.steps.size(); ++i) {
        const JournaledStep& ended = content.steps[i];
        if (!is_mine(i)) continue;
        counted_earlier_ = ended.counted_sectors;
        if (ended.markers)
            markers_ = MarkerSet::restored(RandomStream(ended.markers->key), ended.markers->places,
                                           ended.markers->facts);
        if (ended.overwrite) {
            add_pass(ended.result.bytes, ended.overwrite->failed, true);
            overwritten_ = ended.overwrite;
            unwritable_ = ended.overwrite->unwritable;
        }
        if (ended.read_back) read_back_ = ended.read_back;
    }
    counted_at_step_ = counted_earlier_;
    for (const auto& [number, key] : content.streams)
        if (is_mine(number) && passes_.contains(number))
            passes_.insert_or_assign(number, WipePattern::random(RandomStream(key)));
    for (const auto& [number, mark] : content.marks) {
        if (!is_mine(number)) continue;
        marks_[number] = mark;
        counted_earlier_ = mark.counted_sectors;
    }
}

/// Where somebody else would have written since: partition tables and file systems have something at the ends
/// of a drive, and the markers' places lie all over it.
std::vector<ByteRange> NodeRun::places_of_others() const {
    const uint64_t size = target_.io().size_bytes();
    const uint64_t end = std::min<uint64_t>(ends_looked_at, size);
    std::vector<ByteRange> places{{0, end}, {size - end, end}};
    if (markers_) places.insert(places.end(), markers_->places().begin(), markers_->places().end());
    return places;
}

ResumeCheck NodeRun::check_standing(const StandingPart& part) {
    meter_.begin("check-resumed", part.node, 0, ProgressMeter::StepWeight::small);
    ResumeCheckRequest request;
    request.sector_bytes = node_.logical_sector_bytes;
    request.limits = options_.limits;
    request.on_progress = progress();
    request.stop = options_.stop;
    request.always = places_of_others();
    WipePattern& pattern = passes_.at(part.step);
    if (part.written_over.empty())
        return check_what_stands(target_.io(), part.done, part.recent, pattern, request, options_.clock);
    EitherContent either(pattern, passes_.at(part.written_over.front()));
    return check_what_stands(target_.io(), part.done, part.recent, either, request, options_.clock);
}

bool NodeRun::describe(const WipeStep& step, JournaledStep& ended) const {
    ended.counted_sectors = counted_sectors();
    if (step.step == "check-markers" && markers_)
        ended.markers = MarkerNote{markers_->key(), markers_->places(), markers_->facts()};
    if (step.step == "overwrite") ended.overwrite = overwritten_;
    if (step.step == "verify") ended.read_back = read_back_;
    return !ended.overwrite || ended.overwrite->failed.size() <= most_ranges_in_a_mark;
}

const WipeMark* NodeRun::mark_of(size_t number) const {
    const auto found = marks_.find(number);
    return found == marks_.end() ? nullptr : &found->second;
}

uint64_t NodeRun::counted_sectors() const {
    const auto now = counters_before_ ? target_.counters() : std::nullopt;
    if (!now || now->written_sectors < counters_before_->written_sectors) return counted_earlier_;
    return counted_earlier_ + (now->written_sectors - counters_before_->written_sectors);
}

/// What was written after the last mark is written again: it must not be counted twice.
uint64_t NodeRun::counted_at_most(uint64_t done_bytes) const {
    return std::min(counted_sectors(), counted_at_step_ + done_bytes / 512);
}

uint64_t NodeRun::milliseconds_since(MonotonicTime start) const {
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(options_.clock.monotonic() - start);
    return static_cast<uint64_t>(std::max<int64_t>(0, passed.count()));
}

}  // namespace regain
