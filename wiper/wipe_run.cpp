#include "wiper/wipe_run.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "wiper/drive_capabilities.h"
#include "wiper/heat_guard.h"
#include "wiper/node_run.h"
#include "wiper/run_evidence.h"
#include "wiper/run_journal.h"
#include "wiper/wipe_verdict.h"

namespace regain {
namespace {

uint64_t milliseconds_between(MonotonicTime start, MonotonicTime end) {
    return static_cast<uint64_t>(
        std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(end - start).count()));
}

class WipeRun {
  public:
    /// `begin`: what a journal of this run starts with. `resumed`: what it goes on from; may be null.
    WipeRun(const WipePlan& plan, const std::vector<WipeTarget*>& targets, const WipeRunOptions& options,
            WipeJournalContent begin, const WipeJournalContent* resumed)
        : plan_(plan),
          options_(options),
          clock_(options.clock),
          journal_(plan, options, std::move(begin), resumed),
          meter_(clock_, options.on_progress),
          firmware_(plan, options.firmware, options.clock, options.stop) {
        record_ = record_of_nothing(plan);
        record_.steps.clear();
        record_.attempts = journal_.content().attempts;
        std::vector<DriveNode> nodes = user_data_nodes(plan.drive);
        for (size_t i = 0; i < nodes.size() && i < targets.size(); ++i)
            nodes_.emplace_back(std::move(nodes[i]), *targets[i], plan_, options_, meter_, [this] {
                keep_cool();
                if (options_.pace) options_.pace();
            });
        is_complete_ = nodes.size() == targets.size();
    }

    WipeRecord run() {
        const MonotonicTime start = clock_.monotonic();
        record_.started = journal_.content().started;
        prove_before();
        if (journal_.is_resumed()) go_on();
        if (!ended_) begin_journal();
        meter_.plan(plan_.steps.size(), bulk_bytes(), plan_.drive.medium);
        for (size_t place = record_.steps.size(); place < plan_.steps.size(); ++place) run_step(place);
        prove_after();
        sum_up_overwriting();
        collect_evidence();
        record_.finished = to_rfc3339(clock_.now());
        record_.duration_ms = journal_.earlier_ms() + milliseconds_between(start, clock_.monotonic());
        uint64_t overwrite_ms = 0;
        for (const StepResult& step : record_.steps)
            if (step.step == "overwrite") overwrite_ms += step.duration_ms;
        if (overwrite_ms > 0) record_.average_bytes_per_second = record_.bytes_written * 1000 / overwrite_ms;
        apply_verdict(record_);
        record_was_interrupted_ = record_.interrupted;
        return std::move(record_);
    }

    /// After run(): nothing stands in the way of another plan.
    bool may_go_on() const {
        const bool is_idle =
            std::all_of(nodes_.begin(), nodes_.end(), [](const NodeRun& node) { return node.is_idle(); });
        return is_idle && !record_was_interrupted_ && !is_another_drive_ && proven_before_ && proven_after_ &&
               !firmware_.is_left_running();
    }

  private:
    uint64_t bulk_bytes() {
        uint64_t sum = 0;
        for (size_t i = record_.steps.size(); i < plan_.steps.size(); ++i) {
            const WipeStep& step = plan_.steps[i];
            const uint64_t size = journal_.bytes_left(i).value_or(size_of(step.node));
            if (step.step == "overwrite" || (step.step == "verify" && step.kind == "full")) sum += size;
            if (step.step == "firmware-erase") sum += record_.coverage.addressable_bytes;
            // Near enough for a display; the exact number is known once the places are chosen.
            if (step.step == "verify" && step.kind == "sample")
                sum += size / 1'000'000 * step.sample_share_ppm;
        }
        return sum;
    }

    uint64_t size_of(const std::string& name) {
        const NodeRun* node = find_node(name);
        return node != nullptr ? node->node().size_bytes : 0;
    }

    NodeRun* find_node(const std::string& name) {
        for (NodeRun& node : nodes_)
            if (name.empty() ? &node == &nodes_.front() : node.node().path == name) return &node;
        return nullptr;
    }

    void fail_all(Error reason) {
        record_.errors.push_back(std::move(reason));
        ended_ = true;
    }

