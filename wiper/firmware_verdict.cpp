#include "wiper/firmware_verdict.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wiper/firmware_method.h"
#include "wiper/record_judge.h"
#include "wiper/sample_memory.h"

namespace regain {
namespace {

class FirmwareJudge : private RecordJudge {
  public:
    FirmwareJudge(const WipeRecord& record, const FirmwareMethod& method)
        : RecordJudge(record), method_(method) {
        for (const WipeStep& step : record.plan.steps)
            if (step.step == "firmware-erase") erase_steps_.push_back(&step);
    }

    Judgement judge() {
        check_plan();
        check_methods();
        check_end();
        check_steps();
        check_attempts();
        check_size();
        check_unwritable();
        check_hidden();
        check_identity();
        check_identity_again();
        check_drive_logs();
        for (const DriveNode& node : nodes_) {
            check_plan_of(node);
            check_markers(node);
            check_read_back(node);
        }
        check_verification();
        if (!faults_.empty()) return not_erased(std::move(faults_));
        return reached_level();
    }

  private:
    Judgement not_erased(std::vector<Remark> remarks) const {
        append(remarks, failed_attempts());
        return {Verdict::not_erased, std::move(remarks)};
    }

    static void append(std::vector<Remark>& remarks, std::vector<Remark> more) {
        std::move(more.begin(), more.end(), std::back_inserter(remarks));
    }

    bool is_crypto_alone() const { return method_.is_crypto; }

    // The method alone, or a crypto erase and then the method.
    void check_methods() {
        if (!method_.fits(record_.plan.drive.protocol) || record_.plan.drive.is_virtual())
            fault("method-not-of-this-drive", {{"method", record_.plan.method}});
        const size_t count = erase_steps_.size();
        bool is_known = count == 1 || count == 2;
        is_known = is_known && erase_steps_.back()->method == record_.plan.method;
        if (is_known && count == 2) {
            const FirmwareMethod* before = find_firmware_method(erase_steps_.front()->method);
            is_known = before != nullptr && may_precede(*before, method_);
        }
        if (!is_known) fault("plan-incomplete", {{"node", record_.plan.drive.path}});
    }

    // Kind one, the markers, needs an order. For this node: markers, proven to be stored, before the erase;
    // both looks at the drive after it. A step about all nodes stands in every node's order.
    void check_plan_of(const DriveNode& node) {
        const std::string name = step_name(node);
        std::string order;
        for (const WipeStep& step : record_.plan.steps) {
            if (is_opening(step)) continue;
            if (step.step == "firmware-erase" || step.step == "identify-again") {
                order += !step.node.empty() ? '?' : step.step == "firmware-erase" ? 'e' : 'i';
                continue;
            }
            if (step.node == name) order += letter_of(step);
        }
        std::string wanted = is_crypto_alone() ? "wfsr" : "wfs";
        wanted += std::string(erase_steps_.size(), 'e') + "igv";
        if (order != wanted) fault("plan-incomplete", {{"node", node.path}});
    }

    char letter_of(const WipeStep& step) const {
        if (step.step == "write-markers") return 'w';
        if (step.step == "flush") return 'f';
        if (step.step == "check-markers")
            return step.kind == "stored" ? 's' : step.kind == "gone" ? 'g' : '?';
        if (step.step == "remember") return 'r';
        if (step.step != "verify" || step.pattern != pattern_after(method_)) return '?';
        // What changed can only be told of places that were remembered.
        return step.kind == "sample" || (step.kind == "full" && !is_crypto_alone()) ? 'v' : '?';
    }

    uint64_t hidden_bytes() const {
        const DriveRecord& drive = record_.plan.drive;
        const uint64_t by_size =
            drive.native_size_bytes > drive.size_bytes ? drive.native_size_bytes - drive.size_bytes : 0;
        return std::max(by_size, record_.coverage.hidden_bytes.value_or(0));
    }

    // The normal SECURITY ERASE goes no further than the sectors that the drive shows.
    void check_hidden() {
        if (hidden_bytes() != 0 && record_.plan.method == "ata-security-erase")
            fault("hidden-areas-not-reached", {{"bytes", std::to_string(hidden_bytes())}});
    }

