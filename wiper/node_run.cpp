#include "wiper/node_run.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "wiper/journal_writer.h"
#include "wiper/run_evidence.h"

namespace regain {
namespace {

constexpr size_t readable_places_kept = 16;
constexpr std::chrono::minutes time_for_unwritable{10};

/// A pattern for each overwrite of the node, random ones each with a key of its own.
std::map<size_t, WipePattern> passes_of(const WipePlan& plan, const DriveNode& node) {
    std::map<size_t, WipePattern> passes;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        const WipeStep& step = plan.steps[i];
        if (step.step != "overwrite" || (step.node.empty() ? plan.drive.path : step.node) != node.path)
            continue;
        if (auto pattern = WipePattern::named(step.pattern)) passes.emplace(i, std::move(*pattern));
    }
    return passes;
}

void fail_step(StepResult& result, Remark why) {
    if (result.result == "done") result.result = "failed";
    result.remarks.push_back(std::move(why));
}

/// What is left after an interruption: bad places were small, and come last.
std::vector<ByteRange> largest_first(std::vector<ByteRange> ranges) {
    std::stable_sort(ranges.begin(), ranges.end(), [](const ByteRange& left, const ByteRange& right) {
        return left.length > right.length;
    });
    return ranges;
}

Remark count_of(const char* code, uint64_t count) {
    return {code, {{"count", std::to_string(count)}}};
}

}  // namespace

NodeRun::NodeRun(DriveNode node, WipeTarget& target, const WipePlan& plan, const WipeRunOptions& options,
                 ProgressMeter& meter, std::function<void()> pace)
    : node_(std::move(node)),
      target_(target),
      plan_(plan),
      options_(options),
      meter_(meter),
      pace_(std::move(pace)),
      passes_(passes_of(plan, node_)) {}

Status NodeRun::prove_before() {
    REGAIN_TRY(target_.prove_identity());
    if (target_.io().size_bytes() != node_.size_bytes)
        return error(ErrorKind::refused, message("erase {0}", node_.path),
                     message("its size is {0} bytes, not {1} as planned", target_.io().size_bytes(),
                             node_.size_bytes));
    counters_before_ = target_.counters();
    return done();
}

bool NodeRun::is_erased_by_the_drive() const {
    return !firmware_method_of(plan_).empty();
}

bool NodeRun::can_verify(const WipeStep& step) const {
    if (!is_erased_by_the_drive())
        return step.pattern == (passes_.empty() ? no_pass_ : passes_.rbegin()->second).name();
    return step.pattern == "erased" || (step.pattern == "changed" && memory_ && step.kind == "sample");
}

const WipePattern* NodeRun::pattern_of(size_t step) const {
    const auto found = passes_.find(step);
    return found == passes_.end() ? nullptr : &found->second;
}

WipePattern& NodeRun::last_pattern() {
    return passes_.empty() ? no_pass_ : passes_.rbegin()->second;
}

std::function<void(uint64_t, uint64_t)> NodeRun::progress() {
    return [this](uint64_t bytes, uint64_t failed) { meter_.update(bytes, failed); };
}

PumpOutcome NodeRun::write_markers(const WipeStep& step, StepResult& result) {
    BlockIo& io = target_.io();
    markers_ = MarkerSet::choose({io.size_bytes(), io.alignment(), plan_.drive.physical_sector_bytes},
                                 step.count, RandomStream::fresh());
    meter_.begin(step.step, step.node, markers_->bytes(), ProgressMeter::StepWeight::small);
    PumpOutcome outcome = markers_->write(io, options_.limits, options_.clock, options_.stop);
    result.bytes = outcome.bytes;
    const MarkerFacts& facts = markers_->facts();
    if (facts.written != facts.planned)
        fail_step(result, count_of("markers-not-written", facts.planned - facts.written));
    return outcome;
}

Status NodeRun::flush(StepResult& result) {
    meter_.begin("flush", result.node, 0, ProgressMeter::StepWeight::small);
    Status status = flush_blocks(target_.io());
    if (!status.ok()) result.result = "failed";
    return status;
}

PumpOutcome NodeRun::check_markers(const WipeStep& step, StepResult& result) {
    BlockIo& io = target_.io();
    meter_.begin(step.step, step.node, markers_->bytes(), ProgressMeter::StepWeight::small);
    const bool before = step.kind == "stored";
    PumpOutcome outcome =
        before ? markers_->confirm(io, options_.limits, options_.clock, options_.stop)
        : is_erased_by_the_drive()
            ? markers_->check_anything_else(io, options_.limits, options_.clock, options_.stop)
            : markers_->check(io, last_pattern(), options_.limits, options_.clock, options_.stop);
    result.bytes = outcome.bytes;
    const MarkerFacts& facts = markers_->facts();
    const uint64_t good = before ? facts.stored : facts.gone;
    if (good != facts.planned)
        fail_step(result, count_of(before ? "markers-not-stored" : "markers-not-gone", facts.planned - good));
    return outcome;
}

