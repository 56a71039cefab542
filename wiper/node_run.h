#pragma once
// One node of a drive on its way through a run: its identity, and the steps that touch its sectors. Used by
// wipe_run.cpp, which says in which order and keeps the record. It judges nothing and opens nothing.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "reports/wipe_report.h"
#include "wiper/marker_set.h"
#include "wiper/range_set.h"
#include "wiper/read_back.h"
#include "wiper/resume_check.h"
#include "wiper/resume_point.h"
#include "wiper/run_evidence.h"
#include "wiper/sample_memory.h"
#include "wiper/wipe_pattern.h"
#include "wiper/wipe_run.h"
#include "wiper/write_progress.h"

namespace regain {

class NodeRun {
  public:
    /// All of them outlive it.
    NodeRun(DriveNode node, WipeTarget& target, const WipePlan& plan, const WipeRunOptions& options,
            ProgressMeter& meter, std::function<void()> pace);

    const DriveNode& node() const { return node_; }
    uint32_t alignment() const { return target_.io().alignment(); }
    bool reads_medium() const { return target_.io().reads_medium(); }

    /// That it is what the plan was made for, immediately before the first write; counts from here.
    Status prove_before();
    /// Nothing of ours is under way on it.
    bool is_idle() const { return target_.io().in_flight() == 0; }
    Status prove_after() { return target_.prove_identity(); }

    /// Whether the step can be carried out as things are here.
    bool can_check_markers() const { return markers_.has_value(); }
    bool can_overwrite(size_t step) const { return passes_.contains(step); }
    /// What the overwrite at this place of the plan's steps writes here, with its key; null: it is none of
    /// ours.
    const WipePattern* pattern_of(size_t step) const;
    bool can_verify(const WipeStep& step) const;

    /// Each fills `result` with bytes and remarks, and "failed" where it did not do what it should; how it
    /// ended is for the caller to take.
    PumpOutcome write_markers(const WipeStep& step, StepResult& result);
    PumpOutcome check_markers(const WipeStep& step, StepResult& result);
    PumpOutcome overwrite(size_t step, StepResult& result);
    PumpOutcome remember(const WipeStep& step, StepResult& result);
    const ReadBack& verify(size_t step, VerifyKind kind, StepResult& result);
    Status flush(StepResult& result);

    /// By at least one pass, as far as that is certain.
    uint64_t overwritten_bytes() const { return overwritten_bytes_; }
    /// What any pass could not write, in order.
    std::vector<ByteRange> unwritable() const { return unwritable_ranges_.ranges(); }

    /// Goes on with what the journal tells of this node.
    void restore(const WipeJournalContent& content);
    /// Whether what was written before the interruption is still there.
    ResumeCheck check_standing(const StandingPart& part);
    /// The step that has ended, for the journal. False: it has too many ranges for one.
    bool describe(const WipeStep& step, JournaledStep& ended) const;

    /// What was found here, for the record. `verified_pattern`: what reading back was to find.
    void add_evidence(const std::string& verified_pattern, std::vector<EvidenceItem>& evidence);

  private:
    bool is_erased_by_the_drive() const;
    uint64_t smallest_write() const;
    /// What stands here after the last pass.
    WipePattern& last_pattern();
    void add_pass(uint64_t bytes, const std::vector<ByteRange>& failed, bool completed);
    void take_failures(const PumpOutcome& outcome, StepResult& result);
    void look_at_unwritable(const PumpOutcome& outcome, StepResult& result);
    std::function<void(uint64_t, uint64_t)> progress();
    MarkerSet& watched_markers();
    std::function<void(std::chrono::milliseconds)> rest();
    std::vector<ByteRange> places_of_others() const;
    ReadBackRequest reading(const WipeStep& step, VerifyKind kind);
    SurfaceRecord surface() const;
    ReadBack read_again(size_t number, VerifyKind kind);
    void note_writing(size_t number, PumpJob& job, WriteProgress& done, bool& has_flushed_badly);
    void note_reading(size_t number, VerifyKind kind, ReadBackRequest& request, RangeSet& done);
    const WipeMark* mark_of(size_t number) const;
    uint64_t counted_sectors() const;
    uint64_t counted_at_most(uint64_t done_bytes) const;
    uint64_t milliseconds_since(MonotonicTime start) const;

    DriveNode node_;
    WipeTarget& target_;
    const WipePlan& plan_;
    const WipeRunOptions& options_;
    ProgressMeter& meter_;
    std::function<void()> pace_;            ///< before each large request
    std::map<size_t, WipePattern> passes_;  ///< by the place of their step in the plan
    WipePattern no_pass_ = WipePattern::zero();
    uint64_t overwritten_bytes_ = 0;
    bool has_overwritten_ = false;   ///< a pass came to its end
    RangeSet unwritable_ranges_;     ///< by any pass
    RangeSet never_written_ranges_;  ///< by no pass
    std::optional<MarkerSet> markers_;
    std::optional<SampleMemory> memory_;  ///< of what stood there before a crypto erase
    std::optional<UnwritableSectors> unwritable_;
    std::optional<ReadBack> read_back_;
    std::optional<BlockCounters> counters_before_;

    std::map<size_t, WipeMark> marks_;         ///< where a step goes on
    std::optional<OverwriteEnd> overwritten_;  ///< the last pass
    uint64_t counted_earlier_ = 0;             ///< sectors, before the interruption
    uint64_t counted_at_step_ = 0;             ///< sectors, when the running step began
    bool is_resumed_ = false;
};

}  // namespace regain
