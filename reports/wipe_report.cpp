#include "reports/wipe_report.h"

#include <utility>

#include "reports/json_lists.h"
#include "reports/name_table.h"

namespace regain {
namespace {

constexpr NameTable<WipeLevel, 3> levels{
    {{WipeLevel::purge, "purge"}, {WipeLevel::clear, "clear"}, {WipeLevel::best, "best"}}};
constexpr NameTable<VerifyKind, 3> verify_kinds{
    {{VerifyKind::full, "full"}, {VerifyKind::sample, "sample"}, {VerifyKind::none, "none"}}};
constexpr NameTable<Verdict, 3> verdicts{
    {{Verdict::not_erased, "not-erased"}, {Verdict::cleared, "cleared"}, {Verdict::purged, "purged"}}};

}  // namespace

// Not in the anonymous namespace: list_to_json finds these by their argument's namespace.
static Json to_json(const WipeStep& step) {
    Json json{{"step", step.step}};
    if (!step.pattern.empty()) json["pattern"] = step.pattern;
    if (step.count != 0) json["count"] = step.count;
    if (!step.kind.empty()) json["kind"] = step.kind;
    if (step.sample_share_ppm != 0) json["sample_share_ppm"] = step.sample_share_ppm;
    if (!step.node.empty()) json["node"] = step.node;
    if (!step.method.empty()) json["method"] = step.method;
    if (step.minutes) json["minutes"] = *step.minutes;
    return json;
}

static Result<WipeStep> wipe_step_from_json(const Json& json) {
    JsonReader reader(json, "a step of a wipe plan");
    WipeStep step{reader.text("step"),
                  reader.text_or("pattern"),
                  reader.number_or("count"),
                  reader.text_or("kind"),
                  reader.number_or("sample_share_ppm"),
                  reader.text_or("node"),
                  reader.text_or("method"),
                  reader.optional_number("minutes")};
    REGAIN_TRY(reader.status());
    return step;
}

static void put_expected(Json& json, const ExpectedTime& expected) {
    if (expected.minutes) json["expected_minutes"] = *expected.minutes;
    if (!expected.basis.empty()) json["expected_basis"] = expected.basis;
}

static ExpectedTime expected_from(JsonReader& reader) {
    return {reader.optional_number("expected_minutes"), reader.text_or("expected_basis")};
}

static Json to_json(const RejectedMethod& rejected) {
    Json json{{"method", rejected.method}, {"reason", to_json(rejected.reason)}};
    put_expected(json, rejected.expected);
    return json;
}

static Result<RejectedMethod> rejected_from_json(const Json& json) {
    JsonReader reader(json, "a rejected method");
    RejectedMethod rejected;
    rejected.method = reader.text("method");
    REGAIN_ASSIGN(rejected.reason, remark_from_json(reader.object("reason")));
    rejected.expected = expected_from(reader);
    REGAIN_TRY(reader.status());
    return rejected;
}

Json to_json(const StepResult& step) {
    Json json{{"step", step.step},
              {"result", step.result},
              {"started", step.started},
              {"finished", step.finished},
              {"duration_ms", step.duration_ms},
              {"bytes", step.bytes},
              {"remarks", to_json(step.remarks)}};
    if (!step.node.empty()) json["node"] = step.node;
    return json;
}

Result<StepResult> step_result_from_json(const Json& json) {
    JsonReader reader(json, "a step of a wipe");
    StepResult step;
    step.step = reader.text("step");
    step.result = reader.text("result");
    step.started = reader.text_or("started");
    step.finished = reader.text_or("finished");
    step.duration_ms = reader.number_or("duration_ms");
    step.bytes = reader.number_or("bytes");
    step.node = reader.text_or("node");
    REGAIN_ASSIGN(step.remarks, remarks_from_json(reader.array("remarks")));
    REGAIN_TRY(reader.status());
    return step;
}

static Json to_json(const Coverage& coverage) {
    return Json{{"addressable_bytes", coverage.addressable_bytes},
                {"overwritten_bytes", coverage.overwritten_bytes},
                {"verified_bytes", coverage.verified_bytes},
                {"native_bytes", optional_to_json(coverage.native_bytes)},
                {"hidden_bytes", optional_to_json(coverage.hidden_bytes)},
                {"reallocated_sectors", optional_to_json(coverage.reallocated_sectors)},
                {"not_examined", to_json(coverage.not_examined)}};
}

static Result<Coverage> coverage_from_json(const Json& json) {
    JsonReader reader(json, "the coverage of a wipe");
    Coverage coverage;
    coverage.addressable_bytes = reader.number("addressable_bytes");
    coverage.overwritten_bytes = reader.number("overwritten_bytes");
    coverage.verified_bytes = reader.number("verified_bytes");
    coverage.native_bytes = reader.optional_number("native_bytes");
    coverage.hidden_bytes = reader.optional_number("hidden_bytes");
    coverage.reallocated_sectors = reader.optional_number("reallocated_sectors");
    REGAIN_ASSIGN(coverage.not_examined, remarks_from_json(reader.array("not_examined")));
    REGAIN_TRY(reader.status());
    return coverage;
}

static Json to_json(const Verification& verification) {
    return Json{{"kind", verification.kind},
                {"pattern", verification.pattern},
                {"bytes_read", verification.bytes_read},
                {"mismatches", verification.mismatches},
                {"sample_count", verification.sample_count},
                {"sample_share_ppm", verification.sample_share_ppm},
                {"detectable_leftover_bytes", verification.detectable_leftover_bytes},
                {"read_path", verification.read_path},
                {"completed", verification.completed}};
}

static Result<Verification> verification_from_json(const Json& json) {
    JsonReader reader(json, "the verification of a wipe");
    Verification verification;
    verification.kind = reader.text("kind");
    verification.pattern = reader.text_or("pattern");
    verification.bytes_read = reader.number("bytes_read");
    verification.mismatches = reader.number("mismatches");
    verification.sample_count = reader.number_or("sample_count");
    verification.sample_share_ppm = reader.number_or("sample_share_ppm");
    verification.detectable_leftover_bytes = reader.number_or("detectable_leftover_bytes");
    verification.read_path = reader.text_or("read_path");
    verification.completed = reader.boolean_or("completed");
    REGAIN_TRY(reader.status());
    return verification;
}

static Json to_json(const LbaRange& range) {
    Json json{{"first_lba", range.first_lba}, {"last_lba", range.last_lba}};
    if (!range.node.empty()) json["node"] = range.node;
    return json;
}

static Result<LbaRange> range_from_json(const Json& json) {
    JsonReader reader(json, "a range of sectors");
    LbaRange range{reader.number("first_lba"), reader.number("last_lba"), reader.text_or("node")};
    REGAIN_TRY(reader.status());
    return range;
}

static Json to_json(const EvidenceItem& item) {
    return Json{{"kind", item.kind}, {"facts", item.facts}};
}

static Result<EvidenceItem> evidence_from_json(const Json& json) {
    JsonReader reader(json, "an item of evidence");
    EvidenceItem item{reader.text("kind"), reader.object("facts")};
    REGAIN_TRY(reader.status());
    return item;
}

std::string_view level_name(WipeLevel level) {
    return name_in(levels, level);
}
std::string_view verify_name(VerifyKind kind) {
    return name_in(verify_kinds, kind);
}
std::string_view verdict_name(Verdict verdict) {
    return name_in(verdicts, verdict);
}
bool parse_level(std::string_view name, WipeLevel& level) {
    return parse_from(levels, name, level);
}
bool parse_verify(std::string_view name, VerifyKind& kind) {
    return parse_from(verify_kinds, name, kind);
}
bool parse_verdict(std::string_view name, Verdict& verdict) {
    return parse_from(verdicts, name, verdict);
}

Json to_json(const WipePolicy& policy) {
    Json json{{"policy", level_name(policy.level)}, {"method", policy.method}};
    if (policy.verify) json["verify"] = verify_name(*policy.verify);
    return json;
}

Result<WipePolicy> wipe_policy_from_json(const Json& json) {
    JsonReader reader(json, "a wipe policy");
    WipePolicy policy;
    name_from_json(reader, "policy", parse_level, policy.level);
    policy.method = reader.text_or("method");
    if (reader.has("verify")) {
        VerifyKind verify = VerifyKind::full;
        name_from_json(reader, "verify", parse_verify, verify);
        policy.verify = verify;
    }
    REGAIN_TRY(reader.status());
    return policy;
}

Json to_json(const WipePlan& plan) {
    Json json{{"drive", to_json(plan.drive)},
              {"policy", to_json(plan.policy)},
              {"method", plan.method},
              {"steps", list_to_json(plan.steps)},
              {"rejected", list_to_json(plan.rejected)},
              {"level", verdict_name(plan.level)},
              {"standard", plan.standard},
              {"remarks", to_json(plan.remarks)},
              {"reallocated_sectors", optional_to_json(plan.reallocated_sectors)}};
    put_expected(json, plan.expected);
    if (plan.spoken_bytes != 0 || !plan.spoken_serial.empty())
        json["drive_says"] = Json{{"serial", plan.spoken_serial}, {"size_bytes", plan.spoken_bytes}};
    if (plan.command_block_bytes == 12) json["command_block_bytes"] = 12;
    if (!plan.not_examined.empty()) json["not_examined"] = to_json(plan.not_examined);
    if (!plan.preparations.empty()) json["preparations"] = list_to_json(plan.preparations);
    if (!plan.fallbacks.empty()) json["fallbacks"] = list_to_json(plan.fallbacks);
    return json;
}

// A fallback has none of its own: what a file says can't nest without end.
static Result<WipePlan> fallback_from_json(const Json& json) {
    JsonReader reader(json, "a fallback of a wipe plan");
    if (reader.has("fallbacks")) reader.fail(message("a fallback has fallbacks of its own"));
    REGAIN_TRY(reader.status());
    return wipe_plan_from_json(json);
}

Result<WipePlan> wipe_plan_from_json(const Json& json) {
    JsonReader reader(json, "a wipe plan");
    WipePlan plan;
    REGAIN_ASSIGN(plan.drive, drive_record_from_json(reader.object("drive")));
    REGAIN_ASSIGN(plan.policy, wipe_policy_from_json(reader.object("policy")));
    plan.method = reader.text("method");
    REGAIN_TRY(list_from_json(reader.array("steps"), plan.steps, wipe_step_from_json));
    REGAIN_TRY(list_from_json(reader.array("rejected"), plan.rejected, rejected_from_json));
    name_from_json(reader, "level", parse_verdict, plan.level);
    plan.standard = reader.text_or("standard");
    plan.reallocated_sectors = reader.optional_number("reallocated_sectors");
    REGAIN_ASSIGN(plan.remarks, remarks_from_json(reader.array("remarks")));
    plan.expected = expected_from(reader);
    if (reader.has("drive_says")) {
        JsonReader says(reader.object("drive_says"), "what a drive says of itself");
        plan.spoken_serial = says.text("serial");
        plan.spoken_bytes = says.number("size_bytes");
        REGAIN_TRY(says.status());
    }
    if (reader.has("command_block_bytes"))
        plan.command_block_bytes = reader.number("command_block_bytes") == 12 ? 12 : 16;
    if (reader.has("not_examined")) {
        REGAIN_ASSIGN(plan.not_examined, remarks_from_json(reader.array("not_examined")));
    }
    if (reader.has("preparations"))
        REGAIN_TRY(list_from_json(reader.array("preparations"), plan.preparations, wipe_step_from_json));
    if (reader.has("fallbacks"))
        REGAIN_TRY(list_from_json(reader.array("fallbacks"), plan.fallbacks, fallback_from_json));
    REGAIN_TRY(reader.status());
    return plan;
}

Json plans_document(const std::vector<WipePlan>& plans) {
    return Json{{"schema", "regain.wipe-plan/1"}, {"plans", list_to_json(plans)}};
}

Json to_json(const WipeAttempt& attempt) {
    return Json{{"method", attempt.method},
                {"steps", list_to_json(attempt.steps)},
                {"evidence", list_to_json(attempt.evidence)},
                {"remarks", to_json(attempt.remarks)},
                {"errors", to_json(attempt.errors)},
                {"started", attempt.started},
                {"finished", attempt.finished}};
}

Result<WipeAttempt> wipe_attempt_from_json(const Json& json) {
    JsonReader reader(json, "an attempt of a wipe");
    WipeAttempt attempt;
    attempt.method = reader.text("method");
    REGAIN_TRY(list_from_json(reader.array("steps"), attempt.steps, step_result_from_json));
    REGAIN_TRY(list_from_json(reader.array("evidence"), attempt.evidence, evidence_from_json));
    REGAIN_ASSIGN(attempt.remarks, remarks_from_json(reader.array("remarks")));
    REGAIN_TRY(errors_from_json(reader.array("errors"), attempt.errors));
    attempt.started = reader.text_or("started");
    attempt.finished = reader.text_or("finished");
    REGAIN_TRY(reader.status());
    return attempt;
}

Json to_json(const WipeRecord& record) {
    Json json{{"drive", to_json(record.drive)},
              {"plan", to_json(record.plan)},
              {"steps", list_to_json(record.steps)},
              {"verdict", verdict_name(record.verdict)},
              {"standard", record.standard},
              {"method", record.method},
              {"verification", to_json(record.verification)},
              {"coverage", to_json(record.coverage)},
              {"bytes_written", record.bytes_written},
              {"unwritable", list_to_json(record.unwritable)},
              {"evidence", list_to_json(record.evidence)},
              {"remarks", to_json(record.remarks)},
              {"errors", to_json(record.errors)},
              {"started", record.started},
              {"finished", record.finished},
              {"duration_ms", record.duration_ms},
              {"average_bytes_per_second", record.average_bytes_per_second},
              {"interrupted", record.interrupted}};
    if (!record.attempts.empty()) json["attempts"] = list_to_json(record.attempts);
    return json;
}

Result<WipeRecord> wipe_record_from_json(const Json& json) {
    JsonReader reader(json, "the record of a wipe");
    WipeRecord record;
    REGAIN_ASSIGN(record.drive, drive_record_from_json(reader.object("drive")));
    REGAIN_ASSIGN(record.plan, wipe_plan_from_json(reader.object("plan")));
    REGAIN_TRY(list_from_json(reader.array("steps"), record.steps, step_result_from_json));
    name_from_json(reader, "verdict", parse_verdict, record.verdict);
    record.standard = reader.text_or("standard");
    record.method = reader.text_or("method");
    REGAIN_ASSIGN(record.verification, verification_from_json(reader.object("verification")));
    REGAIN_ASSIGN(record.coverage, coverage_from_json(reader.object("coverage")));
    record.bytes_written = reader.number("bytes_written");
    REGAIN_TRY(list_from_json(reader.array("unwritable"), record.unwritable, range_from_json));
    REGAIN_TRY(list_from_json(reader.array("evidence"), record.evidence, evidence_from_json));
    REGAIN_ASSIGN(record.remarks, remarks_from_json(reader.array("remarks")));
    REGAIN_TRY(errors_from_json(reader.array("errors"), record.errors));
    record.started = reader.text_or("started");
    record.finished = reader.text_or("finished");
    record.duration_ms = reader.number_or("duration_ms");
    record.average_bytes_per_second = reader.number_or("average_bytes_per_second");
    record.interrupted = reader.boolean_or("interrupted");
    if (reader.has("attempts"))
        REGAIN_TRY(list_from_json(reader.array("attempts"), record.attempts, wipe_attempt_from_json));
    REGAIN_TRY(reader.status());
    return record;
}

Json to_json(const WipeReport& report) {
    return Json{{"schema", "regain.wipe-report/1"},
                {"started", report.started},
                {"finished", report.finished},
                {"wipes", list_to_json(report.wipes)}};
}

Result<WipeReport> wipe_report_from_json(const Json& json) {
    JsonReader reader(json, "a wipe report");
    WipeReport report;
    if (reader.text("schema") != "regain.wipe-report/1")
        reader.fail(message("its schema is not {0}", "regain.wipe-report/1"));
    report.started = reader.text_or("started");
    report.finished = reader.text_or("finished");
    REGAIN_TRY(list_from_json(reader.array("wipes"), report.wipes, wipe_record_from_json));
    REGAIN_TRY(reader.status());
    return report;
}

}  // namespace regain
