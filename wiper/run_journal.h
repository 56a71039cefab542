#pragma once
// The journal's part of a run: what is noted of each step, and after an interruption what counts of what was
// done before, once it is proven to be still there. Used by wipe_run.cpp. Decides where a run goes on; judges
// nothing.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/wipe_report.h"
#include "wiper/node_run.h"
#include "wiper/wipe_journal.h"
#include "wiper/wipe_run.h"

namespace regain {

class RunJournal {
  public:
    /// `begin`: what the journal of this run starts with. `resumed`: what it goes on from; may be null. All
    /// of them outlive it.
    RunJournal(const WipePlan& plan, const WipeRunOptions& options, WipeJournalContent begin,
               const WipeJournalContent* resumed);

    bool is_resumed() const { return is_resumed_; }
    const WipeJournalContent& content() const { return content_; }

    /// Before the first write; only a plan that overwrites by itself has one. An error: one from before can't
    /// be removed, and would be false once something is written.
    Status begin();
    /// Restores the nodes, and looks at what was done before; a pass that is not all there any more begins
    /// anew. `may_look`: the nodes are those of the plan; else nothing is read. How reading ended.
    struct Look {
        PumpEnd end = PumpEnd::completed;
        std::optional<Error> error;
    };
    Look look_at_what_stands(std::vector<NodeRun>& nodes, bool may_look);
    /// A step has ended, and the run goes on: that counts after a power cut. A journal that can't be written
    /// is said with the step. `node`: null for a step about all of them.
    void note_step(size_t number, const NodeRun* node, bool run_goes_on, StepResult& result);

    /// Of a step that was interrupted: what is left to do.
    std::optional<uint64_t> bytes_left(size_t number) const;
    /// How long the runs before worked on what counts.
    uint64_t earlier_ms() const;
    /// "resumption", where it was.
    void add_evidence(std::vector<EvidenceItem>& evidence) const;

  private:
    Look check(NodeRun& node, const StandingPart& part, uint64_t run);

    const WipePlan& plan_;
    const WipeRunOptions& options_;
    JournalWriter* writer_;  ///< null: nothing is noted
    WipeJournalContent content_;
    const bool is_resumed_;
    std::optional<size_t> anew_;  ///< the first pass that is not all there any more
};

}  // namespace regain
