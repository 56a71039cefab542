#pragma once
// The records that a job leaves: its intent before anything is destroyed, a certificate for each drive, a
// sheet for the machine. With --no-certificate it leaves none and every call succeeds. Once data is destroyed
// nothing that fails here costs a drive its record: what the registry can't take lies in STATE/journals/.
// Where they go to a server (records_mirror.h), it has the intent before anything is destroyed.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certifier/certifier.h"
#include "console/records_mirror.h"
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
    /// After the intent and the journal, before the first write: where records go to a server, it has both.
    /// An error means that nothing may be destroyed; with --records-here it is only a warning.
    Status send_intent();
    /// The journal says something new; a server that does not answer gets it later.
    void send_journal();
    /// The certificate (or report of failure) of one drive. What can't be stored at once (another program
    /// holds the registry) is kept, and tried again by settle(). Gives a line that says what came of it.
    std::optional<Message> certify(const WipeRecord& wipe, const InspectionReport* inspection,
                                   const DeployRecord* deployment);
    /// Tries again what could not be stored, with patience. What still can't be is written to
    /// STATE/journals/unrecorded-<id>.json, so that no drive is without its record.
    void settle();
    /// settle(), and the machine's sheet: every drive that was erased or deployed onto.
    void certify_machine(const InspectionReport* inspection, const WipeReport& wipes,
                         const DeployReport* deployments);
    /// The end of a command, after the journal: what the server lacks is sent, with patience; the document
    /// goes to standard output and to -o; says what could not be stored or sent. Gives `status`, or 1 where
    /// it is 0 and something could not be.
    int conclude(int status, const Json& document);
    /// The end of one drive of several that each have their own records: says what was issued and what could
    /// not be stored. Gives the status as conclude() does.
    int conclude_drive(int status);

    /// What was done to a drive stands in no registry: the journal that tells of it must stay.
    bool lacks_a_record() const { return lacks_a_record_; }

    /// What was done to this drive stands in the registry, or nobody wanted it to.
    bool keeps_record_of(const DriveRecord& drive) const {
        return !certifier_ || drive_certificates_.contains(drive.path);
    }

    /// In the order of the drives, whichever ended first; the sheet last.
    std::vector<IssuedCertificate> issued() const;

  private:
    /// What a certificate is made of, kept until it is stored.
    struct Unrecorded {
        WipeReport wipes;
        std::optional<DeployReport> deployments;
        std::optional<InspectionReport> inspection;
        Error reason;
    };

    Records(const Session& session, JobContext job, std::optional<Certifier> certifier);
    Result<IssuedCertificate> issue(const WipeRecord& wipe, const InspectionReport* inspection,
                                    const DeployRecord* deployment);
    void keep(size_t place, const IssuedCertificate& certificate);
    void keep_report(const Message& doing, const Unrecorded& lost);
    void say_issued() const;
    std::optional<UnsentRecords> send_rest();
    size_t place_of(const std::string& drive) const;

    const Session* session_;
    JobContext job_;
    std::optional<Certifier> certifier_;
    std::unique_ptr<RecordsMirror> mirror_;  ///< nothing where the records stay here
    std::chrono::milliseconds patience_;
    std::string intent_id_;
    std::vector<std::string> drives_;             ///< paths, in the order of the plans
    std::map<size_t, IssuedCertificate> issued_;  ///< by place in drives_; the sheet behind them
    std::vector<Unrecorded> waiting_;
    std::vector<Error> failures_;
    bool lacks_a_record_ = false;
    std::map<std::string, std::string> drive_certificates_;  ///< path of a drive → id of its certificate
};

}  // namespace regain
