#pragma once
// The records that a job leaves: its intent before anything is destroyed, a certificate for each drive, a
// sheet for the machine. With --no-certificate it leaves none and every call succeeds.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "certifier/certifier.h"
#include "console/session.h"

namespace regain {

class Records {
  public:
    /// Proves that the records can be stored. ErrorKind::environment otherwise.
    static Result<Records> open(const Session& session, JobContext job, size_t drive_count);

    /// Records what is about to be done. An error means that nothing may be destroyed.
    Status begin(const MachineRecord* machine, const std::vector<WipePlan>& plans,
                 const std::optional<ImageReference>& image, const std::string& deploy_to = {});
    /// The certificate (or report of failure) of one drive; says where it lies.
    Status certify(const WipeRecord& wipe, const InspectionReport* inspection,
                   const DeployRecord* deployment);
    /// The machine's sheet.
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
