#include "wiper/node_run.h"

#include <algorithm>
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

RangeSource in_pieces(const std::vector<ByteRange>& ranges, uint64_t longest) {
    return [ranges, longest, index = size_t{0}, done = uint64_t{0}]() mutable -> std::optional<ByteRange> {
        if (index == ranges.size()) return std::nullopt;
        const ByteRange& range = ranges[index];
        const ByteRange piece{range.offset + done, std::min(longest, range.length - done)};
        done += piece.length;
        if (done == range.length) {
            ++index;
            done = 0;
        }
        return piece;
    };
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

std::function<void(std::chrono::milliseconds)> NodeRun::rest() {
    return
        [this](std::chrono::milliseconds length) { static_cast<void>(options_.wait(length, options_.stop)); };
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

MarkerSet& NodeRun::watched_markers() {
    markers_->watch(progress(), rest());
    return *markers_;
}

PumpOutcome NodeRun::write_markers(const WipeStep& step, StepResult& result) {
    BlockIo& io = target_.io();
    markers_ = MarkerSet::choose({io.size_bytes(), io.alignment(), plan_.drive.physical_sector_bytes},
                                 step.count, RandomStream::fresh());
    meter_.begin(step.step, step.node, markers_->bytes(), ProgressMeter::StepWeight::small);
    PumpOutcome outcome = watched_markers().write(io, options_.limits, options_.clock, options_.stop);
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
    MarkerSet& markers = watched_markers();
    PumpOutcome outcome =
        before ? markers.confirm(io, options_.limits, options_.clock, options_.stop)
        : is_erased_by_the_drive()
            ? markers.check_anything_else(io, options_.limits, options_.clock, options_.stop)
            : markers.check(io, last_pattern(), options_.limits, options_.clock, options_.stop);
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
    job.rest = rest();
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

/// A part of a physical sector can only be written where the drive can still read the rest of it.
uint64_t NodeRun::smallest_write() const {
    const uint64_t physical = plan_.drive.physical_sector_bytes;
    const bool fits = physical != 0 && physical % target_.io().alignment() == 0 &&
                      target_.io().size_bytes() % physical == 0;
    return fits ? physical : 0;
}

/// What could not be overwritten may still be there to read: each sector is asked once or twice, what it
/// holds is not looked at. A drive that has become read-only would give all of it: some minutes of that do.
void NodeRun::look_at_unwritable(const PumpOutcome& outcome, StepResult& result) {
    const uint64_t sector = node_.logical_sector_bytes;
    UnwritableSectors found;
    found.sectors = unwritable_ranges_.bytes() / sector;
    found.retries_cut_short = outcome.retries_cut_short;
    PumpJob job;
    job.operation = IoOperation::read;
    const auto list = never_written_ranges_.ranges();
    const RangeSource all = in_pieces(list, options_.limits.chunk_bytes);
    const MonotonicTime start = options_.clock.monotonic();
    job.next = [&]() -> std::optional<ByteRange> {
        found.reading_cut_short =
            found.reading_cut_short || options_.clock.monotonic() - start >= time_for_unwritable;
        return found.reading_cut_short ? std::nullopt : all();
    };
    job.on_progress = progress();
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
    request.rest = rest();
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
