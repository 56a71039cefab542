// `regain deploy`: image and drives are checked, confirmed, written, read back, grown, given a new identity.
// What was on the drives is lost, so each is confirmed as for a wipe, and the machine's sheet says what was
// deployed, and that nothing was erased before.

#include <string>
#include <utility>
#include <vector>

#include "console/commands.h"
#include "console/deploy_job.h"
#include "console/drive_choice.h"
#include "console/holder_release.h"
#include "console/interrupted_jobs.h"
#include "console/job_journal.h"
#include "console/job_options.h"
#include "console/records.h"
#include "console/station_desk.h"

namespace regain {
namespace {

struct PreparedDeployment {
    JobContext job;
    std::shared_ptr<const ImageReader> image;
    TrustAnchors anchors;
    DriveChoice choice;
    std::vector<DeployDrive> drives;
    std::optional<std::string> answers;
};

Result<PreparedDeployment> prepare(const Session& session) {
    const auto& operands = session.arguments().operands();
    if (operands.size() < 2)
        return error(ErrorKind::usage, message("understand the command line"),
                     message("an IMAGE and at least one DRIVE are needed"), message("See --help."));
    PreparedDeployment prepared;
    REGAIN_TRY(session.check_report_file());
    REGAIN_ASSIGN(prepared.job, job_from_options(session));
    REGAIN_ASSIGN(prepared.image, ImageReader::open_location(operands[0], session.stop()));
    REGAIN_ASSIGN(prepared.anchors, anchors_of(session));
    REGAIN_TRY(check_image_signer(*prepared.image, prepared.anchors));
    REGAIN_ASSIGN(prepared.answers, answers_of(session, *prepared.image));
    const std::vector<std::string> names(operands.begin() + 1, operands.end());
    REGAIN_TRY(release_if_asked(session, names));
    REGAIN_ASSIGN(prepared.choice, choose_drives(session, names, N_("deploy onto {0}")));
    REGAIN_TRY(check_rights(prepared.choice.drives));
    for (const auto& drive : prepared.choice.drives) {
        DeployDrive target{drive};
        target.asset_tag = prepared.job.asset_tag;
        prepared.drives.push_back(std::move(target));
    }
    REGAIN_TRY(check_deployment(*prepared.image, prepared.anchors, prepared.drives));
    return prepared;
}

// When nothing was written to any drive, the reason decides: refused, untrusted, or the environment.
int status_of(const DeployReport& report) {
    for (const auto& deployment : report.deployments)
        if (deployment.deployed || deployment.bytes_written > 0 || deployment.errors.empty())
            return deploy_exit_status(report);
    if (report.deployments.empty()) return exit_status(ErrorKind::failed);
    return exit_status(report.deployments.front().errors.front().kind);
}

}  // namespace

int run_deploy(const Session& session) {
    auto prepared = prepare(session);
    if (!prepared.ok()) return session.report(prepared.error());
    mention_interrupted_jobs(session, prepared->choice.drives);
    if (const Status confirmed = confirm_drives(session, prepared->choice); !confirmed.ok())
        return session.report(confirmed.error());

    auto records = Records::open(session, prepared->job, prepared->drives.size());
    if (!records.ok()) return session.report(records.error());

    // Every drive is held, then the intent is recorded and the journal begun. Beyond that data is
    // overwritten, and every path leads to a record.
    JobJournal journal;
    const auto report = deploy_with_display(
        session, prepared->image, prepared->anchors, prepared->drives, prepared->answers, [&]() -> Status {
            REGAIN_TRY(records->begin_deployment(prepared->image->reference(), prepared->drives));
            REGAIN_ASSIGN(journal, JobJournal::begin(session, "deploy", prepared->choice.drives));
            return records->send_intent();
        });
    if (!report.ok()) {
        journal.finish();
        records->send_journal();
        return session.report(report.error());
    }
    say_deployments(session, *report);
    journal.enter("certify");
    records->certify_machine(nullptr, {}, &*report);
    if (!records->lacks_a_record()) journal.finish();
    return records->conclude(status_of(*report), to_json(*report));
}

}  // namespace regain
