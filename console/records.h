#pragma once
// The records that a job leaves: its intent before anything is destroyed, a certificate for each drive, a
// sheet for the machine. With --no-certificate it leaves none and every call succeeds.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "certifier/certifier.h"
#include "console/session.h"
#include "imager/deployer.h"

namespace regain {

/// The drives of a machine's sheet: those that were erased, then those that were only deployed onto (they
/// have no erasure, and the sheet says so). `certificates`: path of a drive → id of its certificate. Points
/// into the reports.
std::vector<SheetDrive> sheet_drives(const WipeReport& wipes, const DeployReport* deployments,
                                     const std::map<std::string, std::string>& certificates);

class Records {
  public:
    /// Proves that the records can be stored. ErrorKind::environment otherwise.
    static Result<Records> open(const Session& session, JobContext job, size_t drive_count);

    /// Records what is about to be done. An error means that nothing may be destroyed.
    Status begin(const MachineRecord* machine, const std::vector<WipePlan>& plans,
                 const std::optional<ImageReference>& image, const std::string& deploy_to = {});
    /// The same for a deployment onto drives that this job does not erase.
    Status begin_deployment(const ImageReference& image, const std::vector<DeployDrive>& drives);
    /// The certificate (or report of failure) of one drive; says where it lies.
    Status certify(const WipeRecord& wipe, const InspectionReport* inspection,
                   const DeployRecord* deployment);
    /// The machine's sheet: every drive that was erased or deployed onto.
    Status certify_machine(const InspectionReport* inspection, const WipeReport& wipes,
                           const DeployReport* deployments);

    const std::vector<IssuedCertificate>& issued() const { return issued_; }

  private:
    Records(const Session& session, JobContext job, std::optional<Certifier> certifier);
    Status keep(IssuedCertificate certificate);

    const Session* session_;
    JobContext job_;
    std::optional<Certifier> certifier_;
    std::string intent_id_;
    std::vector<IssuedCertificate> issued_;
    std::map<std::string, std::string> drive_certificates_;  ///< path of a drive → id of its certificate
};

}  // namespace regain
