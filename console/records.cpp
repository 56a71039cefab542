#include "console/records.h"

#include <utility>

#include "console/station_desk.h"

namespace regain {

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

Status Records::begin_deployment(const ImageReference& image, const std::vector<DeployDrive>& drives) {
    if (!certifier_) return done();
    std::vector<IntendedDrive> intended;
    for (const auto& drive : drives) intended.push_back({drive.drive, std::nullopt, image});
    REGAIN_ASSIGN(intent_id_, certifier_->record_intent(job_, nullptr, intended));
    return done();
}

Status Records::certify(const WipeRecord& wipe, const InspectionReport* inspection,
                        const DeployRecord* deployment) {
    if (!certifier_) return done();
    REGAIN_ASSIGN(auto certificate,
                  certifier_->issue_drive_certificate(job_, wipe, inspection, deployment, intent_id_));
    drive_certificates_[wipe.drive.path] = certificate.id;
    return keep(std::move(certificate));
}

Status Records::certify_machine(const InspectionReport* inspection, const WipeReport& wipes,
                                const DeployReport* deployments) {
    if (!certifier_) return done();
    REGAIN_ASSIGN(auto certificate,
                  certifier_->issue_machine_sheet(
                      job_, inspection, sheet_drives(wipes, deployments, drive_certificates_), intent_id_));
    return keep(std::move(certificate));
}

// The record is safe in the registry even when its files could not be written; that is a failure all the
// same.
Status Records::keep(IssuedCertificate certificate) {
    issued_.push_back(certificate);
    if (certificate.file_error) return *certificate.file_error;
    if (certificate.kind == "machine-sheet")
        session_->say(message("Machine sheet {0}: {1}", certificate.id, certificate.pdf_path.string()));
    else if (certificate.kind == "drive-erasure")
        session_->say(message("Certificate {0}: {1}", certificate.id, certificate.pdf_path.string()));
    else
        session_->say(message("Report of failure {0}: {1}", certificate.id, certificate.pdf_path.string()));
    if (certificate.is_specimen) session_->say(message("It is a SPECIMEN: it is about a virtual drive."));
    return done();
}

}  // namespace regain
