#pragma once
// What a certificate says: a pure function of reports, job, station, registry head and clock reading, to the
// JSON payload that is signed ("schema": "regain.certificate/1", docs/certificate-format.md). It claims what
// the reports show and nothing else; what is not known is listed as not known. No file names of a drive's
// content, no beneficiary, no floating point.

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "certifier/clock_reading.h"
#include "certifier/document_id.h"
#include "certifier/registry.h"
#include "certifier/station.h"
#include "reports/deploy_report.h"
#include "reports/inspection_report.h"
#include "reports/job_context.h"
#include "reports/wipe_report.h"

namespace regain {

inline constexpr const char* certificate_type = "regain.certificate+jws";
inline constexpr const char* intent_type = "regain.intent+jws";
inline constexpr const char* summary_type = "regain.summary+jws";
inline constexpr const char* certificate_schema = "regain.certificate/1";

/// Everything on a certificate that does not come from a report.
struct CertificateContext {
    std::string id;  ///< new_document_id()
    JobContext job;
    StationIdentity station;
    std::string key_fingerprint;
    TreeReference registry_before;
    ClockReading clock;
    std::string tool_version;
    std::string intent_id;    ///< the registry's record that it began; empty: none
    std::string logo_sha256;  ///< of the logo's file; empty: no logo
};

/// Kind "drive-erasure", or "drive-failure" when the verdict is not-erased: a report of failure, never called
/// a certificate of erasure. `inspection` and `deployment` may be null.
Json drive_certificate_payload(const WipeRecord& wipe, const InspectionReport* inspection,
                               const DeployRecord* deployment, const CertificateContext& context);

/// A drive's part of a machine sheet.
struct SheetDrive {
    const WipeRecord* wipe = nullptr;          ///< null: it was not erased by this job
    const DeployRecord* deployment = nullptr;  ///< null: nothing was deployed onto it
    std::string certificate_id;                ///< of its own certificate; empty: none
};

/// Kind "machine-sheet": the machine, its drives, its checks, what was deployed.
Json machine_sheet_payload(const InspectionReport* inspection, const std::vector<SheetDrive>& drives,
                           const CertificateContext& context);

/// The payload of the QR code: level, serial, model, date, certificate id, SHA-256 of the JWS.
Json summary_payload(const Json& certificate, std::string_view jws);

}  // namespace regain
