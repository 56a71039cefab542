#include "console/wipe_job.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <utility>

#include "certifier/values_in_words.h"
#include "certifier/wording.h"
#include "console/drive_choice.h"
#include "console/drive_questions.h"
#include "console/password_release.h"
#include "console/patience.h"
#include "console/plan_display.h"
#include "console/progress_display.h"
#include "console/wipe_resumption.h"
#include "reports/surface_record.h"
#include "wiper/wipe_planner.h"
#include "wiper/wipe_supervisor.h"

namespace regain {
namespace {

Error wrong_value(const char* option, const std::string& value) {
    return error(ErrorKind::usage, message("understand the command line"),
                 message("--{0} can't be \"{1}\"", option, value), message("See --help."));
}

ProgressLine line_of(const Session& session, const WipePlan& plan, const WipeProgress& progress) {
    ProgressLine line;
    line.label = progress.node.empty() ? plan.drive.path : progress.node;
    line.step_code = progress.step;
    line.step = session.text(message("{0}/{1} {2}", progress.step_number, progress.step_count,
                                     session.text(word_step(progress.step))));
    if (progress.is_cooling)
        line.step =
            session.text(message("{0}/{1} waits to cool down", progress.step_number, progress.step_count));
    line.is_cooling = progress.is_cooling;
    line.bytes_done = progress.bytes_done;
    line.bytes_total = progress.bytes_total;
    line.bytes_per_second = progress.bytes_per_second;
    line.expected_minutes = progress.expected_minutes.value_or(0);
    line.seconds_left = progress.plan_seconds_left.value_or(progress.seconds_left.value_or(0));
    return line;
}

bool is_long(const WipeProgress& progress) {
    return progress.step == "overwrite" || progress.step == "verify" || progress.step == "firmware-erase";
}

// On Ctrl-C: what a drive does by itself can't be stopped, and whoever sits there has to know.
class InterruptionWords {
  public:
    InterruptionWords(const Session& session, const std::vector<WipePlan>& plans, ProgressView& display)
        : session_(session),
          plans_(plans),
          display_(display),
          steps_(plans.size()),
          on_stop_(session.stop(), [this] { say(); }) {}

    void is_at(size_t index, const std::string& step) {
        const std::lock_guard lock(mutex_);
        steps_[index] = step;
    }

  private:
    void say() {
        const std::lock_guard lock(mutex_);
        for (size_t i = 0; i < plans_.size(); ++i) {
            if (steps_[i] != "firmware-erase") continue;
            const Message words = message(
                "{0} is erasing itself by its own command: that goes on inside the drive, also without this "
                "program, and it takes no other command until it has ended. The next \"regain wipe\" looks "
                "at "
                "it again.",
                plans_[i].drive.path);
            if (session_.progress() == ProgressMode::bar)
                display_.note(session_.text(words));
            else
                session_.say(words);
        }
    }