PumpOutcome NodeRun::overwrite(size_t step, StepResult& result) {
    BlockIo& io = target_.io();
    const WipeMark* const mark = mark_of(step);
    WipePattern& pattern = passes_.at(step);
    if (mark == nullptr) counted_at_step_ = counted_sectors();
    if (options_.journal != nullptr && pattern.stream() != nullptr)
        options_.journal->note_stream(step, pattern.stream()->key());
    WriteProgress done(io.size_bytes(), io.alignment(), mark);
    meter_.begin("overwrite", result.node, length_of(done.remaining()), ProgressMeter::StepWeight::bulk);
    PumpJob job;
    job.operation = IoOperation::write;
    job.next = listed_ranges(largest_first(done.remaining()));
    job.fill = [&pattern](uint64_t offset, MutableByteView bytes) { pattern.fill(offset, bytes); };
    job.is_constant = pattern.is_constant();
    job.on_progress = progress();
    job.pace = pace_;
    job.is_remainder = mark != nullptr;
    job.stop = options_.stop;
    bool has_flushed_badly = false;
    note_writing(step, job, done, has_flushed_badly);
    PumpLimits limits = options_.limits;
    limits.smallest_unit_bytes = smallest_write();
    PumpOutcome outcome = pump_blocks(io, job, limits, options_.clock);
    outcome.bytes = done.bytes();
    result.bytes = outcome.bytes;
    if (mark != nullptr) result.duration_ms = mark->elapsed_ms;
    // What was acknowledged before may be lost, and the next flush that ends well says nothing of it.
    if (has_flushed_badly) fail_step(result, {"flush-failed", {}});
    take_failures(outcome, result);
    overwritten_ = OverwriteEnd{outcome.failed, done.recent(), unwritable_};
    return outcome;
}

/// What one pass could not write is listed, even if another one could: the method wants every pass. Only what
/// no pass could write may still hold what stood there.
void NodeRun::add_pass(uint64_t bytes, const std::vector<ByteRange>& failed, bool completed) {
    overwritten_bytes_ = std::max(overwritten_bytes_, bytes);
    for (const ByteRange& range : failed) unwritable_ranges_.add(range);
    if (!has_overwritten_) never_written_ranges_ = unwritable_ranges_;
    if (has_overwritten_ && completed) {
        RangeSet still;
        for (const ByteRange& range : never_written_ranges_.common(failed)) still.add(range);
        never_written_ranges_ = std::move(still);
    }
    has_overwritten_ = has_overwritten_ || completed;
}

void NodeRun::take_failures(const PumpOutcome& outcome, StepResult& result) {
    add_pass(outcome.bytes, outcome.failed, outcome.end == PumpEnd::completed);
    const bool has_changed = unwritable_ && unwritable_->readable_sectors != 0;
    if (!outcome.failed.empty() || has_changed) look_at_unwritable(outcome, result);
}

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
    job.end_checkpoint = [=, &has_flushed_badly](int os_errno) {
        if (os_errno == 0)
            journal->note_mark(number, *mark);
        else
            has_flushed_badly = true;
    };
}

/// A part of a physical sector can only be written where the drive can still read the rest of it.
uint64_t NodeRun::smallest_write() const {
    const uint64_t physical = plan_.drive.physical_sector_bytes;
    const bool fits = physical != 0 && physical % target_.io().alignment() == 0 &&
                      target_.io().size_bytes() % physical == 0;
    return fits ? physical : 0;
}

/// What could not be overwritten may still be there to read: each sector is asked once or twice, what it
/// holds is not looked at.
void NodeRun::look_at_unwritable(const PumpOutcome& outcome, StepResult& result) {
    const uint64_t sector = node_.logical_sector_bytes;
    UnwritableSectors found;
    found.sectors = unwritable_ranges_.bytes() / sector;
    found.retries_cut_short = outcome.retries_cut_short;
    PumpJob job;
    job.operation = IoOperation::read;
    job.next = listed_ranges(never_written_ranges_.ranges());
    job.inspect = [&](uint64_t offset, ByteView bytes) {
        found.readable_sectors += bytes.size() / sector;
        if (found.first_readable_lbas.size() < readable_places_kept)
            found.first_readable_lbas.push_back(offset / sector);
    };
    job.stop = options_.stop;
    PumpLimits limits = options_.limits;
    limits.retry_time = limits.without_success = time_for_unwritable;
    if (outcome.end == PumpEnd::completed) {
        const PumpOutcome reading = pump_blocks(target_.io(), job, limits, options_.clock);
        found.is_known = !reading.error || !means_device_gone(reading.error->os_errno);
    }
    if (!outcome.failed.empty())
        fail_step(result, count_of("unwritable-sectors", outcome.failed_bytes() / sector));
    if (!outcome.failed.empty() && found.readable_sectors != 0)
        fail_step(result, count_of("unwritable-sectors-readable", found.readable_sectors));
    unwritable_ = std::move(found);
}

