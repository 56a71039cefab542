#include "console/records.h"

#include <utility>

#include "console/station_desk.h"

namespace regain {

Records::Records(const Session& session, JobContext job, std::optional<Certifier> certifier)
    : session_(&session), job_(std::move(job)), certifier_(std::move(certifier)) {}

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
    REGAIN_ASSIGN(intent_id_, certifier_->record_intent(job_, machine, drives));
    return done();
}

Status Records::certify(const WipeRecord& wipe, const InspectionReport* inspection,
                        const DeployRecord* deployment) {
    if (!certifier_) return done();
    REGAIN_ASSIGN(auto certificate,
                  certifier_->issue_drive_certificate(job_, wipe, inspection, deployment, intent_id_));
    drive_certificates_.push_back(certificate.id);
    say_issued(certificate);
    issued_.push_back(std::move(certificate));
    return done();
}

Status Records::certify_machine(const InspectionReport* inspection, const WipeReport& wipes,
                                const DeployReport* deployments) {
    if (!certifier_) return done();
    std::vector<SheetDrive> drives;
    for (size_t i = 0; i < wipes.wipes.size(); ++i) {
        SheetDrive drive;
        drive.wipe = &wipes.wipes[i];
        if (i < drive_certificates_.size()) drive.certificate_id = drive_certificates_[i];
        if (deployments != nullptr)
            for (const auto& deployment : deployments->deployments)
                if (deployment.drive.path == drive.wipe->drive.path) drive.deployment = &deployment;
        drives.push_back(drive);
    }
    REGAIN_ASSIGN(auto certificate, certifier_->issue_machine_sheet(job_, inspection, drives, intent_id_));
    say_issued(certificate);
    issued_.push_back(std::move(certificate));
    return done();
}

void Records::say_issued(const IssuedCertificate& certificate) {
    if (certificate.file_error) session_->report(*certificate.file_error);
    if (certificate.kind == "machine-sheet")
        session_->say(message("Machine sheet {0}: {1}", certificate.id, certificate.pdf_path.string()));
    else if (certificate.kind == "drive-erasure")
        session_->say(message("Certificate {0}: {1}", certificate.id, certificate.pdf_path.string()));
    else
        session_->say(message("Report of failure {0}: {1}", certificate.id, certificate.pdf_path.string()));
    if (certificate.is_specimen) session_->say(message("It is a SPECIMEN: it is about a virtual drive."));
}

}  // namespace regain
