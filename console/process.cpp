// `regain process`: one machine through the whole line, in one direction. Each pass below stands in a file of
// its own; this file only says in which order, and what happens where one falls short.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "console/busy_drives.h"
#include "console/commands.h"
#include "console/deploy_job.h"
#include "console/drive_choice.h"
#include "console/hidden_restore_stage.h"
#include "console/holder_release.h"
#include "console/inspection_display.h"
#include "console/interrupted_jobs.h"
#include "console/job_journal.h"
#include "console/job_options.h"
#include "console/label_numbers.h"
#include "console/password_release.h"
#include "console/profile_choice.h"
#include "console/records.h"
#include "console/station_desk.h"
#include "console/waking.h"
#include "console/wipe_job.h"
#include "console/wipe_resumption.h"
#include "drives/discovery.h"
#include "imager/image_reader.h"
#include "inspector/inspect_machine.h"

namespace regain {
namespace {

struct Line {
    Profile profile;
    JobContext job;
    DriveChoice choice;
    InspectionReport inspection;
    TrustAnchors anchors;
    std::shared_ptr<const ImageReader> image;
    DriveRecord target;  ///< the drive that gets the image
    std::optional<std::string> answers;
    LabelNumbers numbers;
    std::vector<WipePlan> plans;
    std::vector<bool> resumed;  ///< plans that go on with what was interrupted
    WipeReport wipes;
    DeployReport deployments;
};

Error usage(Message reason, Message advice) {
    return error(ErrorKind::usage, message("understand the command line"), std::move(reason),
                 std::move(advice));
}

Result<WipePolicy> policy_of(const Profile& profile) {
    WipePolicy policy;
    const auto unknown = [&](const char* key, const std::string& value) {
        return error(ErrorKind::untrusted, message("use the profile {0}", profile.name),
                     message("its wipe.{0} can't be \"{1}\"", key, value));
    };
    if (!profile.wipe.policy.empty() && !parse_level(profile.wipe.policy, policy.level))
        return unknown("policy", profile.wipe.policy);
    policy.method = profile.wipe.method;
    if (!profile.wipe.verify.empty()) {
        VerifyKind verify = VerifyKind::full;
        if (!parse_verify(profile.wipe.verify, verify)) return unknown("verify", profile.wipe.verify);
        policy.verify = verify;
    }
    return policy;
}

void add_organisation(JobContext& job, const Profile& profile) {
    job.organisation = profile.organisation.name;
    job.organisation_contact = profile.organisation.contact;
    job.logo_path = profile.organisation.logo.string();
}

// The drive to deploy onto is one of those that are erased: the only one, or the one that is named.
Status choose_target(const Session& session, Line& line) {
    const std::string name = session.arguments().value("deploy-to");
    if (name.empty()) {
        if (line.choice.drives.size() != 1)
            return usage(message("several drives are named"),
                         message("Say with --deploy-to which one gets the system."));
        line.target = line.choice.drives.front();
        return done();
    }
    REGAIN_ASSIGN(const auto all, discover_drives(session.root()));
    const auto files = session.arguments().has("virtual") ? VirtualFiles::accepted : VirtualFiles::refused;
    REGAIN_ASSIGN(line.target, find_drive(session.root(), all, name, files));
    for (const auto& drive : line.choice.drives)
        if (drive.path == line.target.path) return done();
    return usage(message("{0} is to be deployed onto but not erased", line.target.path),
                 message("Name it among the drives too."));
}

Status prepare_image(const Session& session, Line& line) {
    REGAIN_ASSIGN(const auto location, choose_image(session, line.profile));
    REGAIN_ASSIGN(line.image, ImageReader::open_location(location, session.stop()));
    const std::string& made_from = line.image->manifest().profile;
    if (!made_from.empty() && made_from != line.profile.name)
        return error(ErrorKind::refused, message("deploy {0}", location),
                     message("it was built from the profile {0}, not {1}", made_from, line.profile.name),
                     message("Name the right image with --image, or the right profile with --profile."));
    REGAIN_ASSIGN(line.anchors, anchors_of(session));
    REGAIN_ASSIGN(line.answers, answers_of(session, *line.image));
    REGAIN_TRY(choose_target(session, line));
    return check_deployment(*line.image, line.anchors, {{line.target}});
}

/// Among the chosen drives: its path may be another one after waking, and after giving back sectors.
size_t place_of_target(const Line& line) {
    size_t place = 0;
    while (place + 1 < line.choice.drives.size() && line.choice.drives[place].path != line.target.path)
        ++place;
    return place;
}

Result<Line> prepare(const Session& session) {
    Line line;
    // options, profile, job
    if (!session.arguments().has("profile"))
        return usage(message("no profile is named"),
                     message("Give --profile; \"regain profile list\" lists them."));
    REGAIN_TRY(session.check_report_file());
    REGAIN_ASSIGN(line.profile, choose_profile(session.arguments().value("profile")));
    REGAIN_ASSIGN(line.job, job_from_options(session));
    add_organisation(line.job, line.profile);
    REGAIN_ASSIGN(const auto fallback, policy_of(line.profile));
    REGAIN_ASSIGN(const auto policy, policy_from_options(session, fallback));
    // the machine and its drives; what is protected
    if (!session.arguments().has("plan"))
        REGAIN_TRY(release_if_asked(session, session.arguments().operands()));
    REGAIN_ASSIGN(line.choice, choose_drives(session, session.arguments().operands(), N_("erase {0}")));
    REGAIN_TRY(check_rights(line.choice.drives));
    if (!session.arguments().has("plan")) REGAIN_TRY(release_left_passwords(session, line.choice.drives));
    REGAIN_TRY(prepare_image(session, line));
    // what each drive can do; frozen ones are woken from sleep
    REGAIN_ASSIGN(line.numbers, label_numbers(session, line.choice, policy.method));
    const size_t target = place_of_target(line);
    REGAIN_ASSIGN(const auto capabilities,
                  ask_and_wake(session, line.choice, policy, line.numbers,
                               session.arguments().has("resume") ? SuspendAnswer::no : SuspendAnswer::yes));
    line.target = line.choice.drives[target];
    // inspection report
    REGAIN_ASSIGN(line.inspection, inspect_with_display(session, line.choice.drives));
    // a wipe plan for each drive
    REGAIN_ASSIGN(line.plans, plan_wipes(session, capabilities, policy, &line.inspection));
    return line;
}

const WipeRecord* wipe_of(const WipeReport& report, const DriveRecord& drive) {
    for (const auto& wipe : report.wipes)
        if (wipe.drive.path == drive.path) return &wipe;
    return nullptr;
}

const DeployRecord* deployment_of(const DeployReport& report, const DriveRecord& drive) {
    for (const auto& deployment : report.deployments)
        if (deployment.drive.path == drive.path) return &deployment;
    return nullptr;
}

// The verification's reading told the drive's speed and the state of its surface for free.
DiskReading reading_of(const WipeRecord& wipe) {
    DiskReading reading;
    for (const auto& item : wipe.evidence) {
        if (item.kind == "read-back")
            reading.unreadable_sectors += item.facts.value("unreadable_sectors", 0U);
        if (item.kind != "surface" || !wipe.verification.completed) continue;
        if (auto surface = surface_record_from_json(item.facts); surface.ok())
            reading.surfaces.push_back(std::move(surface).value());
    }
    return reading;
}

// Onto a drive that was not erased nothing is deployed: its old data would lie beside the new system.
void deploy(const Session& session, Line& line) {
    const WipeRecord* wipe = wipe_of(line.wipes, line.target);
    const bool is_erased = wipe != nullptr && wipe->verdict != Verdict::not_erased && !wipe->interrupted;
    if (!is_erased || session.stop().stop_requested()) {
        const Message doing = message("deploy onto {0}", line.target.path);
        line.deployments = deployment_not_begun(
            session, *line.image, {{line.target}},
            is_erased ? error(ErrorKind::interrupted, doing, message("interrupted by the operator"))
                      : error(ErrorKind::refused, doing, message("it was not erased")));
        return;
    }
    // From here on its content is the image's: to go on with the erasure would find something else. After a
    // power cut the line's own journal tells of it, and the drive is erased from the start.
    forget_wipe_journal(session, wipe->plan);
    // The intent that was recorded before the wipe names the deployment too.
    auto report = deploy_with_display(session, line.image, line.anchors,
                                      {deploy_drive_after(*wipe, line.job)}, line.answers, {});
    line.deployments = report.ok()
                           ? std::move(report).value()
                           : deployment_not_begun(session, *line.image, {{line.target}}, report.error());
}

Json process_document(const Line& line, const Records& records) {
    Json certificates = Json::array();
    for (const auto& certificate : records.issued())
        certificates.push_back({{"id", certificate.id},
                                {"kind", certificate.kind},
                                {"pdf", certificate.pdf_path.string()},
                                {"jws", certificate.jws_path.string()}});
    return Json{{"schema", "regain.process/1"},
                {"inspection", to_json(line.inspection)},
                {"wipe", to_json(line.wipes)},
                {"deploy", to_json(line.deployments)},
                {"certificates", certificates}};
}

int final_status(const Session& session, const Line& line) {
    const int wiped = wipe_exit_status(line.wipes);
    if (wiped != 0) return wiped;
    if (session.stop().stop_requested() && line.deployments.deployments.empty())
        return exit_status(ErrorKind::interrupted);
    return deploy_exit_status(line.deployments);
}

int only_plan(const Session& session, const Line& line) {
    session.put_json(plans_document(line.plans));
    const Status written = session.write_report_file(plans_document(line.plans));
    return written.ok() ? 0 : session.report(written.error());
}

/// What was done to hidden sectors, for each drive; the line's drives and plans are what they are afterwards.
Result<std::vector<std::vector<EvidenceItem>>> give_back_hidden_sectors(const Session& session, Line& line) {
    const size_t target = place_of_target(line);
    REGAIN_ASSIGN(auto evidence,
                  restore_hidden_sectors_first(session, line.choice.drives, line.plans, &line.inspection,
                                               capability_source(session, line.numbers)));
    line.target = line.choice.drives[target];
    return evidence;
}

/// Intent recorded and journal begun, once every drive is held; then wiped and verified. An error: nothing
/// was begun.
Status wipe_and_verify(const Session& session, Line& line, Records& records, JobJournal& journal,
                       std::vector<std::vector<EvidenceItem>> evidence) {
    const auto begin = [&]() -> Status {
        REGAIN_TRY(
            records.begin(&line.inspection.machine, line.plans, line.image->reference(), line.target.path));
        REGAIN_ASSIGN(journal, JobJournal::begin(session, "process", line.choice.drives, line.target.path));
        return records.send_intent();
    };
    const auto certify = [&](const WipeRecord& wipe) -> std::optional<Message> {
        add_disk_reading(line.inspection, wipe.drive, reading_of(wipe));
        // The target's certificate names the deployment; the others' need not wait for it.
        if (wipe.drive.path == line.target.path) return std::nullopt;
        auto said = records.certify(wipe, &line.inspection, nullptr);
        if (records.keeps_record_of(wipe.drive)) forget_ended_wipe(session, wipe);
        return said;
    };
    REGAIN_ASSIGN(line.wipes, run_planned_wipes(session, line.plans, line.numbers, std::move(evidence), begin,
                                                certify, nullptr, nullptr, line.resumed));
    return done();
}

/// What still lacks a certificate; the journal ends only when every record is written.
void certify_the_rest(const Session& session, const Line& line, Records& records, JobJournal& journal) {
    if (const WipeRecord* wipe = wipe_of(line.wipes, line.target); wipe != nullptr)
        static_cast<void>(
            records.certify(*wipe, &line.inspection, deployment_of(line.deployments, line.target)));
    records.certify_machine(&line.inspection, line.wipes, &line.deployments);
    if (records.lacks_a_record()) return;
    forget_hidden_sectors(session, line.wipes);
    for (const WipeRecord& wipe : line.wipes.wipes) forget_ended_wipe(session, wipe);
    journal.finish();
}

}  // namespace

int run_process(const Session& session) {
    auto line = prepare(session);
    if (!line.ok()) return session.report(line.error());
    say_inspection(session, line->inspection);
    say_plans(session, line->plans);
    if (session.arguments().has("plan")) return only_plan(session, *line);

    // confirmation
    line->resumed = resumed_plans(session, line->plans);
    mention_interrupted_jobs(session, line->choice.drives);
    if (const Status confirmed = confirm_drives(session, line->choice); !confirmed.ok())
        return session.report(confirmed.error());

    auto records = Records::open(session, line->job, line->choice.drives.size());
    if (!records.ok()) return session.report(records.error());
    auto evidence = give_back_hidden_sectors(session, *line);
    if (!evidence.ok()) return session.report(evidence.error());

    // intent recorded and journal begun, once every drive is held
    // ── beyond this point data is destroyed; every path leads to a record ──
    JobJournal journal;
    if (const Status wiped = wipe_and_verify(session, *line, *records, journal, std::move(evidence).value());
        !wiped.ok()) {
        journal.finish();
        records->send_journal();
        return session.report(wiped.error());
    }
    say_wipes(session, line->wipes);

    // deploy and read back, grow, new identity, boot check
    journal.enter("deploy");
    records->send_journal();
    deploy(session, *line);
    say_deployments(session, line->deployments);

    // certificates, registry
    journal.enter("certify");
    certify_the_rest(session, *line, *records, journal);

    // print, exit status
    return records->conclude(final_status(session, *line), process_document(*line, *records));
}

}  // namespace regain
