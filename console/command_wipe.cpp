// `regain wipe`: drives → plan → confirmation → intent → wipe → certificates. Reads from top to bottom;
// beyond the intent every path leads to a record.

#include <string>
#include <utility>
#include <vector>

#include "console/busy_drives.h"
#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/holder_release.h"
#include "console/interrupted_jobs.h"
#include "console/job_options.h"
#include "console/label_numbers.h"
#include "console/password_release.h"
#include "console/waking.h"
#include "console/wipe_course.h"
#include "console/wipe_job.h"
#include "console/wipe_resumption.h"

namespace regain {
namespace {

struct PreparedWipe {
    DriveChoice choice;
    LabelNumbers numbers;
    std::vector<WipePlan> plans;
    JobContext job;
};

/// By the options; what they do not say, by how its wipe was begun where that goes on.
Result<std::vector<WipePlan>> plan_each(const Session& session,
                                        const std::vector<DriveCapabilities>& drives) {
    const LeftWipes left =
        session.arguments().has("resume") ? left_wipes(session.state_directory()) : LeftWipes{};
    std::vector<WipePlan> plans;
    for (const DriveCapabilities& drive : drives) {
        REGAIN_ASSIGN(
            const auto policy,
            policy_from_options(session, interrupted_policy(left, drive.drive).value_or(WipePolicy{})));
        REGAIN_ASSIGN(auto plan, plan_wipes(session, {drive}, policy, nullptr));
        plans.push_back(std::move(plan.front()));
    }
    return plans;
}

Result<PreparedWipe> prepare(const Session& session, const std::vector<std::string>& names) {
    PreparedWipe prepared;
    REGAIN_TRY(session.check_report_file());
    REGAIN_ASSIGN(const auto policy, policy_from_options(session, {}));
    REGAIN_ASSIGN(prepared.job, job_from_options(session));
    if (!session.arguments().has("plan")) REGAIN_TRY(release_if_asked(session, names));
    REGAIN_ASSIGN(prepared.choice, choose_drives(session, names, N_("erase {0}")));
    REGAIN_TRY(check_rights(prepared.choice.drives));
    if (!session.arguments().has("plan")) REGAIN_TRY(release_left_passwords(session, prepared.choice.drives));
    REGAIN_ASSIGN(prepared.numbers, label_numbers(session, prepared.choice, policy.method));
    // What goes on is not made stronger meanwhile.
    const auto suspend = session.arguments().has("resume") ? SuspendAnswer::no : SuspendAnswer::ask;
    REGAIN_ASSIGN(const auto capabilities,
                  ask_and_wake(session, prepared.choice, policy, prepared.numbers, suspend));
    REGAIN_ASSIGN(prepared.plans, plan_each(session, capabilities));
    return prepared;
}

}  // namespace

int run_wipe(const Session& session) {
    std::vector<std::string> names = session.arguments().operands();
    if (session.arguments().has("resume")) {
        auto interrupted = drives_to_resume(session);
        if (!interrupted.ok()) return session.report(interrupted.error());
        names = std::move(interrupted).value();
        if (names.empty()) return resume_wipes(session);
    }
    auto prepared = prepare(session, names);
    if (!prepared.ok()) return session.report(prepared.error());
    if (session.arguments().has("plan")) {
        session.put_json(plans_document(prepared->plans));
        if (!session.json()) say_plans(session, prepared->plans);
        const Status written = session.write_report_file(plans_document(prepared->plans));
        return written.ok() ? 0 : session.report(written.error());
    }
    say_plans(session, prepared->plans);
    const std::vector<bool> resumed = resumed_plans(session, prepared->plans);
    mention_interrupted_jobs(session, prepared->choice.drives);
    if (const Status confirmed = confirm_drives(session, prepared->choice); !confirmed.ok())
        return session.report(confirmed.error());

    WipeCourse course{session,         prepared->job,     prepared->choice.drives,
                      prepared->plans, prepared->numbers, capability_source(session, prepared->numbers)};
    course.resumed = resumed;
    auto end = run_wipe_course(course);
    if (!end.ok()) return session.report(end.error());
    return end->records.conclude(end->status, to_json(end->report));
}

}  // namespace regain