    // Immediately before the first write: belief 2.
    void prove_before() {
        if (!plan_.preparations.empty())
            return fail_all(error(ErrorKind::failed, message("erase {0}", plan_.drive.path),
                                  message("its hidden sectors were not given back first")));
        if (!is_complete_)
            return fail_all(error(ErrorKind::failed, message("erase {0}", plan_.drive.path),
                                  message("not all of its nodes are held")));
        for (NodeRun& node : nodes_)
            if (const Status identity = node.prove_before(); !identity.ok())
                return fail_all(identity.error());
        proven_before_ = true;
        const Status spoken = firmware_.ask_before(has_been_sent_to());
        if (spoken.ok()) return;
        // Before anything was sent: it is not the drive that was confirmed, and overwriting it would be no
        // better. Further down the ladder it is our own command that may have changed its name.
        is_another_drive_ = !has_been_sent_to() && spoken.error().kind == ErrorKind::refused;
        fail_all(spoken.error());
    }

    /// One of the drive's own commands, by an attempt before: each leaves a log. One that could only not ask
    /// the drive has sent nothing.
    bool has_been_sent_to() const {
        const auto is_log = [](const EvidenceItem& item) {
            return item.kind == "drive-log" || item.kind == "drive-opened";
        };
        return std::any_of(record_.attempts.begin(), record_.attempts.end(), [&](const WipeAttempt& attempt) {
            return std::any_of(attempt.evidence.begin(), attempt.evidence.end(), is_log);
        });
    }

    void prove_after() {
        if (!proven_before_) return;
        proven_after_ = true;
        for (NodeRun& node : nodes_) {
            const Status identity = node.prove_after();
            if (identity.ok()) continue;
            proven_after_ = false;
            record_.errors.push_back(identity.error());
        }
    }

    /// After an interruption: what was done counts once it is proven to be there; what is not begins anew.
    void go_on() {
        const RunJournal::Look look = journal_.look_at_what_stands(nodes_, !ended_);
        StepResult ignored;
        if (!ended_) take_end(look.end, look.error, ignored);
        const WipeJournalContent& content = journal_.content();
        for (const WipeAttempt& attempt : content.attempts)
            for (const StepResult& step : attempt.steps) tell(step);
        for (const JournaledStep& ended : content.steps) {
            if (ended.overwrite) record_.bytes_written += ended.result.bytes;
            if (ended.read_back) take_verification(*ended.read_back);
            record_.steps.push_back(ended.result);
            tell(ended.result);
        }
        meter_.go_to(content.steps.size());
    }

    void begin_journal() {
        if (const Status begun = journal_.begin(); !begun.ok()) fail_all(begun.error());
    }

    void tell(const StepResult& result) {
        if (options_.on_step) options_.on_step(result);
    }

    void run_step(size_t place) {
        const WipeStep& step = plan_.steps[place];
        StepResult result;
        result.step = step.step;
        result.node = step.node;
        result.result = "skipped";
        if (!ended_ && options_.stop.stop_requested()) {
            result.result = "interrupted";
            record_.interrupted = ended_ = true;
        } else if (!ended_) {
            const MonotonicTime start = clock_.monotonic();
            result.started = to_rfc3339(clock_.now());
            result.result = "done";
            carry_out(place, result);
            result.finished = to_rfc3339(clock_.now());
            result.duration_ms += milliseconds_between(start, clock_.monotonic());
            meter_.end();
            journal_.note_step(place, find_node(result.node), !ended_, result);
        }
        record_.steps.push_back(result);
        tell(result);
    }

    void carry_out(size_t place, StepResult& result) {
        const WipeStep& step = plan_.steps[place];
        if (step.step == "open-drive") return open_drive(step, result);
        if (step.step == "firmware-erase") return erase_by_the_drive(step, result);
        if (step.step == "identify-again") return firmware_.identify_again(result);
        NodeRun* node = find_node(step.node);
        if (node != nullptr && carry_out_on(*node, place, result)) return;
        result.result = "failed";
        fail_all(error(ErrorKind::failed, message("erase {0}", plan_.drive.path),
                       message("the plan holds a step that can't be carried out: {0}", step.step)));
    }