    // Asked directly after the erasure: still this drive, as large as before. One whose firmware crashed
    // shows another serial or another size. (The size is what the drive says of itself, with all its
    // namespaces.)
    void check_identity_again() {
        const Json* facts = evidence("identity-again", "");
        if (facts == nullptr) return fault("identity-again-unknown");
        const std::string size = text_in(*facts, "size_same"), serial = text_in(*facts, "serial_same");
        if (size == "no") fault("size-changed");
        if (serial == "no") fault("serial-changed");
        const bool is_size_known = size == "yes" && number_in(*facts, "size_bytes").value_or(0) != 0;
        if ((size != "no" && !is_size_known) || (serial != "no" && serial != "yes"))
            fault("identity-again-unknown");
    }

    // Kind two: what the drive itself said, once for each of its commands.
    void check_drive_logs() {
        const auto logs = std::count_if(record_.evidence.begin(), record_.evidence.end(),
                                        [](const EvidenceItem& item) { return item.kind == "drive-log"; });
        if (static_cast<size_t>(logs) != erase_steps_.size())
            fault("drive-log-missing", {{"method", record_.plan.method}});
        for (const WipeStep* step : erase_steps_) check_drive_log(step->method);
    }

    void check_drive_log(const std::string& method) {
        const std::map<std::string, std::string> which{{"method", method}};
        const Json* facts = nullptr;
        for (const EvidenceItem& item : record_.evidence)
            if (item.kind == "drive-log" && text_in(item.facts, "method") == method) facts = &item.facts;
        if (facts == nullptr) return fault("drive-log-missing", which);
        if (text_in(*facts, "accepted") != "yes") fault("erase-not-accepted", which);
        const FirmwareMethod* known = find_firmware_method(method);
        const std::string running = text_in(*facts, "seen_running");
        const bool may_be_unseen = known != nullptr && known->is_answered_at_its_end;
        if (running != "yes" && !(may_be_unseen && running == "unknown"))
            fault("erase-not-seen-running", which);
        if (text_in(*facts, "completed") != "yes") fault("erase-not-completed", which);
        const bool has_password = known == nullptr || known->is_security || !is_null_in(*facts);
        if (has_password && text_in(*facts, "security_released") != "yes")
            fault("password-not-released", which);
        if (!is_no_in(*facts, "stood_still")) fault("erase-stood-still", which);
        if (!is_no_in(*facts, "left_running")) fault("erase-left-running", which);
    }

    static bool is_null_in(const Json& facts) {
        const auto found = facts.find("security_released");
        return found == facts.end() || found->is_null();
    }

    // Kind three: what stands there now.
    void check_read_back(const DriveNode& node) {
        const Json* facts = evidence("read-back", node.path);
        const std::map<std::string, std::string> where{{"node", node.path}};
        if (facts == nullptr || text_in(*facts, "pattern") != pattern_after(method_))
            return fault("read-back-unknown", where);
        const auto bytes = number_in(*facts, "bytes_read");
        read_bytes_ += bytes.value_or(0);
        const bool is_whole = record_.verification.kind != "full" || bytes == node.size_bytes;
        if (bytes.value_or(0) == 0 || !is_whole) fault("read-back-unknown", where);
        if (number_in(*facts, "mismatching_sectors") != uint64_t{0} ||
            number_in(*facts, "unreadable_sectors") != uint64_t{0})
            fault("content-left", where);
        if (is_crypto_alone() && number_in(*facts, "informative_places").value_or(0) == 0)
            uninformative_.push_back(node.path);
    }

    void check_verification() {
        const Verification& verification = record_.verification;
        VerifyKind reached = VerifyKind::none;
        if (!parse_verify(verification.kind, reached)) return fault("verification-unknown");
        if (verification.read_path != "direct") fault("read-back-from-cache");
        if (is_weaker_than_asked(reached)) fault("verification-weaker-than-asked");
        if (verification.mismatches != 0)
            fault("mismatches", {{"count", std::to_string(verification.mismatches)}});
        if (!verification.completed || verification.bytes_read == 0 ||
            verification.bytes_read != read_bytes_ ||
            verification.bytes_read != record_.coverage.verified_bytes)
            fault("verification-incomplete");
        if (verification.pattern != pattern_after(method_)) fault("verification-unknown");
        if (reached == VerifyKind::full && verification.bytes_read != expected_bytes_)
            fault("verification-incomplete");
        if (reached == VerifyKind::full && is_crypto_alone()) fault("verification-unknown");
        if (reached == VerifyKind::sample) check_sample(verification);
    }

    bool is_weaker_than_asked(VerifyKind reached) const {
        if (reached == VerifyKind::full) return false;
        if (reached == VerifyKind::none || record_.plan.policy.verify == VerifyKind::full) return true;
        return std::any_of(record_.plan.steps.begin(), record_.plan.steps.end(), [](const WipeStep& step) {
            return step.step == "verify" && step.kind != "sample";
        });
    }

