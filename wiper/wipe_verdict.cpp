#include "wiper/wipe_verdict.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wiper/drive_capabilities.h"

namespace regain {
namespace {

constexpr uint64_t counter_unit_bytes = 512;  // of /sys/dev/block/*/stat, whatever the sector size

std::optional<uint64_t> number_in(const Json& facts, const char* key) {
    const auto found = facts.is_object() ? facts.find(key) : facts.end();
    if (!facts.is_object() || found == facts.end() || !found->is_number_unsigned()) {
        // A number read back from JSON may be signed in memory; negative ones are no facts.
        if (facts.is_object() && found != facts.end() && found->is_number_integer() &&
            found->get<int64_t>() >= 0)
            return static_cast<uint64_t>(found->get<int64_t>());
        return std::nullopt;
    }
    return found->get<uint64_t>();
}

std::string text_in(const Json& facts, const char* key) {
    if (!facts.is_object()) return {};
    const auto found = facts.find(key);
    return found != facts.end() && found->is_string() ? found->get<std::string>() : std::string();
}

class Judge {
  public:
    explicit Judge(const WipeRecord& record) : record_(record), nodes_(user_data_nodes(record.plan.drive)) {
        for (const DriveNode& node : nodes_) expected_bytes_ += node.size_bytes;
    }

    Judgement judge() {
        check_plan();
        check_end();
        check_steps();
        check_coverage();
        check_identity();
        for (const DriveNode& node : nodes_) {
            check_plan_of(node);
            check_markers(node);
            check_counters(node);
        }
        check_verification();
        if (!faults_.empty()) return {Verdict::not_erased, std::move(faults_)};
        return {Verdict::cleared, limits_of_clear()};
    }

  private:
    void fault(std::string code, std::map<std::string, std::string> arguments = {}) {
        faults_.push_back({std::move(code), std::move(arguments)});
    }

    void check_plan() {
        const WipePlan& plan = record_.plan;
        if (plan.steps.empty() || plan.level == Verdict::not_erased) fault("plan-erases-nothing");
        // Firmware methods bring evidence of their own; until this function knows it, it proves nothing.
        if (plan.method != "zero" && plan.method != "random")
            fault("method-not-known", {{"method", plan.method}});
        if (record_.method != plan.method) fault("method-differs-from-plan", {{"method", record_.method}});
        if (plan.policy.level == WipeLevel::purge) fault("policy-not-reached", {{"policy", "purge"}});
        if (!(record_.drive == plan.drive)) fault("drive-differs-from-plan");
    }

    // An overwrite of each node, enclosed by markers, with a flush after the overwrite.
    void check_plan_of(const DriveNode& node) {
        const std::string name = node.path == record_.plan.drive.path ? "" : node.path;
        std::string order;
        for (const WipeStep& step : record_.plan.steps) {
            if (step.node != name) continue;
            if (step.step == "write-markers") order += 'w';
            if (step.step == "flush") order += 'f';
            if (step.step == "check-markers") order += step.kind == "gone" ? 'g' : 's';
            if (step.step == "overwrite") order += step.pattern == record_.plan.method ? 'o' : '?';
            if (step.step == "verify") order += step.pattern == record_.plan.method ? 'v' : '?';
        }
        const bool verified = record_.plan.policy.verify != VerifyKind::none;
        if (order != (verified ? "wfsofgv" : "wfsofg")) fault("plan-incomplete", {{"node", node.path}});
    }

    void check_end() {
        if (record_.interrupted) fault("interrupted");
        if (!record_.errors.empty()) fault("errors", {{"count", std::to_string(record_.errors.size())}});
    }

