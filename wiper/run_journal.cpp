#include "wiper/run_journal.h"

#include <algorithm>
#include <utility>

#include "wiper/firmware_run.h"
#include "wiper/journal_writer.h"
#include "wiper/range_set.h"
#include "wiper/resume_evidence.h"
#include "wiper/resume_point.h"

namespace regain {

RunJournal::RunJournal(const WipePlan& plan, const WipeRunOptions& options, WipeJournalContent begin,
                       const WipeJournalContent* resumed)
    : plan_(plan),
      options_(options),
      writer_(firmware_method_of(plan).empty() ? options.journal : nullptr),
      content_(resumed != nullptr ? *resumed : std::move(begin)),
      is_resumed_(resumed != nullptr) {
    if (!is_resumed_) content_.started = to_rfc3339(options.clock.now());
}

Status RunJournal::begin() {
    if (writer_ == nullptr) return done();
    const bool stays_true = is_resumed_ && !anew_;
    return writer_->begin(
        content_, stays_true ? JournalWriter::Before::stays_true : JournalWriter::Before::may_be_false);
}

RunJournal::Look RunJournal::look_at_what_stands(std::vector<NodeRun>& nodes, bool may_look) {
    const uint64_t run = runs_resumed(content_) + 1;
    const size_t known = content_.resumptions.size();
    for (NodeRun& node : nodes) node.restore(content_);
    Look look;
    for (NodeRun& node : nodes) {
        const std::string& path = node.node().path;
        for (const StandingPart& part : standing_parts(content_, node.alignment())) {
            const bool is_here = part.node.empty() ? path == plan_.drive.path : path == part.node;
            if (is_here && may_look && look.end == PumpEnd::completed) look = check(node, part, run);
        }
    }
    if (content_.resumptions.size() == known)
        content_.resumptions.push_back(nothing_to_check(run, options_.clock, may_look));
    if (anew_) begin_anew_from(content_, *anew_);
    for (NodeRun& node : nodes) node.restore(content_);
    return look;
}

RunJournal::Look RunJournal::check(NodeRun& node, const StandingPart& part, uint64_t run) {
    const ResumeCheck found = node.check_standing(part);
    content_.resumptions.push_back(resumption_facts(run, options_.clock, node.node(), part, found));
    if (found.mismatching_sectors != 0) anew_ = std::min(anew_.value_or(part.step), part.step);
    return {found.end, found.error};
}

void RunJournal::note_step(size_t number, const NodeRun* node, bool run_goes_on, StepResult& result) {
    if (writer_ == nullptr) return;
    JournaledStep ended;
    ended.result = result;
    if (run_goes_on && node != nullptr) {
        if (node->describe(plan_.steps[number], ended))
            writer_->note_step(std::move(ended));
        else
            writer_->give_up(message("too many of its sectors fail"));
    }
    if (const auto failure = writer_->take_failure())
        result.remarks.push_back({"can-not-be-resumed", {{"reason", in_english(*failure)}}});
}

std::optional<uint64_t> RunJournal::bytes_left(size_t number) const {
    const auto mark = content_.marks.find(number);
    if (!is_resumed_ || mark == content_.marks.end() || plan_.steps[number].kind == "sample")
        return std::nullopt;
    return length_of(mark->second.remaining);
}

uint64_t RunJournal::earlier_ms() const {
    if (!is_resumed_) return 0;
    uint64_t sum = 0;
    for (const JournaledStep& ended : content_.steps) sum += ended.result.duration_ms;
    for (const auto& [number, mark] : content_.marks) sum += mark.elapsed_ms;
    return sum;
}

void RunJournal::add_evidence(std::vector<EvidenceItem>& evidence) const {
    if (!is_resumed_) return;
    evidence.push_back(
        {"resumption", Json{{"resumed", runs_resumed(content_)}, {"checks", content_.resumptions}}});
}

}  // namespace regain