    // What can be remembered has a bound, so that a crypto erase of a large drive is sampled more thinly.
    uint64_t wanted_share_ppm() const {
        uint64_t share = planned_sample_share_ppm();
        if (!is_crypto_alone()) return share;
        for (const DriveNode& node : nodes_)
            share = std::min(share, SampleMemory::bounded_share_ppm(node.size_bytes, share));
        return share;
    }

    void check_sample(const Verification& verification) {
        const uint64_t share = wanted_share_ppm();
        if (verification.sample_count == 0 || share == 0 || verification.sample_share_ppm < share)
            fault("sample-too-small");
        if (verification.detectable_leftover_bytes != 0) return;
        // Where nothing could be compared there is no left-over to speak of: that limits the level.
        if (is_crypto_alone())
            uninformative_.push_back(record_.plan.drive.path);
        else
            fault("sample-too-small");
    }

    Judgement reached_level() const {
        std::vector<Remark> limits = why_no_purge();
        const Verdict reached = limits.empty() ? Verdict::purged : Verdict::cleared;
        if (reached != Verdict::purged && record_.plan.policy.level == WipeLevel::purge) {
            limits.insert(limits.begin(), Remark{"policy-not-reached", {{"policy", "purge"}}});
            return not_erased(std::move(limits));
        }
        if (reached == Verdict::cleared && record_.coverage.reallocated_sectors.value_or(0) != 0)
            limits.push_back({"reallocated-sectors-perhaps-left",
                              {{"count", std::to_string(*record_.coverage.reallocated_sectors)}}});
        if (record_.verification.kind == "sample") limits.push_back({"verified-by-sample", {}});
        append(limits, failed_attempts());
        return {reached, std::move(limits)};
    }

    // Everything was shown; but is it a purge? Each remark here is one reason why it is not.
    std::vector<Remark> why_no_purge() const {
        std::vector<Remark> limits;
        if (hidden_bytes() != 0)
            limits.push_back({"hidden-areas-left", {{"bytes", std::to_string(hidden_bytes())}}});
        const DriveRecord& drive = record_.plan.drive;
        if (method_.level_on(drive.medium) == Verdict::purged) {
            append(limits, doubts());
            return limits;
        }
        limits.insert(limits.begin(), {"method-only-clears",
                                       {{"method", record_.plan.method},
                                        {"medium", std::string(medium_name(drive.medium))}}});
        return limits;
    }

    // What keeps a method that may purge from it.
    std::vector<Remark> doubts() const {
        std::vector<Remark> found;
        if (record_.plan.level != Verdict::purged) found.push_back({"plan-only-clears", {}});
        const auto& said = record_.plan.remarks;
        if (is_crypto_alone() && !std::all_of(said.begin(), said.end(), leaves_crypto_certain))
            found.push_back({"crypto-erase-in-doubt", {}});
        for (const std::string& node : uninformative_)
            found.push_back({"read-back-uninformative", {{"node", node}}});
        if (!are_hidden_areas_known()) found.push_back({"hidden-areas-unknown", {}});
        if (is_not_examined("other-namespaces")) found.push_back({"other-namespaces-not-examined", {}});
        return found;
    }

    // NVMe and SCSI have no HPA, DCO or accessible maximum: no number to ask for. An ATA drive has to be
    // asked.
    bool are_hidden_areas_known() const {
        if (record_.coverage.hidden_bytes) return true;
        const bool may_hide = method_.family() == "ata" || record_.plan.drive.protocol == "ata";
        return !may_hide && !is_not_examined("hidden-areas");
    }

    bool is_not_examined(std::string_view code) const {
        const auto& areas = record_.coverage.not_examined;
        return std::any_of(areas.begin(), areas.end(), [&](const Remark& area) { return area.code == code; });
    }

    const FirmwareMethod& method_;
    std::vector<const WipeStep*> erase_steps_;
    uint64_t read_bytes_ = 0;
    std::vector<std::string> uninformative_;  ///< nodes where nothing could be compared
};

}  // namespace

Judgement judge_firmware_wipe(const WipeRecord& record) {
    const FirmwareMethod* method = find_firmware_method(record.plan.method);
    if (method == nullptr)
        return {Verdict::not_erased, {{"method-not-known", {{"method", record.plan.method}}}}};
    return FirmwareJudge(record, *method).judge();
}

}  // namespace regain