    void check_steps() {
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

    void check_coverage() {
        const Coverage& coverage = record_.coverage;
        if (expected_bytes_ == 0 || coverage.addressable_bytes != expected_bytes_) fault("size-changed");
        if (coverage.overwritten_bytes != expected_bytes_ || record_.bytes_written != expected_bytes_)
            fault("not-fully-overwritten", {{"bytes", std::to_string(record_.bytes_written)},
                                            {"of_bytes", std::to_string(expected_bytes_)}});
        uint64_t unwritable = 0;
        for (const LbaRange& range : record_.unwritable) unwritable += range.last_lba - range.first_lba + 1;
        if (!record_.unwritable.empty()) fault("unwritable-sectors", {{"count", std::to_string(unwritable)}});
        const uint64_t native = record_.plan.drive.native_size_bytes;
        if (coverage.hidden_bytes.value_or(0) != 0 || native > record_.plan.drive.size_bytes)
            fault("hidden-areas-not-reached", {{"bytes", std::to_string(coverage.hidden_bytes.value_or(0))}});
    }

    /// The facts of the one item of this kind for this node; none, or several, is null.
    const Json* evidence(std::string_view kind, const std::string& node) const {
        const Json* found = nullptr;
        for (const EvidenceItem& item : record_.evidence) {
            if (item.kind != kind || (!node.empty() && text_in(item.facts, "node") != node)) continue;
            if (found != nullptr) return nullptr;
            found = &item.facts;
        }
        return found;
    }

    void check_identity() {
        const Json* facts = evidence("identity", "");
        if (facts == nullptr || text_in(*facts, "before") != "proven") fault("identity-not-proven-before");
        if (facts == nullptr || text_in(*facts, "after") != "proven") fault("identity-not-proven-after");
        if (facts != nullptr && number_in(*facts, "size_bytes") != record_.plan.drive.size_bytes)
            fault("size-changed");
    }

    void check_markers(const DriveNode& node) {
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

    // Where the kernel counts, it must have counted at least what we say was written.
    void check_counters(const DriveNode& node) {
        bool counted = false;
        for (const EvidenceItem& item : record_.evidence)
            counted = counted || (item.kind == "block-counters" && text_in(item.facts, "node") == node.path);
        if (!counted) return;
        const Json* facts = evidence("block-counters", node.path);
        const auto before = facts ? number_in(*facts, "written_sectors_before") : std::nullopt;
        const auto after = facts ? number_in(*facts, "written_sectors_after") : std::nullopt;
        if (!before || !after || *after < *before || *after - *before < node.size_bytes / counter_unit_bytes)
            fault("block-counters-too-low", {{"node", node.path}});
    }

    void check_verification() {
        const Verification& verification = record_.verification;
        const std::optional<VerifyKind>& asked = record_.plan.policy.verify;
        VerifyKind reached = VerifyKind::none;
        if (!parse_verify(verification.kind, reached)) return fault("verification-unknown");
        // The medium, not a cache, has to answer; a virtual drive's file may leave no choice, and its report
        // says so.
        if (verification.read_path != "direct" &&
            !(record_.plan.drive.is_virtual() && !verification.read_path.empty()))
            fault("read-back-from-cache");
        const bool enough = reached == VerifyKind::full || asked == VerifyKind::none ||
                            (reached == VerifyKind::sample && asked == VerifyKind::sample);
        if (!enough) fault("verification-weaker-than-asked");
        if (verification.mismatches != 0)
            fault("mismatches", {{"count", std::to_string(verification.mismatches)}});
        if (reached == VerifyKind::none) return;
        if (!verification.completed) fault("verification-incomplete");
        if (verification.bytes_read != record_.coverage.verified_bytes) fault("verification-incomplete");
        if (verification.pattern != record_.plan.method) fault("verification-unknown");
        if (reached == VerifyKind::full && verification.bytes_read != expected_bytes_)
            fault("verification-incomplete");
        if (reached == VerifyKind::sample) check_sample(verification);
    }

    void check_sample(const Verification& verification) {
        uint64_t share = 0;
        for (const WipeStep& step : record_.plan.steps) {
            if (step.step != "verify") continue;
            share = std::max(share, step.sample_share_ppm);
            if (step.kind != "sample") fault("verification-unknown");
        }
        if (verification.sample_count == 0 || verification.bytes_read == 0 ||
            verification.detectable_leftover_bytes == 0 || share == 0 ||
            verification.sample_share_ppm < share)
            fault("sample-too-small");
    }

    // What stands beside "cleared": why it is no more, and what was not reached.
    std::vector<Remark> limits_of_clear() const {
        std::vector<Remark> remarks;
        const Medium medium = record_.plan.drive.medium;
        const bool is_flash = medium == Medium::ssd || medium == Medium::emmc || medium == Medium::flash;
        remarks.push_back({is_flash ? "overwriting-flash-is-never-purge" : "overwriting-is-clear",
                           {{"medium", std::string(medium_name(medium))}}});
        if (record_.coverage.reallocated_sectors.value_or(0) != 0)
            remarks.push_back({"reallocated-sectors-not-reached",
                               {{"count", std::to_string(*record_.coverage.reallocated_sectors)}}});
        if (record_.verification.kind == "sample") remarks.push_back({"verified-by-sample", {}});
        if (record_.verification.kind == "none") remarks.push_back({"only-markers-verified", {}});
        if (record_.verification.read_path != "direct")
            remarks.push_back({"read-back-through-page-cache", {}});
        if (record_.plan.drive.is_virtual()) remarks.push_back({"virtual-drive", {}});
        return remarks;
    }

    const WipeRecord& record_;
    std::vector<DriveNode> nodes_;
    uint64_t expected_bytes_ = 0;
    std::vector<Remark> faults_;
};

}  // namespace

Judgement judge_wipe(const WipeRecord& record) {
    return Judge(record).judge();
}

void apply_verdict(WipeRecord& record) {
    Judgement judgement = judge_wipe(record);
    record.verdict = judgement.verdict;
    record.standard = record.plan.standard;
    record.remarks = std::move(judgement.remarks);
}

}  // namespace regain
