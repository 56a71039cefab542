// `regain wipe`: drives → plan → confirmation → intent → wipe → certificates. Reads from top to bottom;
// beyond the intent every path leads to a record.

#include <string>
#include <vector>

#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/holder_release.h"
#include "console/job_options.h"
#include "console/records.h"
#include "console/station_desk.h"
#include "console/wipe_job.h"

namespace regain {
namespace {

struct PreparedWipe {
    DriveChoice choice;
    std::vector<WipePlan> plans;
    JobContext job;
};

Result<PreparedWipe> prepare(const Session& session) {
    PreparedWipe prepared;
    if (session.arguments().has("resume"))
        return error(ErrorKind::usage, message("resume a wipe"), message("this version can't yet"),
                     message("Start the wipe again: it begins anew."));
    REGAIN_TRY(session.check_report_file());
    REGAIN_ASSIGN(const auto policy, policy_from_options(session, {}));
    REGAIN_ASSIGN(prepared.job, job_from_options(session));
    if (!session.arguments().has("plan"))
        REGAIN_TRY(release_if_asked(session, session.arguments().operands()));
    REGAIN_ASSIGN(prepared.choice, choose_drives(session, session.arguments().operands(), N_("erase {0}")));
    REGAIN_TRY(check_rights(prepared.choice.drives));
    REGAIN_ASSIGN(prepared.plans, plan_wipes(prepared.choice.drives, policy, nullptr));
    return prepared;
}

int finish(const Session& session, const WipeReport& report, const Status& recorded) {
    session.put_json(to_json(report));
    say_wipes(session, report);
    int status = wipe_exit_status(report);
    for (const Status& stored : {recorded, session.write_report_file(to_json(report))}) {
        if (stored.ok()) continue;
        session.report(stored.error());
        if (status == 0) status = exit_status(ErrorKind::failed);
    }
    return status;
}

}  // namespace

int run_wipe(const Session& session) {
    auto prepared = prepare(session);
    if (!prepared.ok()) return session.report(prepared.error());
    if (session.arguments().has("plan")) {
        session.put_json(plans_document(prepared->plans));
        if (!session.json()) say_plans(session, prepared->plans);
        const Status written = session.write_report_file(plans_document(prepared->plans));
        return written.ok() ? 0 : session.report(written.error());
    }
    say_plans(session, prepared->plans);
    if (const Status confirmed = confirm_drives(session, prepared->choice); !confirmed.ok())
        return session.report(confirmed.error());

    auto records = Records::open(session, prepared->job, prepared->choice.drives.size());
    if (!records.ok()) return session.report(records.error());

    // Every drive is held, then the intent is recorded. Beyond that data is destroyed, and every path leads
    // to a record.
    const auto report = run_planned_wipes(
        session, prepared->plans, [&] { return records->begin(nullptr, prepared->plans, std::nullopt); });
    if (!report.ok()) return session.report(report.error());
    Status recorded = done();
    for (const auto& wipe : report->wipes)
        if (const Status issued = records->certify(wipe, nullptr, nullptr); !issued.ok()) recorded = issued;
    return finish(session, *report, recorded);
}

}  // namespace regain