ReadBackRequest NodeRun::reading(const WipeStep& step, VerifyKind kind) {
    ReadBackRequest request;
    request.kind = kind;
    request.sample_share_ppm = step.sample_share_ppm;
    request.sector_bytes = node_.logical_sector_bytes;
    request.limits = options_.limits;
    request.on_start = [this, &step](uint64_t bytes) {
        meter_.begin(step.step, step.node, bytes, ProgressMeter::StepWeight::bulk);
    };
    request.on_progress = progress();
    request.pace = pace_;
    request.stop = options_.stop;
    return request;
}

PumpOutcome NodeRun::remember(const WipeStep& step, StepResult& result) {
    BlockIo& io = target_.io();
    memory_ = SampleMemory::choose(io, step.sample_share_ppm);
    PumpOutcome outcome = memory_->remember(io, reading(step, VerifyKind::sample), options_.clock);
    result.bytes = outcome.bytes;
    return outcome;
}

ReadBack NodeRun::read_again(size_t number, VerifyKind kind) {
    BlockIo& io = target_.io();
    const WipeStep& step = plan_.steps[number];
    ReadBackRequest request = reading(step, kind);
    if (step.pattern == "changed") return memory_->compare(io, request, options_.clock);
    ErasedContent erased;
    if (step.pattern == "erased") return read_back(io, erased, request, options_.clock);
    // Kept by the request's callbacks until reading has ended.
    RangeSet done;
    note_reading(number, kind, request, done);
    return read_back(io, last_pattern(), request, options_.clock);
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

const ReadBack& NodeRun::verify(size_t number, VerifyKind kind, StepResult& result) {
    read_back_ = read_again(number, kind);
    if (const WipeMark* const mark = mark_of(number)) result.duration_ms = mark->elapsed_ms;
    result.bytes = read_back_->bytes_read;
    if (read_back_->mismatching_sectors != 0)
        fail_step(result, count_of("mismatches", read_back_->mismatching_sectors));
    return *read_back_;
}

SurfaceRecord NodeRun::surface() const {
    const Medium medium = plan_.drive.medium;
    const bool is_flash = medium == Medium::ssd || medium == Medium::emmc || medium == Medium::flash;
    // Flash that erased itself has nothing to read: the controller answers for it.
    const char* not_judged = plan_.drive.is_virtual()               ? "virtual-drive"
                             : is_erased_by_the_drive() && is_flash ? "nothing-stored"
                                                                    : "";
    return read_back_->surface->record(not_judged);
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

ResumeCheck NodeRun::check_standing(const StandingPart& part) {
    meter_.begin("check-resumed", part.node, 0, ProgressMeter::StepWeight::small);
    ResumeCheckRequest request;
    request.sector_bytes = node_.logical_sector_bytes;
    request.limits = options_.limits;
    request.on_progress = progress();
    request.stop = options_.stop;
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

void NodeRun::add_evidence(const std::string& verified_pattern, std::vector<EvidenceItem>& evidence) {
    const auto add = [&](const char* kind, Json facts) {
        facts["node"] = node_.path;
        evidence.push_back({kind, std::move(facts)});
    };
    uint64_t pass = 0;
    for (const auto& [step, pattern] : passes_) {
        Json facts = pattern_facts(pattern);
        if (passes_.size() > 1) facts["pass"] = ++pass;
        add("pattern", std::move(facts));
    }
    if (markers_) add("markers", to_json(markers_->facts()));
    if (unwritable_) add("unwritable-sectors", unwritable_facts(*unwritable_));
    if (read_back_)
        add("read-back", read_back_facts(*read_back_, verified_pattern, node_.logical_sector_bytes));
    if (read_back_ && read_back_->surface) add("surface", to_json(surface()));
    const auto after = counters_before_ ? target_.counters() : std::nullopt;
    if (!after) return;
    Json counted = counter_facts(*counters_before_, *after);
    if (is_resumed_) counted["written_sectors_earlier"] = counted_earlier_;
    add("block-counters", std::move(counted));
}

}  // namespace regain
