#pragma once
// Everything that wiper/ decides, does and finds, as plain data: the policy that was asked for, the plan, the
// evidence, the coverage, the verdict. certifier/ makes certificates from these alone.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "reports/drive_record.h"
#include "reports/remark.h"

namespace regain {

enum class WipeLevel { purge, clear, best };  // what is asked for
enum class VerifyKind { full, sample, none };
enum class Verdict { not_erased, cleared, purged };  // what was reached

std::string_view level_name(WipeLevel level);    ///< "purge", "clear", "best"
std::string_view verify_name(VerifyKind kind);   ///< "full", "sample", "none"
std::string_view verdict_name(Verdict verdict);  ///< "purged", "cleared", "not-erased"
bool parse_level(std::string_view name, WipeLevel& level);
bool parse_verify(std::string_view name, VerifyKind& kind);
bool parse_verdict(std::string_view name, Verdict& verdict);

struct WipePolicy {
    WipeLevel level = WipeLevel::best;
    std::string method;                ///< empty: chosen by the plan
    std::optional<VerifyKind> verify;  ///< empty: chosen by the plan (full after an overwrite)
    bool operator==(const WipePolicy&) const = default;
};

/// One step of a plan. `step` says which fields count:
/// "open-drive" (method: what opens a locked drive; only as the first step), "write-markers" (count),
/// "overwrite" (pattern), "flush", "check-markers" (kind: "stored", "gone"),
/// "restore-hidden" (kind: the mechanism; count: sectors; before the plan, see WipePlan::preparations),
/// "remember" (sample_share_ppm: hashes of what stands there, in memory), "firmware-erase" (method, minutes:
/// the drive's own command, about all nodes), "identify-again" (all nodes), "verify" (kind, pattern,
/// sample_share_ppm).
struct WipeStep {
    std::string step;
    std::string pattern;  ///< overwrite, verify: "zero" or "random"; verify after a firmware-erase: "erased"
                          ///< (every sector is one unit of 4 bytes, repeated) or "changed" (differs from what
                          ///< was remembered)
    uint64_t count = 0;   ///< markers
    std::string kind;     ///< verify: "full" or "sample"
    uint64_t sample_share_ppm = 0;
    std::string node = {};  ///< path of a further node of the drive (an NVMe namespace); empty: the main one
    std::string method = {};               ///< firmware-erase: "ata-sanitize-block"
    std::optional<uint64_t> minutes = {};  ///< firmware-erase: the drive's own estimate
    bool operator==(const WipeStep&) const = default;
};

/// How long a method would take. `basis`: "drive" (its own estimate), "at-least" (its own, and it says that
/// it is a lower bound), "assumed-speed" (size by a usual speed of such a medium); empty: not known.
struct ExpectedTime {
    std::optional<uint64_t> minutes;
    std::string basis;
    bool operator==(const ExpectedTime&) const = default;
};

struct RejectedMethod {
    std::string method;
    Remark reason;
    ExpectedTime expected = {};
    bool operator==(const RejectedMethod&) const = default;
};

struct WipePlan {
    DriveRecord drive;
    WipePolicy policy;
    std::string method;  ///< "zero", "random"
    std::vector<WipeStep> steps;
    std::vector<RejectedMethod> rejected;
    Verdict level = Verdict::not_erased;  ///< the best verdict that these steps can reach
    std::string
        standard;  ///< what the level is named after: "NIST SP 800-88 Rev. 2 (techniques: IEEE 2883-2022)"
    std::vector<Remark> remarks;                  ///< why not better, what will not be reached
    std::optional<uint64_t> reallocated_sectors;  ///< as the drive counted them before; empty: not known
    /// What of this drive no step examines, as the drive tells of it when it is asked.
    std::vector<Remark> not_examined = {};
    ExpectedTime expected = {};
    /// What the drive called itself over its command channel when it was asked; 0 and empty: it was not.
    std::string spoken_serial = {};
    uint64_t spoken_bytes = 0;
    uint32_t command_block_bytes = 16;  ///< of ATA PASS-THROUGH: 12 where the adapter takes no others
    /// What is done before, after the confirmation: hidden sectors are given back. The drive and the steps
    /// are those of the whole drive; the plan is made anew once that is done, and then it has no
    /// preparations.
    std::vector<WipeStep> preparations = {};
    /// What is tried next, in this order, when these steps do not reach their level: whole plans of the same
    /// drive and policy, without fallbacks of their own.
    std::vector<WipePlan> fallbacks = {};
    bool operator==(const WipePlan&) const = default;
};

struct StepResult {
    std::string step;
    std::string result;             ///< "done", "failed", "interrupted", "skipped"
    std::string started, finished;  ///< RFC 3339, wall clock
    uint64_t duration_ms = 0;       ///< monotonic
    uint64_t bytes = 0;
    std::vector<Remark> remarks;
    std::string node = {};  ///< as in the plan's step
    bool operator==(const StepResult&) const = default;
};

struct LbaRange {
    uint64_t first_lba = 0;
    uint64_t last_lba = 0;  ///< inclusive
    std::string node = {};  ///< path of a further node; empty: the main one
    bool operator==(const LbaRange&) const = default;
};

/// What was reached and what was not.
struct Coverage {
    uint64_t addressable_bytes = 0;
    uint64_t overwritten_bytes = 0;
    uint64_t verified_bytes = 0;
    std::optional<uint64_t> native_bytes;         ///< empty: not examined
    std::optional<uint64_t> hidden_bytes;         ///< empty: not examined
    std::optional<uint64_t> reallocated_sectors;  ///< empty: not known
    std::vector<Remark> not_examined;  ///< areas, by code: hidden-areas, over-provisioning, boot-areas, rpmb,
                                       ///< other-namespaces...
    bool operator==(const Coverage&) const = default;
};

struct Verification {
    std::string kind;  ///< "full", "sample", "none"
    std::string pattern;
    uint64_t bytes_read = 0;
    uint64_t mismatches = 0;  ///< sectors that differ
    uint64_t sample_count = 0;
    uint64_t sample_share_ppm = 0;
    uint64_t detectable_leftover_bytes =
        0;                  ///< sample: a left-over of this size would have been found with 99 % probability
    std::string read_path;  ///< "direct" (O_DIRECT) or "page-cache" (what the file system forced)
    bool completed = false;
    bool operator==(const Verification&) const = default;
};

/// One fact, of one kind: "markers", "drive-log" (docs/wiping.md), "block-counters", "identity",
/// "read-back", "smart".
struct EvidenceItem {
    std::string kind;
    Json facts = Json::object();  ///< raw fields; integers, texts and lists only
    bool operator==(const EvidenceItem&) const = default;
};

/// A plan that was tried and did not reach its level; another one was tried after it.
struct WipeAttempt {
    std::string method;
    std::vector<StepResult> steps;
    std::vector<EvidenceItem> evidence;
    std::vector<Remark> remarks;  ///< why it did not
    std::vector<Error> errors;
    std::string started, finished;
};

/// `plan` is the one that was carried out last: a fallback after `attempts`.
struct WipeRecord {
    DriveRecord drive;
    WipePlan plan;
    std::vector<StepResult> steps;
    Verdict verdict = Verdict::not_erased;
    std::string standard;
    std::string method;
    Verification verification;
    Coverage coverage;
    uint64_t bytes_written = 0;
    std::vector<LbaRange> unwritable;
    std::vector<EvidenceItem> evidence;
    std::vector<Remark> remarks;  ///< why the verdict is what it is
    std::vector<Error> errors;
    std::string started, finished;
    uint64_t duration_ms = 0;
    uint64_t average_bytes_per_second = 0;
    bool interrupted = false;
    std::vector<WipeAttempt> attempts = {};  ///< those before `plan`, in their order
};

struct WipeReport {
    std::string started, finished;
    std::vector<WipeRecord> wipes;
};

Json to_json(const StepResult& step);
Result<StepResult> step_result_from_json(const Json& json);
Json to_json(const WipeAttempt& attempt);
Result<WipeAttempt> wipe_attempt_from_json(const Json& json);
Json to_json(const WipePolicy& policy);
Result<WipePolicy> wipe_policy_from_json(const Json& json);
Json to_json(const WipePlan& plan);
Result<WipePlan> wipe_plan_from_json(const Json& json);
/// {"schema":"regain.wipe-plan/1","plans":[...]}
Json plans_document(const std::vector<WipePlan>& plans);
Json to_json(const WipeRecord& record);
Result<WipeRecord> wipe_record_from_json(const Json& json);
/// {"schema":"regain.wipe-report/1",...}
Json to_json(const WipeReport& report);
Result<WipeReport> wipe_report_from_json(const Json& json);

}  // namespace regain