    /// False: there is no such step, or it can't be carried out as things are.
    bool carry_out_on(NodeRun& node, size_t place, StepResult& result) {
        const WipeStep& step = plan_.steps[place];
        VerifyKind kind = VerifyKind::none;
        if (step.step == "write-markers")
            take_end(node.write_markers(step, result), result);
        else if (step.step == "flush")
            flush(node, result);
        else if (step.step == "check-markers" && node.can_check_markers())
            take_end(node.check_markers(step, result), result);
        else if (step.step == "remember")
            take_end(node.remember(step, result), result);
        else if (step.step == "overwrite" && node.can_overwrite(place))
            overwrite(node, place, result);
        else if (step.step == "verify" && node.can_verify(step) && parse_verify(step.kind, kind) &&
                 kind != VerifyKind::none)
            verify(node, place, kind, result);
        else
            return false;
        return true;
    }

    /// Waits as long as the drive is too hot.
    void keep_cool() {
        if (!options_.temperature) return;
        for (;;) {
            if (heat_.is_due(clock_.monotonic())) {
                const auto found = options_.temperature();
                heat_.take(found, clock_.monotonic());
            }
            const auto pause = heat_.wait(clock_.monotonic());
            if (heat_.is_pausing()) meter_.set_cooling(true);
            if (pause.count() == 0 || !options_.wait(pause, options_.stop) || !heat_.is_pausing()) break;
        }
        meter_.set_cooling(false);
    }

    /// An NVMe controller answers for its health while it erases. Others might not, and a command in
    /// between would hold up the erasure: they are not asked.
    void look_at_heat() {
        if (!options_.temperature || plan_.drive.protocol != "nvme" || !heat_.is_due(clock_.monotonic()))
            return;
        if (const auto found = options_.temperature()) heat_.look(*found, clock_.monotonic());
    }

    void take_end(PumpEnd end, const std::optional<Error>& reason, StepResult& result) {
        if (end == PumpEnd::interrupted) {
            result.result = "interrupted";
            record_.interrupted = ended_ = true;
        } else if (end == PumpEnd::gave_up || reason) {
            result.result = "failed";
            ended_ = true;
            if (reason) record_.errors.push_back(*reason);
        }
    }

    void take_end(const PumpOutcome& outcome, StepResult& result) {
        take_end(outcome.end, outcome.error, result);
    }

    void flush(NodeRun& node, StepResult& result) {
        const Status status = node.flush(result);
        if (status.ok()) return;
        record_.errors.push_back(status.error());
        ended_ = means_device_gone(status.error().os_errno);
    }

    void overwrite(NodeRun& node, size_t place, StepResult& result) {
        const PumpOutcome outcome = node.overwrite(place, result);
        record_.bytes_written += outcome.bytes;
        take_end(outcome, result);
    }

    // Of several passes over a node each byte and each sector counts once.
    void sum_up_overwriting() {
        for (const NodeRun& node : nodes_) {
            record_.coverage.overwritten_bytes += node.overwritten_bytes();
            const uint64_t sector = node.node().logical_sector_bytes;
            const bool is_main = node.node().path == plan_.drive.path;
            for (const ByteRange& range : node.unwritable())
                record_.unwritable.push_back({range.offset / sector,
                                              (range.offset + range.length) / sector - 1,
                                              is_main ? std::string() : node.node().path});
        }
    }

    void open_drive(const WipeStep& step, StepResult& result) {
        meter_.begin(step.step, "", 0, ProgressMeter::StepWeight::small);
        firmware_.open(result);
        if (result.result != "done") ended_ = true;
    }

    // All nodes: the command is about the whole drive.
    void erase_by_the_drive(const WipeStep& step, StepResult& result) {
        const uint64_t bytes = record_.coverage.addressable_bytes;
        meter_.begin(step.step, "", bytes, ProgressMeter::StepWeight::bulk, step.minutes);
        firmware_.erase(step, result, [this, bytes](uint32_t of_65536) {
            meter_.update((bytes >> 16) * of_65536, 0);
            look_at_heat();
        });
        if (result.result == "interrupted") record_.interrupted = ended_ = true;
        if (result.result == "failed" && !firmware_.has_completed()) ended_ = true;
    }

    void verify(NodeRun& node, size_t place, VerifyKind kind, StepResult& result) {
        const ReadBack& found = node.verify(place, kind, result);
        take_end(found.end, found.error, result);
        take_verification(found);
    }

