#include "console/records.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/file.h"
#include "certifier/document_id.h"
#include "console/patience.h"
#include "console/state_directory.h"
#include "console/station_desk.h"

namespace regain {
namespace {

// How long a drive's record waits for a locked registry while other drives are at work.
constexpr std::chrono::milliseconds short_patience{5'000};

// $REGAIN_REGISTRY_PATIENCE, in milliseconds: for a registry on a slow share, and for tests.
std::chrono::milliseconds registry_patience() {
    return patience_from("REGAIN_REGISTRY_PATIENCE", default_registry_patience);
}

// $REGAIN_SERVER_PATIENCE, in milliseconds: for tests.
std::chrono::milliseconds server_patience() {
    return patience_from("REGAIN_SERVER_PATIENCE", std::chrono::milliseconds(60'000));
}

}  // namespace

std::vector<SheetDrive> sheet_drives(const WipeReport& wipes, const DeployReport* deployments,
                                     const std::map<std::string, std::string>& certificates) {
    std::vector<SheetDrive> drives;
    std::map<std::string, size_t> place;
    for (const auto& wipe : wipes.wipes) {
        SheetDrive drive;
        drive.wipe = &wipe;
        const auto found = certificates.find(wipe.drive.path);
        if (found != certificates.end()) drive.certificate_id = found->second;
        place[wipe.drive.path] = drives.size();
        drives.push_back(drive);
    }
    if (deployments == nullptr) return drives;
    for (const auto& deployment : deployments->deployments) {
        const auto erased = place.find(deployment.drive.path);
        if (erased != place.end())
            drives[erased->second].deployment = &deployment;
        else
            drives.push_back({nullptr, &deployment, {}});
    }
    return drives;
}

Records::Records(const Session& session, JobContext job, std::optional<Certifier> certifier)
    : session_(&session),
      job_(std::move(job)),
      certifier_(std::move(certifier)),
      mirror_(certifier_ ? records_mirror_of(session) : nullptr),
      patience_(registry_patience()) {}

Result<Records> Records::open(const Session& session, JobContext job, size_t drive_count) {
    if (session.arguments().has("no-certificate")) return Records(session, std::move(job), std::nullopt);
    REGAIN_ASSIGN(auto certifier, open_certifier(session, drive_count + 1));
    return Records(session, std::move(job), std::move(certifier));
}

Status Records::begin(const MachineRecord* machine, const std::vector<WipePlan>& plans,
                      const std::optional<ImageReference>& image, const std::string& deploy_to) {
    if (!certifier_) return done();
    std::vector<IntendedDrive> drives;
    for (const auto& plan : plans)
        drives.push_back({plan.drive, plan, plan.drive.path == deploy_to ? image : std::nullopt});
    for (const auto& plan : plans) drives_.push_back(plan.drive.path);
    REGAIN_ASSIGN(intent_id_, certifier_->record_intent(job_, machine, drives));
    return done();
}

Status Records::begin_deployment(const ImageReference& image, const std::vector<DeployDrive>& drives) {
    if (!certifier_) return done();
    std::vector<IntendedDrive> intended;
    for (const auto& drive : drives) intended.push_back({drive.drive, std::nullopt, image});
    REGAIN_ASSIGN(intent_id_, certifier_->record_intent(job_, nullptr, intended));
    return done();
}

Status Records::send_intent() {
    if (!mirror_) return done();
    const UnsentRecords left = mirror_->send(session_->stop());
    if (left.empty()) return done();
    Error failure = unsent_error(left);
    if (session_->arguments().has("records-here")) {
        session_->report_unsent(left, failure);
        return done();
    }
    failure.kind = ErrorKind::environment;
    failure.advice = message(
        "Nothing was erased. Check the network and the server; with --records-here the job runs all the "
        "same, and its records stay in this computer's memory until the server takes them.");
    return failure;
}

void Records::send_journal() {
    if (mirror_) static_cast<void>(mirror_->send({}));
}

size_t Records::place_of(const std::string& drive) const {
    return static_cast<size_t>(std::find(drives_.begin(), drives_.end(), drive) - drives_.begin());
}

Result<IssuedCertificate> Records::issue(const WipeRecord& wipe, const InspectionReport* inspection,
                                         const DeployRecord* deployment) {
    REGAIN_ASSIGN(auto certificate,
                  certifier_->issue_drive_certificate(job_, wipe, inspection, deployment, intent_id_));
    drive_certificates_[wipe.drive.path] = certificate.id;
    keep(place_of(wipe.drive.path), certificate);
    return certificate;
}

std::optional<Message> Records::certify(const WipeRecord& wipe, const InspectionReport* inspection,
                                        const DeployRecord* deployment) {
    if (!certifier_) return std::nullopt;
    // Other drives may be at work, and their workers want to be heard.
    certifier_->registry().set_patience(std::min(patience_, short_patience));
    const auto issued = issue(wipe, inspection, deployment);
    if (issued.ok() && mirror_ && !mirror_->send({}).empty())
        return message("{0}: recorded as {1}; the server does not have it yet", wipe.drive.path, issued->id);
    if (issued.ok()) return message("{0}: recorded as {1}", wipe.drive.path, issued->id);
    Unrecorded waiting{{wipe.started, wipe.finished, {wipe}}, std::nullopt, std::nullopt, issued.error()};
    if (deployment != nullptr)
        waiting.deployments = DeployReport{deployment->started, deployment->finished, {*deployment}};
    if (inspection != nullptr) waiting.inspection = *inspection;
    waiting_.push_back(std::move(waiting));
    return message("{0}: its record could not be stored yet; that is tried again at the end",
                   wipe.drive.path);
}

void Records::settle() {
    if (!certifier_) return;
    certifier_->registry().set_patience(patience_);
    for (Unrecorded& waiting : waiting_) {
        const WipeRecord& wipe = waiting.wipes.wipes.front();
        const auto issued = issue(wipe, waiting.inspection ? &*waiting.inspection : nullptr,
                                  waiting.deployments ? &waiting.deployments->deployments.front() : nullptr);
        if (issued.ok()) continue;
        // One long wait is enough to know that the registry stays locked.
        certifier_->registry().set_patience(std::min(patience_, short_patience));
        waiting.reason = issued.error();
        keep_report(message("record what was done to {0}", wipe.drive.path), waiting);
    }
    waiting_.clear();
}

void Records::certify_machine(const InspectionReport* inspection, const WipeReport& wipes,
                              const DeployReport* deployments) {
    if (!certifier_) return;
    settle();
    const auto sheet = certifier_->issue_machine_sheet(
        job_, inspection, sheet_drives(wipes, deployments, drive_certificates_), intent_id_);
    if (sheet.ok()) return keep(drives_.size(), *sheet);
    Unrecorded lost{wipes, std::nullopt, std::nullopt, sheet.error()};
    if (deployments != nullptr) lost.deployments = *deployments;
    if (inspection != nullptr) lost.inspection = *inspection;
    keep_report(message("record the machine's sheet"), lost);
}

// The last resort: the reports as they are, in a file that survives a power cut. Who has it can at least
// prove to himself what was done; no certificate exists.
void Records::keep_report(const Message& doing, const Unrecorded& lost) {
    lacks_a_record_ = true;
    const std::string id = new_document_id();
    Json document{{"schema", "regain.unrecorded/1"},
                  {"id", id},
                  {"intent", intent_id_},
                  {"written", to_rfc3339(session_->clock().now())},
                  {"reason", to_json(lost.reason)},
                  {"job", to_json(job_)},
                  {"wipe", to_json(lost.wipes)}};
    if (lost.deployments) document["deploy"] = to_json(*lost.deployments);
    if (lost.inspection) document["inspection"] = to_json(*lost.inspection);
    const auto file = StateDirectory(session_->state_directory()).journals() / ("unrecorded-" + id + ".json");
    Error failure = lost.reason;
    failure.kind = ErrorKind::failed;
    failure.doing = doing;
    Status written = write_file(file, pretty_json(document));
    failure.advice = written.ok()
                         ? message("Its report lies in {0}: keep it, there is no certificate.", file.string())
                         : message("Its report could not be written either: keep what this command prints.");
    failures_.push_back(std::move(failure));
    if (!written.ok()) failures_.push_back(std::move(written).error());
}

// The record is safe in the registry even when its files could not be written; that is a failure all the
// same.
void Records::keep(size_t place, const IssuedCertificate& certificate) {
    issued_[place] = certificate;
    if (certificate.file_error) failures_.push_back(*certificate.file_error);
}

std::vector<IssuedCertificate> Records::issued() const {
    std::vector<IssuedCertificate> list;
    for (const auto& [place, certificate] : issued_) list.push_back(certificate);
    return list;
}

void Records::say_issued() const {
    for (const auto& certificate : issued()) {
        if (certificate.file_error) continue;
        const std::string pdf = certificate.pdf_path.string();
        session_->note_certificate(certificate.pdf_path);
        if (certificate.kind == "machine-sheet")
            session_->say(message("Machine sheet {0}: {1}", certificate.id, pdf));
        else if (certificate.kind == "drive-erasure")
            session_->say(message("Certificate {0}: {1}", certificate.id, pdf));
        else
            session_->say(message("Report of failure {0}: {1}", certificate.id, pdf));
        if (certificate.is_specimen) session_->say(message("It is a SPECIMEN: it is about a virtual drive."));
    }
}

// An interrupted job's records are sent too: the operator ended the job, not its proof.
std::optional<UnsentRecords> Records::send_rest() {
    if (!mirror_) return std::nullopt;
    auto left = mirror_->send_patiently(session_->stop(), server_patience());
    if (left.empty()) session_->say(message("The server {0} has all records.", mirror_->server()));
    return left;
}

int Records::conclude_drive(int status) {
    say_issued();
    for (const Error& failure : failures_) session_->report(failure);
    return status == 0 && !failures_.empty() ? exit_status(ErrorKind::failed) : status;
}

int Records::conclude(int status, const Json& document) {
    say_issued();
    const auto unsent = send_rest();
    const bool is_sent = !unsent || unsent->empty();
    session_->put_json(document);
    std::vector<Error> failures = failures_;
    if (Status written = session_->write_report_file(document); !written.ok())
        failures.push_back(std::move(written).error());
    for (const Error& failure : failures) session_->report(failure);
    if (unsent)
        session_->report_unsent(*unsent, is_sent ? std::nullopt : std::optional(unsent_error(*unsent)));
    return status == 0 && !(failures.empty() && is_sent) ? exit_status(ErrorKind::failed) : status;
}

}  // namespace regain
