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

namespace regain {
namespace {

struct PreparedWipe {
    DriveChoice choice;
    LabelNumbers numbers;
    std::vector<WipePlan> plans;
    JobContext job;
};

Result<PreparedWipe> prepare(const Session& session) {
    PreparedWipe prepared;
    REGAIN_TRY(session.check_report_file());
    REGAIN_ASSIGN(const auto policy, policy_from_options(session, {}));
    REGAIN_ASSIGN(prepared.job, job_from_options(session));
    if (!session.arguments().has("plan"))
        REGAIN_TRY(release_if_asked(session, session.arguments().operands()));
    REGAIN_ASSIGN(prepared.choice, choose_drives(session, session.arguments().operands(), N_("erase {0}")));
    REGAIN_TRY(check_rights(prepared.choice.drives));
    if (!session.arguments().has("plan")) REGAIN_TRY(release_left_passwords(session, prepared.choice.drives));
    REGAIN_ASSIGN(prepared.numbers, label_numbers(session, prepared.choice, policy.method));
    REGAIN_ASSIGN(const auto capabilities,
                  ask_and_wake(session, prepared.choice, policy, prepared.numbers, SuspendAnswer::ask));
    REGAIN_ASSIGN(prepared.plans, plan_wipes(session, capabilities, policy, nullptr));
    return prepared;
}

}  // namespace

int run_wipe(const Session& session) {
    if (session.arguments().has("resume")) return resume_wipes(session);
    auto prepared = prepare(session);
    if (!prepared.ok()) return session.report(prepared.error());
    if (session.arguments().has("plan")) {
        session.put_json(plans_document(prepared->plans));
        if (!session.json()) say_plans(session, prepared->plans);
        const Status written = session.write_report_file(plans_document(prepared->plans));
        return written.ok() ? 0 : session.report(written.error());
    }
    say_plans(session, prepared->plans);
    mention_interrupted_jobs(session, prepared->choice.drives);
    if (const Status confirmed = confirm_drives(session, prepared->choice); !confirmed.ok())
        return session.report(confirmed.error());

    auto end = run_wipe_course({session, prepared->job, prepared->choice.drives, prepared->plans,
                                prepared->numbers, capability_source(session, prepared->numbers)});
    if (!end.ok()) return session.report(end.error());
    return end->records.conclude(end->status, to_json(end->report));
}

}  // namespace regain