    void take_verification(const ReadBack& found) {
        Verification& sum = record_.verification;
        sum.completed = (verified_nodes_ == 0 || sum.completed) && found.completed();
        ++verified_nodes_;
        sum.bytes_read += found.bytes_read;
        sum.mismatches += found.mismatching_sectors;
        record_.coverage.verified_bytes += found.bytes_read;
        sum.sample_share_ppm = share_ppm(sum.bytes_read, record_.coverage.addressable_bytes);
        if (!found.sample) return;
        sum.sample_count += found.sample->random_places;
        sum.detectable_leftover_bytes =
            std::max(sum.detectable_leftover_bytes, found.sample->detectable_leftover_bytes);
    }

    void collect_evidence() {
        const DriveRecord& drive = plan_.drive;
        record_.evidence.push_back({"identity", Json{{"before", proven_before_ ? "proven" : "not-proven"},
                                                     {"after", proven_after_ ? "proven" : "not-proven"},
                                                     {"path", drive.path},
                                                     {"serial", drive.serial},
                                                     {"wwn", drive.wwn},
                                                     {"diskseq", drive.diskseq},
                                                     {"size_bytes", drive.size_bytes}}});
        bool reads_medium = proven_before_;
        for (NodeRun& node : nodes_) {
            reads_medium = reads_medium && node.reads_medium();
            node.add_evidence(record_.verification.pattern, record_.evidence);
        }
        record_.verification.read_path = reads_medium ? "direct" : "page-cache";
        journal_.add_evidence(record_.evidence);
        if (const auto heat = heat_.facts()) record_.evidence.push_back({"temperature", to_json(*heat)});
        firmware_.add_evidence(record_.evidence);
    }

    const WipePlan& plan_;
    const WipeRunOptions& options_;
    const Clock& clock_;
    RunJournal journal_;
    ProgressMeter meter_;
    HeatGuard heat_;
    FirmwareRun firmware_;
    WipeRecord record_;
    std::vector<NodeRun> nodes_;
    bool is_complete_ = false;
    bool ended_ = false;  ///< interrupted or given up: what is left is skipped
    bool proven_before_ = false;
    bool proven_after_ = false;
    bool record_was_interrupted_ = false;
    bool is_another_drive_ = false;  ///< by what it calls itself
    uint64_t verified_nodes_ = 0;
};

// All that a plan could do which is known to leave something.
bool is_done_as_planned(const WipeRecord& record) {
    return std::all_of(record.steps.begin(), record.steps.end(),
                       [](const StepResult& step) { return step.result == "done"; });
}

WipeAttempt attempt_of(WipeRecord record) {
    return {std::move(record.method),  std::move(record.steps),  std::move(record.evidence),
            std::move(record.remarks), std::move(record.errors), std::move(record.started),
            std::move(record.finished)};
}

}  // namespace

WipeRecord run_wipe(const WipePlan& plan, const std::vector<WipeTarget*>& targets,
                    const WipeRunOptions& options) {
    std::vector<const WipePlan*> rungs{&plan};
    for (const WipePlan& fallback : plan.fallbacks) rungs.push_back(&fallback);
    const WipeJournalContent* resumed = options.resumed;
    WipeJournalContent begin;
    begin.plan = plan;
    begin.rung = resumed != nullptr ? resumed->rung : 0;
    if (resumed != nullptr) begin.attempts = resumed->attempts;
    for (;;) {
        const size_t i = begin.rung;
        WipeRun run(*rungs[i], targets, options, begin, std::exchange(resumed, nullptr));
        WipeRecord record = run.run();
        const bool is_reached = record.verdict >= rungs[i]->level &&
                                (record.verdict != Verdict::not_erased || is_done_as_planned(record));
        // What promises no more than what was reached would only cost time.
        size_t next = i + 1;
        while (next < rungs.size() && record.verdict != Verdict::not_erased &&
               rungs[next]->level <= record.verdict)
            ++next;
        if (is_reached || next >= rungs.size() || !run.may_go_on()) return record;
        begin.attempts.push_back(attempt_of(std::move(record)));
        begin.rung = next;
    }
}

}  // namespace regain
