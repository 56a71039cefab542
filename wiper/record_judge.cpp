#include "wiper/record_judge.h"

#include <algorithm>
#include <utility>

#include "wiper/drive_capabilities.h"
#include "wiper/resume_evidence.h"

namespace regain {

std::optional<uint64_t> number_in(const Json& facts, const char* key) {
    if (!facts.is_object()) return std::nullopt;
    const auto found = facts.find(key);
    if (found == facts.end() || !found->is_number_integer()) return std::nullopt;
    // A number read back from JSON may be signed in memory; negative ones are no facts.
    if (!found->is_number_unsigned() && found->get<int64_t>() < 0) return std::nullopt;
    return found->get<uint64_t>();
}

std::string text_in(const Json& facts, const char* key) {
    if (!facts.is_object()) return {};
    const auto found = facts.find(key);
    return found != facts.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_no_in(const Json& facts, const char* key) {
    if (!facts.is_object()) return false;
    const auto found = facts.find(key);
    return found != facts.end() && (*found == "no" || *found == false);
}

RecordJudge::RecordJudge(const WipeRecord& record)
    : record_(record), nodes_(user_data_nodes(record.plan.drive)) {
    for (const DriveNode& node : nodes_) expected_bytes_ += node.size_bytes;
}

void RecordJudge::fault(std::string code, std::map<std::string, std::string> arguments) {
    faults_.push_back({std::move(code), std::move(arguments)});
}

void RecordJudge::check_plan() {
    const WipePlan& plan = record_.plan;
    if (plan.steps.empty() || plan.level == Verdict::not_erased) fault("plan-erases-nothing");
    if (!plan.preparations.empty()) fault("preparations-not-done");
    if (record_.method != plan.method) fault("method-differs-from-plan", {{"method", record_.method}});
    if (!(record_.drive == plan.drive)) fault("drive-differs-from-plan");
}

void RecordJudge::check_end() {
    if (record_.interrupted) fault("interrupted");
    if (!record_.errors.empty()) fault("errors", {{"count", std::to_string(record_.errors.size())}});
    for (const EvidenceItem& item : record_.evidence) {
        if (item.kind != "stuck") continue;
        const auto number = [&](const char* name) {
            return std::to_string(number_in(item.facts, name).value_or(0));
        };
        const bool is_known = number_in(item.facts, "first_byte").has_value();
        fault("drive-hung", {{"step", text_in(item.facts, "step")},
                             {"byte", number(is_known ? "first_byte" : "bytes_done")},
                             {"seconds", number("seconds")}});
    }
}

void RecordJudge::check_steps() {
    const auto& planned = record_.plan.steps;
    if (record_.steps.size() != planned.size()) fault("steps-missing");
    for (size_t i = 0; i < planned.size() && i < record_.steps.size(); ++i) {
        const StepResult& result = record_.steps[i];
        if (result.step != planned[i].step || result.node != planned[i].node)
            fault("steps-differ-from-plan", {{"step", planned[i].step}});
        else if (result.result != "done")
            fault("step-not-done", {{"step", result.step}, {"result", result.result}});
    }
}

void RecordJudge::check_size() {
    if (expected_bytes_ == 0 || record_.coverage.addressable_bytes != expected_bytes_) fault("size-changed");
}

void RecordJudge::check_unwritable() {
    uint64_t unwritable = 0;
    for (const LbaRange& range : record_.unwritable) unwritable += range.last_lba - range.first_lba + 1;
    if (!record_.unwritable.empty()) fault("unwritable-sectors", {{"count", std::to_string(unwritable)}});
    uint64_t readable = 0;
    for (const EvidenceItem& item : record_.evidence)
        if (item.kind == "unwritable-sectors")
            readable += number_in(item.facts, "readable_sectors").value_or(0);
    if (readable != 0) fault("unwritable-sectors-readable", {{"count", std::to_string(readable)}});
}

const Json* RecordJudge::evidence(std::string_view kind, const std::string& node) const {
    const Json* found = nullptr;
    for (const EvidenceItem& item : record_.evidence) {
        if (item.kind != kind || (!node.empty() && text_in(item.facts, "node") != node)) continue;
        if (found != nullptr) return nullptr;
        found = &item.facts;
    }
    return found;
}

void RecordJudge::check_identity() {
    const Json* facts = evidence("identity", "");
    if (facts == nullptr || text_in(*facts, "before") != "proven") fault("identity-not-proven-before");
    if (facts == nullptr || text_in(*facts, "after") != "proven") fault("identity-not-proven-after");
    if (facts != nullptr && number_in(*facts, "size_bytes") != record_.plan.drive.size_bytes)
        fault("size-changed");
}

void RecordJudge::check_markers(const DriveNode& node) {
    const Json* facts = evidence("markers", node.path);
    const std::map<std::string, std::string> where{{"node", node.path}};
    if (facts == nullptr) return fault("markers-unknown", where);
    const uint64_t planned = number_in(*facts, "planned").value_or(0);
    if (planned == 0) fault("markers-unknown", where);
    if (number_in(*facts, "stored") != planned) fault("markers-not-stored", where);
    if (number_in(*facts, "gone") != planned) fault("markers-not-gone", where);
    if (number_in(*facts, "still_there") != uint64_t{0}) fault("markers-still-there", where);
    if (number_in(*facts, "old_content") != uint64_t{0}) fault("old-content-came-back", where);
    if (number_in(*facts, "unexpected") != uint64_t{0}) fault("unexpected-content", where);
}

void RecordJudge::check_resumption() {
    const auto is_resumption = [](const EvidenceItem& item) { return item.kind == "resumption"; };
    for (const EvidenceItem& item : record_.evidence)
        if (is_resumption(item) && !shows_what_stood(item.facts)) fault("resumption-not-proven");
    if (std::count_if(record_.evidence.begin(), record_.evidence.end(), is_resumption) > 1)
        fault("resumption-not-proven");
}

std::vector<Remark> RecordJudge::interruptions() const {
    std::vector<Remark> remarks;
    for (const EvidenceItem& item : record_.evidence)
        if (item.kind == "resumption")
            remarks.push_back({"resumed-after-interruption",
                               {{"count", std::to_string(number_in(item.facts, "resumed").value_or(0))}}});
    return remarks;
}

void RecordJudge::check_attempts() {
    for (const WipeAttempt& attempt : record_.attempts) {
        const auto started = std::count_if(
            attempt.steps.begin(), attempt.steps.end(),
            [](const StepResult& step) { return step.step == "firmware-erase" && step.result != "skipped"; });
        std::ptrdiff_t ended = 0;
        bool is_running = false;
        for (const EvidenceItem& item : attempt.evidence) {
            if (item.kind != "drive-log") continue;
            ++ended;
            is_running = is_running || !is_no_in(item.facts, "left_running");
        }
        if (is_running || ended < started) fault("attempt-left-running", {{"method", attempt.method}});
    }
}

bool RecordJudge::is_opening(const WipeStep& step) const {
    return &step == &record_.plan.steps.front() && step.step == "open-drive" && step.node.empty();
}

std::string RecordJudge::step_name(const DriveNode& node) const {
    return node.path == record_.plan.drive.path ? std::string() : node.path;
}

uint64_t RecordJudge::planned_sample_share_ppm() const {
    uint64_t share = 0;
    for (const WipeStep& step : record_.plan.steps)
        if (step.step == "verify") share = std::max(share, step.sample_share_ppm);
    return share;
}

std::vector<Remark> RecordJudge::failed_attempts() const {
    std::vector<Remark> remarks;
    for (const WipeAttempt& attempt : record_.attempts)
        remarks.push_back({"attempt-failed", {{"method", attempt.method}}});
    return remarks;
}

}  // namespace regain
