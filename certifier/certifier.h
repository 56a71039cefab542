#pragma once
// The desk that issues: records intents before data is destroyed, and turns reports into signed certificates,
// PDF files and registry records. Used by the console; touches no drive.
//
// Order of work, so that a power cut leaves no false word: (1) the JWS is made, (2) it enters the registry in
// one transaction, with its body, (3) certificates/<id>.jws, (4) certificates/<id>.pdf. After a cut the
// registry is complete, and restore_missing_files() makes again what the directory lacks: the PDF is a
// rendering.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/system_root.h"
#include "base/translation.h"
#include "certifier/certificate.h"
#include "certifier/registry.h"
#include "certifier/station.h"

namespace regain {

/// What is about to be done to one drive.
struct IntendedDrive {
    DriveRecord drive;
    std::optional<WipePlan> plan;         ///< erase by this plan
    std::optional<ImageReference> image;  ///< and deploy this
};

struct IssuedCertificate {
    std::string id;
    std::string kind;  ///< "drive-erasure", "drive-failure", "machine-sheet"
    bool is_specimen = false;
    uint64_t registry_index = 0;
    std::filesystem::path jws_path;
    std::filesystem::path pdf_path;
    /// The record is safe in the registry, but a file could not be written (no font, a full disk).
    std::optional<Error> file_error;
};

class Certifier {
  public:
    /// `language`: of the PDF ("fr"). Opens or makes the registry. Files that a power cut
    /// kept from being written for the last records are made now.
    static Result<Certifier> open(Station station, const Clock& clock, SystemRoot root, std::string language,
                                  std::string tool_version);

    /// Beyond this the caller may destroy data; an error means that it must not. Gives the intent's id.
    Result<std::string> record_intent(const JobContext& job, const MachineRecord* machine,
                                      const std::vector<IntendedDrive>& drives);
    /// One certificate (or report of failure) for one drive.
    Result<IssuedCertificate> issue_drive_certificate(const JobContext& job, const WipeRecord& wipe,
                                                      const InspectionReport* inspection,
                                                      const DeployRecord* deployment,
                                                      const std::string& intent_id);
    Result<IssuedCertificate> issue_machine_sheet(const JobContext& job, const InspectionReport* inspection,
                                                  const std::vector<SheetDrive>& drives,
                                                  const std::string& intent_id);
    /// Writes the .jws and .pdf that the registry has from `first_index` on and certificates/ lacks; gives
    /// how many. The logo is the one that was kept when the record was made; a page without it says so.
    Result<uint64_t> restore_missing_files(uint64_t first_index = 0);

    const Station& station() const { return station_; }
    Registry& registry() { return registry_; }

  private:
    Certifier(Station station, Registry registry, const Clock& clock);
    using PayloadMaker = std::function<Json(const CertificateContext&)>;
    Result<IssuedCertificate> issue(const PayloadMaker& make_payload, const JobContext& job,
                                    const std::string& machine, const std::string& intent_id);
    Status write_files(const Json& payload, const std::string& jws, const std::string& logo) const;
    std::filesystem::path jws_path(const std::string& id) const;
    std::filesystem::path pdf_path(const std::string& id) const;
    CertificateContext context(const JobContext& job, const std::string& intent_id,
                               const std::string& logo) const;

    Station station_;
    Registry registry_;
    const Clock* clock_;
    SystemRoot root_;
    std::string language_, tool_version_;
};

/// The PDF of a signed record: painted from the payload alone, with the record attached, signed by `key` (the
/// one that signed the record). `logo` is the content of an SVG or PNG file, or empty.
Result<std::string> render_certificate_pdf(const Json& payload, const std::string& jws,
                                           const std::string& logo, const Translator& translate,
                                           const SigningKey& key);

}  // namespace regain
