#include "wiper/wipe_verdict.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wiper/firmware_method.h"
#include "wiper/firmware_verdict.h"
#include "wiper/overwrite_methods.h"
#include "wiper/record_judge.h"

namespace regain {
namespace {

constexpr uint64_t counter_unit_bytes = 512;  // of /sys/dev/block/*/stat, whatever the sector size

class OverwriteJudge : private RecordJudge {
  public:
    explicit OverwriteJudge(const WipeRecord& record) : RecordJudge(record) {}

    Judgement judge() {
        check_plan();
        take_passes();
        if (!is_overwrite(record_.plan.method)) fault("method-not-known", {{"method", record_.plan.method}});
        if (record_.plan.policy.level == WipeLevel::purge) fault("policy-not-reached", {{"policy", "purge"}});
        check_end();
        check_steps();
        check_attempts();
        check_resumption();
        check_coverage();
        check_identity();
        for (const DriveNode& node : nodes_) {
            check_plan_of(node);
            check_markers(node);
            check_counters(node);
            check_patterns(node);
        }
        check_verification();
        const bool is_cleared = faults_.empty();
        std::vector<Remark> remarks = is_cleared ? limits_of_clear() : std::move(faults_);
        for (Remark& failed : failed_attempts()) remarks.push_back(std::move(failed));
        for (Remark& interrupted : interruptions()) remarks.push_back(std::move(interrupted));
        return {is_cleared ? Verdict::cleared : Verdict::not_erased, std::move(remarks)};
    }

  private:
    // As many as the plan has for its first node; whether these are those of the method, check_plan_of() says
    // for each node.
    void take_passes() {
        for (const WipeStep& step : record_.plan.steps)
            if (step.step == "overwrite" && !nodes_.empty() && step.node == step_name(nodes_.front())) {
                ++passes_;
                last_pattern_ = step.pattern;
            }
    }

    // All passes of the method over each node, a flush after each, enclosed by markers.
    void check_plan_of(const DriveNode& node) {
        const std::string name = step_name(node);
        std::string order;
        std::vector<std::string> patterns;
        for (const WipeStep& step : record_.plan.steps) {
            if (step.node != name) continue;
            if (step.step == "write-markers") order += 'w';
            if (step.step == "flush") order += 'f';
            if (step.step == "check-markers") order += step.kind == "gone" ? 'g' : 's';
            if (step.step == "overwrite") {
                order += 'o';
                patterns.push_back(step.pattern);
            }
            if (step.step == "verify")
                order += !patterns.empty() && step.pattern == patterns.back() ? 'v' : '?';
            // Its drive log is not looked at here.
            if (step.step == "firmware-erase") order += '?';
            if (step.step == "open-drive" && !is_opening(step)) order += '?';
        }
        std::string complete = "wfs";
        for (size_t i = 0; i < patterns.size(); ++i) complete += "of";
        const bool verified = record_.plan.policy.verify != VerifyKind::none;
        const bool may_be_unverified = !includes_reading_back(record_.plan.method);
        complete += verified ? "gv" : "g";
        if (order != complete || !are_passes_of(record_.plan.method, patterns) ||
            !(verified || may_be_unverified))
            fault("plan-incomplete", {{"node", node.path}});
    }

    void check_coverage() {
        check_size();
        const Coverage& coverage = record_.coverage;
        const uint64_t all_passes = expected_bytes_ * std::max<uint64_t>(passes_, 1);
        if (coverage.overwritten_bytes != expected_bytes_ || record_.bytes_written != all_passes)
            fault("not-fully-overwritten", {{"bytes", std::to_string(record_.bytes_written)},
                                            {"of_bytes", std::to_string(all_passes)}});
        if (passes_ > 1) check_each_pass();
        check_unwritable();
        const uint64_t native = record_.plan.drive.native_size_bytes;
        if (coverage.hidden_bytes.value_or(0) != 0 || native > record_.plan.drive.size_bytes)
            fault("hidden-areas-not-reached", {{"bytes", std::to_string(coverage.hidden_bytes.value_or(0))}});
    }

    // The sum alone could hide a pass that is missing behind another.
    void check_each_pass() {
        for (const StepResult& result : record_.steps) {
            if (result.step != "overwrite") continue;
            for (const DriveNode& node : nodes_)
                if (step_name(node) == result.node && result.bytes != node.size_bytes)
                    fault("not-fully-overwritten", {{"bytes", std::to_string(result.bytes)},
                                                    {"of_bytes", std::to_string(node.size_bytes)}});
        }
    }

    // Of several passes each leaves what it wrote in the evidence, in their order.
    void check_patterns(const DriveNode& node) {
        if (passes_ < 2) return;
        std::vector<std::string> planned, found;
        for (const WipeStep& step : record_.plan.steps)
            if (step.step == "overwrite" && step.node == step_name(node)) planned.push_back(step.pattern);
        for (const EvidenceItem& item : record_.evidence) {
            if (item.kind != "pattern" || text_in(item.facts, "node") != node.path) continue;
            found.push_back(text_in(item.facts, "pattern"));
            const bool has_key = !text_in(item.facts, "key").empty() && !text_in(item.facts, "iv").empty();
            if ((found.back() == "random") != has_key) found.back() += '?';
        }
        if (found != planned) fault("patterns-unknown", {{"node", node.path}});
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
        // What was counted before an interruption, as far as it was known to be done.
        const uint64_t earlier = facts ? number_in(*facts, "written_sectors_earlier").value_or(0) : 0;
        const uint64_t least = node.size_bytes / counter_unit_bytes * std::max<uint64_t>(passes_, 1);
        if (!before || !after || *after < *before || *after - *before < least - std::min(least, earlier))
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
        if (verification.pattern != last_pattern_) fault("verification-unknown");
        if (reached == VerifyKind::full && verification.bytes_read != expected_bytes_)
            fault("verification-incomplete");
        if (reached == VerifyKind::sample) check_sample(verification);
    }

    void check_sample(const Verification& verification) {
        const uint64_t share = planned_sample_share_ppm();
        for (const WipeStep& step : record_.plan.steps)
            if (step.step == "verify" && step.kind != "sample") fault("verification-unknown");
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
        if (passes_ > 1) remarks.push_back(more_passes_add_nothing(record_.plan.method));
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

    uint64_t passes_ = 0;  ///< over each node
    std::string last_pattern_;
};

}  // namespace

Judgement judge_wipe(const WipeRecord& record) {
    return find_firmware_method(record.plan.method) != nullptr ? judge_firmware_wipe(record)
                                                               : OverwriteJudge(record).judge();
}

void apply_verdict(WipeRecord& record) {
    Judgement judgement = judge_wipe(record);
    record.verdict = judgement.verdict;
    record.standard = record.plan.standard;
    record.remarks = std::move(judgement.remarks);
}

}  // namespace regain