    const Session& session_;
    const std::vector<WipePlan>& plans_;
    ProgressView& display_;
    std::mutex mutex_;
    std::vector<std::string> steps_;
    std::stop_callback<std::function<void()>> on_stop_;
};

std::string verification_line(const WipeRecord& wipe, const Translator& translate) {
    const auto& verification = wipe.verification;
    if (!verification.completed || verification.kind == "none") return {};
    return translate(message("  read back ({0}): {1}, {2} sectors differ",
                             translate(word_verification_kind(verification.kind)),
                             human_size(verification.bytes_read, translate), verification.mismatches)) +
           "\n";
}

}  // namespace

Result<WipePolicy> policy_from_options(const Session& session, const WipePolicy& fallback) {
    const Arguments& arguments = session.arguments();
    WipePolicy policy = fallback;
    if (arguments.has("policy") && !parse_level(arguments.value("policy"), policy.level))
        return wrong_value("policy", arguments.value("policy"));
    if (arguments.has("verify")) {
        VerifyKind verify = VerifyKind::full;
        if (!parse_verify(arguments.value("verify"), verify))
            return wrong_value("verify", arguments.value("verify"));
        policy.verify = verify;
    }
    if (arguments.has("method")) policy.method = arguments.value("method");
    return policy;
}

std::optional<uint64_t> reallocated_sectors_of(const InspectionReport* inspection, const DriveRecord& drive) {
    if (inspection == nullptr) return std::nullopt;
    for (const auto& health : inspection->drive_health) {
        if (health.path != drive.path) continue;
        const auto found = health.number("reallocated_sectors");
        if (found && *found >= 0) return static_cast<uint64_t>(*found);
    }
    return std::nullopt;
}

CapabilitySource capability_source(const Session& session, const LabelNumbers& numbers) {
    const auto questions = std::make_shared<DriveQuestions>(session);
    std::set<std::string> known;
    for (const auto& [path, number] : numbers) known.insert(path);
    return [questions, known](const DriveRecord& drive) {
        DriveCapabilities capabilities = questions->ask(drive);
        capabilities.is_psid_given = known.count(drive.path) != 0;
        return capabilities;
    };
}

Result<std::vector<WipePlan>> plan_wipes(const Session& session, const std::vector<DriveCapabilities>& drives,
                                         const WipePolicy& policy, const InspectionReport* inspection) {
    std::vector<WipePlan> plans;
    for (DriveCapabilities capabilities : drives) {
        if (const auto count = reallocated_sectors_of(inspection, capabilities.drive))
            capabilities.reallocated_sectors = count;
        auto plan = plan_wipe(capabilities, policy);
        if (!plan.ok()) {
            const bool is_about_methods = plan.error().kind == ErrorKind::refused &&
                                          capabilities.drive.protection.empty() &&
                                          capabilities.drive.size_bytes != 0;
            if (is_about_methods)
                session.say_raw(refusal_text(capabilities.drive, reasons_against(capabilities, policy),
                                             session.translate()));
            return std::move(plan).error();
        }
        plans.push_back(std::move(*plan));
    }
    return plans;
}

void say_plans(const Session& session, const std::vector<WipePlan>& plans) {
    const PlanDetail detail = session.arguments().has("plan") ? PlanDetail::full : PlanDetail::brief;
    for (const auto& plan : plans) session.say_raw(plan_text(plan, detail, session.translate()));
}

Result<WipeReport> run_planned_wipes(const Session& session, const std::vector<WipePlan>& plans,
                                     const LabelNumbers& numbers,
                                     std::vector<std::vector<EvidenceItem>> evidence_before,
                                     const std::function<Status()>& record_intent,
                                     const std::function<std::optional<Message>(const WipeRecord&)>& certify,
                                     ProgressView* view, LinkBoard* links, const std::vector<bool>& resumed) {
    std::optional<ProgressDisplay> own_display;
    ProgressView& display = view != nullptr ? *view : own_display.emplace(session, plans.size());
    const auto say = [&](const Message& words) {
        if (session.progress() == ProgressMode::bar)
            display.note(session.text(words));
        else
            session.say(words);
    };
    LinkBoard own_links(session.root(), say);
    InterruptionWords interruption(session, plans, display);
    SuperviseOptions options{session.clock()};
    options.root = session.root();
    options.stop = session.stop();
    options.password_directory = password_directory(session);
    options.journal_directory = wipe_journal_directory(session.state_directory());
    options.resumed = resumed;
    options.evidence_before = std::move(evidence_before);
    options.psids = numbers;
    options.stall_limit = patience_from("REGAIN_DRIVE_PATIENCE", options.stall_limit);
    std::vector<uint64_t> quarters(plans.size(), 0);
    options.on_progress = [&](size_t index, const WipeProgress& progress) {
        display.update(index, line_of(session, plans[index], progress));
        interruption.is_at(index, progress.step);
        // Without bars a line for each quarter of a long step: silence would look like a standstill.
        const uint64_t quarter =
            progress.bytes_total == 0 ? 0 : progress.bytes_done / (progress.bytes_total / 4 + 1);
        if (session.progress() == ProgressMode::none && quarter > quarters[index] && is_long(progress))
            session.say(message("  {0}: {1}: {2} %", plans[index].drive.path,
                                session.text(word_step(progress.step)), 25 * quarter));
        quarters[index] = quarter;
    };
    options.on_step = [&](size_t index, const StepResult& step) {
        if (session.progress() == ProgressMode::none)
            session.say(message("  {0}: {1}: {2}", plans[index].drive.path,
                                session.text(word_step(step.step)),
                                session.text(word_step_result(step.result))));
        for (const Remark& remark : step.remarks)
            if (remark.code == "can-not-be-resumed")
                session.warn(message("{0}: {1}", plans[index].drive.path,
                                     remark_in_words(remark, session.translate())));
    };
    options.before_first_write = [&](size_t index, const WipePlan&) -> Status {
        if (index != 0) return done();
        return record_intent();
    };
    options.on_record = [&](size_t, const WipeRecord& wipe) {
        if (const auto line = certify(wipe)) say(*line);
    };
    options.links = links != nullptr ? links : &own_links;
    return run_wipes(plans, options);
}

namespace {

/// What the read that verified has seen of the drive itself, where there is something to be seen.
std::string surface_lines(const WipeRecord& wipe, const Translator& translate) {
    std::string text;
    for (const EvidenceItem& item : wipe.evidence) {
        if (item.kind != "surface" || wipe.drive.is_virtual()) continue;
        const auto surface = surface_record_from_json(item.facts);
        if (!surface.ok()) continue;
        if (surface->slow_regions.empty() && surface->stalls() == 0 && surface->failed_requests() == 0)
            continue;
        text += translate(message(
                    "  read back at {0} MB/s; slow places: {1} of {2}; stops of a second and more: {3}; "
                    "reads that failed at first: {4}",
                    surface->median_bytes_per_second / 1'000'000, surface->slow_regions.size(),
                    surface->regions.size(), surface->stalls(), surface->failed_requests())) +
                "\n";
    }
    return text;
}

}  // namespace

void say_wipes(const Session& session, const WipeReport& report) {
    const Translator& translate = session.translate();
    for (const auto& wipe : report.wipes) {
        const std::string verdict = session.text(word_verdict(wipe.verdict));
        const std::string method = session.text(word_method(wipe.method));
        const std::string duration = human_duration(wipe.duration_ms / 1000);
        // A drive that erased itself had nothing written to it.
        std::string text =
            translate(wipe.bytes_written == 0
                          ? message("{0}: {1}, {2} in {3}", wipe.drive.path, verdict, method, duration)
                          : message("{0}: {1}, {2}, {3} in {4}", wipe.drive.path, verdict, method,
                                    human_size(wipe.bytes_written, translate), duration)) +
            "\n" + verification_line(wipe, translate) + surface_lines(wipe, translate);
        for (const auto& remark : wipe.remarks) text += "  * " + remark_in_words(remark, translate) + "\n";
        for (const auto& step : wipe.steps)
            for (const auto& remark : step.result == "done" ? std::vector<Remark>() : step.remarks)
                text += "    " + session.text(word_step(step.step)) + ": " +
                        remark_in_words(remark, translate) + "\n";
        session.say_raw(text);  // at once: other drives may have something to say
        for (const auto& failure : wipe.errors) session.report(failure);
    }
}

int wipe_exit_status(const WipeReport& report) {
    int status = 0;
    for (const auto& wipe : report.wipes) {
        if (wipe.interrupted) return exit_status(ErrorKind::interrupted);
        const bool falls_short =
            wipe.plan.policy.level == WipeLevel::purge && wipe.verdict != Verdict::purged;
        if (wipe.verdict == Verdict::not_erased || falls_short) status = exit_status(ErrorKind::failed);
    }
    return status;
}

}  // namespace regain
